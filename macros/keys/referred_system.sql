{# Whose id does a column hold? The feed's own system's, unless its declaration says refers_to. A column is named as feed.column; with any other
   name before the point it is looked for in the feeds that the model reads, for staging keeps the names of the feeds' columns. #}
{% macro referred_system(source_system, column) -%}
    {%- set column_name = column.split('.') | last -%}
    {%- set read_feeds = [] -%}
    {%- for source, feed in model.get('sources', []) if source == source_system -%}
        {%- do read_feeds.append(feed) -%}
    {%- endfor -%}
    {%- set feed_name = column.split('.') | first -%}
    {%- set systems = [] -%}
    {%- for feed in ([feed_name] if feed_name in read_feeds else read_feeds | unique) if execute -%}
        {#- A unit test's graph holds no sources: there a key is the own system's. -#}
        {%- set columns = graph.get('sources', {}).get('source.' ~ project_name ~ '.' ~ source_system ~ '.' ~ feed, {}).get('columns', {}) -%}
        {%- if column_name in columns -%}
            {%- set meta = columns[column_name].get('config', {}).get('meta') or columns[column_name].get('meta', {}) -%}
            {%- do systems.append(meta.get('refers_to', source_system).split('.') | first) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if systems | unique | list | length > 1 -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ': ' ~ column ~ ' is a column of several feeds of ' ~ source_system ~ ', and only some of their declarations say '
            ~ "refers_to. Say which is meant: entity_key('" ~ source_system ~ "', ['" ~ column ~ "'], told_by='<feed>." ~ column_name ~ "')"
        ) }}
    {%- endif -%}
    {{ return(systems | first if systems else source_system) }}
{%- endmacro %}
