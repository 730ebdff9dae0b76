{#- Of each period, after which of the definitions' numbers of days it has settled by as_of: what has is compared. -#}
{% macro settled_fingerprints() -%}
    {%- for grain in kpi_grains() %}
    select
        'settled after ' || cast(definitions.settles_after_days as {{ type_text() }}) as input,
        periods.period_grain,
        periods.period_start,
        'settled' as fingerprint

    from {{ ref('int_periods__spined') }} as periods
    cross join {{ ref('int_as_of__resolved') }} as resolved
    cross join (select distinct kpis.settles_after_days from {{ ref('kpi_definitions') }} as kpis) as definitions
    where
        periods.period_grain = '{{ grain }}'
        and periods.period_start < {{ last_settled_start(grain, 'definitions.settles_after_days') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
