{#- The first and the last of an entity's dates, over all sources; of dates that may be booked ahead the last that was not. -#}
{% macro span_of_dates(entity, column, may_be_ahead=false) -%}
    {%- set columns = {column: type_date(), 'updated_at': type_timestamp()} if may_be_ahead else {column: type_date()} -%}
    {%- set last_on = entity ~ '.' ~ column -%}
    {%- if may_be_ahead -%}
        {%- set last_on = 'case when ' ~ last_on ~ ' <= ' ~ business_date(entity ~ '.updated_at') ~ ' then ' ~ last_on ~ ' end' -%}
    {%- endif -%}
    select
        min({{ entity }}.{{ column }}) as first_on,
        max({{ last_on }}) as last_on
    from ({{ union_of_sources(entity, columns) }}) as {{ entity }}
{%- endmacro %}
