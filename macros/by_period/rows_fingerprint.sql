{#- The number and the summed hashes of some rows as one text. -#}
{% macro rows_fingerprint(row_count, hash_sum) -%}
    cast({{ row_count }} as {{ type_text() }}) || ':' || cast({{ hash_sum }} as {{ type_text() }})
{%- endmacro %}
