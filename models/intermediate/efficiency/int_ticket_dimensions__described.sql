-- What a ticket says of the KPI dimensions. Product category and merchant are its own, else those of its order.
select
    tickets.ticket_key,

    tickets.channel,
    tickets.issue_type,
    tickets.priority,
    coalesce(products.category, orders.product_category) as product_category,
    coalesce(customers.region, case when tickets.customer_key is null then orders.region end) as region,
    coalesce(customers.customer_tier, case when tickets.customer_key is null then orders.customer_tier end) as customer_tier,
    tickets.agent_team,
    coalesce(tickets.merchant_key, orders.merchant) as merchant,
    tickets.agent_key as agent

from {{ ref('fct_tickets') }} as tickets
left join {{ ref('dim_products') }} as products
    on tickets.product_key = products.product_key
left join {{ ref('int_orders__described') }} as orders
    on tickets.order_key = orders.order_key
left join {{ ref('dim_customers') }} as customers
    on tickets.customer_key = customers.customer_key
