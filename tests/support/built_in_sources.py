"""The sources that come with the project and are off, switched on: their views over a warehouse into which a test loads files."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.accounting import counted_rows, read_accounting
from orchestration.connections import connected
from orchestration.loading import ExtractResult, load_source, prepare_raw, read_declarations
from orchestration.project import manifest_in, project_variables
from tests.support.warehouse import PROJECT_ROOT, made_once
from tests.support.warm import warm_python

_ALWAYS = read_declarations(PROJECT_ROOT / "models")
SOURCES = {
    name: source for name, source in read_declarations(PROJECT_ROOT / "models", with_switched_off=True).items() if name not in _ALWAYS
}
# What shops say of themselves.
VARIABLES: dict[str, Any] = {
    "shopify": {"delivered_after_days": 3},
    "gorgias": {"orders_of": "shopify"},
    "survey_sheet": {"tickets_of": "zendesk", "orders_of": "shopify"},
    "zendesk": {
        "fields": {"order": "custom_order", "product": "custom 'sku'", "handling_seconds": "custom_seconds"},
        "user_fields": {"region": "custom_region"},
        "orders_of": "shopify",
        "bot_roles": [1],
        "partner_roles": [2],
        "escalation_groups": [99],
    },
}


@dataclass
class SwitchedOn:
    """A warehouse in which the built-in sources are staged."""

    warehouse: Path
    manifest: Path
    loaded: list[ExtractResult] = field(default_factory=list[ExtractResult])

    def load(self, landing: Path) -> list[ExtractResult]:
        """Load what landed, of every source."""
        with connected(self.warehouse) as connection:
            new = [extract for source in SOURCES.values() for extract in load_source(connection, source, landing, run_id="run").extracts]
        self.loaded += new
        return new

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query gives; names of views without their schema."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("set schema = 'staging'")
            return connection.execute(query).fetchall()

    def unbalanced(self) -> list[str]:
        """Where rows are missing or come from nowhere, between the files and staging."""
        entities = read_accounting(manifest_in(self.manifest), {**project_variables(), "source_systems": list(SOURCES)})
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            staged = {entity.name: entity for entity in entities.values() if entity.staged}
            # After the feeds and the views comes what is not built here.
            first = sum(len(source.feeds) for source in SOURCES.values()) + sum(len(entity.staged) for entity in staged.values())
            counts = islice(counted_rows(connection, SOURCES, staged, as_of=datetime(2030, 1, 1), time_zone="Asia/Shanghai"), first)
            return [f"{count}" for count in counts if not count.is_balanced]


def switched_on(tmp_path_factory: pytest.TempPathFactory) -> SwitchedOn:
    """An empty warehouse with the views, of its own; dbt makes them once for all tests."""
    made = made_once(tmp_path_factory, "built_in_sources", _build)
    warehouse = tmp_path_factory.mktemp("switched_on") / "warehouse.duckdb"
    shutil.copyfile(made / "warehouse.duckdb", warehouse)
    return SwitchedOn(warehouse, made / "target" / "manifest.json")


def _build(folder: Path) -> None:
    with connected(folder / "warehouse.duckdb") as connection:
        prepare_raw(connection, SOURCES)
    selected = [*(f"path:models/staging/{name}" for name in SOURCES), "path:seeds/mapping", "survey_questions"]
    finished = subprocess.run(
        [
            *(warm_python().dbt, "--quiet", "--log-level-file", "none", "build"),
            *("--resource-type", "model", "--resource-type", "seed", "--select", *selected),
            *("--vars", json.dumps({"source_systems": list(SOURCES), **VARIABLES}), "--profiles-dir", "."),
        ],
        cwd=PROJECT_ROOT,
        env={**os.environ, "AFTERSALES_HOME": str(folder), "DBT_TARGET_PATH": str(folder / "target")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
