"""Taobao's exports by hand: each nasty row and what it is worth."""

from datetime import datetime
from decimal import Decimal

import pytest

from tests.support.built_in_sources import SwitchedOn, switched_on

ORDERS = [
    ["订单编号", "买家会员名", "总金额", "支付金额", "订单状态", "收货地址 ", "联系手机", "订单创建时间",
     "订单付款时间 ", "订单关闭原因", "确认收货时间"],
    ['="0012"', "小明", "36.00元", "36.00", "交易成功", "浙江省 杭州市", "'13900000000", "2025-10-07 09:00:00",
     "2025-10-07 09:05:00", "", "2025-10-12 10:00:00"],
    ['="13"', "小明", "5.00", "0元", "交易关闭", "上海 上海市", "", "2025-10-08 09:00:00", "", "买家未付款", ""],
    ['="14"', "小红", "8.00", "8.00", "交易关闭", "北京 北京市", "", "2025-10-09 09:00:00", "2025-10-09 09:05:00", "我不想买了", ""],
]  # fmt: skip
DETAILS = [
    ["订单编号", "标题", "价格", "购买数量", "外部系统编号", "商品属性", "商家编码"],
    ["0012", "杯子", "12.00", "1", "", "颜色：蓝", "MUG", ""],
    ["0012", "杯子", "12.00", "1", "", "颜色：蓝", "MUG", ""],
    ["\t0012", "绿茶，散装", "12.00", "1", "X9", "", "", ""],
    ["13", "徽章", "5.00", "1", "", "", "", ""],
]
REFUNDS = [
    [
        *("订单编号", "退款编号", "商品编码", "退款完结时间", "买家退款金额", "手工退款/系统退款", "是否需要退货"),
        *("退款的申请时间", "退款状态", "客服介入状态", "买家退款原因", "买家退货时间", "责任方", "完结时间"),
    ],
    ["0012", '="71"', "MUG", "2025-10-15 10:00:00", "12.00", "系统退款", "是", "2025-10-13 10:00:00",
     "退款成功", "客服介入完成", "质量问题", "2025-10-14 10:00:00", "卖家", "-"],
    ["0012", '="72"', "X9", "", "3.00", "手工退款", "否", "2025-10-14 10:00:00",
     "退款关闭", "客服未介入", "7天无理由退换货", "", "", "2025-10-15 11:00:00"],
    ["13", '="73"', "", "", "5元", "手工退款", "否", "2025-10-14 10:00:00", "等待卖家同意", "客服未介入", "其他", "", "", ""],
]  # fmt: skip


def gb18030(rows: list[list[str]]) -> bytes:
    """Every field quoted, CRLF."""
    return "".join(",".join('"' + field.replace('"', '""') + '"' for field in row) + "\r\n" for row in rows).encode("gb18030")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SwitchedOn:
    """A shop of three orders."""
    made = switched_on(tmp_path_factory)
    folder = tmp_path_factory.mktemp("landing") / "taobao"
    folder.mkdir()
    for name, rows in {"ExportOrderList1.csv": ORDERS, "ExportOrderDetailList1.csv": DETAILS, "ExportRefundList1.csv": REFUNDS}.items():
        (folder / name).write_bytes(gb18030(rows))
    made.load(folder.parent)
    return made


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_every_column_is_known_and_no_row_is_rejected(shop: SwitchedOn) -> None:
    assert [(extract.message, extract.unknown_columns, extract.warning) for extract in shop.loaded] == [
        ("4 of 4 rows accepted", (), None),
        ("3 of 3 rows accepted", (), None),
        ("3 of 3 rows accepted", (), None),
    ]


def test_orders_and_their_lines_meet_though_their_numbers_are_written_otherwise(shop: SwitchedOn) -> None:
    assert shop.rows(
        "select order_id, customer_id, order_amount, ordered_at, delivered_at, cancelled_at, cancel_reason"
        " from stg_taobao__orders order by 1"
    ) == [
        ("0012", "小明", 36, utc("2025-10-07 01:00"), utc("2025-10-12 02:00"), None, None),
        ("13", "小明", 5, utc("2025-10-08 01:00"), None, utc("2025-10-08 01:00"), "payment"),
        ("14", "小红", 8, utc("2025-10-09 01:00"), None, utc("2025-10-09 01:05"), "changed_mind"),
    ]
    assert shop.rows(
        "select items.order_item_key, items.product_id, items.unit_price from stg_taobao__order_items as items"
        " inner join stg_taobao__orders as orders on items.order_key = orders.order_key order by 1"
    ) == [
        ("taobao:0012|1", "MUG", 12),
        ("taobao:0012|2", "MUG", 12),
        ("taobao:0012|3", "X9", 12),
        ("taobao:13|1", "徽章", 5),
    ]


def test_people_and_goods_are_named_as_the_shop_names_them(shop: SwitchedOn) -> None:
    assert shop.rows("select customer_id, region from stg_taobao__customers order by 1") == [("小明", "上海"), ("小红", "北京")]
    assert shop.rows("select product_id, product_name from stg_taobao__products order by 1") == [
        ("MUG", "杯子"),
        ("X9", "绿茶，散装"),
        ("徽章", "徽章"),
    ]


def test_an_application_is_a_request_and_money_given_is_a_refund(shop: SwitchedOn) -> None:
    assert shop.rows(
        "select request_id, order_item_key, request_type, reason, decision, completed_at, completed_by, escalated_to_platform_at,"
        " platform_verdict from stg_taobao__after_sales_requests order by 1"
    ) == [
        (
            "71",
            None,
            "return",
            "quality_defect",
            "approved",
            utc("2025-10-15 02:00"),
            "timeout",
            utc("2025-10-13 02:00"),
            "shop",
        ),
        ("72", "taobao:0012|3", "refund_only", "changed_mind", "withdrawn", None, None, None, None),
        ("73", None, "refund_only", "other", None, None, None, None, None),
    ]
    assert shop.rows("select refund_key, request_key, refund_amount, refunded_at from stg_taobao__refunds") == [
        ("taobao:71", "taobao:71", Decimal(12), utc("2025-10-15 02:00"))
    ]


def test_the_books_balance(shop: SwitchedOn) -> None:
    assert shop.unbalanced() == []
