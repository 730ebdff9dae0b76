{% macro wilson_upper(successes, cases) -%}
    {{ wilson_bound('+', successes, cases) }}
{%- endmacro %}
