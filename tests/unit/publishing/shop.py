"""A small warehouse with two marts, built by hand, what dbt would say of it, and the folder it is published to."""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from orchestration.connections import connected
from orchestration.publishing.announcing import PublishedSnapshot, announce_snapshot
from orchestration.publishing.building import BuiltSnapshot, build_snapshot
from orchestration.publishing.customer_key import CustomerKey

PUBLISHED_AT = datetime(2026, 1, 31, 17, 30, tzinfo=UTC)


def model(path: str, columns: dict[str, str | None], *, publish: str | None = None) -> dict[str, Any]:
    """A model as dbt's manifest holds it; each column with its ``publish`` meta."""
    name = Path(path).stem
    return {
        "resource_type": "model",
        "package_name": "aftersales",
        "path": path,
        "original_file_path": f"models/{path}",
        "name": name,
        "schema": Path(path).parent.name,
        "description": f"One row per row of {name}.",
        "config": {"meta": {"publish": publish} if publish else {}},
        "columns": {
            column: {
                "name": column,
                "description": f"What {column} means.",
                "config": {"meta": {"publish": treatment} if treatment else {}},
            }
            for column, treatment in columns.items()
        },
    }


def manifest(*nodes: dict[str, Any], pii: tuple[str, ...] = ("full_name", "comment_text")) -> dict[str, Any]:
    """A dbt manifest with these nodes and one source that declares personal columns."""
    return {
        "metadata": {"project_name": "aftersales"},
        "nodes": {f"{node['resource_type']}.aftersales.{node['name']}": node for node in nodes},
        "sources": {
            "source.aftersales.contract.customers": {
                "resource_type": "source",
                "source_name": "contract",
                "schema": "raw",
                "name": "customers",
                "path": "models/staging/contract/_contract__sources.yml",
                "columns": {column: {"name": column, "config": {"meta": {"pii": True}}} for column in pii},
            }
        },
    }


ORDERS = model(
    "marts/core/fct_orders.sql",
    {"order_key": None, "customer_key": "pseudonym", "order_amount": None, "ordered_at": None, "internal_note": "never"},
)
SCORES = model("marts/satisfaction/kpi_satisfaction.sql", {"period_start": None, "csat_rate": None, "marker": None})


@dataclass
class Shop:
    """A warehouse, its manifest and the folder it publishes to."""

    folder: Path
    split_from_rows: int = 100_000
    key: CustomerKey = field(default_factory=lambda: CustomerKey(b"a secret of more than sixteen bytes", "The key is the test's."))

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def dbt_manifest(self) -> Path:
        return self.folder / "manifest.json"

    @property
    def published(self) -> Path:
        return self.folder / "published"

    def describe(self, *nodes: dict[str, Any]) -> None:
        self.dbt_manifest.write_text(json.dumps(manifest(*nodes)), encoding="utf-8")

    def fill(self, *, marker: int = 1, rows: int = 100) -> None:
        """Build the marts anew; every row of both carries ``marker``."""
        with connected(self.warehouse) as connection:
            connection.execute(
                f"""
                create schema if not exists core;
                create schema if not exists satisfaction;
                create schema if not exists intermediate;
                create or replace table intermediate.int_as_of__resolved as select timestamp '2026-01-31 16:00:00' as as_of_at;
                create or replace table core.fct_orders as
                    select
                        'contract:' || (id * 7919 % {rows}) as order_key,
                        case when id % 10 > 0 then 'contract:customer-' || (id % 13) end as customer_key,
                        cast({marker} as decimal(18, 2)) as order_amount,
                        timestamp '2026-01-01 00:00:00' + to_hours(cast(id as integer)) as ordered_at,
                        'Mei Lin, mei@example.com' as internal_note,
                        'never declared' as undeclared
                    from range({rows}) as ids (id);
                create or replace table satisfaction.kpi_satisfaction as
                    select date '2026-01-01' + cast(id as integer) as period_start, id / {rows} as csat_rate, {marker} as marker
                    from range(31) as ids (id);
                """
            )

    def change(self, *statements: str) -> None:
        """Run statements on the warehouse."""
        with connected(self.warehouse) as connection:
            for statement in statements:
                connection.execute(statement)

    def pass_checks(self, run_id: str) -> None:
        """Record one passed check of each stage."""
        for stage in ("inbound", "dbt", "outbound"):
            self.check(run_id, stage=stage)

    def check(self, run_id: str, *, stage: str = "outbound", severity: str = "critical", status: str = "passed", message: str = "") -> None:
        """Record one check of a run, and one rejected row."""
        with connected(self.warehouse) as connection:
            connection.execute(
                """
                create schema if not exists quality;
                create schema if not exists raw;
                create table if not exists quality.check_results (
                    run_id text, as_of timestamp, checked_at timestamp, stage text, subject text, rule text, severity text,
                    status text, rows_checked bigint, rows_failed bigint, message text, details text
                );
                create table if not exists raw.rejects (
                    extract_id bigint, source_system text, feed text, file_name text, line bigint, column_name text,
                    reason text, detail text, raw_text text, rejected_at timestamp
                );
                """
            )
            connection.execute(
                """
                insert into quality.check_results values (
                    $run_id, timestamp '2026-01-31 16:00:00', timestamp '2026-01-31 17:00:00',
                    $stage, 'core.fct_orders', 'grain_is_unique',
                    $severity, $status, 100, 0, $message, 'Mei Lin'
                )
                """,
                {"run_id": run_id, "stage": stage, "severity": severity, "status": status, "message": message},
            )
            connection.execute(
                """
                insert into raw.rejects values (
                    1, 'contract', 'orders', 'contract/orders/1.csv', 7, 'ordered_at', 'not_a_timestamp', 'Mei Lin', 'Mei Lin,x', now()
                )
                """
            )

    def build(self, run_id: str = "run-1", *, created_at: datetime = PUBLISHED_AT, anew: bool = False) -> BuiltSnapshot:
        return build_snapshot(
            warehouse=self.warehouse,
            dbt_manifest=self.dbt_manifest,
            published=self.published,
            key=self.key,
            run_id=run_id,
            created_at=created_at,
            time_zone="Asia/Shanghai",
            anew=anew,
            split_from_rows=self.split_from_rows,
        )

    def announce(self, run_id: str = "run-1", *, keep: int = 7) -> PublishedSnapshot:
        return announce_snapshot(warehouse=self.warehouse, published=self.published, run_id=run_id, keep=keep)

    def publish(
        self, run_id: str = "run-1", *, keep: int = 7, created_at: datetime = PUBLISHED_AT, anew: bool = False
    ) -> PublishedSnapshot:
        self.build(run_id, created_at=created_at, anew=anew)
        return self.announce(run_id, keep=keep)


def ready_shop(folder: Path) -> Shop:
    """A shop in ``folder`` that is ready to publish run ``run-1``."""
    return copied(_ready_shop(), folder)


@cache
def _ready_shop() -> Shop:
    made = Shop(folder_of_this_process())
    made.describe(ORDERS, SCORES)
    made.fill()
    made.pass_checks("run-1")
    return made


def folder_of_this_process() -> Path:
    """A folder for what is made once in a test process, and copied for each test; it goes with the process."""
    folder = Path(tempfile.mkdtemp(prefix="shop-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def copied(shop: Shop, folder: Path) -> Shop:
    """The same shop once more, in ``folder``."""
    shutil.copytree(shop.folder, folder, symlinks=True, dirs_exist_ok=True)
    return replace(shop, folder=folder)


def opened(path: Path) -> duckdb.DuckDBPyConnection:
    """The marts of a snapshot."""
    return duckdb.connect(str(path / "marts.duckdb"), read_only=True)


def parquet_bytes(path: Path) -> dict[str, str]:
    """The hash of each Parquet file of a snapshot."""
    return {str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(path.rglob("*.parquet"))}
