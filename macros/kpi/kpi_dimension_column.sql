{#- The column of a fact that holds its member of a dimension. -#}
{% macro kpi_dimension_column(dimension) -%}
    {{ return({'merchant': 'merchant_key', 'agent': 'agent_key', 'request_reason': 'reason'}.get(dimension, dimension)) }}
{%- endmacro %}
