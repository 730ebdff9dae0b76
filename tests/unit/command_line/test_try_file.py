"""``aftersales try`` says what a file is and what would become of its rows, and loads nothing."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shop_simulator import simulate

Run = Callable[..., Any]

ORDERS = "order_id,customer_id,ordered_at,order_amount,currency\n"
GOOD = "1,C1,2025-11-01 10:00:00,19.90,CNY\n"


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_recognised_by_its_columns_whatever_its_name(run: Run, tmp_path: Path) -> None:
    result = run("try", _file(tmp_path, "whatever.csv", ORDERS + GOOD))
    assert result.exit_code == 0
    assert result.stdout.startswith("contract.orders: 1 of 1 rows would be accepted.\n  5 of its 14 columns have values.")
    assert "Put it into landing/contract/orders/" in result.stdout


def test_a_name_that_the_feed_claims_may_lie_in_the_folder_of_its_source(run: Run, tmp_path: Path) -> None:
    result = run("try", _file(tmp_path, "orders_2025.csv", ORDERS + GOOD))
    assert "→ Put it into landing/contract/ under this name; a refresh loads it." in result.stdout


def test_rejected_rows_are_told_with_column_reason_and_what_was_expected_but_no_value(run: Run, tmp_path: Path) -> None:
    bad = "2,C2,yesterday,1.00,CNY\n3,C3,tomorrow,1.00,CNY\n4,,2025-11-02 10:00:00,1.00,CNY\n"
    result = run("try", _file(tmp_path, "orders.csv", ORDERS + GOOD + bad))
    assert result.exit_code == 0
    assert "contract.orders: 1 of 4 rows would be accepted, 3 rejected." in result.stdout
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "ordered_at wrong type 2026-01-31 08:05:00, with an offset or in Asia/Shanghai 3, 4 2" in lines
    assert "customer_id required null a value 5 1" in lines
    assert "yesterday" not in result.stdout


def test_a_column_that_nobody_declared_is_named(run: Run, tmp_path: Path) -> None:
    result = run("try", _file(tmp_path, "orders.csv", ORDERS.strip() + ",mood\n" + GOOD.strip() + ",sunny\n"))
    assert "Not declared, kept out: mood" in result.stdout


def test_a_file_that_lacks_a_required_column_is_told_which_and_of_which_feed(run: Run, tmp_path: Path) -> None:
    result = run("try", _file(tmp_path, "o.csv", ORDERS.replace("customer_id", "buyer_id") + GOOD))
    assert result.exit_code == 1
    assert "No declared feed takes o.csv." in result.stdout
    assert "contract.orders comes near: the required column 'customer_id' is not in the file" in result.stdout
    assert "aftersales new-source NAME" in result.stdout


def test_what_no_feed_knows_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    result = run("try", _file(tmp_path, "x.csv", "colour,taste\nred,sweet\n"))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "No declared feed takes x.csv."
    assert "comes near" not in result.stdout


def test_a_fault_of_the_file_itself_is_told_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress((ORDERS + GOOD * 500).encode())[:-30])
    result = run("try", path)
    assert result.exit_code == 1
    assert result.stdout.count("gzip stream") == 1


@pytest.mark.parametrize("name", ["x.xlsx", "x.csv"])
def test_a_spreadsheet_is_told_how_it_becomes_csv(run: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04 and so on")
    result = run("try", path)
    assert result.exit_code == 1
    assert "aftersales sheet" in result.stdout


def test_only_the_feeds_of_a_source_are_tried_when_it_is_named(run: Run, tmp_path: Path) -> None:
    path = _file(tmp_path, "orders.csv", ORDERS + GOOD)
    assert run("try", path, "--source", "olist").exit_code == 1
    result = run("try", path, "--source", "shopfy")
    assert result.exit_code == 2
    assert "shopfy" in result.stderr


def test_a_file_that_is_not_there_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    assert run("try", tmp_path / "none.csv").exit_code == 2


def test_other_systems_exports_are_recognised_though_their_sources_are_switched_off(run: Run, tmp_path: Path) -> None:
    simulate(tmp_path, orders=60, days=2, until=date(2025, 11, 12), seed=3, dress="zendesk+shopify+survey")
    found: dict[str, str] = {}
    for path in sorted([*tmp_path.glob("zendesk/*/*.csv"), *tmp_path.glob("shopify/*.csv")]):
        result = run("try", path)
        found[path.name.partition("_2025")[0]] = result.stdout.partition(":")[0]
        assert " rejected." not in result.stdout.splitlines()[0], path
        assert "Not declared" not in result.stdout, path
        assert "The source is switched off: add" in result.stdout
    tables = ("group", "ticket", "ticket_chat", "ticket_chat_event", "ticket_comment", "ticket_field_history", "ticket_tag", "user")
    assert found.items() >= {table: f"zendesk.{table}" for table in tables}.items()
    assert found.items() >= {"orders_export": "shopify.order_lines", "transactions_export": "shopify.transactions"}.items()


def test_what_stands_within_the_records_of_a_page_is_told_feed_by_feed(run: Run, tmp_path: Path) -> None:
    page = '{"data": [{"id": 1, "created_datetime": "2025-10-07T08:00:00", "tags": [{"name": "a"}, {"id": 2}]}]}'
    result = run("try", _file(tmp_path, "page.json", page))
    assert result.exit_code == 0
    assert "gorgias.tickets: 1 of 1 rows would be accepted.\n" in result.stdout
    assert "gorgias.ticket_tags: 1 of 2 rows within it would be accepted.\n" in result.stdout
