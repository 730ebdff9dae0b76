{# A key over all sources: the source system's name, then the source's own id. Null as soon as one part is null, so a
   row that points nowhere has no foreign key instead of one that matches nothing. #}
{% macro entity_key(source_system, ids) -%}
    {%- set parts = [] -%}
    {%- for id in ids -%}
        {%- do parts.append('cast(' ~ id ~ ' as ' ~ type_text() ~ ')') -%}
    {%- endfor -%}
    ('{{ source_system }}:' || {{ parts | join(" || '|' || ") }})
{%- endmacro %}
