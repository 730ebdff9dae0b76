"""Small files are loaded many in one transaction, and everything comes out as if each had been loaded alone."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.loading import Archive, SourceLoad, Status, extract_loader, load_source, small_files
from tests.support.hostile_inputs import DECLARATION, hostile_input
from tests.unit.loading.shop import Shop, csv_file, order

TABLES = {
    "raw.extract_ledger": "exclude (started_at, finished_at, modified_ns, run_id)",
    "raw.rejects": "exclude (rejected_at)",
    **{f"raw.shop__{feed}": "exclude (_loaded_at)" for feed in ("orders", "legacy", "dump")},
    **{f"current.shop__{feed}": "exclude (_loaded_at)" for feed in ("orders", "legacy", "dump")},
}


def transactions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """For each attempt to load files together, how many they were."""
    seen: list[int] = []
    read = small_files.read_together

    def counted(files: Any) -> Any:
        seen.append(len(files))
        return read(files)

    monkeypatch.setattr(extract_loader, "read_together", counted)
    return seen


def calm_file(draw: random.Random, number: int, folder: Path) -> tuple[str, bytes]:
    """A file of a few rows without anything to tell, in any format and in a few layouts."""
    columns = draw.choice([["order_id", "ordered_at", "quantity", "note"], ["order_id", "ordered_at"], ["extra", "ordered_at", "order_id"]])
    rows = [
        {"order_id": f"{number}-{row}", "ordered_at": "2024-03-01 08:00:00", "quantity": str(row), "note": draw.choice(["", "a, b", "é"])}
        for row in range(draw.randint(1, 9))
    ]
    kind = draw.choice(["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"])
    name = f"orders-calm-{number}.{kind}"
    if kind == "parquet":
        with duckdb.connect() as connection:
            path = folder / "calm.parquet"
            listed = ", ".join(f"'{row['order_id']}'" for row in rows)
            quantity = draw.choice(["cast(3 as integer)", "'3'"])
            connection.execute(
                f"copy (select unnest([{listed}]) as order_id, timestamp '2024-03-01' as ordered_at, {quantity} as quantity) to '{path}'"
            )
            content = path.read_bytes()
            path.unlink()
            return name, content
    if kind.startswith("jsonl"):
        text = "".join(json.dumps({column: row.get(column) for column in columns}, ensure_ascii=False) + "\n" for row in rows)
    else:
        cells = [[f'"{row.get(column, "x")}"' for column in columns] for row in rows]
        text = "\n".join(",".join(line) for line in [columns, *cells]) + draw.choice(["\n", ""])
    return name, gzip.compress(text.encode(), mtime=0) if kind.endswith("gz") else text.encode()


def loaded(folder: Path, seed: int) -> tuple[Shop, SourceLoad]:
    """Inputs of every kind between calm files, in an order of their own."""
    folder.mkdir()
    shop = Shop(folder, DECLARATION)
    draw = random.Random(seed)
    for number in range(60):
        hostile_input(seed, number).put(shop.landing / "shop", folder)
    for number in range(240):
        name, content = calm_file(draw, number, folder)
        shop.deliver(name.replace("orders-calm", f"orders-{draw.randint(0, 60)}-calm"), content)
    return shop, shop.load()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_files_come_out_together_as_they_do_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    sizes = transactions(monkeypatch)
    together, load = loaded(tmp_path / "together", seed)
    assert max(sizes) > 10
    together.assert_books_balance()
    monkeypatch.setattr(extract_loader, "MOST_FILES", 1)
    sizes.clear()
    alone, other_load = loaded(tmp_path / "alone", seed)
    assert sizes == []
    assert load.left_for_next_run == other_load.left_for_next_run
    for table, exclude in TABLES.items():
        # The engine's words about a file may name its path.
        words = "replace (replace(message, ?, '') as message)" if table.endswith("ledger") else ""
        query = f"select * {exclude} {words} from {table} order by all"
        rows = [shop.connection.execute(query, [str(shop.folder)] if words else []).fetchall() for shop in (together, alone)]
        assert rows[0] == rows[1], table


def test_many_small_files_are_one_transaction_and_keep_numbers_and_lines(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = transactions(monkeypatch)
    for number in range(1, 4):
        shop.deliver(f"orders-{number}.csv", csv_file(order(f"a{number}"), order(f"b{number}")))
    shop.deliver("orders-4[x]*.csv", csv_file())
    shop.deliver("orders-5?.csv", csv_file(order("a5")))
    load = shop.load()
    assert sizes == [5]
    assert [extract.message for extract in load.extracts] == [f"{rows} of {rows} rows accepted" for rows in (2, 2, 2, 0, 1)]
    assert shop.rows("order_id, _extract_id, _line") == [
        ("a1", 1, 2),
        ("b1", 1, 3),
        ("a2", 2, 2),
        ("b2", 2, 3),
        ("a3", 3, 2),
        ("b3", 3, 3),
        ("a5", 5, 2),
    ]
    shop.assert_books_balance()


def test_a_file_with_something_to_tell_is_loaded_alone_and_the_others_together(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = transactions(monkeypatch)
    for number in range(1, 7):
        shop.deliver(f"orders-{number}.csv", csv_file(order(number), order(f"x{number}", quantity="x" if number == 3 else "1")))
    shop.load()
    assert sizes == [6, 2, 3]
    assert shop.ledger("extract_id, rows_accepted, rows_rejected") == [(n, 1 if n == 3 else 2, int(n == 3)) for n in range(1, 7)]
    assert shop.rejects() == [(3, "quantity", "wrong_type")]


def test_the_same_bytes_twice_among_small_files_are_a_duplicate(shop: Shop) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.deliver("orders-2.csv", csv_file(order(1)))
    shop.deliver("orders-3.csv", csv_file(order(3)))
    shop.load()
    assert shop.ledger("extract_id, status") == [(1, "loaded"), (2, "duplicate"), (3, "loaded")]


def test_a_small_file_that_changes_while_it_is_read_is_left_and_the_others_are_loaded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [shop.deliver(f"orders-{number}.csv", csv_file(order(number))) for number in (1, 2, 3)]
    read = small_files.read_together

    def read_and_grow(files: Any) -> Any:
        counts = read(files)
        if len(files) == 3:
            with paths[1].open("ab") as file:
                file.write(f"{order('late')}\n".encode())
        return counts

    monkeypatch.setattr(extract_loader, "read_together", read_and_grow)
    load = shop.load()
    assert list(load.left_for_next_run) == ["shop/orders-2.csv"]
    assert shop.rows("order_id, _extract_id") == [("1", 1), ("3", 2)]
    shop.load()
    assert shop.rows("order_id, _extract_id") == [("1", 1), ("3", 2), ("2", 3), ("late", 3)]


class Stopped(BaseException):
    """What a test raises in the middle of a transaction."""


def test_small_files_that_are_interrupted_leave_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        shop.deliver(f"orders-{number}.csv", csv_file(order(number)))

    def stop(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(extract_loader, "_summary", stop)
        with pytest.raises(Stopped):
            shop.load()
    assert (shop.rows(), shop.ledger()) == ([], [])
    assert len(shop.load().extracts) == 3


def test_a_large_file_is_loaded_alone(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = transactions(monkeypatch)
    edge = csv_file(order(1, note="x"))
    at_most = edge.replace(b"x", b"x" * (small_files.MOST_BYTES - len(edge) + 1))
    for number, content in enumerate([at_most, at_most.replace(b"xx", b"yyy", 1), csv_file(order(3)), csv_file(order(4))], start=1):
        shop.deliver(f"orders-{number}.csv", content)
    assert len(at_most) == small_files.MOST_BYTES
    shop.load()
    # The first waits alone, the second is too large, the others wait together.
    assert sizes == [2]
    assert [len(note) for (note,) in shop.rows("coalesce(note, '')")] == [262_045, 262_046, 0, 0]


def test_archived_small_files_come_back_together_under_their_numbers_and_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(tmp_path)
    archive = Archive(tmp_path / "archive", own_landing=shop.landing)

    def load() -> SourceLoad:
        return load_source(shop.connection, shop.source, shop.landing, run_id="run", archive=archive)

    for number in (1, 2, 3, 4):
        shop.deliver(f"orders-{number}.csv", csv_file(order(number), order(f"x{number}", quantity="x" if number == 2 else "1")))
    load()
    books = shop.rows("*", "raw.extract_ledger", "extract_id"), shop.rows("*"), shop.rejects("*")
    shop.connection.close()
    (tmp_path / "warehouse.duckdb").unlink()
    sizes = transactions(monkeypatch)
    shop = Shop(tmp_path)
    assert [extract.status for extract in load().extracts] == [Status.LOADED] * 4
    assert sizes == [4, 2]
    assert (shop.rows("*", "raw.extract_ledger", "extract_id"), shop.rows("*"), shop.rejects("*")) == books
    shop.connection.close()
