{% macro wilson_lower(successes, cases) -%}
    {{ wilson_bound('-', successes, cases) }}
{%- endmacro %}
