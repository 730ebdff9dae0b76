"""Rejected rows: exported as they were delivered, corrected, delivered again, and no longer open."""

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.loading import Archive, load_source
from orchestration.loading.rejects import Export, RejectState, export_rejects, exported_name, rejected_rows
from tests.unit.loading.shop import HEADER, ORDERS, Shop, csv_file, order

CSV_LINE_WITH_A_FORMULA = order(7, quantity="x", note="=HYPERLINK(1)")


def archive_of(shop: Shop) -> Archive:
    return Archive(shop.folder / "archive", own_landing=shop.landing)


def load(shop: Shop) -> None:
    shop.runs += 1
    load_source(shop.connection, shop.source, shop.landing, run_id=f"run-{shop.runs}", archive=archive_of(shop))


def states(shop: Shop) -> list[tuple[str, int, RejectState]]:
    rows = rejected_rows(shop.connection, shop.source.feeds["orders"], only_open=False)
    return [(row.file_name.removeprefix("shop/"), row.line, row.state) for row in rows]


def exported(shop: Shop) -> list[Export]:
    rows = rejected_rows(shop.connection, shop.source.feeds["orders"])
    return list(export_rejects(rows, archive_of(shop), shop.folder / "exported"))


def send_again(shop: Shop, export: Export, *corrections: tuple[str, str]) -> None:
    """Correct the exported text and put it where the landing zone has such files."""
    assert export.path is not None
    encoding = shop.source.feeds["orders"].encoding
    text = export.path.read_bytes().decode(encoding)
    for wrong, right in corrections:
        assert wrong in text
        text = text.replace(wrong, right)
    target = shop.landing / export.path.relative_to(shop.folder / "exported")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text.encode(encoding))


# Open or not ----------------------------------------------------------------------------------------------------------


def test_a_reject_is_open_until_a_later_delivery_has_its_key(shop: Shop) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1, quantity="x"), order(2, quantity="x"), order(1)))
    load(shop)
    assert states(shop) == [("orders-1.csv", 2, RejectState.OPEN), ("orders-1.csv", 3, RejectState.OPEN)]
    shop.deliver("orders-2.csv", csv_file(order(2, quantity="2"), order(3)))
    load(shop)
    assert states(shop) == [("orders-1.csv", 2, RejectState.OPEN), ("orders-1.csv", 3, RejectState.REPLACED)]


def test_an_earlier_row_of_the_key_answers_nothing(shop: Shop) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.deliver("orders-2.csv", csv_file(order(1, quantity="x")))
    load(shop)
    assert states(shop) == [("orders-2.csv", 2, RejectState.OPEN)]


def test_keys_of_several_columns_and_types_are_recognised(tmp_path: Path) -> None:
    declaration = ORDERS.replace("key: [order_id]", "key: [order_id, ordered_at, quantity]")
    shop = Shop(tmp_path, declaration)
    shop.deliver(
        "orders-1.csv",
        csv_file(order(1, "2024-03-01 08:00", quantity="3.0", amount="x"), order(1, "2024-03-01 08:00", quantity="4", amount="x")),
    )
    shop.deliver("orders-2.jsonl", '{"order_id": "1", "ordered_at": "2024-03-01T00:00:00Z", "quantity": 3}\n')
    load(shop)
    assert [state for _, _, state in states(shop)] == [RejectState.REPLACED, RejectState.OPEN]
    shop.connection.close()


@pytest.mark.parametrize("line", [",2024-03-01", "1,2", '1,2024-03-01,"a"b', "1,2,3,4,5,6,7,8,9,10,11"])
def test_a_row_without_a_readable_key_stays_open_whatever_comes(shop: Shop, line: str) -> None:
    shop.deliver("orders-1.csv", csv_file(line))
    shop.deliver("orders-2.csv", csv_file(order(1)))
    load(shop)
    assert states(shop) == [("orders-1.csv", 2, RejectState.OPEN)]


# Exported, corrected, sent again --------------------------------------------------------------------------------------


def test_an_export_is_the_delivered_rows_under_their_header_byte_for_byte(shop: Shop) -> None:
    columns = list(reversed(HEADER.split(",")))
    rows = [
        {"order_id": "7", "ordered_at": "2024-03-01", "quantity": "x", "note": "=1+1"},
        {"order_id": "8", "ordered_at": "never", "note": 'two\nlines "quoted"'},
    ]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    delivered = text.getvalue()
    shop.deliver("orders/orders_2025-11-03.csv", "\n" + delivered)
    load(shop)
    (export,) = exported(shop)
    assert export.path == shop.folder / "exported" / "shop" / "orders" / "orders_2025-11-03.rejects-1.csv"
    assert export.path.read_text(encoding="utf-8") == delivered
    assert export.path.stat().st_mode & 0o777 == 0o600
    assert [(row.exported_line, row.row.line) for row in export.rows] == [(2, 3), (3, 4)]


def test_corrected_rows_that_are_sent_again_are_loaded_and_no_longer_open(shop: Shop) -> None:
    shop.deliver("orders.csv", csv_file(order(1), CSV_LINE_WITH_A_FORMULA, '8,2024-03-01,"a"b', "9,2024-03-01,paid,,"))
    load(shop)
    (export,) = exported(shop)
    send_again(shop, export, (",x,", ",3,"), ('"a"b', "new,,1,,,,"), ("9,2024-03-01,paid,,", order(9)))
    load(shop)
    assert shop.ledger("status, rows_accepted, rows_rejected") == [("loaded", 1, 3), ("loaded", 3, 0)]
    assert shop.rows("order_id, quantity, note", order_by="order_id") == [
        ("1", None, None),
        ("7", 3, "=HYPERLINK(1)"),
        ("8", 1, None),
        ("9", None, None),
    ]
    assert {state for _, _, state in states(shop)} == {RejectState.REPLACED, RejectState.ANSWERED}
    assert exported(shop) == []


def test_what_the_corrected_file_leaves_out_is_answered_and_what_is_wrong_again_is_open_anew(shop: Shop) -> None:
    shop.deliver("orders.csv", csv_file(order(7, quantity="x"), order(8, quantity="y"), order(9, quantity="z")))
    load(shop)
    (export,) = exported(shop)
    send_again(shop, export, (order(7, quantity="x") + "\n", ""), (",y,", ",1,"), (",z,", ",zz,"))
    load(shop)
    assert states(shop) == [
        ("orders.csv", 2, RejectState.ANSWERED),
        ("orders.csv", 3, RejectState.REPLACED),
        ("orders.csv", 4, RejectState.ANSWERED),
        ("orders.rejects-1.csv", 3, RejectState.OPEN),
    ]
    (again,) = exported(shop)
    assert again.path is not None
    assert again.path.name == "orders.rejects-1.rejects-2.csv"
    send_again(shop, again, (",zz,", ",2,"))
    load(shop)
    assert RejectState.OPEN not in {state for _, _, state in states(shop)}


def test_a_refused_corrected_file_answers_nothing(shop: Shop) -> None:
    shop.deliver("orders.csv", csv_file(order(7, quantity="x")))
    load(shop)
    (export,) = exported(shop)
    send_again(shop, export, (HEADER, "something else"))
    load(shop)
    assert states(shop) == [("orders.csv", 2, RejectState.OPEN)]


def test_every_format_goes_round(tmp_path: Path) -> None:
    declaration = ORDERS.replace("time_zone: Asia/Shanghai", 'time_zone: Asia/Shanghai\n        encoding: gb18030\n        delimiter: ";"')
    shop = Shop(tmp_path, declaration)
    text = f"{HEADER};{order('中', quantity='x')}".replace(",", ";").replace(f"{HEADER[-4:]};", f"{HEADER[-4:]}\n") + "\n"
    shop.deliver("orders-1.csv.gz", gzip.compress(text.encode("gb18030")))
    load(shop)
    (export,) = exported(shop)
    assert export.path is not None
    assert (export.path.name, export.path.read_bytes()) == ("orders-1.rejects-1.csv", text.encode("gb18030"))
    send_again(shop, export, (";x;", ";1;"))
    load(shop)
    assert shop.rows("order_id, quantity") == [("中", 1)]
    shop.connection.close()


def test_json_lines_and_parquet_go_round_as_json_lines(shop: Shop) -> None:
    lines = ['{"order_id": "1", "ordered_at": "2024-03-01", "quantity": "x"}', '{"order_id": "2", "ordered_at": ', "[1]"]
    shop.deliver("orders-1.jsonl.gz", gzip.compress("\n".join(['{"order_id": "0", "ordered_at": "2024-03-01"}', *lines, ""]).encode()))
    parquet = shop.landing / "shop" / "orders-2.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select '3' as order_id, timestamptz '2024-03-01 08:00:00+08' as ordered_at, "
            "'x' as quantity, cast(1.50 as decimal(9, 2)) as amount) "
            f"to '{parquet}' (format parquet)"
        )
    load(shop)
    json_lines, from_parquet = exported(shop)
    assert json_lines.path is not None
    assert from_parquet.path is not None
    assert json_lines.path.read_text(encoding="utf-8").splitlines() == lines
    assert from_parquet.path.name == "orders-2.rejects-2.jsonl"
    send_again(
        shop,
        json_lines,
        ('"x"', "1"),
        ('"2024-03-01", "quantity"', '"2024-03-02", "quantity"'),
        ('"ordered_at": \n', '"ordered_at": "2024-03-01"}\n'),
        ("[1]\n", ""),
    )
    send_again(shop, from_parquet, ('"x"', "5"))
    load(shop)
    rows = shop.rows("order_id, quantity, amount, cast(ordered_at as varchar)", order_by="order_id")
    assert [tuple(map(str, row)) for row in rows] == [
        ("0", "None", "None", "2024-02-29 16:00:00"),
        ("1", "1", "None", "2024-03-01 16:00:00"),
        ("2", "None", "None", "2024-02-29 16:00:00"),
        ("3", "5", "1.50", "2024-03-01 00:00:00"),
    ]
    assert RejectState.OPEN not in {state for _, _, state in states(shop)}


def test_without_the_delivered_file_a_csv_cannot_be_exported_and_that_is_said(shop: Shop) -> None:
    shop.deliver("orders.csv", csv_file(order(7, quantity="x")))
    shop.load()
    (export,) = exported(shop)
    assert export.path is None
    assert export.problem is not None
    assert "its header is not known" in export.problem


@pytest.mark.parametrize(
    ("file_name", "file_format", "name"),
    [
        ("shop/orders.csv", "csv", "shop/orders.rejects-3.csv"),
        ("shop/orders/ORDERS-1.CSV.GZ", "csv.gz", "shop/orders/ORDERS-1.rejects-3.csv"),
        ("shop/orders.parquet", "parquet", "shop/orders.rejects-3.jsonl"),
        ("shop/orders_5.dat", "csv", "shop/orders_5.rejects-3.dat"),
        ("shop/orders", "csv", "shop/orders.rejects-3.csv"),
    ],
)
def test_an_exported_name_is_the_delivered_one_with_the_number_of_the_extract(
    shop: Shop, file_name: str, file_format: str, name: str
) -> None:
    assert exported_name(a_reject(shop, file_name=file_name, file_format=file_format)) == name


def test_a_name_that_leads_out_of_the_folder_is_not_written_to(shop: Shop, tmp_path: Path) -> None:
    row = a_reject(shop, file_name="../../orders.jsonl", file_format="jsonl")
    with pytest.raises(ValueError, match="leads out of a folder"):
        list(export_rejects([row], archive_of(shop), tmp_path / "a" / "b"))


def a_reject(shop: Shop, **values: Any) -> Any:
    from orchestration.loading.rejects import RejectedRow

    usual = {
        "extract_id": 3,
        "feed": shop.source.feeds["orders"],
        "sha256": "x",
        "line": 2,
        "column_name": None,
        "reason": "r",
        "detail": "d",
        "raw_text": "t",
        "state": RejectState.OPEN,
    }
    return RejectedRow(**usual | values)


def test_a_warehouse_from_before_keys_were_noted_gains_the_column(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(7, quantity="x")))
    shop.connection.execute("alter table raw.rejects drop column row_key")
    shop.declare(ORDERS)
    assert states(shop) == [("orders.csv", 2, RejectState.OPEN)]
    shop.load_one("orders-2.csv", csv_file(order(8, quantity="x")))
    assert shop.rejects("row_key") == [(None,), ("8",)]
