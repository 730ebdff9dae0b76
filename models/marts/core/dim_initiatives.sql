-- Things done to make the service better, with what they were limited to and what they cost at the rate of their first day.
select
    initiatives.initiative_key,
    initiatives.source_system,
    initiatives.initiative_id,

    initiatives.initiative_name,
    initiatives.initiative_type,
    coalesce(initiatives.scope_dimension, 'all') as scope_dimension,
    initiatives.scope_member,
    initiatives.target_kpi,
    initiatives.currency,

    coalesce(initiatives.ended_on < {{ business_date(as_of()) }}, false) as is_ended,

    initiatives.investment_amount,
    {{ in_reporting_currency('initiatives.investment_amount', 'rates.rate') }} as reporting_investment_amount,

    initiatives.started_on,
    initiatives.ended_on

from {{ ref('int_initiatives__unioned') }} as initiatives
left join {{ ref('int_exchange_rates__daily') }} as rates
    on
        initiatives.currency = rates.currency
        and initiatives.started_on = rates.day_on
