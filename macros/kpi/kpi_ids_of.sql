{#-
  The KPIs that a family mart holds: each column of its contract that has a column <id>_n beside it. Contracts are known when a model is run, not when
  the project is parsed.
-#}
{% macro kpi_ids_of(family_mart) -%}
    {%- set ids = [] -%}
    {%- if execute -%}
        {%- set columns = graph.nodes['model.' ~ project_name ~ '.' ~ family_mart].columns -%}
        {%- for name in columns if name ~ '_n' in columns -%}
            {%- do ids.append(name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(ids) }}
{%- endmacro %}
