-- The after-sales request as an observation of how long it took, in whole and by step, in whole seconds.
select
    requests.request_key,

    coalesce(products.category, orders.product_category) as product_category,
    orders.region,
    orders.customer_tier,
    requests.merchant_key as merchant,

    case
        when requests.processing_hours is not null then {{ clock_seconds('requests.requested_at', 'requests.completed_at') }}
    end as processing_seconds,
    case
        when requests.decision_hours is not null then {{ clock_seconds('requests.requested_at', 'requests.decided_at') }}
    end as decision_seconds,
    case
        when requests.receipt_hours is not null then {{ clock_seconds('requests.decided_at', 'requests.item_received_at') }}
    end as receipt_seconds,
    case
        when requests.completion_hours is not null
            then {{ clock_seconds('coalesce(requests.item_received_at, requests.decided_at)', 'requests.completed_at') }}
    end as completion_seconds,

    requests.requested_on

from {{ ref('fct_after_sales_requests') }} as requests
left join {{ ref('dim_products') }} as products
    on requests.product_key = products.product_key
left join {{ ref('int_orders__described') }} as orders
    on requests.order_key = orders.order_key
