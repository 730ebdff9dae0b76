{#- The first of an entity's own moments and the last of all its moments, over all sources, in one pass over its rows. -#}
{% macro span_of_moments(entity, columns) -%}
    {%- set types = {} -%}
    {%- set latest = [] -%}
    {%- for column in columns -%}
        {%- do types.update({column: type_timestamp()}) -%}
        {%- do latest.append('max(' ~ entity ~ '.' ~ column ~ ')') -%}
    {%- endfor -%}
    select
        min({{ entity }}.{{ columns[0] }}) as first_at,
        {{ latest[0] if latest | length == 1 else 'greatest(' ~ latest | join(', ') ~ ')' }} as last_at
    from ({{ union_of_sources(entity, types) }}) as {{ entity }}
{%- endmacro %}
