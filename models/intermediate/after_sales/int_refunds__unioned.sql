-- The refunds of all source systems that had been paid out by as_of.
with

refunds as (

    {{ union_of_sources('refunds', {
        'refund_key': type_text(),
        'source_system': type_text(),
        'refund_id': type_text(),
        'request_key': type_text(),
        'order_key': type_text(),
        'line_number': type_integer(),
        'currency': type_text(),
        'refund_method': type_text(),
        'refund_amount': type_money(),
        'refunded_at': type_timestamp()
    }) }}

)

select
    refunds.refund_key,
    refunds.source_system,
    refunds.refund_id,
    refunds.request_key,
    refunds.order_key,
    refunds.line_number,

    refunds.currency,
    refunds.refund_method,

    refunds.refund_amount,

    refunds.refunded_at

from refunds
where refunds.refunded_at <= {{ as_of() }}
