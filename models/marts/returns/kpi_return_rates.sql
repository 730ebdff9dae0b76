-- How much comes back, as units, lines and value? Of what was delivered in the period and can come back no more; and what was requested
-- back in the period against what was delivered in it, which is known sooner.
{{ config(materialized='by_period') }}
with

delivered as (

    {{ measures_side_by_side(ref('measure_order_items'), [
        'units_delivered', 'lines_delivered', 'value_delivered', 'mature_units_delivered', 'mature_units_returned',
        'mature_lines_delivered', 'mature_lines_returned', 'mature_value_delivered', 'mature_value_returned'
    ]) }}

),

requested as (

    {{ measures_side_by_side(ref('measure_requests'), ['returned_units', 'returns_completed', 'returned_value']) }}

),

returns as (

    select
        delivered.period_grain,
        delivered.period_start,
        delivered.dimension,
        delivered.member,
        'delivery_cohort' as view_of,

        delivered.mature_lines_delivered_n as delivered_line_count,
        delivered.mature_lines_returned_n as returned_line_count,
        delivered.mature_units_delivered_total as delivered_units,
        delivered.mature_units_returned_total as returned_units,
        delivered.mature_value_delivered_total as delivered_value,
        delivered.mature_value_returned_total as returned_value

    from delivered

    union all

    select
        delivered.period_grain,
        delivered.period_start,
        delivered.dimension,
        delivered.member,
        'request_date' as view_of,

        delivered.lines_delivered_n as delivered_line_count,
        coalesce(requested.returns_completed_n, 0) as returned_line_count,
        delivered.units_delivered_total as delivered_units,
        coalesce(requested.returned_units_total, 0) as returned_units,
        delivered.value_delivered_total as delivered_value,
        coalesce(requested.returned_value_total, 0) as returned_value

    from delivered
    left join requested
        on {{ same_cell('delivered', 'requested') }}

)

select
    returns.period_grain,
    returns.period_start,
    returns.dimension,
    returns.member,
    returns.view_of,

    returns.delivered_line_count < {{ var('minimum_sample') }} as is_small_sample,

    returns.delivered_line_count,
    returns.returned_line_count,
    {{ safe_divide('returns.returned_line_count', 'returns.delivered_line_count') }} as line_return_rate,
    cast(returns.delivered_units as {{ type_integer() }}) as delivered_unit_count,
    cast(returns.returned_units as {{ type_integer() }}) as returned_unit_count,
    {{ safe_divide('returns.returned_units', 'returns.delivered_units') }} as unit_return_rate,
    cast(returns.delivered_value as {{ type_money() }}) as delivered_amount,
    cast(returns.returned_value as {{ type_money() }}) as returned_amount,
    {{ safe_divide('returns.returned_value', 'returns.delivered_value') }} as value_return_rate

from returns
where returns.delivered_line_count > 0
{{ built_from([fingerprints_of(ref('measure_order_items')), fingerprints_of(ref('measure_requests'))]) }}
