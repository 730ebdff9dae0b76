"""A shop whose orders are many enough to be cut by month, and how two snapshots of it are compared."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from orchestration.publishing.announcing import PublishedSnapshot
from reading.manifest import PartEntry
from tests.unit.publishing.shop import Shop, copied, folder_of_this_process, opened, parquet_bytes, ready_shop

# Of 3,000 orders, one an hour from 1 January 2026 on. The one of 31 January 16:00 bears the moment as_of.
PARTS = {"2026-01": 743, "2026-02": 672, "2026-03": 744, "2026-04": 720, "2026-05": 120, "open": 1}

FEBRUARY = "ordered_at >= '2026-02-01' and ordered_at < '2026-03-01'"
ONE_OF_FEBRUARY = "ordered_at = timestamp '2026-02-10 10:00:00'"


def large_shop(folder: Path) -> Shop:
    """A shop whose orders are many and whose scores are few, published once."""
    return copied(_large_shop(), folder)


@cache
def _large_shop() -> Shop:
    made = ready_shop(folder_of_this_process())
    made.split_from_rows = 1_000
    made.fill(rows=3_000)
    made.publish()
    return made


def parts(published: PublishedSnapshot, table: str = "core.fct_orders") -> dict[str, PartEntry]:
    return {part.part: part for entry in published.manifest.tables if entry.full_name == table for part in entry.parts}


def written(published: PublishedSnapshot) -> set[str]:
    """The parts of the marts that were written in this version."""
    marts = (entry for entry in published.manifest.tables if entry.schema_name != "quality")
    return {f"{mart.name}/{part.part}" for mart in marts for part in mart.parts if part.written_in == published.manifest.version}


EVERYTHING = {"kpi_satisfaction/all", *(f"fct_orders/{part}" for part in PARTS)}


def rows_of(path: Path) -> dict[str, list[str]]:
    with opened(path) as connection:
        tables = [
            f"{schema}.{name}" for schema, name in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        ]
        return {table: sorted(map(repr, connection.execute(f"from {table}").fetchall())) for table in tables}


def parts_said(published: PublishedSnapshot) -> list[PartEntry]:
    return [part.model_copy(update={"written_in": ""}) for entry in published.manifest.tables for part in entry.parts]


def insist_same_as_made_anew(shop: Shop, published: PublishedSnapshot, folder: Path) -> None:
    """A snapshot made anew from a copy of the warehouse has the same rows, and the same Parquet to the byte."""
    folder.mkdir()
    other = Shop(folder, split_from_rows=shop.split_from_rows)
    shutil.copyfile(shop.warehouse, other.warehouse)
    shutil.copyfile(shop.dbt_manifest, other.dbt_manifest)
    anew = other.publish(anew=True)
    assert rows_of(published.path) == rows_of(anew.path)
    assert parquet_bytes(published.path) == parquet_bytes(anew.path)
    said = [
        [{**part.model_dump(), "written_in": ""} for entry in each.manifest.tables for part in entry.parts] for each in (published, anew)
    ]
    assert said[0] == said[1]
