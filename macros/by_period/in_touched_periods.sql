{#- The rows of a relation in the periods that are made anew, under the alias `name`. -#}
{% macro in_touched_periods(relation, name) -%}
    {{ relation }} as {{ name }}
    inner join touched_periods as touched
        on
            {{ name }}.period_grain = touched.period_grain
            and {{ name }}.period_start = touched.period_start
{%- endmacro %}
