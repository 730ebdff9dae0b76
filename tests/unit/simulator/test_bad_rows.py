"""Spoilt rows come beside the good ones, and the report says how many of which kind are where."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shop_simulator import SimulationReport, simulate
from tests.unit.simulator.reading import declared_tables, files_of, meta_of

TABLES = declared_tables()
SHAPE: dict[str, Any] = {"orders": 1_500, "days": 25, "until": date(2024, 11, 30), "seed": 11}


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> SimulationReport:
    return simulate(tmp_path_factory.mktemp("spoilt"), **SHAPE, bad_rows=0.03)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> SimulationReport:
    return simulate(tmp_path_factory.mktemp("clean"), **SHAPE)


def rows_as_text(path: Path) -> list[dict[str, str | None]]:
    """The rows of an extract with every value as text, and null for nothing."""
    if path.name.endswith(".parquet"):
        with duckdb.connect() as connection:
            found = connection.execute(f"select * from read_parquet('{path}')")
            names = [column[0] for column in found.description or []]
            return [
                {name: None if value is None else str(value) for name, value in zip(names, row, strict=True)} for row in found.fetchall()
            ]
    read = gzip.decompress(path.read_bytes()) if path.name.endswith(".gz") else path.read_bytes()
    lines = io.StringIO(read.decode("utf-8"), newline="")
    if ".jsonl" in path.name:
        return [{k: None if v is None else str(v) for k, v in json.loads(line).items()} for line in lines]
    return [{name: value or None for name, value in row.items()} for row in csv.DictReader(lines)]


def faults(feed: str, row: dict[str, str | None]) -> list[tuple[str, str]]:
    """What the contract finds wrong with a row: kind and column."""
    key = meta_of(TABLES[feed])["key"]
    found: list[tuple[str, str]] = []
    for column in TABLES[feed]["columns"]:
        name, meta, kind = column["name"], meta_of(column), column["data_type"]
        value = row.get(name)
        if value is None:
            if meta.get("required") or name in key:
                found.append(("missing_required", name))
        elif meta.get("accepted_values") and value not in meta["accepted_values"]:
            found.append(("value_not_accepted", name))
        elif kind in ("integer", "decimal(18,2)") and not value.replace(".", "", 1).isdigit():
            found.append(("not_a_number", name))
        elif kind in ("timestamp", "date"):
            try:
                datetime.fromisoformat(value)
            except ValueError:
                found.append(("not_a_moment", name))
    return found


def test_every_spoilt_row_is_reported_with_file_kind_and_column(spoilt: SimulationReport) -> None:
    reported = Counter({(bad.feed, bad.file_name, bad.kind, bad.column): bad.count for bad in spoilt.bad_rows})
    found: Counter[tuple[str, str, str, str]] = Counter()
    for feed in TABLES:
        for path in files_of(spoilt.out, feed):
            if "_again" in path.name:
                continue
            for row in rows_as_text(path):
                wrong = faults(feed, row)
                assert len(wrong) <= 1, (path.name, row, wrong)
                found.update((feed, path.name, *fault) for fault in wrong)

    assert found == reported
    assert {kind for _, _, kind, _ in found} == {"missing_required", "value_not_accepted", "not_a_number", "not_a_moment"}


def test_the_good_rows_are_the_same_with_and_without_bad_ones(clean: SimulationReport, spoilt: SimulationReport) -> None:
    for feed in TABLES:
        names = [path.name for path in files_of(clean.out, feed)]
        assert names == [path.name for path in files_of(spoilt.out, feed)]
        for name in names:
            good = [row for row in rows_as_text(spoilt.out / "contract" / feed / name) if not faults(feed, row)]
            assert good == rows_as_text(clean.out / "contract" / feed / name), name


def test_the_share_of_bad_rows_is_near_the_one_asked_for(clean: SimulationReport, spoilt: SimulationReport) -> None:
    share = sum(bad.count for bad in spoilt.bad_rows) / sum(clean.rows.values())

    assert 0.025 < share < 0.035
    assert sum(spoilt.rows.values()) == sum(clean.rows.values()) + sum(bad.count for bad in spoilt.bad_rows)
    assert clean.bad_rows == ()


def test_the_report_is_written_beside_the_extracts(spoilt: SimulationReport) -> None:
    written = json.loads(spoilt.report_file.read_text(encoding="utf-8"))

    assert written["complete"] is True
    assert written["parameters"]["bad_rows"] == 0.03
    assert written["bad_rows"] == [vars(bad) for bad in spoilt.bad_rows]
    assert {feed: counts["rows"] for feed, counts in written["feeds"].items()} == dict(spoilt.rows)


def test_truths_do_not_depend_on_bad_rows(clean: SimulationReport, spoilt: SimulationReport) -> None:
    with_bad, without = (json.loads(each.truths_file.read_text(encoding="utf-8")) for each in (spoilt, clean))

    assert with_bad["truths"] == without["truths"]
    assert with_bad["parameters"] != without["parameters"]
