"""What docs/querying.md shows does run, on a snapshot, and each way says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration.home import Home
from orchestration.publishing.replica.replicating import replicate_home
from reading.snapshot import opened_snapshot
from tests.support.fault_postgresql import postgresql_database

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "querying.md").read_text(encoding="utf-8")
CSAT_BY_MONTH = [("2025-11-01", 0.8), ("2025-12-01", 0.86), ("2026-01-01", 0.91), ("2026-02-01", 0.5)]


def blocks(language: str, naming: str = "") -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    return [block for block in found if naming in block]


def test_the_page_shows_every_way() -> None:
    assert len(blocks("sql")) == 2
    assert len(blocks("python")) == 6
    ways = ("duckdb.connect", "pd.read_parquet", "polars", "postgresql+psycopg")
    assert [len(blocks("python", way)) for way in ways] == [2, 1, 1, 1]


@pytest.fixture(scope="module")
def replica(published_home: Home) -> Iterator[str]:
    with postgresql_database("marts") as address:
        replicate_home(published_home, address)
        yield address


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: next(re.finditer(r"import (\w+)\n\n", block)).group(1))
def test_each_python_example_runs_and_says_the_same(block: str, published_home: Home, request: pytest.FixtureRequest) -> None:
    for library in ("polars", "pyarrow") if "parquet" in block else ():
        pytest.importorskip(library)
    if "postgresql" in block:
        address = str(request.getfixturevalue("replica"))
        block = block.replace("postgresql+psycopg://alice@db.example/marts", address.replace("postgresql:", "postgresql+psycopg:"))
    said: dict[str, Any] = {}
    exec(block.replace('"var/', f'"{published_home.root}/'), said)
    if "monthly" in said:
        columns = (
            said["monthly"].to_dict(orient="list") if hasattr(said["monthly"], "itertuples") else said["monthly"].to_dict(as_series=False)
        )
        assert list(columns) == ["period_start", "value", "numerator", "denominator", "lower", "upper"]
        months = [(str(start)[:10], float(value)) for start, value in zip(columns["period_start"], columns["value"], strict=True)]
        assert months == CSAT_BY_MONTH
    elif "latest" in said:
        assert said["latest"] == (date(2026, 2, 1),)


@pytest.mark.parametrize("block", blocks("sql"))
def test_each_sql_example_finds_something(block: str, published_home: Home) -> None:
    with opened_snapshot(published_home.published) as snapshot:
        assert snapshot.connection.execute(block).fetchall()
