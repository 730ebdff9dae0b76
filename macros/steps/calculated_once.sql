{#-
  The rows of a CTE that are worked out once, whoever reads it: Spark puts a CTE's query in the place of each of its names, and a roll-up of twenty
  measures would be made hundreds of times. Called around the query, with the CTE's name. What is marked so is a table of its own there
  (made_steps); with is_large on every engine, since what one statement holds in memory it holds at once.
-#}
{% macro calculated_once(name, is_large=false) -%}
    {{ adapter.dispatch('calculated_once', 'aftersales')(name, is_large, caller()) }}
{%- endmacro %}

{% macro default__calculated_once(name, is_large, query) -%}
    {{ spark__calculated_once(name, is_large, query) if is_large else query }}
{%- endmacro %}

{% macro spark__calculated_once(name, is_large, query) -%}
/* once {{ name }} { */{{ query }}/* } once {{ name }} */
{%- endmacro %}
