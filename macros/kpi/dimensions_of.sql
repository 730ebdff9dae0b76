{#- The dimensions under which the facts of a kind are counted, each a column of them (kpi_dimension_column says which). -#}
{% macro dimensions_of(kind) -%}
    {%- set order = ['product_category', 'region', 'customer_tier', 'merchant', 'source_system', 'shop'] -%}
    {%- set dimensions = {
        'order': order,
        'request': ['request_type', 'request_reason'] + order,
        'ticket': ['channel', 'issue_type', 'priority', 'agent_team', 'agent', 'contact_reason'] + order,
        'cost': ['channel', 'issue_type', 'agent_team'] + order,
        'agent': ['agent_team', 'agent', 'source_system', 'shop']
    } -%}
    {{ return(dimensions[kind]) }}
{%- endmacro %}
