{#- Whether a build notes what its tables were made of, so that the next one makes only what changed and tests only that. -#}
{% macro remembers_builds() -%}
    {{ return(adapter.dispatch('remembers_builds', 'aftersales')()) }}
{%- endmacro %}

{% macro default__remembers_builds() -%}
    {{ return(true) }}
{%- endmacro %}

{#- Without tables in which single rows can be replaced, every build makes everything anew. -#}
{% macro spark__remembers_builds() -%}
    {{ return(false) }}
{%- endmacro %}
