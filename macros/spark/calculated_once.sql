{#-
  The rows of a CTE that are worked out once, whoever reads it: Spark puts a CTE's query in the place of each of its names, and a roll-up of twenty
  measures would be made hundreds of times. Called around the query, with the CTE's name. What is marked so is a table of its own there
  (made_in_steps).
-#}
{% macro calculated_once(name) -%}
    {{ adapter.dispatch('calculated_once', 'aftersales')(name, caller()) }}
{%- endmacro %}

{% macro default__calculated_once(name, query) -%}
    {{ query }}
{%- endmacro %}

{% macro spark__calculated_once(name, query) -%}
/* once {{ name }} { */{{ query }}/* } once {{ name }} */
{%- endmacro %}
