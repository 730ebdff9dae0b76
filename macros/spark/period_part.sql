{#-
  The part of a table by period that a row belongs to: of days their month, of all longer periods their year, since what touches one touches the others
  that it lies in. Few, so that a table is few files, and what a day brings late lies in few of them.
-#}
{% macro period_part(name) -%}
    case
        when {{ name }}.period_grain = 'all' then 'all'
        when {{ name }}.period_grain = 'day' then 'days-' || substr(cast({{ name }}.period_start as {{ type_text() }}), 1, 7)
        else 'longer-' || substr(cast({{ name }}.period_start as {{ type_text() }}), 1, 4)
    end
{%- endmacro %}

{#- Rows with the part that they belong to as last column, those of a part by one task, so that they come to be one file. -#}
{% macro rows_in_parts(rows, columns) -%}
    select {{ columns.keys() | join(', ') }}, {{ period_part('made_rows') }} as period_part from ({{ rows }}) as made_rows
    distribute by period_part
{%- endmacro %}

{% macro is_in_parts(name, parts) -%}
    {{ name }}.period_part in ('{{ parts | join("', '") }}')
{%- endmacro %}
