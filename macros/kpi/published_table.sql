{#- A model as readers of a snapshot name it: schema and table, without the warehouse. -#}
{% macro published_table(name) -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == name -%}
        {{ return(api.Relation.create(schema=node.schema, identifier=node.name).quote(schema=false, identifier=false)) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error('There is no model ' ~ name ~ '.') }}
{%- endmacro %}
