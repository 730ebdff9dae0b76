{# The contract's value for what a system writes: forms are given in lower case by the value they mean. What is none of them stays as it is
   written, so that it is counted as a value outside the contract's list instead of vanishing. #}
{% macro mapped_value(column, forms) -%}
    case
        {%- for value, written in forms.items() %}
        when lower(trim({{ column }})) in ('{{ written | join("', '") }}') then '{{ value }}'
        {%- endfor %}
        else {{ column }}
    end
{%- endmacro %}
