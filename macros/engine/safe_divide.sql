{# Cast first: one engine divides integers to double and the other rounds decimals; one answers x / 0 with infinity and the
   other with an error. A ratio over nothing is null. #}
{% macro safe_divide(numerator, denominator) -%}
    (cast({{ numerator }} as {{ type_double() }}) / nullif(cast({{ denominator }} as {{ type_double() }}), 0))
{%- endmacro %}
