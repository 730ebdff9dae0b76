{#- The first and the last of an entity's dates, over all sources. -#}
{% macro span_of_dates(entity, column) -%}
    select
        min({{ entity }}.{{ column }}) as first_on,
        max({{ entity }}.{{ column }}) as last_on
    from ({{ union_of_sources(entity, {column: type_date()}) }}) as {{ entity }}
{%- endmacro %}
