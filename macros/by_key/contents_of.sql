{#- What stands in a relation, or in each of its groups, as one text; `name` is what it is called in the query. -#}
{% macro contents_of(name) -%}
    {{ rows_fingerprint('count(*)', 'sum(cast(' ~ whole_row_hash(name) ~ ' as decimal(38, 0)))') }}
{%- endmacro %}
