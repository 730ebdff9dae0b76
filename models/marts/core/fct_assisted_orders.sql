-- Which orders came soon after a person's reply to the same customer, whose reply was it, and what did the order bring? Each is credited
-- once, to the newest reply before it: under that ticket and who replied, and under what the order itself is counted under.
{{ touched_by(
    'customer_key',
    follows=['int_orders__fingerprinted', 'int_ticket_members__fingerprinted'],
    selects=[values_before_and_after('fct_orders', 'customer_key'), values_before_and_after('fct_tickets', 'customer_key')],
    narrows={'fct_orders': 'customer_key', 'fct_tickets': 'customer_key'}
) }}
with

replies as (

    select
        events.event_key,
        events.ticket_key,
        events.actor_key,
        tickets.customer_key,

        events.actor_team,
        tickets.channel,
        tickets.issue_type,
        tickets.contact_reason,
        tickets.priority,

        tickets.is_pre_sale,

        events.occurred_at

    from {{ ref('fct_ticket_events') }} as events
    inner join {{ ref('fct_tickets') }} as tickets
        on events.ticket_key = tickets.ticket_key
    where
        events.is_human_reply
        and tickets.customer_key is not null
        and not tickets.is_spam

),

orders as (

    select
        orders.order_key,
        orders.source_system,
        orders.shop,
        orders.customer_key,
        orders.merchant_key,

        orders.product_category,
        orders.region,
        orders.customer_tier,

        orders.reporting_paid_amount,

        orders.ordered_at,
        orders.ordered_on

    from {{ ref('fct_orders') }} as orders
    where
        orders.is_paid
        and not orders.is_cancelled
        and orders.customer_key in (select replies.customer_key from replies)

),

-- At one moment an order comes before a reply: it was not assisted by it.
moments as (

    select
        orders.order_key,
        orders.customer_key,

        cast(null as {{ type_timestamp() }}) as replied_at,

        0 as place,
        orders.ordered_at as occurred_at

    from orders

    union all

    select
        cast(null as {{ type_text() }}) as order_key,
        replies.customer_key,

        replies.occurred_at as replied_at,

        1 as place,
        replies.occurred_at

    from replies

),

newest_replies as (

    select
        moments.order_key,

        max(moments.replied_at) over (
            partition by moments.customer_key
            order by moments.occurred_at nulls last, moments.place nulls last
            rows between unbounded preceding and 1 preceding
        ) as replied_at

    from moments

),

-- Of several replies at that very moment, the one with the highest id.
credited_replies as (

    select
        newest_replies.order_key,

        replies.event_key,
        row_number() over (
            partition by newest_replies.order_key
            order by {{ id_order('replies.event_key') }} desc nulls last, replies.event_key desc nulls last
        ) as place_from_the_end

    from newest_replies
    inner join orders
        on newest_replies.order_key = orders.order_key
    inner join replies
        on
            orders.customer_key = replies.customer_key
            and newest_replies.replied_at = replies.occurred_at
    where {{ clock_seconds('newest_replies.replied_at', 'orders.ordered_at') }} <= {{ var('assisted_days') }} * 86400

),

refunds_of_orders as (

    select
        refunds.order_key,

        sum(refunds.order_day_reporting_refund_amount) as refunded_amount

    from {{ ref('fct_refunds') }} as refunds
    group by refunds.order_key

)

select
    orders.order_key,
    orders.source_system,
    orders.shop,
    orders.customer_key,
    orders.merchant_key,
    replies.event_key,
    replies.ticket_key,
    replies.actor_key as agent_key,

    replies.actor_team as agent_team,
    replies.channel,
    replies.issue_type,
    replies.contact_reason,
    replies.priority,
    orders.product_category,
    orders.region,
    orders.customer_tier,

    replies.is_pre_sale,

    {{ clock_seconds('replies.occurred_at', 'orders.ordered_at') }} as seconds_after_reply,
    orders.reporting_paid_amount,
    cast(coalesce(refunds.refunded_amount, 0) as {{ type_money() }}) as reporting_refunded_amount,
    cast(orders.reporting_paid_amount - coalesce(refunds.refunded_amount, 0) as {{ type_money() }}) as reporting_net_amount,

    replies.occurred_at as replied_at,
    orders.ordered_at,
    orders.ordered_on

from orders
inner join credited_replies
    on
        orders.order_key = credited_replies.order_key
        and credited_replies.place_from_the_end = 1
inner join replies
    on credited_replies.event_key = replies.event_key
left join refunds_of_orders as refunds
    on orders.order_key = refunds.order_key
