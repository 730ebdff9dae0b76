{# Which system an id belongs to is a variable here, and not in the declaration: sources that come with the project do not know each other. #}
{% macro key_elsewhere(source_system, id) -%}
    {{ entity_key(source_system, [id]) if source_system else 'cast(null as ' ~ type_text() ~ ')' }}
{%- endmacro %}
