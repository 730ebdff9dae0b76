{#- The periods there are, and how far the running ones have come. -#}
{% macro spine_fingerprints() -%}
    select
        'int_periods__spined' as input,
        periods.period_grain,
        periods.period_start,
        cast(periods.last_on as {{ type_text() }}) as fingerprint

    from {{ ref('int_periods__spined') }} as periods
{%- endmacro %}
