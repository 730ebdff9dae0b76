-- The tickets of all source systems that had been opened by as_of. What a ticket row says without a moment is taken as said.
with

tickets as (

    {{ union_of_sources('tickets', {
        'ticket_key': type_text(),
        'source_system': type_text(),
        'ticket_id': type_text(),
        'shop_id': type_text(),
        'customer_key': type_text(),
        'order_key': type_text(),
        'merchant_key': type_text(),
        'product_key': type_text(),
        'merged_into_ticket_key': type_text(),
        'channel': type_text(),
        'issue_type': type_text(),
        'priority': type_text(),
        'resolution_code': type_text(),
        'contact_reason': type_text(),
        'is_complaint': type_boolean(),
        'is_pre_sale': type_boolean(),
        'is_spam': type_boolean(),
        'handling_seconds': type_integer(),
        'created_at': type_timestamp()
    }) }}

)

select
    tickets.ticket_key,
    tickets.source_system,
    tickets.ticket_id,
    tickets.shop_id,
    coalesce(people.person_key, tickets.customer_key) as customer_key,
    tickets.customer_key as customer_account_key,
    tickets.order_key,
    tickets.merchant_key,
    tickets.product_key,
    tickets.merged_into_ticket_key,

    tickets.channel,
    tickets.issue_type,
    tickets.priority,
    tickets.resolution_code,
    tickets.contact_reason,

    tickets.is_complaint,
    tickets.is_pre_sale,
    tickets.is_spam,

    -- Below zero it is a slip, of which staging warns, and no time at all.
    case when tickets.handling_seconds >= 0 then tickets.handling_seconds end as handling_seconds,

    tickets.created_at

from tickets
left join {{ ref('int_customers__joined') }} as people
    on tickets.customer_key = people.customer_key
where tickets.created_at <= {{ as_of() }}
