-- A booked cost of after-sales service, in the reporting currency at the rate of the day it arose.
select
    costs.cost_key,
    costs.source_system,
    costs.cost_id,
    costs.merchant_key,
    costs.ticket_key,
    costs.request_key,

    costs.cost_category,
    costs.channel,
    costs.currency,

    costs.amount as cost_amount,
    {{ in_reporting_currency('costs.amount', 'rates.rate') }} as reporting_cost_amount,

    costs.incurred_on

from {{ ref('int_service_costs__unioned') }} as costs
left join {{ ref('int_exchange_rates__daily') }} as rates
    on
        costs.currency = rates.currency
        and costs.incurred_on = rates.day_on
