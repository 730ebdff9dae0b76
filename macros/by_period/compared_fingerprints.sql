{#- What a period is built from where it is compared with others: its own rows of a by_period model, and those of the periods it is compared with. -#}
{% macro compared_fingerprints(relation) -%}
    {%- for compared in ['period_start', 'previous_start', 'last_year_start'] %}
    select
        '{{ relation.identifier }}.{{ compared }}' as input,
        periods.period_grain,
        periods.period_start,
        built.fingerprint

    from ({{ compared_periods() }}) as periods
    inner join {{ built_periods() }} as built
        on
            periods.period_grain = built.period_grain
            and periods.{{ compared }} = built.period_start
            and built.model = '{{ made_by_period(relation) }}'
            and built.role = 'output'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
