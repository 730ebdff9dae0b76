{# Shops write #1001 where their help desks write 1001. #}
{% macro order_number(name) -%}
    case when {{ name }} like '#%' then substr({{ name }}, 2) else {{ name }} end
{%- endmacro %}
