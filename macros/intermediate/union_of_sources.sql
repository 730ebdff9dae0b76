{#-
  The rows of one contract entity from every source system that is switched on and stages it, as a union all.
  A select without rows stands first: it names and types the columns, and is what remains when no source stages the entity.
  A value that the contract's list does not have is other where the list has that, else null; a test counts them. unknown is null, as said.
-#}
{% macro union_of_sources(entity, columns) -%}
    {%- set lists = contract_values(entity) -%}
    select
        {%- for name, type in columns.items() %}
        cast(null as {{ type }}) as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    where 1 = 0
    {%- for source_system in var('source_systems') if entity in var('staged_entities').get(source_system, []) %}

    union all

    select
        {%- for name in columns %}
        {%- if name in lists %}
        case
            when {{ entity }}.{{ name }} in ('{{ lists[name] | join("', '") }}') then {{ entity }}.{{ name }}
            {%- if 'other' in lists[name] %}
            when {{ entity }}.{{ name }} <> 'unknown' then 'other'
            {%- endif %}
        end as {{ name }}{{ "," if not loop.last }}
        {%- else %}
        {{ entity }}.{{ name }}{{ "," if not loop.last }}
        {%- endif %}
        {%- endfor %}
    from {{ ref('stg_' ~ source_system ~ '__' ~ entity) }} as {{ entity }}
    {%- endfor %}
{%- endmacro %}
