{#-
  The rows of one contract entity from every source system that is switched on and stages it, as a union all.
  A select without rows stands first: it names and types the columns, and is what remains when no source stages the entity.
-#}
{% macro union_of_sources(entity, columns) -%}
    select
        {%- for name, type in columns.items() %}
        cast(null as {{ type }}) as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    where 1 = 0
    {%- for source_system in var('source_systems') if entity in var('staged_entities').get(source_system, []) %}

    union all

    select
        {%- for name in columns %}
        {{ entity }}.{{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_' ~ source_system ~ '__' ~ entity) }} as {{ entity }}
    {%- endfor %}
{%- endmacro %}
