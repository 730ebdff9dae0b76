{#- The periods that as_of lies in: those it leaves and those it enters are made anew. -#}
{% macro as_of_fingerprints() -%}
    {%- for grain in kpi_grains() %}
    select
        'as_of' as input,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, business_date('resolved.as_of_at')) }} as period_start,
        'as_of' as fingerprint

    from {{ ref('int_as_of__resolved') }} as resolved
    where resolved.as_of_at is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
