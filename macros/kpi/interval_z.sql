{#- The 97.5th percentile of the standard normal distribution: the half width, in standard errors, of a 95 % interval. -#}
{% macro interval_z() -%}
    1.959963984540054
{%- endmacro %}
