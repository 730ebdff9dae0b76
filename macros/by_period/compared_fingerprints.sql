{#-
  What a period is built from where it is compared with others: the rows of a by_period model in the periods that compared_periods names so, usually
  its own and both that it is compared with.
-#}
{% macro compared_fingerprints(relation, starts=none, grains=none) -%}
    {%- for compared in starts or ['period_start', 'previous_start', 'last_year_start'] %}
    select
        '{{ relation.identifier }}.{{ compared }}.' || built.input as input,
        periods.period_grain,
        periods.period_start,
        built.fingerprint

    from ({{ compared_periods() }}) as periods
    inner join {{ built_periods(relation.identifier) }} as built
        on
            periods.period_grain = built.period_grain
            and periods.{{ compared }} = built.period_start
            and built.model = '{{ made_by_period(relation) }}'
            and built.role = 'output'
    where periods.period_grain in ('{{ (grains or kpi_grains()) | join("', '") }}')
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
