-- A request as it stood at as_of, with the time each of its steps took. What it is about comes from its line, else from an order
-- that holds one product or merchant only.
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
        coalesce(requests.currency, orders.currency) as currency,

        requests.is_self_service,
        requests.is_under_warranty,
        {{ is_request_completed('requests') }} as is_completed,

        cast(
            coalesce(requests.quantity, case when requests.line_number is null then orders.unit_count else order_items.quantity end)
            as {{ type_integer() }}
        ) as quantity,
        requests.fee_charged_amount,

        requests.requested_at,
        requests.decided_at,
        requests.item_received_at,
        requests.completed_at,
        {{ business_date('requests.requested_at') }} as requested_on,
        {{ business_date('requests.completed_at') }} as completed_on,
        orders.delivered_at,
        orders.delivered_on

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
    requests.currency,

    coalesce(requests.is_self_service, false) as is_self_service,
    requests.is_under_warranty,
    -- What was completed without a word on the decision was agreed to.
    coalesce(requests.decision = 'approved', requests.is_completed) as is_approved,
    coalesce(requests.decision = 'rejected', false) as is_rejected,
    coalesce(requests.decision = 'withdrawn', false) as is_withdrawn,
    requests.is_completed,
    requests.decision is null and requests.completed_at is null as is_open,
    policies.is_outside_policy,
    {{ out_of_order([
        'requests.requested_at', 'requests.decided_at', 'requests.item_received_at', 'requests.completed_at'
    ]) }} as has_moments_out_of_order,

    requests.quantity,
    requests.fee_charged_amount,
    {{ in_reporting_currency('requests.fee_charged_amount', 'rates.rate') }} as reporting_fee_amount,
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
    {{ hours_between('requests.requested_at', as_of()) }} as age_hours,
    {{ elapsed_days('requests.delivered_on', 'requests.requested_on') }} as days_since_delivery,

    requests.requested_at,
    requests.decided_at,
    requests.item_received_at,
    requests.completed_at,
    requests.requested_on,
    requests.completed_on

from requests_with_orders as requests
left join requests_with_policies as policies
    on requests.request_key = policies.request_key
left join {{ ref('int_exchange_rates__daily') }} as rates
    on
        requests.currency = rates.currency
        and requests.requested_on = rates.day_on
