{#- The first month of the baseline that unit costs are compared with (edge from), or the one after its last (edge to): the variable, else `otherwise`. -#}
{% macro cost_baseline(edge, otherwise) -%}
    {%- set first_day = var('cost_baseline_from') -%}
    {%- set end_day = var('cost_baseline_to') -%}
    {%- set month_start = '^[0-9]{4}-(0[1-9]|1[0-2])-01$' -%}
    {%- if first_day is none and end_day is none -%}
        {{ otherwise }}
    {%- elif (
        not modules.re.match(month_start, first_day | string)
        or not modules.re.match(month_start, end_day | string)
        or first_day | string >= end_day | string
    ) -%}
        {%- do exceptions.raise_compiler_error(
            'The variables cost_baseline_from (' ~ first_day ~ ') and cost_baseline_to (' ~ end_day ~ ') of dbt_project.yml name no span of months:'
            ~ ' both are first days of months, such as 2026-01-01 and 2026-04-01, the second one after the first; or both are null'
        ) -%}
    {%- else -%}
        cast('{{ first_day if edge == 'from' else end_day }}' as {{ type_date() }})
    {%- endif -%}
{%- endmacro %}
