-- The after-sales costs of all source systems that had been incurred by as_of, the day of as_of included.
with

service_costs as (

    {{ union_of_sources('service_costs', {
        'cost_key': type_text(),
        'source_system': type_text(),
        'cost_id': type_text(),
        'merchant_key': type_text(),
        'ticket_key': type_text(),
        'request_key': type_text(),
        'cost_category': type_text(),
        'channel': type_text(),
        'currency': type_text(),
        'amount': type_money(),
        'incurred_on': type_date()
    }) }}

)

select
    service_costs.cost_key,
    service_costs.source_system,
    service_costs.cost_id,
    service_costs.merchant_key,
    service_costs.ticket_key,
    service_costs.request_key,

    service_costs.cost_category,
    service_costs.channel,
    service_costs.currency,

    service_costs.amount,

    service_costs.incurred_on

from service_costs
where service_costs.incurred_on <= {{ business_date(as_of()) }}
