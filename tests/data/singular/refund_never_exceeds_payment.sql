-- Nobody is paid back more than was paid: neither for an order nor for a line of it (what is compared with what stands in
-- docs/decisions/0009-core-refunds-stay-within-the-payment.md). The excess may be the shop's mistake or a wrong extract; either way no
-- refund figure may be published on it.
select
    refunds.refund_key,
    refunds.order_key,
    refunds.order_item_key,

    refunds.refund_amount,
    refunds.order_refunded_to_date_amount,
    refunds.order_limit_amount

from {{ ref('fct_refunds') }} as refunds
where refunds.is_excess
