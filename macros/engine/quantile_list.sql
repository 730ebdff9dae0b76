{#- Quantiles of a double, interpolated between neighbours, as one list: an engine ranks the values once for all of them. -#}
{% macro quantile_list(value, shares) -%}
    {{ adapter.dispatch('quantile_list', 'aftersales')(value, shares) }}
{%- endmacro %}

{% macro default__quantile_list(value, shares) -%}
    quantile_cont({{ value }}, [{{ shares | join(', ') }}])
{%- endmacro %}

{% macro spark__quantile_list(value, shares) -%}
    percentile({{ value }}, array({{ shares | join(', ') }}))
{%- endmacro %}
