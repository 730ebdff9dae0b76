{# Which field of an account says something is told by a variable of the source: null where none does. #}
{% macro custom_field(source_system, object, kind, name) -%}
    {%- set field = (var(source_system, {}).get(kind) or {}).get(name) -%}
    {%- if field is none -%}
        cast(null as {{ type_text() }})
    {%- else -%}
        {{ json_text(object, "'" ~ field | replace("'", "''") ~ "'") }}
    {%- endif -%}
{%- endmacro %}
