{#- One grouping set for each grain overall and for each grain × dimension; `more` names columns that every set groups by as well. -#}
{% macro kpi_grouping_sets(dimensions, more=[]) -%}
    {%- set sets = [] -%}
    {%- for grain in kpi_grains() -%}
        {%- do sets.append([grain ~ '_start'] + more) -%}
        {%- for dimension in dimensions if dimension not in kpi_detailed_dimensions() or grain not in ('day', 'week') -%}
            {%- do sets.append([grain ~ '_start', 'member_' ~ dimension] + more) -%}
        {%- endfor -%}
    {%- endfor -%}
        group by grouping sets (
            {%- for columns in sets %}
            (observed.{{ columns | join(', observed.') }}){{ ',' if not loop.last }}
            {%- endfor %}
        )
{%- endmacro %}
