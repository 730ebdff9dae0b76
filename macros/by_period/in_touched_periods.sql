{#- The rows of a relation in the periods that are made anew, under the alias `name`; with made_by, of those values of that column that are. -#}
{% macro in_touched_periods(relation, name, made_by=none) -%}
    {{ relation }} as {{ name }}
    {%- if leaves_periods() or config.get('made_by') %}
    inner join {{ touched_periods() }} as touched
        on
            {{ name }}.period_grain = touched.period_grain
            and {{ name }}.period_start = touched.period_start
            {{ 'and ' ~ name ~ '.' ~ made_by ~ ' = touched.' ~ made_by if made_by }}
    {%- endif %}
{%- endmacro %}
