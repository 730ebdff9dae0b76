{#- as_of in a noted measure: the snapshot that readers have knows its own. -#}
{% macro noted_as_of() -%}
    cast('{as_of}' as {{ type_timestamp() }})
{%- endmacro %}
