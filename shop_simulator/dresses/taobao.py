"""The shop's orders, their details and its refunds as Taobao's seller centre exports them: gb18030, every field quoted, CRLF.

Exports hold what changed since the one before. A refund is an application and what became of it; exchanges and repairs are no part of it.
"""

from __future__ import annotations

from shop_simulator.dresses.files import Export, Spelling
from shop_simulator.dresses.shown import worded

_AT = "strftime({} + interval 8 hour, '%Y-%m-%d %H:%M:%S')"
_ORDER = "cast(3500000000000000 + digits({}) as varchar)"
_AS_EXCEL = f"""'="' || {_ORDER} || '"'"""
_STATUS = (
    "case when cancelled_at is not null then '交易关闭' when delivered_at is not null then '交易成功'"
    " when shipped_at is not null then '卖家已发货，等待买家确认' when paid_at is not null then '买家已付款，等待卖家发货'"
    " else '等待买家付款' end"
)
_CLOSED_BECAUSE = {
    "service": "对客服不满意",
    "stock": "缺货",
    "price": "价格太高",
    "changed_mind": "我不想买了",
    "payment": "买家未付款",
    "other": "其他原因",
}
_REASONS = {
    "quality_defect": "质量问题",
    "not_as_described": "商品与页面描述不符",
    "wrong_item": "卖家发错货",
    "damaged_in_transit": "包装/商品破损",
    "late_delivery": "未按约定时间发货",
    "changed_mind": "7天无理由退换货",
    "other": "其他",
}
_REFUND_STATUS = (
    "case when requests.completed_at is not null then '退款成功'"
    " when requests.decision in ('rejected', 'withdrawn') then '退款关闭'"
    " when requests.item_received_at is not null then '买家已退货，等待卖家确认收货'"
    " when requests.decided_at is not null then '等待买家退货' else '等待卖家同意' end"
)
_PLATFORM = (
    "case when requests.escalated_to_platform_at is null then '客服未介入'"
    " when requests.platform_verdict is null then '需要客服介入' else '客服介入完成' end"
)
_ENDED_AT = "coalesce(requests.completed_at, case when requests.decision in ('rejected', 'withdrawn') then requests.decided_at end)"
_OF_ITEMS = "(select {} from shown_order_items as items where items.order_id = orders.order_id)"
_CHANGED = "(orders.is_new or orders.order_id in (select order_id from shown_{} where is_new))"


def _query(columns: dict[str, str], rows: str) -> str:
    selected = ", ".join(f'{sql} as "{name}"' for name, sql in columns.items())
    return f"select {selected} {rows}"


_ORDERS = _query(
    {
        "订单编号": _AS_EXCEL.format("orders.order_id"),
        "买家会员名": "'tb_' || orders.customer_id",
        "买家支付宝账号": "customers.email",
        "支付单号": "null",
        "买家应付货款": "order_amount",
        "买家应付邮费": "'0.00'",
        "买家支付积分": "0",
        "总金额": "order_amount",
        "返点积分": "0",
        "买家实际支付金额": "case when paid_at is null then 0.00 else order_amount end",
        "买家实际支付积分": "0",
        "订单状态": _STATUS,
        "买家留言": "null",
        "收货人姓名": "customers.full_name",
        "收货地址 ": "customers.region || ' 示例路 1 号'",
        "运送方式": "'快递'",
        "联系电话 ": "null",
        "联系手机": "'''' || customers.phone",
        "订单创建时间": _AT.format("ordered_at"),
        "订单付款时间 ": _AT.format("paid_at"),
        "宝贝标题 ": "titles.title",
        "宝贝种类 ": _OF_ITEMS.format("count(*)"),
        "物流单号 ": "case when shipped_at is not null then 'No:SF' || orders.order_id end",
        "物流公司": "case when shipped_at is not null then '顺丰' end",
        "订单备注": "null",
        "宝贝总数量": _OF_ITEMS.format("sum(items.quantity)"),
        "店铺Id": "0",
        "店铺名称": "'示例店铺'",
        "订单关闭原因": f"coalesce({worded('cancel_reason', _CLOSED_BECAUSE)}, '订单未关闭')",
        "卖家服务费": "'0'",
        "买家服务费": "'0元'",
        "发票抬头": "null",
        "是否手机订单": "'手机订单'",
        "退款金额": "coalesce((select sum(refund_amount) from shown_refunds as refunds where refunds.order_id = orders.order_id), 0.00)",
        "确认收货时间": _AT.format("delivered_at"),
        "主订单编号": _AS_EXCEL.format("orders.order_id"),
    },
    f"""from shown_orders as orders
    inner join shown_customers as customers on orders.customer_id = customers.customer_id
    left join (
        select items.order_id, string_agg(products.product_name, '，' order by items.line_number) as title
        from shown_order_items as items
        inner join shown_products as products on items.product_id = products.product_id
        group by items.order_id
    ) as titles on orders.order_id = titles.order_id
    where {_CHANGED.format("refunds")}
    order by orders.order_id""",
)

_DETAILS = _query(
    {
        "订单编号": _ORDER.format("orders.order_id"),
        "标题": "products.product_name",
        "价格": "items.unit_price",
        "购买数量": "items.quantity",
        "外部系统编号": "items.product_id",
        "商品属性": "'颜色分类：默认'",
        "套餐信息": "null",
        "备注": "null",
        "订单状态": _STATUS,
        "商家编码": "items.product_id",
    },
    f"""from shown_orders as orders
    inner join shown_order_items as items on orders.order_id = items.order_id
    inner join shown_products as products on items.product_id = products.product_id
    where {_CHANGED.format("order_items")}
    order by orders.order_id, items.line_number""",
)

_REFUNDS = _query(
    {
        "订单编号": _AS_EXCEL.format("requests.order_id"),
        "退款编号": """'="' || cast(7000000000 + digits(requests.request_id) as varchar) || '"'""",
        "支付宝交易号": "null",
        "订单付款时间": _AT.format("orders.paid_at"),
        "商品id": "digits(items.product_id)",
        "商品编码": "items.product_id",
        "退款完结时间": _AT.format("requests.completed_at"),
        "买家会员名称": "'tb_' || orders.customer_id",
        "买家实际支付金额": "orders.order_amount",
        "宝贝标题": "products.product_name",
        "买家退款金额": "coalesce(refunds.amount, 0.00)",
        "手工退款/系统退款": "case when requests.completed_by = 'timeout' then '系统退款' else '手工退款' end",
        "是否需要退货": "case requests.request_type when 'return' then '是' else '否' end",
        "退款的申请时间": _AT.format("requests.requested_at"),
        "退款状态": _REFUND_STATUS,
        "货物状态": "'买家已收到货'",
        "退货物流信息": "null",
        "发货物流信息": "null",
        "客服介入状态": _PLATFORM,
        "退货物流单号": "null",
        "退货物流公司": "null",
        "买家退款原因": worded("requests.reason", _REASONS),
        "买家退款说明": "null",
        "买家退货时间": _AT.format("requests.item_received_at"),
        "责任方": worded("requests.platform_verdict", {"customer": "买家", "shop": "卖家", "shared": "双方"}),
        "售中或售后": "'售后'",
        "商家备注": "null",
        "完结时间": _AT.format(_ENDED_AT),
        "部分退款/全部退款": "case when refunds.amount < orders.order_amount then '部分退款' else '全部退款' end",
        "是否零秒响应": "'否'",
        "退款操作人": "null",
        "退款原因标签": "null",
        "业务类型": "null",
    },
    """from shown_after_sales_requests as requests
    inner join shown_orders as orders on requests.order_id = orders.order_id
    left join shown_order_items as items on requests.order_id = items.order_id and requests.line_number = items.line_number
    left join shown_products as products on items.product_id = products.product_id
    left join (
        select request_id, sum(refund_amount) as amount, bool_or(is_new) as is_new from shown_refunds group by request_id
    ) as refunds on requests.request_id = refunds.request_id
    where requests.request_type in ('return', 'refund_only') and (requests.is_new or refunds.is_new)
    order by requests.request_id""",
)

_SPELLING = Spelling(encoding="gb18030", line_end="\r\n", quotes_all=True)
_WITH_A_DELIMITER_TOO_MANY = Spelling(encoding="gb18030", line_end="\r\n", quotes_all=True, row_end=",\r\n")

EXPORTS = (
    Export("taobao/ExportOrderList{digits}.csv", _ORDERS, _SPELLING, other_headers={"买家实际支付金额": "支付金额"}),
    Export("taobao/ExportOrderDetailList{digits}.csv", _DETAILS, _WITH_A_DELIMITER_TOO_MANY),
    Export("taobao/ExportRefundList{digits}.csv", _REFUNDS, _SPELLING),
)
