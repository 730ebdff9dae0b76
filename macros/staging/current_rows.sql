{# The loader keeps a table of the versions that count beside all that were delivered, and knows from the declaration by which key, in
   which order and whether rows can be withdrawn. A unit test gives the rows that count: there the relation is its rows. #}
{% macro current_rows(relation, columns) -%}
    select
        {%- for column in columns %}
        current_versions.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ relation if relation.is_cte else relation.replace_path(schema='current') }} as current_versions
    {%- if not relation.is_cte %}
    where not current_versions._is_withdrawn
    {%- endif %}
{%- endmacro %}
