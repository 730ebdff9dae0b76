"""The shop's orders as Shopify's admin exports them: orders with their lines, and transaction histories.

An order's own fields stand on its first row only, times bear the shop's offset, and an order that changed is exported again with the lines
that it has now. Two of them may be equal in every field.
"""

from __future__ import annotations

from shop_simulator.dresses.files import Export

_NAME = "'#' || (digits({}) + 1000)"
# The shop's zone knows no daylight saving.
_AT = "strftime({} + interval 8 hour, '%Y-%m-%d %H:%M:%S +0800')"

_LINES = """
    select
        orders.*, customers.email, customers.phone, customers.full_name, customers.region, products.product_name,
        items.product_id, items.unit_price, items.discount_amount, items.quantity,
        row_number() over (partition by orders.order_id order by items.line_number) as place
    from shown_orders as orders
    inner join shown_customers as customers on orders.customer_id = customers.customer_id
    inner join shown_order_items as items on orders.order_id = items.order_id
    inner join shown_products as products on items.product_id = products.product_id
    where (orders.is_new or orders.order_id in (select order_id from shown_order_items where is_new)
            or orders.order_id in (select order_id from shown_refunds where is_new))
"""
_REFUNDED = "coalesce((select sum(refund_amount) from shown_refunds as refunds where refunds.order_id = lines.order_id), 0)"


def _once(sql: str) -> str:
    """What stands on the first row of an order only."""
    return f"case when place = 1 then {sql} end"


def _orders() -> str:
    refunded = _REFUNDED
    state = (
        f"case when paid_at is null and cancelled_at is not null then 'voided' when paid_at is null then 'pending'"
        f" when {refunded} = 0 then 'paid' when {refunded} < order_amount then 'partially_refunded' else 'refunded' end"
    )
    columns = {
        "Name": _NAME.format("order_id"), "Email": "email", "Financial Status": _once(state), "Paid at": _once(_AT.format("paid_at")),
        "Fulfillment Status": _once("case when shipped_at is null then 'unfulfilled' else 'fulfilled' end"),
        "Fulfilled at": _once(_AT.format("shipped_at")), "Accepts Marketing": _once("'no'"), "Currency": _once("currency"),
        "Subtotal": _once("order_amount"), "Shipping": _once("'0.00'"), "Taxes": _once("'0.00'"), "Total": _once("order_amount"),
        "Discount Code": "null", "Discount Amount": _once("'0.00'"), "Shipping Method": _once("'Standard'"),
        "Created at": _once(_AT.format("ordered_at")), "Lineitem quantity": "quantity", "Lineitem name": "product_name",
        "Lineitem price": "unit_price", "Lineitem compare at price": "null", "Lineitem sku": "product_id",
        "Lineitem requires shipping": "'true'", "Lineitem taxable": "'true'",
        "Lineitem fulfillment status": "case when shipped_at is null then 'pending' else 'fulfilled' end",
        "Billing Name": _once("full_name"), "Billing Zip": _once("'''' || lpad(cast(digits(customer_id) % 1000000 as varchar), 6, '0')"),
        "Billing Country": _once("'CN'"), "Shipping Name": _once("full_name"), "Shipping Street": _once("'示例路 1 号, \"A\" 座'"),
        "Shipping Zip": _once("'''' || lpad(cast(digits(customer_id) % 1000000 as varchar), 6, '0')"), "Shipping Country": _once("'CN'"),
        "Shipping Phone": _once("'''' || phone"), "Notes": "null", "Note Attributes": "null",
        "Cancelled at": _once(_AT.format("cancelled_at")), "Payment Method": _once("'Alipay'"), "Refunded Amount": _once(refunded),
        "Vendor": "merchant_id", "Outstanding Balance": _once("'0.00'"), "Id": _once("5800000000000 + digits(order_id)"),
        "Tags": "null", "Risk Level": _once("'Low'"), "Source": _once("'web'"), "Lineitem discount": "discount_amount",
        "Phone": _once("'''' || phone"), "Shipping Province Name": _once("region"),
    }  # fmt: skip
    selected = ", ".join(f'{sql} as "{name}"' for name, sql in columns.items())
    return f"select {selected} from ({_LINES}) as lines order by order_id, place"


_TRANSACTIONS = f"""
    select {_NAME.format("order_id")} as "Name", kind as "Kind", 'alipay' as "Gateway", {_AT.format("happened_at")} as "Created At",
        'success' as "Status", amount as "Amount", currency as "Currency", 5800000000000 + digits(order_id) as "Order"
    from (
        select order_id, 'sale' as kind, paid_at as happened_at, order_amount as amount, currency, order_id as place
        from shown_orders where is_new and paid_at is not null
        union all
        select order_id, 'refund', refunded_at, refund_amount, currency, refund_id from shown_refunds where is_new
    ) as transactions
    order by happened_at, kind, place
"""

EXPORTS = (
    Export("shopify/orders_export_{date}.csv", _orders(), other_headers={
        "Cancelled at": "Canceled at", "Lineitem compare at price": "Lineitem compare-at price", "Lineitem sku": "Lineitem SKU",
    }),
    Export("shopify/transactions_export_{date}.csv", _TRANSACTIONS),
)  # fmt: skip
