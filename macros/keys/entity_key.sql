{# A key over all sources: the source system's name, then the source's own id. Null as soon as one part is null, so a
   row that points nowhere has no foreign key instead of one that matches nothing. A column that is declared to hold another
   system's id (refers_to) makes that system's key; told_by says which column, where the id is no column of one feed by itself. #}
{% macro entity_key(source_system, ids, told_by=none) -%}
    {%- set parts = [] -%}
    {%- for id in ids -%}
        {%- do parts.append('cast(' ~ id ~ ' as ' ~ type_text() ~ ')') -%}
    {%- endfor -%}
    {%- set system = referred_system(source_system, told_by or ids[0]) if ids | length == 1 else source_system -%}
    ('{{ system }}:' || {{ parts | join(" || '|' || ") }})
{%- endmacro %}
