"""Why a file is nobody's, and a refusal that names all that is wrong with a file, not the first of it."""

from pathlib import Path

import duckdb
import pytest

from orchestration.loading import Status
from tests.unit.loading.shop import ORDERS, Shop, csv_file, order

GLOBS = ORDERS.replace("key: [order_id]", 'key: [order_id]\n            globs: ["sales*.csv", "old/**/*.csv"]')


def nobodys(shop: Shop, name: str) -> str:
    shop.deliver(name, "x\n")
    load = shop.load()
    assert load.extracts == []
    (warning,) = load.warnings
    return warning.removeprefix(f"{shop.landing}/shop/")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "sales.parquet",
            "is parquet by its name, and feed 'orders' takes sales*.csv: globs decide by name and format; declare sales*.parquet too",
        ),
        (
            "sales-2.csv.gz",
            "is csv.gz by its name, and feed 'orders' takes sales*.csv: globs decide by name and format; declare sales*.csv.gz too",
        ),
        (
            "old/2024/x.jsonl",
            "is jsonl by its name, and feed 'orders' takes old/**/*.csv: globs decide by name and format; declare old/**/*.jsonl too",
        ),
        (
            "sales.xlsx",
            "would belong to feed 'orders', but its ending names no format that is read (csv.gz, csv, parquet, jsonl.gz, jsonl); "
            "save it as one of them (aftersales sheet FILE makes CSV of it)",
        ),
        (
            "orders.csv",
            "is named after feed 'orders', which declares globs in place of such names (sales*.csv, old/**/*.csv); "
            "declare one that matches it",
        ),
        ("customers.csv", "belongs to no feed of source 'shop'; name it after its feed, or declare a glob that matches it"),
    ],
)
def test_a_file_beside_a_glob_is_told_what_keeps_it_out(tmp_path: Path, name: str, told: str) -> None:
    assert nobodys(Shop(tmp_path, GLOBS), name) == f"{name}: {told}"


@pytest.mark.parametrize("name", ["orders.xlsx", "orders-2024.XLS", "orders/x.xlsx", "orders"])
def test_an_ending_that_is_no_format_is_told(shop: Shop, name: str) -> None:
    assert nobodys(shop, name) == (
        f"{name}: would belong to feed 'orders', but its ending names no format that is read (csv.gz, csv, parquet, jsonl.gz, jsonl); "
        f"save it as one of them{'' if name == 'orders' else ' (aftersales sheet FILE makes CSV of it)'}"
    )


def test_a_file_of_another_format_than_the_declared_one_says_which_of_the_two_decided(tmp_path: Path) -> None:
    shop = Shop(tmp_path, ORDERS.replace("key: [order_id]", 'key: [order_id]\n            globs: ["orders*"]\n            format: csv'))
    path = tmp_path / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 'x' as order_id, timestamp '2024-03-01' as ordered_at) to '{path}' (format parquet)")
    result = shop.load_one("orders.parquet", path.read_bytes())
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "wrong_content")
    assert result.message.endswith("; it is named parquet, but the feed declares format: csv, which is what it was read as")


def test_a_header_is_refused_for_all_its_faults(shop: Shop) -> None:
    result = shop.load_one("orders.csv", "status,status,note,amount,note\nnew,new,x,1,x\n")
    assert result.refusal_reason == "duplicate_header"
    assert "the column name 'note' stands 2 times (columns 3, 5)" in result.message
    assert "the column name 'status' stands 2 times (columns 1, 2)" in result.message
    assert "the required columns 'order_id', 'ordered_at' are not in the file" in result.message


def test_a_wrong_encoding_and_a_wrong_header_are_told_together(shop: Shop) -> None:
    result = shop.load_one("orders.csv", "order_id,preço\n1,Preço à vista\n".encode("latin-1"))
    assert result.refusal_reason == "not_in_declared_encoding"
    assert "line 1 (byte 12) is not utf-8" in result.message
    assert "the required column 'ordered_at' is not in the file" in result.message


def test_all_columns_of_a_wrong_type_are_told_and_those_that_are_missing(shop: Shop) -> None:
    path = shop.folder / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select 'x' as order_id, [1] as quantity, true as due_on, date '2024-03-01' as is_gift) to '{path}' (format parquet)"
        )
    result = shop.load_one("orders.parquet", path.read_bytes())
    assert result.refusal_reason == "missing_required_column"
    for part in (
        "'ordered_at' is not in the file",
        "column 'quantity' is INTEGER[]",
        "column 'due_on' is BOOLEAN",
        "column 'is_gift' is DATE",
    ):
        assert part in result.message


def test_one_fault_is_told_as_before(shop: Shop) -> None:
    result = shop.load_one("orders.csv", csv_file(order(1)).replace(b"order_id", b"order"))
    assert result.message.count(";") == 1
