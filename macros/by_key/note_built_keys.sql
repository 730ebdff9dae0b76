{#- At the end of a run in which every fingerprinted and by_key model was built: what their keys were built from, and whether all of their tests passed. -#}
{% macro note_built_keys(results) -%}
    {%- set project = env_var('AFTERSALES_PROJECT_FINGERPRINT', '') -%}
    {%- if execute and project and remembers_builds() -%}
    {%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
    {%- set keyed = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | selectattr('config.materialized', 'in', ['by_key', 'fingerprinted']) | list -%}
    {%- if keyed | rejectattr('unique_id', 'in', built) | list | length == 0 -%}
    {%- set passed = results | selectattr('status', 'in', ['pass', 'warn']) | map(attribute='node.unique_id') | list -%}
    {%- set tests = graph.nodes.values() | selectattr('attached_node', 'defined') | selectattr('attached_node', 'in', keyed | map(attribute='unique_id') | list) -%}
    {%- set untested = tests | rejectattr('unique_id', 'in', passed) | list -%}
    {%- for model in keyed if model.config.materialized == 'fingerprinted' %}
    {%- set open_keys = model.config.open_keys or [] %}
    {%- set are_touched = 'row_key in (select touched.row_key from ' ~ touched_keys(model.name) ~ ' as touched)' %}
    delete from {{ built_keys() }} where model = '{{ model.name }}' and {{ are_touched }};
    insert into {{ built_keys() }} (model, row_key, group_key, fingerprint, is_open)
    select
        '{{ model.name }}' as model,
        keys.row_key,
        keys.group_key,
        keys.fingerprint,
        {% for open in open_keys -%}
        keys.row_key in (
            select open_rows.{{ model.config.key }} from {{ graph.nodes['model.aftersales.' ~ open.model].relation_name }} as open_rows
            where {{ open.where }}
        ) or
        {% endfor -%}
        false as is_open
    from {{ model.relation_name }} as keys
    where keys.{{ are_touched }};
    {%- endfor %}
    update {{ builds() }} set project = '{{ project }}', is_finished = true, is_tested = {{ untested | length == 0 }},
        as_of = (select resolved.as_of_at from {{ graph.nodes['model.aftersales.int_as_of__resolved'].relation_name }} as resolved)
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}
