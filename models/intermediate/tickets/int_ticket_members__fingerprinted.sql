-- What are a ticket's members made of, as hashes? Of all that the ticket is made of, of its order, and the customer and product
-- that held when it was opened, and of what was noted about it.
{{ config(
    materialized='fingerprinted',
    key='ticket_key',
    narrows=['int_tickets__unioned', 'int_ticket_remarks__gathered'],
    open_keys=[{'model': 'int_ticket_milestones__reached', 'where': 'open_rows.resolved_at is null'}]
) }}

select
    tickets.ticket_key as row_key,
    fingerprints.group_key,

    {{ row_hash([
        'fingerprints.fingerprint', 'order_fingerprints.fingerprint', whole_row_hash('customers'), whole_row_hash('products'),
        whole_row_hash('remarks')
    ]) }} as fingerprint

from {{ ref('int_tickets__unioned') }} as tickets
inner join {{ ref('int_tickets__fingerprinted') }} as fingerprints
    on tickets.ticket_key = fingerprints.row_key
left join {{ ref('fct_orders') }} as orders
    on tickets.order_key = orders.order_key
left join {{ ref('int_orders__fingerprinted') }} as order_fingerprints
    on tickets.order_key = order_fingerprints.row_key
left join {{ ref('int_customers__versioned') }} as customers
    on
        coalesce(tickets.customer_key, orders.customer_key) = customers.customer_key
        and {{ in_force_at('customers', 'tickets.created_at') }}
left join {{ ref('int_products__versioned') }} as products
    on
        tickets.product_key = products.product_key
        and {{ in_force_at('products', 'tickets.created_at') }}
left join {{ ref('int_ticket_remarks__gathered') }} as remarks
    on tickets.ticket_key = remarks.ticket_key
