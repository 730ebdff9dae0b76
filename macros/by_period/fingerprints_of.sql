{#- What is built from another by_period model: its rows of the same period. -#}
{% macro fingerprints_of(relation) -%}
    select
        '{{ relation.identifier }}' || built.input as input,
        built.period_grain,
        built.period_start,
        built.fingerprint

    from {{ built_periods(relation.identifier) }} as built
    where built.model = '{{ made_by_period(relation) }}' and built.role = 'output'
{%- endmacro %}
