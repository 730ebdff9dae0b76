-- A request as it stood at as_of, with the time each of its steps took. What it is about comes from its line, else from an order
-- that holds one product or merchant only. What became of it within a time is told once it is that old, whether it is over or not.
{{ keyed_by('int_orders__fingerprinted', 'order_key', reads_whole=['int_refunds__valued'], is_key_optional=true) }}
{% set ninety_days = 90 * 86400 -%}

with

requests_with_orders as (

    select
        requests.request_key,
        requests.source_system,
        coalesce(orders.shop, {{ shop_of('requests.source_system') }}) as shop,
        requests.request_id,
        requests.order_key,
        order_items.order_item_key,
        requests.ticket_key,
        orders.customer_key,
        coalesce(order_items.merchant_key, orders.merchant_key) as merchant_key,
        coalesce(order_items.product_key, orders.product_key) as product_key,

        coalesce(order_items.product_category, orders.product_category) as product_category,
        customers.region,
        customers.customer_tier,
        requests.request_type,
        requests.reason,
        requests.decision,
        requests.handled_by,
        requests.partner_id,
        requests.platform_verdict,
        coalesce(requests.currency, orders.currency) as currency,

        requests.is_self_service,
        requests.is_under_warranty,
        {{ is_request_completed('requests') }} as is_completed,

        cast(
            coalesce(requests.quantity, case when requests.line_number is null then orders.unit_count else order_items.quantity end)
            as {{ type_integer() }}
        ) as quantity,
        requests.fee_charged_amount,
        -- What the units concerned came to when they were bought, without shipping, in the currency of the order.
        coalesce(
            {{ line_value('order_items.line_amount', 'coalesce(requests.quantity, order_items.quantity)', 'order_items.quantity') }},
            case
                when requests.line_number is null
                    then {{ line_value('orders.lines_amount', 'coalesce(requests.quantity, orders.unit_count)', 'orders.unit_count') }}
            end
        ) as value_amount,
        orders.currency as order_currency,

        requests.requested_at,
        requests.decided_at,
        requests.item_received_at,
        requests.completed_at,
        requests.escalated_to_platform_at,
        {{ business_date('requests.requested_at') }} as requested_on,
        {{ business_date('requests.completed_at') }} as completed_on,
        orders.delivered_at,
        orders.delivered_on,
        orders.ordered_on

    from {{ ref('int_after_sales_requests__unioned') }} as requests
    left join {{ ref('fct_orders') }} as orders
        on requests.order_key = orders.order_key
    left join {{ ref('fct_order_items') }} as order_items
        on
            requests.order_key = order_items.order_key
            and requests.line_number = order_items.line_number
    left join {{ ref('int_customers__versioned') }} as customers
        on
            orders.customer_key = customers.customer_key
            and {{ in_force_at('customers', 'requests.requested_at') }}

),

requests_with_policies as (

    select
        requests.request_key,

        products.return_policy,
        -- A repair is judged by the warranty, everything else by the return policy; a request before delivery is in time.
        case
            when requests.request_type = 'repair' and requests.is_under_warranty is not null
                then not requests.is_under_warranty
            when requests.request_type <> 'repair' and products.return_policy = 'none' then true
            when requests.delivered_at is null then null
            when requests.requested_at < requests.delivered_at then false
            else
                {{ days_between('requests.delivered_on', 'requests.requested_on') }} > case
                    when requests.request_type = 'repair' then products.warranty_days
                    else products.return_window_days
                end
        end as is_outside_policy

    from requests_with_orders as requests
    left join {{ ref('dim_products') }} as products
        on requests.product_key = products.product_key

),

-- Repaired, and broken again: another request to repair the same item, raised within 90 days after the first was done. Where a line is
-- missing, the product of the order tells the item.
repeated_repairs as (

    select repairs.request_key
    from requests_with_orders as repairs
    inner join requests_with_orders as next_repairs
        on
            repairs.order_key = next_repairs.order_key
            and repairs.request_key <> next_repairs.request_key
            and (
                repairs.order_item_key = next_repairs.order_item_key
                or (
                    (repairs.order_item_key is null or next_repairs.order_item_key is null)
                    and repairs.product_key = next_repairs.product_key
                )
            )
            and repairs.completed_at < next_repairs.requested_at
            and {{ clock_seconds('repairs.completed_at', 'next_repairs.requested_at') }} <= {{ ninety_days }}
    where
        repairs.request_type = 'repair'
        and repairs.is_completed
        and next_repairs.request_type = 'repair'
    group by repairs.request_key

),

refunds_of_requests as (

    select
        refunds.request_key,

        cast(sum(refunds.reporting_amount) as {{ type_money() }}) as refunded_amount,
        cast(
            sum(case when refunds.refund_method = 'store_credit' then refunds.order_day_reporting_amount else 0 end)
            as {{ type_money() }}
        ) as credited_amount

    from {{ ref('int_refunds__valued') }} as refunds
    where refunds.request_key in (select requests.request_key from requests_with_orders as requests)
    group by refunds.request_key

),

-- What went back as store credit is known of shops that say how they pay back.
shops_that_tell_methods as (

    select {{ shop_of('refunds.source_system') }} as shop
    from {{ ref('int_refunds__valued') }} as refunds
    where refunds.refund_method is not null
    group by {{ shop_of('refunds.source_system') }}

)

select
    requests.request_key,
    requests.source_system,
    requests.shop,
    requests.request_id,
    requests.order_key,
    requests.order_item_key,
    requests.ticket_key,
    requests.customer_key,
    requests.merchant_key,
    requests.product_key,

    requests.product_category,
    requests.region,
    requests.customer_tier,
    requests.request_type,
    requests.reason,
    requests.decision,
    requests.handled_by,
    requests.partner_id,
    policies.return_policy,
    requests.platform_verdict,
    requests.currency,

    coalesce(requests.is_self_service, false) as is_self_service,
    requests.is_under_warranty,
    -- What was completed without a word on the decision was agreed to.
    coalesce(requests.decision = 'approved', requests.is_completed) as is_approved,
    coalesce(requests.decision = 'rejected', false) as is_rejected,
    coalesce(requests.decision = 'withdrawn', false) as is_withdrawn,
    requests.is_completed,
    requests.decision is null and requests.completed_at is null as is_open,
    -- An approval without a moment is dated to its request, whatever became of it.
    case
        when
            coalesce(requests.decision = 'approved', requests.is_completed)
            and {{ elapsed_seconds('coalesce(requests.decided_at, requests.requested_at)', as_of()) }} >= 30 * 86400
            then requests.is_completed
    end as is_completed_since_approval,
    case
        when {{ elapsed_seconds('requests.requested_at', as_of()) }} < 86400 then null
        when not requests.is_completed then false
        else {{ elapsed_seconds('requests.requested_at', 'requests.completed_at') }} <= 86400
    end as is_completed_within_24h,
    case
        when
            requests.request_type = 'repair'
            and requests.is_completed
            and {{ elapsed_seconds('requests.completed_at', as_of()) }} >= {{ ninety_days }}
            then repeated_repairs.request_key is not null
    end as is_repeated_within_90d,
    policies.is_outside_policy,
    requests.escalated_to_platform_at is not null as is_escalated_to_platform,
    {{ out_of_order([
        'requests.requested_at', 'requests.decided_at', 'requests.item_received_at', 'requests.completed_at'
    ]) }} as has_moments_out_of_order,

    requests.quantity,
    requests.fee_charged_amount,
    {{ in_reporting_currency('requests.fee_charged_amount', 'rates.rate') }} as reporting_fee_amount,
    {{ in_reporting_currency('requests.value_amount', 'order_rates.rate') }} as reporting_value_amount,
    refunds_of_requests.refunded_amount as reporting_refunded_amount,
    case
        when
            not requests.is_completed
            or shops_that_tell_methods.shop is null
            or order_rates.rate is null
            or coalesce(requests.value_amount, -1) < 0
            then null
        when requests.request_type = 'exchange' then {{ in_reporting_currency('requests.value_amount', 'order_rates.rate') }}
        when requests.request_type = 'return' then least(
            {{ in_reporting_currency('requests.value_amount', 'order_rates.rate') }},
            greatest(coalesce(refunds_of_requests.credited_amount, 0), 0)
        )
    end as reporting_retained_amount,
    {{ elapsed_hours('requests.requested_at', 'requests.decided_at') }} as decision_hours,
    {{ elapsed_hours('requests.decided_at', 'requests.item_received_at') }} as receipt_hours,
    case
        when requests.is_completed
            then {{ elapsed_hours('coalesce(requests.item_received_at, requests.decided_at)', 'requests.completed_at') }}
    end as completion_hours,
    case
        when requests.is_completed then {{ elapsed_hours('requests.requested_at', 'requests.completed_at') }}
    end as processing_hours,
    {{ elapsed_seconds('requests.requested_at', 'requests.decided_at') }} as decision_seconds,
    {{ elapsed_seconds('requests.decided_at', 'requests.item_received_at') }} as receipt_seconds,
    case
        when requests.is_completed
            then {{ elapsed_seconds('coalesce(requests.item_received_at, requests.decided_at)', 'requests.completed_at') }}
    end as completion_seconds,
    case
        when requests.is_completed then {{ elapsed_seconds('requests.requested_at', 'requests.completed_at') }}
    end as processing_seconds,
    {{ elapsed_days('requests.delivered_on', 'requests.requested_on') }} as days_since_delivery,

    requests.requested_at,
    requests.decided_at,
    requests.item_received_at,
    requests.completed_at,
    requests.escalated_to_platform_at,
    requests.requested_on,
    requests.completed_on

from requests_with_orders as requests
left join requests_with_policies as policies
    on requests.request_key = policies.request_key
left join {{ ref('int_exchange_rates__daily') }} as rates
    on
        requests.currency = rates.currency
        and requests.requested_on = rates.day_on
left join {{ ref('int_exchange_rates__daily') }} as order_rates
    on
        requests.order_currency = order_rates.currency
        and requests.ordered_on = order_rates.day_on
left join repeated_repairs
    on requests.request_key = repeated_repairs.request_key
left join refunds_of_requests
    on requests.request_key = refunds_of_requests.request_key
left join shops_that_tell_methods
    on {{ shop_of('requests.source_system') }} = shops_that_tell_methods.shop
