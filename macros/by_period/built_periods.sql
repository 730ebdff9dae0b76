{#-
  The table of what the periods of by_period models were built from (role input) and of their own rows' fingerprints (role output): on DuckDB one for
  all, on Spark one for each model, since whoever writes into one there needs it for himself.
-#}
{% macro built_periods(model_name='') -%}
    {{ adapter.dispatch('built_periods', 'aftersales')(model_name) }}
{%- endmacro %}

{% macro default__built_periods(model_name) -%}
    measures.built_periods
{%- endmacro %}

{% macro spark__built_periods(model_name) -%}
    notes.{{ model_name }}
{%- endmacro %}

{#- The same as the build before noted it. -#}
{% macro last_built_periods(model_name) -%}
    {{ adapter.dispatch('last_built_periods', 'aftersales')(model_name) }}
{%- endmacro %}

{% macro default__last_built_periods(model_name) -%}
    {{ built_periods(model_name) }}
{%- endmacro %}

{% macro spark__last_built_periods(model_name) -%}
    last_notes.{{ model_name }}
{%- endmacro %}

{% macro create_built_periods() -%}
    create schema if not exists measures;
    create table if not exists {{ built_periods() }} ({{ built_periods_columns() }})
{%- endmacro %}

{% macro built_periods_columns() -%}
    model {{ type_text() }},
    role {{ type_text() }},
    input {{ type_text() }},
    period_grain {{ type_text() }},
    period_start {{ type_date() }},
    fingerprint {{ type_text() }}
{%- endmacro %}
