-- A hundred surveys are many for a day and few for a year: a target of a count or an amount without a grain would be compared with both.
select
    targets.kpi_id,
    definitions.unit,
    targets.target_value

from {{ ref('kpi_targets') }} as targets
inner join {{ ref('kpi_definitions') }} as definitions
    on targets.kpi_id = definitions.kpi_id
where definitions.unit in ('count', 'amount') and targets.period_grain is null
