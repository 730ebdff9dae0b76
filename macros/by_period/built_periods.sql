{#-
  The table of what the periods of by_period models were built from (role input) and of their own rows' fingerprints (role output).
-#}
{% macro built_periods() -%}
    measures.built_periods
{%- endmacro %}

{% macro create_built_periods() -%}
    create schema if not exists measures;
    create table if not exists {{ built_periods() }} (
        model {{ type_text() }},
        role {{ type_text() }},
        input {{ type_text() }},
        period_grain {{ type_text() }},
        period_start {{ type_date() }},
        fingerprint {{ type_text() }}
    )
{%- endmacro %}
