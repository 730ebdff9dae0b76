-- A booked cost of after-sales service, in the reporting currency at the rate of the day it arose. What it does not say itself it is
-- counted under as its request or ticket is.
with

costs_with_requests as (

    select
        service_costs.cost_key,
        service_costs.source_system,
        requests.shop,
        service_costs.cost_id,
        coalesce(service_costs.merchant_key, requests.merchant_key) as merchant_key,
        coalesce(service_costs.ticket_key, requests.ticket_key) as ticket_key,
        service_costs.request_key,

        service_costs.cost_category,
        service_costs.channel,
        requests.product_category,
        requests.region,
        requests.customer_tier,
        service_costs.currency,

        service_costs.amount,

        service_costs.incurred_on

    from {{ ref('int_service_costs__unioned') }} as service_costs
    left join {{ ref('fct_after_sales_requests') }} as requests
        on service_costs.request_key = requests.request_key

)

select
    service_costs.cost_key,
    service_costs.source_system,
    coalesce(service_costs.shop, tickets.shop, {{ shop_of('service_costs.source_system') }}) as shop,
    service_costs.cost_id,
    coalesce(service_costs.merchant_key, tickets.merchant_key) as merchant_key,
    service_costs.ticket_key,
    service_costs.request_key,

    service_costs.cost_category,
    coalesce(service_costs.channel, tickets.channel) as channel,
    tickets.issue_type,
    tickets.agent_team,
    coalesce(service_costs.product_category, tickets.product_category) as product_category,
    coalesce(service_costs.region, tickets.region) as region,
    coalesce(service_costs.customer_tier, tickets.customer_tier) as customer_tier,
    service_costs.currency,

    service_costs.amount as cost_amount,
    {{ in_reporting_currency('service_costs.amount', 'rates.rate') }} as reporting_cost_amount,

    service_costs.incurred_on

from costs_with_requests as service_costs
left join {{ ref('fct_tickets') }} as tickets
    on service_costs.ticket_key = tickets.ticket_key
left join {{ ref('int_exchange_rates__daily') }} as rates
    on
        service_costs.currency = rates.currency
        and service_costs.incurred_on = rates.day_on
