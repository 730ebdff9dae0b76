"""Shopify's tables as a connector writes them, by hand, beside the admin's exports: each nasty row and what it is worth."""

import csv
import io
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.built_in_sources import SOURCES, SwitchedOn, switched_on
from tests.unit.staging.test_shopify import HEADER

EXPORT = f"""{HEADER}
#1001,a@x.example,paid,2025-10-07 09:50:26 +0200,,EUR,99.00,2025-10-07 09:50:00 +0200,9,Mug,11,MUG,,Acme,0,,Berlin,,
#1009,z@x.example,paid,2025-10-07 09:50:26 +0200,,EUR,12.00,2025-10-07 09:50:00 +0200,1,Pin,12,PIN,,Pins,0,,Hessen,,
"""
TRANSACTIONS = """Name,Kind,Gateway,Created At,Status,Amount,Currency
#1001,refund,shopify_payments,2025-10-12 12:00:00 +0200,success,12.00,EUR
#1009,refund,shopify_payments,2025-10-12 12:00:00 +0200,success,1.00,EUR
"""
TABLES = {
    "order": """\ufeffid,_fivetran_synced,name,email,currency,total_price,created_at,cancelled_at,cancel_reason,fulfillment_status,test,\
shipping_address_province,updated_at,note
501,x,#1001,a@x.example,EUR,24.00,2025-10-07 07:50:00.000 ,,,fulfilled,FALSE,Bayern,2025-10-09 00:00:00.000 ,"two
lines"
502,x,#1002,b@x.example,EUR,12.00,2025-10-07 21:30:00,2025-10-08 06:00:00,inventory,,FALSE,,2025-10-09 00:00:00,
503,x,#1003, ,EUR,5.00,2025-10-09 08:00:00,,,partial,FALSE,,2025-10-09 00:00:00,
504,x,#1004,a@x.example,EUR,5.00,2025-10-10 08:00:00,,,fulfilled,FALSE,,2025-10-09 00:00:00,
599,x,#1099,t@x.example,EUR,5.00,2025-10-09 08:00:00,,,,TRUE,,2025-10-09 00:00:00,
""",
    "order_line": """id,order_id,name,sku,vendor,quantity,price,total_discount,index,title
9001,501,Mug,MUG,Acme,1.0,12.00,0,1,Mug
9002,501,Mug,MUG,Acme,1.0,12.00,0,2,Mug
9003,502,Mug,MUG,Acme,1,12.00,2.00,1,Mug
9004,503,Tea,,Leaf,1,5.00,,1,Tea
9005,503,Cup,0012,Acme,1,5.00,,2,Cup
9099,599,Cup,0012,Acme,1,5.00,,1,Cup
""",
    "transaction": """id,order_id,refund_id,kind,status,gateway,amount,currency,created_at,processed_at
1,501,,sale,success,shopify_payments,24.00,EUR,2025-10-07 07:50:26.000 ,2025-10-07 07:50:27.000
2,501,71,refund,success,shopify_payments,12.00,EUR,2025-10-12 10:00:00,2025-10-12 10:00:01
3,501,72,refund,success,gift_card,1.00,EUR,2025-10-13 10:00:00,2025-10-13 10:00:01
4,501,73,refund,failure,shopify_payments,9.00,EUR,2025-10-13 11:00:00,2025-10-13 11:00:01
5,599,,sale,success,shopify_payments,5.00,EUR,2025-10-09 08:00:00,2025-10-09 08:00:00
""",
    "order_line_refund": "id,refund_id,order_line_id,quantity\n1,71,9001,1\n2,72,9001,1.0\n3,72,9002,1.0\n",
    "fulfillment": """id,order_id,status,created_at,updated_at
31,501,success,2025-10-08 08:00:00,2025-10-08 08:00:00
32,501,success,2025-10-08 09:00:00,2025-10-08 08:00:00
33,501,cancelled,2025-10-08 10:00:00,2025-10-08 08:00:00
34,503,success,2025-10-10 10:00:00,2025-10-10 10:00:00
35,504,success,2025-10-11 10:00:00,2025-10-11 10:00:00
""",
    "fulfillment_event": """id,fulfillment_id,status,happened_at,message
1,31,in_transit,2025-10-09 08:00:00,
2,31,delivered,2025-10-10 08:00:00,
3,32,delivered,2025-10-11 08:00:00,
4,34,delivered,2025-10-12 08:00:00,
""",
    "gql_return": """id,order_id,name,status,decline_reason,total_quantity
81,501,#1001-R1,closed,, 1
82,501,#1001-R2,declined,FINAL_SALE,1
83,777,#7-R1,open,,1
84,502,#1002-R1,requested,,1
""",
    "gql_return_line_item": """id,return_id,order_line_id,quantity,refunded_quantity,return_reason,customer_note
601,81,9001,1,1,defective,"It ""broke"" so"
602,82,9002,1,0,SIZE_TOO_SMALL,
603,83,9001,1,0,unknown,
604,84,9003,1,0,haunted,
""",
    "gql_refund": """id,return_id,created_at,order_id
71,81,2025-10-12 10:00:00,501
74,82,2025-10-14 10:00:00,501
75,,2025-10-14 10:00:00,501
""",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SwitchedOn:
    """A shop of which exports and a connector tell, of one order both."""
    made = switched_on(tmp_path_factory)
    folder = tmp_path_factory.mktemp("landing") / "shopify"
    folder.mkdir()
    (folder / "orders_export_1.csv").write_text(EXPORT, encoding="utf-8")
    (folder / "transactions_export_1.csv").write_text(TRANSACTIONS, encoding="utf-8")
    for table, content in TABLES.items():
        (folder / f"{table}_2025-10-15.csv").write_text(content, encoding="utf-8")
    made.load(folder.parent)
    return made


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_each_file_goes_to_its_feed_and_a_trial_is_left_out(shop: SwitchedOn) -> None:
    assert [(each.refusal_reason, each.rows_rejected, each.unknown_columns, each.warning) for each in shop.loaded] == [
        (None, 0, (), None)
    ] * 11
    assert {each.feed: (each.rows_read, each.rows_left_out) for each in shop.loaded} == {
        "fulfillment": (5, 0), "fulfillment_event": (4, 0), "gql_refund": (3, 0), "gql_return": (4, 0), "gql_return_line_item": (4, 0),
        "order": (4, 1), "order_line": (6, 0), "order_line_refund": (3, 0), "order_lines": (2, 0), "transaction": (5, 0),
        "transactions": (2, 0),
    }  # fmt: skip


def test_orders_are_the_connectors_where_it_tells_them_and_arrive_with_their_last_parcel(shop: SwitchedOn) -> None:
    assert shop.rows(
        "select order_key, customer_key, merchant_key, order_amount, cancel_reason, ordered_at, paid_at, shipped_at, delivered_at,"
        " cancelled_at from stg_shopify__orders order by order_id"
    ) == [
        ("shopify:1001", "shopify:a@x.example", "shopify:Acme", 24, None,
         at("2025-10-07 07:50"), at("2025-10-07 07:50:27"), at("2025-10-08 09:00"), at("2025-10-11 08:00"), None),
        ("shopify:1002", "shopify:b@x.example", "shopify:Acme", 12, "stock",
         at("2025-10-07 21:30"), None, None, None, at("2025-10-08 06:00")),
        # One parcel has arrived, and not all have left.
        ("shopify:1003", "shopify:order #1003", None, 5, None, at("2025-10-09 08:00"), None, None, None, None),
        # Nobody followed its parcel: it arrived after the days that the shop says.
        ("shopify:1004", "shopify:a@x.example", None, 5, None,
         at("2025-10-10 08:00"), None, at("2025-10-11 10:00"), at("2025-10-14 10:00"), None),
        ("shopify:1009", "shopify:z@x.example", "shopify:Pins", 12, None,
         at("2025-10-07 07:50"), at("2025-10-07 07:50:26"), None, None, None),
    ]  # fmt: skip


def test_an_order_that_both_tell_has_the_connectors_lines_once(shop: SwitchedOn) -> None:
    assert shop.rows(
        "select order_item_key, product_id, quantity, unit_price, discount_amount from stg_shopify__order_items"
        " order by order_id, line_number"
    ) == [
        ("shopify:1001|9001", "MUG", 1, 12, 0),
        ("shopify:1001|9002", "MUG", 1, 12, 0),
        ("shopify:1002|9003", "MUG", 1, 12, 2),
        ("shopify:1003|9004", "Tea", 1, 5, None),
        ("shopify:1003|9005", "0012", 1, 5, None),
        ("shopify:1009|1", "PIN", 1, 12, 0),
    ]


def test_refunds_name_line_and_return_where_there_is_one(shop: SwitchedOn) -> None:
    assert shop.rows(
        "select order_id, refund_id, line_number, request_id, refund_amount, refund_method, refunded_at"
        " from stg_shopify__refunds order by refunded_at, order_id"
    ) == [
        ("1009", "1009|2025-10-12 10:00:00|1.00", None, None, Decimal(1), "original", at("2025-10-12 10:00")),
        ("1001", "1001|2", 9001, "601", Decimal(12), "original", at("2025-10-12 10:00:01")),
        ("1001", "1001|3", None, None, Decimal(1), "store_credit", at("2025-10-13 10:00:01")),
    ]


def test_returns_are_requests_from_the_first_moment_that_tells_of_them(shop: SwitchedOn) -> None:
    assert shop.rows(
        "select request_id, order_item_key, request_type, reason, decision, quantity, requested_at, completed_at"
        " from stg_shopify__after_sales_requests order by 1"
    ) == [
        ("601", "shopify:1001|9001", "return", "quality_defect", "approved", 1, at("2025-10-12 10:00"), at("2025-10-12 10:00")),
        ("602", "shopify:1001|9002", "return", "changed_mind", "rejected", 1, at("2025-10-14 10:00"), None),
    ]


def test_people_and_goods_are_each_told_once(shop: SwitchedOn) -> None:
    assert shop.rows("select customer_id, region from stg_shopify__customers order by 1") == [
        ("a@x.example", None),
        ("b@x.example", None),
        ("z@x.example", "Hessen"),
    ]
    assert shop.rows("select product_id, merchant_id from stg_shopify__products order by 1") == [
        ("0012", "Acme"), ("MUG", "Acme"), ("PIN", "Pins"), ("Tea", "Leaf")
    ]  # fmt: skip
    assert shop.rows("select merchant_id from stg_shopify__merchants order by 1") == [("Acme",), ("Leaf",), ("Pins",)]


def test_the_books_balance(shop: SwitchedOn) -> None:
    assert shop.unbalanced() == []


# What a connector's tables have, as its makers list them.
COLUMNS = {
    "order": (
        "id note email taxes_included currency subtotal_price total_tax total_price created_at updated_at name {shipping} {billing}"
        " customer_id location_id user_id number order_number financial_status fulfillment_status"
        " processed_at processing_method referring_site"
        " cancel_reason cancelled_at closed_at total_discounts total_line_items_price total_weight source_name browser_ip"
        " buyer_accepts_marketing token cart_token checkout_token test landing_site_base_url landing_site_ref _fivetran_synced"
        " _fivetran_deleted app_id checkout_id client_details_user_agent customer_locale device_id order_status_url presentment_currency"
        " confirmed total_discounts_set total_line_items_price_set total_price_set total_price_usd total_tax_set total_tip_received"
        " total_shipping_price_set"
    ),
    "order_line": (
        "id order_id name title sku vendor quantity price total_discount index product_id variant_id variant_title gift_card grams taxable"
        " requires_shipping fulfillable_quantity fulfillment_service fulfillment_status pre_tax_price pre_tax_price_set price_set"
        " total_discount_set tax_code properties variant_inventory_management _fivetran_synced"
    ),
    "transaction": (
        "id order_id refund_id amount created_at device_id gateway source_name message currency location_id parent_id receipt kind status"
        " error_code test user_id authorization authorization_expires_at payment_credit_card_number payment_credit_card_company"
    ),
    "order_line_refund": (
        "_fivetran_synced id location_id order_line_id subtotal subtotal_set total_tax total_tax_set quantity refund_id restock_type"
    ),
    "fulfillment": (
        "_fivetran_synced created_at id location_id name order_id receipt_authorization service shipment_status status tracking_company"
        " tracking_number tracking_numbers tracking_urls updated_at"
    ),
    "fulfillment_event": (
        "id _fivetran_synced address_1 city country created_at estimated_delivery_at fulfillment_id happened_at latitude longitude message"
        " order_id province shop_id status updated_at zip _fivetran_deleted"
    ),
    "gql_return": "_fivetran_synced id order_id name status decline_reason decline_note total_quantity",
    "gql_return_line_item": (
        "_fivetran_synced id return_id order_line_id customer_note quantity refundable_quantity refunded_quantity return_reason"
        " return_reason_note"
    ),
    "gql_refund": (
        "_fivetran_synced created_at id note order_id return_id staff_member_id total_refunded_set_pres_amount"
        " total_refunded_set_pres_currency_code total_refunded_set_shop_amount total_refunded_set_shop_currency_code updated_at"
    ),
}  # fmt: skip
ADDRESS = (
    "name first_name last_name company phone address_1 address_2 city country country_code province province_code zip latitude longitude"
)


@pytest.mark.parametrize("table", COLUMNS)
def test_every_column_of_a_table_is_known_and_a_renamed_one_is_named(table: str, tmp_path: Path, shop: SwitchedOn) -> None:
    sides = {side: " ".join(f"{side}_address_{part}" for part in ADDRESS.split()) for side in ("shipping", "billing")}
    names = COLUMNS[table].format(**sides).split()
    feed = SOURCES["shopify"].feeds[table]
    known = {header for column in feed.columns for header in column.headers} | set(feed.ignored_columns)
    assert [name for name in names if name not in known] == []
    required = next(column.header for column in feed.columns if column.required and not column.is_key)
    rows = next(csv.DictReader(io.StringIO(TABLES[table].removeprefix("\ufeff"))))
    (tmp_path / "shopify").mkdir()
    renamed = [name if name != required else f"old_{name}" for name in rows]
    (tmp_path / "shopify" / f"{table}_2.csv").write_text(",".join(renamed) + "\n" + ",".join("1" for _ in renamed) + "\n", encoding="utf-8")
    (refused,) = shop.load(tmp_path)
    shop.loaded.pop()
    assert (refused.feed, refused.refusal_reason) == (table, "missing_required_column")
    assert f"'{required}'" in refused.message
