{#-
  What is built from another by_period model: its rows of the same period, or with `shift` (previous_start, last_year_start: columns of compared_periods)
  those of the period that each period is compared with.
-#}
{% macro fingerprints_of(relation) -%}
    select
        '{{ relation.identifier }}' as input,
        built.period_grain,
        built.period_start,
        built.fingerprint

    from {{ built_periods() }} as built
    where built.model = '{{ relation.identifier }}' and built.role = 'output'
{%- endmacro %}
