"""Shopify's exports by hand: each nasty row and what it is worth."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.built_in_sources import SwitchedOn, switched_on

HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfilled at,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem sku,Cancelled at,Vendor,Lineitem discount,Phone,Shipping Province Name,Billing Zip,Notes"
)
FIRST = f"""{HEADER}
#1001,a@x.example,paid,2025-10-07 09:50:26 +0200,2025-10-08 10:00:00 +0200,EUR,36.00,2025-10-07 09:50:00 +0200,1,Mug,12,MUG,,Acme,0,'+491,\
Berlin,'10115,"a ""note"",
over two lines"
#1001,a@x.example,,,,,,,1,Mug,12.00,MUG,,Acme,0.00,,,,
#1001,a@x.example,,,,,,,1,"Tea, green",12.00,,,Leaf,0.00,,,,
#1002,b@x.example,voided,,,EUR,12.00,2025-10-07 23:30:00 +0200,1,Mug,12.00,MUG,2025-10-08 08:00:00 +0200,Acme,2.00,,Hessen,,
#1003,,paid,2025-10-09 10:00:00 +0200,,EUR,5.00,2025-10-09 10:00:00 +0200,1,Pin,5.00,'0012,,,0.00,,,,
"""
# Exported again in America: one line less, and another spelling.
AGAIN = f"""{HEADER.replace("Cancelled at", "Canceled at").replace("Lineitem sku", "Lineitem SKU")}
#1001,a@x.example,paid,2025-10-07 09:50:26 +0200,2025-10-08 10:00:00 +0200,EUR,24.00,2025-10-07 09:50:00 +0200,1,Mug,12,MUG,,Acme,0,,\
Bayern,,
#1001,a@x.example,,,,,,,1,"Tea, black",12.00,,2025-10-10 08:00:00 +0200,Leaf,0.00,,,,
#1004,a@x.example,paid,2025-10-11 10:00:00 +0200,,EUR,12.00,2025-10-11 10:00:00 +0200,1,Mug blue,12,MUG,2025-10-12 10:00:00 +0200,Acme,0,,\
Saarland,,
"""
TRANSACTIONS = """Order,Name,Kind,Gateway,Created At,Status,Amount,Currency,Card Type
1,#1001,sale,shopify_payments,2025-10-07 09:50:26 +0200,success,36.00,EUR,visa
1,#1001,refund,shopify_payments,2025-10-12 12:00:00 +0200,success,12.00,EUR,visa
1,#1001,refund,gift_card,2025-10-13 12:00:00 +0200,success,1.00,EUR,
1,#1001,refund,shopify_payments,2025-10-14 12:00:00 +0200,failure,12.00,EUR,visa
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SwitchedOn:
    """A shop after two exports of orders and two of transactions, the second the same again and one more."""
    made = switched_on(tmp_path_factory)
    folder = tmp_path_factory.mktemp("landing") / "shopify"
    folder.mkdir()
    more = "4,#1004,refund,shopify_payments,2025-10-13 12:00:00 +0200,success,12.00,EUR,visa\n"
    for name, content in {
        "orders_export.csv": FIRST,
        "orders_export_2.csv": AGAIN,
        "transactions_export_1.csv": TRANSACTIONS,
        "transactions_export_2.csv": TRANSACTIONS + more,
    }.items():
        (folder / name).write_text(content, encoding="utf-8")
    made.load(folder.parent)
    return made


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_every_column_is_known_and_no_row_is_rejected(shop: SwitchedOn) -> None:
    assert [(extract.refusal_reason, extract.rows_rejected, extract.unknown_columns) for extract in shop.loaded] == [(None, 0, ())] * 4


def test_orders_are_those_of_the_newest_export_that_holds_them(shop: SwitchedOn) -> None:
    assert shop.rows(
        "select order_key, customer_key, merchant_key, order_amount, ordered_at, shipped_at, delivered_at, cancelled_at "
        "from stg_shopify__orders order by order_id"
    ) == [
        ("shopify:1001", "shopify:a@x.example", None, 24,
         at("2025-10-07 07:50"), at("2025-10-08 08:00"), at("2025-10-11 08:00"), at("2025-10-10 06:00")),
        ("shopify:1002", "shopify:b@x.example", "shopify:Acme", 12, at("2025-10-07 21:30"), None, None, at("2025-10-08 06:00")),
        ("shopify:1003", "shopify:order #1003", None, 5, at("2025-10-09 08:00"), None, None, None),
        ("shopify:1004", "shopify:a@x.example", "shopify:Acme", 12, at("2025-10-11 08:00"), None, None, at("2025-10-12 08:00")),
    ]  # fmt: skip


def test_equal_lines_are_two_and_a_line_that_is_gone_is_gone(shop: SwitchedOn) -> None:
    assert shop.rows(
        "select order_item_key, product_id, quantity, unit_price, discount_amount from stg_shopify__order_items order by 1"
    ) == [
        ("shopify:1001|1", "MUG", 1, 12, 0),
        ("shopify:1001|2", "Tea, black", 1, 12, 0),
        ("shopify:1002|1", "MUG", 1, 12, 2),
        ("shopify:1003|1", "0012", 1, 5, 0),
        ("shopify:1004|1", "MUG", 1, 12, 0),
    ]


def test_people_and_goods_are_what_their_latest_lines_say(shop: SwitchedOn) -> None:
    assert shop.rows("select customer_id, region from stg_shopify__customers order by 1") == [
        ("a@x.example", "Saarland"),
        ("b@x.example", "Hessen"),
    ]
    assert shop.rows("select product_id, product_name, merchant_id from stg_shopify__products order by 1") == [
        ("0012", "Pin", None),
        ("MUG", "Mug blue", "Acme"),
        ("Tea, black", "Tea, black", "Leaf"),
    ]
    assert shop.rows("select merchant_key, merchant_name from stg_shopify__merchants order by 1") == [
        ("shopify:Acme", "Acme"),
        ("shopify:Leaf", "Leaf"),
    ]


def test_refunds_are_those_that_came_about_and_count_once(shop: SwitchedOn) -> None:
    assert shop.rows("select order_id, refund_amount, refund_method, refunded_at from stg_shopify__refunds order by 1, 4") == [
        ("1001", Decimal(12), "original", at("2025-10-12 10:00")),
        ("1001", Decimal(1), "store_credit", at("2025-10-13 10:00")),
        ("1004", Decimal(12), "original", at("2025-10-13 10:00")),
    ]


def test_the_books_balance(shop: SwitchedOn) -> None:
    assert shop.unbalanced() == []


def test_two_equal_lines_of_a_first_export_are_numbered(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    shop = switched_on(tmp_path_factory)
    (tmp_path / "shopify").mkdir()
    (tmp_path / "shopify" / "orders_export.csv").write_text(FIRST, encoding="utf-8")
    shop.load(tmp_path)
    assert shop.rows("select line_number, product_id from stg_shopify__order_items where order_id = '1001' order by 1") == [
        (1, "MUG"),
        (2, "MUG"),
        (3, "Tea, green"),
    ]
