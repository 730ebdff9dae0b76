{#- Targets are ranked per KPI and period, never per figure: of those of one member the one for this grain, then the newest. -#}
{% macro targets_in_force() -%}
    select
        ranked_targets.kpi_id,
        ranked_targets.period_grain,
        ranked_targets.period_start,
        ranked_targets.dimension,
        ranked_targets.member,

        ranked_targets.target_value

    from (
        select
            targets.kpi_id,
            periods.period_grain,
            periods.period_start,
            targets.dimension,
            targets.member,

            targets.target_value,
            row_number() over (
                partition by targets.kpi_id, periods.period_grain, periods.period_start, targets.dimension, targets.member
                order by
                    case when targets.period_grain is not null then 0 else 1 end asc nulls last,
                    targets.valid_from desc nulls last
            ) as target_rank

        from {{ ref('kpi_targets') }} as targets
        inner join {{ ref('int_periods__spined') }} as periods
            on
                (targets.period_grain is null or targets.period_grain = periods.period_grain)
                and targets.valid_from <= periods.period_start
                and (targets.valid_to is null or targets.valid_to > periods.period_start)
    ) as ranked_targets
    where ranked_targets.target_rank = 1
{%- endmacro %}
