-- One customer's need for help with one order: on how many channels was it sought? Dated to and described by its
-- first ticket, so that a need counts once however many tickets it took.
with

tickets as (

    select
        tickets.ticket_key,
        tickets.customer_key,
        tickets.order_key,

        row_number() over (
            partition by tickets.order_key, tickets.customer_key
            order by tickets.created_at nulls last, tickets.ticket_key nulls last
        ) as ticket_number,
        min(tickets.channel) over (partition by tickets.order_key, tickets.customer_key)
        <> max(tickets.channel) over (partition by tickets.order_key, tickets.customer_key) as is_multi_channel

    from {{ ref('fct_tickets') }} as tickets
    where
        tickets.is_in_scope
        and tickets.order_key is not null

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
