-- The after-sales requests of all source systems, as they were known at as_of: a decision taken later has not been taken.
with

after_sales_requests as (

    {{ union_of_sources('after_sales_requests', {
        'request_key': type_text(),
        'source_system': type_text(),
        'request_id': type_text(),
        'order_key': type_text(),
        'line_number': type_integer(),
        'ticket_key': type_text(),
        'request_type': type_text(),
        'reason': type_text(),
        'decision': type_text(),
        'handled_by': type_text(),
        'partner_id': type_text(),
        'platform_verdict': type_text(),
        'completed_by': type_text(),
        'currency': type_text(),
        'is_self_service': type_boolean(),
        'is_under_warranty': type_boolean(),
        'quantity': type_integer(),
        'fee_charged_amount': type_money(),
        'requested_at': type_timestamp(),
        'decided_at': type_timestamp(),
        'item_received_at': type_timestamp(),
        'completed_at': type_timestamp(),
        'escalated_to_platform_at': type_timestamp()
    }) }}

)

select
    after_sales_requests.request_key,
    after_sales_requests.source_system,
    after_sales_requests.request_id,
    after_sales_requests.order_key,
    after_sales_requests.line_number,
    after_sales_requests.ticket_key,

    after_sales_requests.request_type,
    after_sales_requests.reason,
    {{ known_with('after_sales_requests.decided_at', 'after_sales_requests.decision') }} as decision,
    after_sales_requests.handled_by,
    after_sales_requests.partner_id,
    {{ known_with('after_sales_requests.escalated_to_platform_at', 'after_sales_requests.platform_verdict') }} as platform_verdict,
    {{ known_with('after_sales_requests.completed_at', 'after_sales_requests.completed_by') }} as completed_by,
    after_sales_requests.currency,

    after_sales_requests.is_self_service,
    after_sales_requests.is_under_warranty,

    after_sales_requests.quantity,
    after_sales_requests.fee_charged_amount,

    after_sales_requests.requested_at,
    {{ known_at('after_sales_requests.decided_at') }} as decided_at,
    {{ known_at('after_sales_requests.item_received_at') }} as item_received_at,
    {{ known_at('after_sales_requests.completed_at') }} as completed_at,
    {{ known_at('after_sales_requests.escalated_to_platform_at') }} as escalated_to_platform_at

from after_sales_requests
where after_sales_requests.requested_at <= {{ as_of() }}
