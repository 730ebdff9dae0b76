{#-
  At the end of a run: which periods of the tables made by period have passed all of their tests, with the rows that they have now. A table whose
  build or test failed or was left out is noted of in no way, and tested again.
-#}
{% macro note_tested_periods(results) -%}
    {%- if execute and remembers_builds() -%}
    {%- set ran = {} -%}
    {%- for result in results -%}
        {%- do ran.update({result.node.unique_id: result.status | string}) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name in by_period_models() and ran.get(node.unique_id) == 'success' -%}
        {%- set outcomes = [] -%}
        {%- for test in graph.nodes.values() if test.resource_type == 'test' and test.get('attached_node') == node.unique_id -%}
            {%- do outcomes.append(ran.get(test.unique_id)) -%}
        {%- endfor -%}
        {%- if outcomes | reject('equalto', 'pass') | list | length == 0 -%}
    delete from {{ built_periods() }} as built where built.model = '{{ node.name }}' and built.role = 'tested';
    insert into {{ built_periods() }} (model, role, input, period_grain, period_start, fingerprint)
    select
        built.model,
        'tested' as role,
        built.input,
        built.period_grain,
        built.period_start,
        built.fingerprint
    from {{ built_periods() }} as built
    where built.model = '{{ node.name }}' and built.role = 'output';
        {%- endif -%}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
