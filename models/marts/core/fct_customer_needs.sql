-- One customer's need for help with one order: on how many channels was it sought? Dated to and described by its
-- first ticket, so that a need counts once however many tickets it took. A ticket whose customer nobody names, not even its order, is of
-- the one who asked about that order, if only one did.
{{ touched_by(
    'order_key',
    follows=['int_ticket_members__fingerprinted'],
    selects=[values_before_and_after('fct_tickets', 'order_key')],
    narrows={'fct_tickets': 'order_key'}
) }}

with

in_scope_tickets as (

    select
        tickets.ticket_key,
        coalesce(
            tickets.customer_key,
            -- The only customer of the order: the first and the last of them.
            case
                when
                    min(tickets.customer_key) over (partition by tickets.order_key)
                    = max(tickets.customer_key) over (partition by tickets.order_key)
                    then min(tickets.customer_key) over (partition by tickets.order_key)
            end
        ) as customer_key,
        tickets.order_key,

        tickets.channel,

        tickets.created_at

    from {{ ref('fct_tickets') }} as tickets
    where
        tickets.is_in_scope
        and tickets.order_key is not null

),

tickets as (

    select
        tickets.ticket_key,
        tickets.customer_key,
        tickets.order_key,

        row_number() over (
            partition by tickets.order_key, tickets.customer_key
            order by tickets.created_at nulls last, {{ id_order('tickets.ticket_key') }} nulls last, tickets.ticket_key nulls last
        ) as ticket_number,
        min(tickets.channel) over (partition by tickets.order_key, tickets.customer_key)
        <> max(tickets.channel) over (partition by tickets.order_key, tickets.customer_key) as is_multi_channel

    from in_scope_tickets as tickets

)

select
    tickets.order_key,
    tickets.customer_key,
    tickets.ticket_key as first_ticket_key,
    first_tickets.source_system,
    first_tickets.shop,
    first_tickets.merchant_key,
    first_tickets.agent_key,

    first_tickets.channel,
    first_tickets.issue_type,
    first_tickets.contact_reason,
    first_tickets.priority,
    first_tickets.product_category,
    first_tickets.region,
    first_tickets.customer_tier,
    first_tickets.agent_team,

    tickets.is_multi_channel,

    first_tickets.created_on

from tickets
inner join {{ ref('fct_tickets') }} as first_tickets
    on tickets.ticket_key = first_tickets.ticket_key
where tickets.ticket_number = 1
