-- A booked cost of after-sales service, in the reporting currency at the rate of the day it arose.
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

    service_costs.amount as cost_amount,
    {{ in_reporting_currency('service_costs.amount', 'rates.rate') }} as reporting_cost_amount,

    service_costs.incurred_on

from {{ ref('int_service_costs__unioned') }} as service_costs
left join {{ ref('int_exchange_rates__daily') }} as rates
    on
        service_costs.currency = rates.currency
        and service_costs.incurred_on = rates.day_on
