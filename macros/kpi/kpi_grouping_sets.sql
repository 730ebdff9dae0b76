{#-
  One grouping set for each grain overall and for each grain × dimension, `detailed_grains` being those of the dimensions with many members; `more`
  names columns that every set groups by as well.
-#}
{% macro kpi_grouping_sets(dimensions, grains, detailed_grains, more=[]) -%}
    {%- set sets = [] -%}
    {%- for grain in grains -%}
        {%- do sets.append([grain ~ '_start'] + more) -%}
    {%- endfor -%}
    {%- for dimension in dimensions -%}
        {%- for grain in (detailed_grains if dimension in kpi_detailed_dimensions() else grains) -%}
            {%- do sets.append([grain ~ '_start', 'member_' ~ dimension] + more) -%}
        {%- endfor -%}
    {%- endfor -%}
        group by grouping sets (
            {%- for columns in sets %}
            (observed.{{ columns | join(', observed.') }}){{ ',' if not loop.last }}
            {%- endfor %}
        )
{%- endmacro %}
