-- When did a customer order next after service, and within the time that is judged? Of resolved tickets in scope after the resolution, of
-- questions before a sale after the question. Whatever became of the order, it was placed. What needs time to be seen is null until that
-- time is over: counting the quick ones early would flatter the newest periods.
-- noqa: disable=LT02
{% set day = 86400 -%}
{% set who_answered -%}
    select tickets.customer_key from {{ ref('fct_tickets') }} as tickets
    where tickets.ticket_key in (select touched.row_key from {{ touched_keys('int_ticket_responses__fingerprinted') }} as touched)
{%- endset -%}
{# Old enough for something that was not told before: as_of has moved on. -#}
{% set in_time -%}
    select told.customer_key from {{ this }} as told
    where
        {%- for days in [7, 90, 180] %}
        ({{ has_come('told.served_at', days * day) }})
        {{- ' or' if not loop.last }}
        {%- endfor %}
{%- endset -%}
{# Whether a shop has orders is what it was where an order that nobody touched says so. -#}
{% set told_by_no_other -%}
    select tickets.customer_key from {{ ref('fct_tickets') }} as tickets
    where
        {{ shop_of('tickets.source_system') }} not in (
            select {{ shop_of('orders.source_system') }} from {{ ref('fct_orders') }} as orders
            where orders.order_key not in (select touched.row_key from {{ touched_keys('int_orders__fingerprinted') }} as touched)
        )
{%- endset -%}
{{ touched_by(
    'customer_key',
    follows=['int_orders__fingerprinted', 'int_ticket_members__fingerprinted'],
    asks=['int_ticket_responses__fingerprinted'],
    selects=[
        values_before_and_after('fct_orders', 'customer_key'),
        values_before_and_after('fct_tickets', 'customer_key'),
        who_answered,
        in_time,
        told_by_no_other
    ],
    narrows={'fct_tickets': 'customer_key'}
) }}

with

tickets as (

    select
        tickets.ticket_key,
        tickets.source_system,
        tickets.shop,
        tickets.customer_key,
        tickets.order_key,
        tickets.merchant_key,
        tickets.agent_key,

        tickets.agent_team,
        tickets.channel,
        tickets.issue_type,
        tickets.contact_reason,
        tickets.priority,
        tickets.product_category,
        tickets.region,
        tickets.customer_tier,

        tickets.is_pre_sale,

        case when tickets.is_pre_sale then tickets.created_at else tickets.resolved_at end as served_at,
        tickets.created_on,
        tickets.resolved_on

    from {{ ref('fct_tickets') }} as tickets
    where
        tickets.customer_key is not null
        and (
            (tickets.is_in_scope and tickets.resolved_at is not null)
            or (tickets.is_pre_sale and not tickets.is_spam and not tickets.is_merged)
        )
        -- Where orders were never delivered nobody knows who ordered.
        and {{ of_shops_with(ref('fct_orders'), 'tickets') }}

),

-- At one moment an order comes before a ticket: it does not follow it.
moments as (

    select
        cast(null as {{ type_text() }}) as ticket_key,
        orders.customer_key,

        orders.ordered_at,

        0 as place,
        orders.ordered_at as occurred_at

    from {{ ref('fct_orders') }} as orders
    where orders.customer_key in (select tickets.customer_key from tickets)

    union all

    select
        tickets.ticket_key,
        tickets.customer_key,

        cast(null as {{ type_timestamp() }}) as ordered_at,

        1 as place,
        tickets.served_at as occurred_at

    from tickets

),

next_orders as (

    select
        moments.ticket_key,

        min(moments.ordered_at) over (
            partition by moments.customer_key
            order by moments.occurred_at nulls last, moments.place nulls last
            rows between 1 following and unbounded following
        ) as next_ordered_at

    from moments

),

numbered_responses as (

    select
        responses.ticket_key,

        responses.overall_score,
        row_number() over (
            partition by responses.ticket_key
            order by
                responses.submitted_at desc nulls last,
                {{ id_order('responses.response_key') }} desc nulls last,
                responses.response_key desc nulls last
        ) as place_from_the_end

    from {{ ref('fct_survey_responses') }} as responses
    where
        responses.is_valid
        and responses.overall_score is not null
        and responses.ticket_key in (select tickets.ticket_key from tickets)

),

seen_tickets as (

    select
        tickets.ticket_key,

        {{ elapsed_seconds('tickets.served_at', as_of()) }} as age_seconds,
        coalesce({{ clock_seconds('tickets.served_at', 'next_orders.next_ordered_at') }}, {{ 1000 * 365 * day }}) as order_seconds,
        row_number() over (
            partition by tickets.customer_key, tickets.is_pre_sale
            order by
                tickets.served_at desc nulls last,
                {{ id_order('tickets.ticket_key') }} desc nulls last,
                tickets.ticket_key desc nulls last
        ) as place_from_the_end,

        next_orders.next_ordered_at

    from tickets
    inner join next_orders
        on tickets.ticket_key = next_orders.ticket_key

)

select
    tickets.ticket_key,
    tickets.source_system,
    tickets.shop,
    tickets.customer_key,
    tickets.order_key,
    tickets.merchant_key,
    tickets.agent_key,

    tickets.agent_team,
    tickets.channel,
    tickets.issue_type,
    tickets.contact_reason,
    tickets.priority,
    tickets.product_category,
    tickets.region,
    tickets.customer_tier,
    case
        when responses.overall_score >= 4 then 'satisfied'
        when responses.overall_score <= 2 then 'unsatisfied'
        when responses.overall_score is not null then 'neutral'
    end as satisfaction,

    tickets.is_pre_sale,
    not tickets.is_pre_sale and seen_tickets.place_from_the_end = 1 as is_last_of_customer,
    {% for days in [90, 180] -%}
        case
            when not tickets.is_pre_sale and seen_tickets.age_seconds >= {{ days * day }}
                then seen_tickets.order_seconds <= {{ days * day }}
        end as is_ordered_within_{{ days }}d,
    {% endfor -%}
    case
        when tickets.is_pre_sale and seen_tickets.age_seconds >= {{ 7 * day }} then seen_tickets.order_seconds <= {{ 7 * day }}
    end as is_converted_within_7d,

    tickets.served_at,
    seen_tickets.next_ordered_at,
    tickets.created_on,
    tickets.resolved_on

from tickets
inner join seen_tickets
    on tickets.ticket_key = seen_tickets.ticket_key
left join numbered_responses as responses
    on
        tickets.ticket_key = responses.ticket_key
        and responses.place_from_the_end = 1
