-- What was paid back, seen from the day of the refund and from the day of the order? The first is what left the till; the second grows for
-- as long as refunds of the orders come in. Each under what the refund, or the order, is counted under.
{{ config(materialized='by_period') }}
with

refunds as (

    {{ measures_side_by_side(ref('measure_refunds'), [
        'refunds_paid', 'partial_refunds_paid', 'refunds_of_one_line', 'refunded_amount', 'orders_refunded', 'orders_refunded_amount',
        'orders_refunded_amount_for_quality'
    ]) }}

),

orders as (

    {{ measures_side_by_side(ref('measure_orders'), ['orders_with_known_refunds', 'paid_amount_with_known_refunds']) }}

),

cells as (

    select
        refunds.period_grain,
        refunds.period_start,
        refunds.dimension,
        refunds.member

    from refunds

    union

    select
        orders.period_grain,
        orders.period_start,
        orders.dimension,
        orders.member

    from orders

)

select
    cells.period_grain,
    cells.period_start,
    cells.dimension,
    cells.member,

    coalesce(refunds.refunds_paid_n, 0) as refund_count,
    coalesce(refunds.partial_refunds_paid_n, 0) as partial_refund_count,
    coalesce(refunds.refunds_of_one_line_n, 0) as line_refund_count,
    cast(coalesce(refunds.refunded_amount_total, 0) as {{ type_money() }}) as refunded_amount,
    coalesce(orders.orders_with_known_refunds_n, 0) as order_count,
    coalesce(refunds.orders_refunded_n, 0) as refunded_order_count,
    {{ safe_divide('coalesce(refunds.orders_refunded_n, 0)', 'orders.orders_with_known_refunds_n') }} as refunded_order_share,
    cast(coalesce(orders.paid_amount_with_known_refunds_total, 0) as {{ type_money() }}) as order_paid_amount,
    cast(coalesce(refunds.orders_refunded_amount_total, 0) as {{ type_money() }}) as order_refunded_amount,
    cast(coalesce(refunds.orders_refunded_amount_for_quality_total, 0) as {{ type_money() }}) as order_refunded_for_quality_amount,
    {{ safe_divide(
        'coalesce(refunds.orders_refunded_amount_total, 0)', 'orders.paid_amount_with_known_refunds_total'
    ) }} as order_refunded_rate

from cells
left join refunds
    on {{ same_cell('cells', 'refunds') }}
left join orders
    on {{ same_cell('cells', 'orders') }}
where refunds.refunds_paid_n > 0 or orders.orders_with_known_refunds_n > 0
{{ built_from([fingerprints_of(ref('measure_refunds')), fingerprints_of(ref('measure_orders'))]) }}
