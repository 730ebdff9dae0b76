"""The raw schema: tables for feeds that never delivered, columns that a declaration gained, and what cannot be changed."""

import pytest

from orchestration.loading import RawSchemaError
from orchestration.loading.raw_schema import LEDGER_COLUMNS, REJECT_COLUMNS
from tests.unit.loading.shop import ORDERS, Shop, csv_file, order


def columns(shop: Shop, table: str) -> dict[str, str]:
    rows = shop.connection.execute(
        "select column_name, lower(data_type) from duckdb_columns() where schema_name = 'raw' and table_name = ? order by column_index",
        [table],
    ).fetchall()
    return dict(rows)


def test_a_feed_that_never_delivered_is_an_empty_table(shop: Shop) -> None:
    assert columns(shop, "shop__orders") == {
        "order_id": "varchar",
        "ordered_at": "timestamp",
        "status": "varchar",
        "amount": "decimal(18,2)",
        "quantity": "bigint",
        "weight": "double",
        "is_gift": "boolean",
        "due_on": "date",
        "note": "varchar",
        "_extract_id": "bigint",
        "_line": "bigint",
        "_loaded_at": "timestamp",
    }
    assert columns(shop, "extract_ledger") == LEDGER_COLUMNS
    assert columns(shop, "rejects") == REJECT_COLUMNS
    assert shop.rows() == []


def test_preparing_again_changes_nothing(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(1)))
    before = columns(shop, "shop__orders")
    shop.declare(ORDERS)
    assert columns(shop, "shop__orders") == before
    assert len(shop.rows()) == 1


def test_a_column_that_the_declaration_gained_is_added_and_filled_from_the_next_extract_on(shop: Shop) -> None:
    shop.load_one("orders-1.csv", "order_id,ordered_at,colour\n1,2024-03-01,red\n")
    shop.declare(ORDERS + "          - {name: colour, data_type: text}\n")
    result = shop.load_one("orders-2.csv", "order_id,ordered_at,colour\n2,2024-03-01,blue\n")
    assert result.unknown_columns == ()
    assert shop.rows("order_id, colour") == [("1", None), ("2", "blue")]


def test_a_column_that_the_declaration_lost_stays_and_is_null_from_then_on(shop: Shop) -> None:
    shop.load_one("orders-1.csv", csv_file(order(1, weight="1.5")))
    shop.declare(ORDERS.replace("          - {name: weight, data_type: double}\n", ""))
    assert shop.load_one("orders-2.csv", csv_file(order(2, weight="2.5"))).unknown_columns == ("weight",)
    assert shop.rows("weight") == [(1.5,), (None,)]


def test_a_changed_type_is_taken_while_the_table_is_empty(shop: Shop) -> None:
    shop.declare(ORDERS.replace("{name: quantity, data_type: integer}", "{name: quantity, data_type: text}"))
    assert columns(shop, "shop__orders")["quantity"] == "varchar"


def test_a_changed_type_of_a_filled_table_is_an_error_that_says_what_to_do(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(1)))
    with pytest.raises(
        RawSchemaError, match=r"raw\.shop__orders, column 'quantity': the warehouse holds bigint, the declaration says varchar"
    ):
        shop.declare(ORDERS.replace("{name: quantity, data_type: integer}", "{name: quantity, data_type: text}"))
