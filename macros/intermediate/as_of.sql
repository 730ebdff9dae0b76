{#- The moment (UTC) the marts speak of, as a scalar. -#}
{% macro as_of() -%}
    (select resolved.as_of_at from {{ ref('int_as_of__resolved') }} as resolved)
{%- endmacro %}
