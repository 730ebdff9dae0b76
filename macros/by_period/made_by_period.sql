{#- The name of a relation whose periods' fingerprints are read; of a model that is not made by period there are none, and no change would be seen. -#}
{% macro made_by_period(relation) -%}
    {%- if execute and graph.nodes.get('model.aftersales.' ~ relation.identifier, {}).get('config', {}).get('materialized') != 'by_period' -%}
        {%- do exceptions.raise_compiler_error(
            relation.identifier ~ ' is not made by period, so nothing tells which of its periods changed: give it materialized=by_period'
            ~ ' (with is_whole=true where it cannot be made in parts)'
        ) -%}
    {%- endif -%}
    {{ relation.identifier }}
{%- endmacro %}
