-- Did an initiative pay? What its first 365 days cost and paid back less than the days before it, at their unit cost and refund rate,
-- against what was invested. Where the scope is all, a merchant or a product category, a unit is an order; where it is a channel, an issue
-- type or a team, a ticket, and refunds do not tell. The day of as_of is not over and counts nowhere. What changed anyway is in it, too.
-- noqa: disable=LT02
{% set of_orders = "initiatives.scope_dimension in ('all', 'merchant', 'product_category')" -%}
{% set facts = [
    {'name': 'costs', 'relation': ref('fct_service_costs'), 'date': 'incurred_on', 'where': 'true',
     'scopes': {'channel': 'channel', 'issue_type': 'issue_type', 'team': 'agent_team', 'product_category': 'product_category'},
     'sums': {'cost_amount': 'facts.reporting_cost_amount'}},
    {'name': 'orders', 'relation': ref('fct_orders'), 'date': 'ordered_on', 'where': of_orders,
     'scopes': {'product_category': 'product_category'},
     'sums': {'volume': '1', 'paid_amount': 'facts.reporting_paid_amount'}},
    {'name': 'tickets', 'relation': ref('fct_tickets'), 'date': 'created_on', 'where': 'facts.is_in_scope and not ' ~ of_orders,
     'scopes': {'channel': 'channel', 'issue_type': 'issue_type', 'team': 'agent_team'},
     'sums': {'volume': '1'}},
    {'name': 'refunds', 'relation': ref('fct_refunds'), 'date': 'refunded_on', 'where': of_orders,
     'scopes': {'product_category': 'product_category'},
     'sums': {'refunded_amount': 'facts.reporting_refund_amount'}}
] -%}
{% set summed = ['cost_amount', 'volume', 'paid_amount', 'refunded_amount'] -%}

with

first_years as (

    select
        initiatives.initiative_key,
        initiatives.source_system,

        initiatives.scope_dimension,
        case
            when initiatives.scope_dimension = 'merchant' then initiatives.source_system || ':' || initiatives.scope_member
            else initiatives.scope_member
        end as scope_member,

        initiatives.started_on,
        {{ add_days_to_date('initiatives.started_on', 365) }} as year_ends_on,
        least(
            {{ add_days_to_date('initiatives.started_on', 365) }},
            {{ business_date('resolved.as_of_at') }}
        ) as observed_to

    from {{ ref('dim_initiatives') }} as initiatives
    cross join {{ ref('int_as_of__resolved') }} as resolved

),

month_numbers as (

    {{ integer_spine(1, 12) }}

),

-- Window 0 is before the initiative, 1 to 12 are the months of its first year.
windows as (

    select
        initiatives.initiative_key,
        initiatives.source_system,

        initiatives.scope_dimension,
        initiatives.scope_member,

        cast(0 as {{ type_integer() }}) as window_number,

        {{ add_days_to_date('initiatives.started_on', '-' ~ var('initiative_window_days')) }} as window_from,
        initiatives.started_on as window_to

    from first_years as initiatives

    union all

    select
        initiatives.initiative_key,
        initiatives.source_system,

        initiatives.scope_dimension,
        initiatives.scope_member,

        month_numbers.number as window_number,

        {{ add_months_to_date('initiatives.started_on', 'month_numbers.number - 1') }} as window_from,
        least(
            {{ add_months_to_date('initiatives.started_on', 'month_numbers.number') }},
            initiatives.observed_to
        ) as window_to

    from first_years as initiatives
    cross join month_numbers

),
{% for fact in facts %}
{{ fact.name }} as (

    select
        initiatives.initiative_key,
        initiatives.window_number,
        {%- for column in summed %}
        {%- set total = 'sum(' ~ fact.sums[column] ~ ')' if column in fact.sums else '0' %}
        cast({{ total }} as decimal(38, 6)) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from windows as initiatives
    inner join {{ fact.relation }} as facts
        on
            initiatives.window_from <= facts.{{ fact.date }}
            and facts.{{ fact.date }} < initiatives.window_to
            and {{ shop_of('initiatives.source_system') }} = {{ shop_of('facts.source_system') }}
            and case initiatives.scope_dimension
                when 'all' then true
                when 'merchant' then facts.merchant_key = initiatives.scope_member
                {%- for scope, column in fact.scopes.items() %}
                when '{{ scope }}' then facts.{{ column }} = initiatives.scope_member
                {%- endfor %}
            end
    where {{ fact.where }}
    group by
        initiatives.initiative_key,
        initiatives.window_number

),
{% endfor %}
counted as (
    {% for fact in facts %}
    select
        {{ fact.name }}.initiative_key,
        {{ fact.name }}.window_number,
        {%- for column in summed %}
        {{ fact.name }}.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ fact.name }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

window_sums as (

    select
        windows.initiative_key,
        windows.window_number,
        {%- for column in summed %}
        coalesce(sum(counted.{{ column }}), 0) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from windows
    left join counted
        on
            windows.initiative_key = counted.initiative_key
            and windows.window_number = counted.window_number
    group by
        windows.initiative_key,
        windows.window_number

),

unit_figures as (

    select
        sums.initiative_key,

        sums.cost_amount,
        sums.volume,
        {{ safe_divide('sums.cost_amount', 'sums.volume') }} as unit_cost,
        {{ safe_divide('sums.refunded_amount', 'sums.paid_amount') }} as refund_rate

    from window_sums as sums
    where sums.window_number = 0

),

sums_so_far as (

    select
        sums.initiative_key,
        sums.window_number,
        {%- for column in summed %}
        sum(sums.{{ column }}) over (
            partition by sums.initiative_key
            order by sums.window_number nulls last
            rows between unbounded preceding and current row
        ) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from window_sums as sums
    where sums.window_number > 0

),

-- Rounded once, after adding up: months rounded one by one drift away from the unit costs and volumes that are told of the year.
benefits_so_far as (

    select
        sums.initiative_key,
        sums.window_number,

        sums.volume,
        sums.cost_amount,
        sums.paid_amount,
        sums.refunded_amount,
        {{ to_cents('unit_figures.unit_cost * sums.volume - sums.cost_amount') }} as saved_cost_amount,
        {{ to_cents('coalesce(unit_figures.refund_rate * sums.paid_amount - sums.refunded_amount, 0)') }} as avoided_refund_amount

    from sums_so_far as sums
    inner join unit_figures
        on sums.initiative_key = unit_figures.initiative_key

),

-- The investment has come back when the benefit has reached it for good: what months of refunds take away again has not.
paybacks as (

    select
        benefits.initiative_key,

        coalesce(
            max(case
                when benefits.saved_cost_amount + benefits.avoided_refund_amount < initiatives.reporting_investment_amount
                    then benefits.window_number
            end),
            0
        ) + 1 as payback_month

    from benefits_so_far as benefits
    inner join {{ ref('dim_initiatives') }} as initiatives
        on benefits.initiative_key = initiatives.initiative_key
    where
        benefits.saved_cost_amount is not null
        and initiatives.reporting_investment_amount is not null
    group by benefits.initiative_key

)

select
    initiatives.initiative_key,
    initiatives.source_system,

    initiatives.initiative_name,
    initiatives.initiative_type,
    initiatives.scope_dimension,
    initiatives.scope_member,
    case when {{ of_orders }} then 'order' else 'ticket' end as unit,

    first_years.year_ends_on <= first_years.observed_to as is_first_year_over,

    initiatives.reporting_investment_amount as investment_amount,
    cast(unit_figures.volume as {{ type_integer() }}) as volume_before,
    unit_figures.unit_cost as unit_cost_before,
    unit_figures.refund_rate as refund_rate_before,
    cast(sums.volume as {{ type_integer() }}) as volume,
    {{ safe_divide('sums.cost_amount', 'sums.volume') }} as unit_cost,
    {{ safe_divide('sums.refunded_amount', 'sums.paid_amount') }} as refund_rate,
    cast(sums.saved_cost_amount as {{ type_money() }}) as saved_cost_amount,
    cast(sums.avoided_refund_amount as {{ type_money() }}) as avoided_refund_amount,
    cast(sums.saved_cost_amount + sums.avoided_refund_amount as {{ type_money() }}) as benefit_amount,
    {{ safe_divide(
        'sums.saved_cost_amount + sums.avoided_refund_amount - initiatives.reporting_investment_amount',
        'initiatives.reporting_investment_amount'
    ) }} as roi_to_date,
    case
        when first_years.year_ends_on <= first_years.observed_to
            then {{ safe_divide(
                'sums.saved_cost_amount + sums.avoided_refund_amount - initiatives.reporting_investment_amount',
                'initiatives.reporting_investment_amount'
            ) }}
    end as initiative_roi,
    cast(case when paybacks.payback_month <= 12 then paybacks.payback_month end as {{ type_integer() }}) as payback_month,

    initiatives.started_on,
    first_years.observed_to

from {{ ref('dim_initiatives') }} as initiatives
inner join first_years
    on initiatives.initiative_key = first_years.initiative_key
inner join unit_figures
    on initiatives.initiative_key = unit_figures.initiative_key
inner join benefits_so_far as sums
    on
        initiatives.initiative_key = sums.initiative_key
        and sums.window_number = 12
left join paybacks
    on initiatives.initiative_key = paybacks.initiative_key
