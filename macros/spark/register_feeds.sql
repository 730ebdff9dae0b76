{#- Puts the Parquet files of what was loaded into the catalogue under the names that models read: raw.<feed>, and current.<feed> of the rows that count. -#}
{% macro register_feeds() -%}
    {%- for schema in ['steps', 'notes', 'last_build', 'last_notes'] -%}
        {%- do run_query('create schema if not exists ' ~ schema) -%}
    {%- endfor -%}
    {%- for schema in ['raw', 'current'] -%}
        {%- do run_query('create schema if not exists ' ~ schema) -%}
        {#- What the loader keeps beside the feeds has no versions. -#}
        {%- for feed in graph.sources.values() if schema == 'raw' or feed.identifier == feed.source_name ~ '__' ~ feed.name -%}
            {%- set name = schema ~ '.' ~ feed.identifier -%}
            {%- do run_query(
                'create table ' ~ name ~ " using parquet location '" ~ env_var('AFTERSALES_HOME', 'var') ~ '/spark/feeds/' ~ schema ~ '/' ~ feed.identifier ~ "'"
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
