-- After-sales requests as the shop last stated them.
with

current_after_sales_requests as (

    {{ current_rows(
        source('contract', 'after_sales_requests'),
        columns=[
            'request_id', 'order_id', 'line_number', 'ticket_id', 'request_type', 'reason', 'quantity',
            'requested_at', 'decided_at', 'decision', 'item_received_at', 'completed_at',
            'is_self_service', 'handled_by', 'partner_id', 'is_under_warranty', 'fee_charged_amount',
            'currency', 'escalated_to_platform_at', 'platform_verdict', 'completed_by', 'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('contract', ['current_after_sales_requests.request_id']) }} as request_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_after_sales_requests.order_id']) }} as order_key,
    {{ entity_key('contract', ['current_after_sales_requests.order_id', 'current_after_sales_requests.line_number']) }} as order_item_key,
    {{ entity_key('contract', ['current_after_sales_requests.ticket_id']) }} as ticket_key,

    current_after_sales_requests.request_id,
    current_after_sales_requests.order_id,
    current_after_sales_requests.line_number,
    current_after_sales_requests.ticket_id,
    current_after_sales_requests.partner_id,

    current_after_sales_requests.request_type,
    current_after_sales_requests.reason,
    current_after_sales_requests.decision,
    current_after_sales_requests.handled_by,
    current_after_sales_requests.platform_verdict,
    current_after_sales_requests.completed_by,
    current_after_sales_requests.currency,

    current_after_sales_requests.is_self_service,
    current_after_sales_requests.is_under_warranty,

    current_after_sales_requests.quantity,
    current_after_sales_requests.fee_charged_amount,

    current_after_sales_requests.requested_at,
    current_after_sales_requests.decided_at,
    current_after_sales_requests.item_received_at,
    current_after_sales_requests.completed_at,
    current_after_sales_requests.escalated_to_platform_at,
    current_after_sales_requests.updated_at

from current_after_sales_requests
