{#- At the end of a run that loaded every seed and passed all of their tests: of which project that was. Other runs say nothing of it. -#}
{% macro note_seeds(results) -%}
    {%- set project = env_var('AFTERSALES_PROJECT_FINGERPRINT', '') -%}
    {%- if execute and project and remembers_builds() -%}
    {%- set passed = results | selectattr('status', 'in', ['success', 'pass']) | map(attribute='node.unique_id') | list -%}
    {%- set missing = [] -%}
    {%- for node in graph.nodes.values() if node.original_file_path.startswith('seeds/') and node.unique_id not in passed -%}
        {%- do missing.append(node.unique_id) -%}
    {%- endfor -%}
    {%- if not missing -%}
    update {{ builds() }} set seeds_of = '{{ project }}'
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}
