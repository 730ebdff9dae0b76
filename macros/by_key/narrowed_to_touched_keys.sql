{#- The SQL of a by_key model, reading the rows of touched keys only of every table that has the key. -#}
{% macro narrowed_to_touched_keys(sql, model, by, key) -%}
    {%- set narrowed = namespace(sql=sql) -%}
    {%- set narrows = graph.nodes['model.aftersales.' ~ by].config.narrows or [] -%}
    {%- for unique_id in model.depends_on.nodes if graph.nodes[unique_id].resource_type == 'model' -%}
        {%- set parent = graph.nodes[unique_id] -%}
        {%- if parent.name in model.config.get('reads_whole', []) -%}
        {%- elif parent.config.materialized == 'by_key' and parent.config.by == by -%}
            {%- set narrowed.sql = narrowed.sql | replace(parent.relation_name, working_table(parent.name)) -%}
        {%- elif narrows is not mapping and parent.name in narrows -%}
            {%- set narrowed.sql = narrowed.sql | replace(parent.relation_name, narrowed_table(by, parent.name)) -%}
        {%- elif parent.config.key == key or parent.name in narrows -%}
            {%- set column = 'kept.' ~ (narrows[parent.name] if parent.name in narrows else key) -%}
            {%- set narrowed.sql = narrowed.sql | replace(
                parent.relation_name,
                '(select kept.* from ' ~ parent.relation_name ~ ' as kept where ' ~ is_touched(column, by, model.config.get('is_key_optional')) ~ ')'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(narrowed.sql) }}
{%- endmacro %}
