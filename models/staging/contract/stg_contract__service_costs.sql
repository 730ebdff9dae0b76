-- Booked costs of service as the shop last stated them.
with

current_service_costs as (

    {{ current_rows(
        source('contract', 'service_costs'),
        columns=[
            'cost_id', 'incurred_on', 'cost_category', 'amount', 'currency', 'merchant_id', 'channel',
            'ticket_id', 'request_id', 'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('contract', ['current_service_costs.cost_id']) }} as cost_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_service_costs.merchant_id']) }} as merchant_key,
    {{ entity_key('contract', ['current_service_costs.ticket_id']) }} as ticket_key,
    {{ entity_key('contract', ['current_service_costs.request_id']) }} as request_key,

    current_service_costs.cost_id,
    current_service_costs.merchant_id,
    current_service_costs.ticket_id,
    current_service_costs.request_id,

    current_service_costs.cost_category,
    current_service_costs.currency,
    current_service_costs.channel,

    current_service_costs.amount,

    current_service_costs.incurred_on,
    current_service_costs.updated_at

from current_service_costs
