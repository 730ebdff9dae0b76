{#-
  Every measure of the measure tables, as noted_measures notes it: the tables' own code is rendered once more, with the noting in place of the roll-up.
  What a measure reads beside its facts has to be a published table too. Empty while dbt only parses, which knows no graph.
-#}
{% macro declared_measures() -%}
    {%- set measures = [] -%}
    {%- for node in (graph.nodes.values() if execute else []) if node.resource_type == 'model' and node.name.startswith('measure_') -%}
        {%- set code = node.raw_code | replace('measure_table(', 'noted_measures(') | replace('measures_of(', 'noted_measures(') -%}
        {%- set code = code | replace('ref(', 'published_table(') | replace('as_of()', 'noted_as_of()') -%}
        {%- for notes in modules.re.findall('<<(.*?)>>', render(code), modules.re.DOTALL) -%}
            {%- do measures.extend(fromjson(notes)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(measures | sort(attribute='measure')) }}
{%- endmacro %}
