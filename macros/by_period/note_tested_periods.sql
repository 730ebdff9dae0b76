{#-
  At the end of a run: which periods of the tables made by period have passed all of their tests, with the rows that they have now. A table whose
  build or test failed or was left out is noted of in no way, and tested again.
-#}
{% macro note_tested_periods(results) -%}
    {%- if execute and remembers_builds() -%}
    {%- set ran, passed = {}, [] -%}
    {%- for result in results -%}
        {%- do ran.update({result.node.unique_id: result.status | string}) -%}
    {%- endfor -%}
    {%- set tests = graph.nodes.values() | selectattr('resource_type', 'equalto', 'test') | selectattr('attached_node', 'defined') | list -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'by_period' and ran.get(node.unique_id) == 'success' -%}
        {%- set outcomes = [] -%}
        {%- for test in tests if test.attached_node == node.unique_id -%}
            {%- do outcomes.append(ran.get(test.unique_id)) -%}
        {%- endfor -%}
        {%- if outcomes | reject('equalto', 'pass') | list | length == 0 -%}
            {%- do passed.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if passed %}
    {%- set passed_rows -%}
    from {{ built_periods() }} as built
        where built.model in ('{{ passed | join("', '") }}') and built.role =
    {%- endset %}
    {#- What is noted and still holds is left alone: it is nearly all. -#}
    delete {{ passed_rows }} 'tested'
        and not exists (
            select 1 from {{ built_periods() }} as made
            where
                made.role = 'output'
                and built.model = made.model
                and built.input = made.input
                and built.period_grain = made.period_grain
                and built.period_start = made.period_start
                and built.fingerprint = made.fingerprint
        );
    insert into {{ built_periods() }} (role, model, input, period_grain, period_start, fingerprint)
    select 'tested' as role, untested.*
    from (
        select built.model, built.input, built.period_grain, built.period_start, built.fingerprint {{ passed_rows }} 'output'
        except
        select built.model, built.input, built.period_grain, built.period_start, built.fingerprint {{ passed_rows }} 'tested'
    ) as untested;
    {%- endif %}
    {{ note_clearing() }}
    {%- endif -%}
{%- endmacro %}
