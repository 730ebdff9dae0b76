{#-
  Whether this build may leave periods of the model as they are, so that its SQL is narrowed to touched_periods. On DuckDB always: where nothing is
  known, all are touched. On Spark where the last build of the same project noted what it made: a plan is short as long as nothing needs it longer.
-#}
{% macro leaves_periods() -%}
    {{ return(adapter.dispatch('leaves_periods', 'aftersales')()) }}
{%- endmacro %}

{% macro default__leaves_periods() -%}
    {{ return(true) }}
{%- endmacro %}

{% macro spark__leaves_periods() -%}
    {{ return(execute and not should_full_refresh() and not config.get('is_whole', false) and adapter.was_built(this.identifier)) }}
{%- endmacro %}
