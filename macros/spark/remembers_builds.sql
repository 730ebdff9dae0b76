{#-
  Whether a build notes which keys its tables were made of and which of its tests passed, so that the next one makes and tests only the others. What
  periods were made of is noted by every build (built_periods).
-#}
{% macro remembers_builds() -%}
    {{ return(adapter.dispatch('remembers_builds', 'aftersales')()) }}
{%- endmacro %}

{% macro default__remembers_builds() -%}
    {{ return(true) }}
{%- endmacro %}

{#- Without tables in which single rows can be replaced, tables by key are made anew each time. -#}
{% macro spark__remembers_builds() -%}
    {{ return(false) }}
{%- endmacro %}
