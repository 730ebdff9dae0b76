{# Of the columns of a contract entity those that have a list of values, with the list: as the contract's declaration says, and a channel of
   any entity is one of those that tickets have. States of an entity are of its feed. Empty while dbt only parses, and in unit tests: neither
   knows the declarations. #}
{% macro contract_values(entity) -%}
    {%- set lists = {} -%}
    {%- set feeds = graph.get('sources', {}) if execute else {} -%}
    {%- set columns_of = {} -%}
    {%- for feed in ['tickets', entity.replace('_versions', 's')] -%}
        {%- do columns_of.update({feed: feeds.get('source.' ~ project_name ~ '.contract.' ~ feed, {}).get('columns', {})}) -%}
    {%- endfor -%}
    {%- for name in columns_of[entity.replace('_versions', 's')] -%}
        {%- set column = columns_of['tickets' if name == 'channel' else entity.replace('_versions', 's')][name] -%}
        {%- set meta = column.get('config', {}).get('meta') or column.get('meta', {}) -%}
        {%- if meta.get('accepted_values') -%}
            {%- do lists.update({name: meta['accepted_values']}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(lists) }}
{%- endmacro %}
