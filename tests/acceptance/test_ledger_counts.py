"""The ledger's rows per file are what Python's csv module counts in the raw files."""

import csv
from pathlib import Path

import duckdb

from tests.support.warehouse import real_data


def rows_of_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def ledger(home: Path) -> dict[str, tuple[int, int, int]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            """
            select file_name, rows_read, rows_accepted, rows_rejected
            from raw.extract_ledger
            where source_system = 'olist' and status = 'loaded'
            """
        ).fetchall()
    return {Path(name).name: (read, accepted, rejected) for name, read, accepted, rejected in rows}


def test_rows_read_are_those_of_the_csv_module_and_none_is_lost(real_home: Path) -> None:
    files = sorted((real_data() / "olist").glob("*.csv"))
    counted = ledger(real_home)
    assert set(counted) == {path.name for path in files}
    for path in files:
        read, accepted, rejected = counted[path.name]
        assert read == len(rows_of_csv(path)), path.name
        assert read == accepted + rejected, path.name


def test_the_counts_are_the_known_ones(real_home: Path) -> None:
    counted = ledger(real_home)
    assert counted["olist_orders_dataset.csv"][0] == 20_000
    assert counted["olist_order_reviews_dataset.csv"][0] == 19_986
    reviews = rows_of_csv(real_data() / "olist" / "olist_order_reviews_dataset.csv")
    assert sum("\n" in "".join(row) for row in reviews) == 807
