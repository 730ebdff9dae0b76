"""What dbt's tests said becomes check records; a test that has words of its own is asked for them, others are only counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.connections import connected
from orchestration.runs.check_records import dbt_test_records
from reading.check_results import CheckResult

TEST: dict[str, Any] = {
    "resource_type": "test",
    "name": "amount_always_has_a_rate",
    "config": {},
    "depends_on": {"nodes": ["model.shop.fct_orders"]},
}
MODEL: dict[str, Any] = {"resource_type": "model", "name": "fct_orders", "schema": "core", "path": "marts/core/fct_orders.sql"}


def said_by(folder: Path, compiled_code: str) -> CheckResult:
    target, warehouse = folder / "dbt", folder / "warehouse.duckdb"
    target.mkdir()
    nodes = {"test.shop.amount_always_has_a_rate": TEST, "model.shop.fct_orders": MODEL}
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes}), encoding="utf-8")
    result = {"unique_id": "test.shop.amount_always_has_a_rate", "status": "fail", "failures": 2, "compiled_code": compiled_code}
    (target / "run_results.json").write_text(json.dumps({"results": [result]}), encoding="utf-8")
    with connected(warehouse) as connection:
        connection.execute("create schema core; create table core.fct_orders as select unnest(['USD', 'PLN']) as currency")
    (record,) = dbt_test_records(target, warehouse)
    return record


@pytest.mark.parametrize(
    ("compiled_code", "message"),
    [
        (
            "select currency || ' has no rate' as message from core.fct_orders",
            "core.fct_orders breaks amount_always_has_a_rate: 2 rows. PLN has no rate. USD has no rate.",
        ),
        ("select currency from core.fct_orders", "core.fct_orders breaks amount_always_has_a_rate: 2 rows."),
        # The model is gone by now.
        ("select currency as message from core.fct_refunds", "core.fct_orders breaks amount_always_has_a_rate: 2 rows."),
    ],
    ids=["with words", "without", "that cannot be asked"],
)
def test_what_the_rows_of_a_failed_test_say_is_in_its_message(tmp_path: Path, compiled_code: str, message: str) -> None:
    record = said_by(tmp_path, compiled_code)
    assert (record.status, record.rows_failed, record.message) == ("failed", 2, message)


def test_values_that_the_rows_quote_are_examples_and_not_in_the_message(tmp_path: Path) -> None:
    record = said_by(tmp_path, "select 'a currency without a rate' as message, currency as example from core.fct_orders")
    assert record.message == (
        "core.fct_orders breaks amount_always_has_a_rate: 2 rows. a currency without a rate. a currency without a rate."
    )
    assert record.examples == ["PLN", "USD"]
