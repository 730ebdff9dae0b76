{#- The shares below the named quantiles, in their order. -#}
{% macro kpi_quantile_shares(names) -%}
    {%- set shares = [] -%}
    {%- for name in names -%}
        {%- do shares.append({'median': 0.5, 'p90': 0.9}[name]) -%}
    {%- endfor -%}
    {{ return(shares) }}
{%- endmacro %}
