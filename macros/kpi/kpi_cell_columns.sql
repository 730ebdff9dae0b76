{#-
  The period and the member of a row of `observed` that was grouped by grouping sets: exactly one start of a period is not null, and one dimension
  at most.
-#}
{% macro kpi_cell_columns(dimensions, grains=kpi_grains()) -%}
            case
                {%- for grain in grains %}
                when observed.{{ grain }}_start is not null then '{{ grain }}'
                {%- endfor %}
            end as period_grain,
            coalesce(
                {%- for grain in grains %}
                observed.{{ grain }}_start{{ ',' if not loop.last }}
                {%- endfor %}
            ) as period_start,
            case
                {%- for dimension in dimensions %}
                when observed.member_{{ dimension }} is not null then '{{ dimension }}'
                {%- endfor %}
                else 'overall'
            end as dimension,
            coalesce(
                {%- for dimension in dimensions %}
                observed.member_{{ dimension }},
                {%- endfor %}
                'all'
            ) as member
{%- endmacro %}
