"""A project whose contract feeds are dealt out to several systems, and warehouses built from their files."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.connections import connected
from orchestration.loading import identify_customers, load_source, read_declarations
from orchestration.publishing.customer_key import CustomerKey
from tests.support.compiled_models import CompiledProject, build, compiled_copy, models_behind, new_warehouse
from tests.support.warehouse import copied_project

# What a run delivers: the lines of a file by source/feed.
Files = Mapping[str, list[str]]


@dataclass(frozen=True)
class Systems:
    """The feeds of each system, and by feed and column what the declarations say beside the contract's."""

    feeds: Mapping[str, list[str]]
    meta: Mapping[str, Mapping[str, Mapping[str, Any]]]
    shops: Mapping[str, list[str]]
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class DealtOut:
    """The project of some systems, compiled."""

    folder: Path
    compiled: CompiledProject

    def built(
        self, home: Path, *runs: Files, key: CustomerKey | None = None, schemas: Collection[str] | None = None
    ) -> duckdb.DuckDBPyConnection:
        """The warehouse of a home after ``runs``, opened for reading; with all models, or those in ``schemas`` and what they read."""
        warehouse = home / "warehouse.duckdb"
        if not warehouse.exists():
            new_warehouse(self.compiled, warehouse)
        for files in runs:
            self.load(home, files, key=key)
        wanted = [model.name for model in self.compiled.models if schemas is None or model.schema in schemas]
        build(self.compiled, warehouse, models_behind(self.compiled, wanted))
        return duckdb.connect(str(warehouse), read_only=True)

    def load(self, home: Path, files: Files, *, key: CustomerKey | None = None) -> None:
        """One run: deliver ``files`` and load them; nothing may be rejected."""
        run = len(list(home.glob("run-*")))
        landing = home / f"run-{run}"
        for feed, lines in files.items():
            path = landing / feed / f"run-{run}.csv"
            path.parent.mkdir(parents=True)
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        landing.mkdir(exist_ok=True)
        with connected(home / "warehouse.duckdb") as connection:
            for name, source in read_declarations(self.folder / "models").items():
                load = load_source(connection, source, landing, run_id=landing.name)
                assert [extract for extract in load.extracts if extract.rows_rejected] == [], name
                identify_customers(connection, source, key if source.customer_feeds else None)


def dealt_out(folder: Path, systems: Systems) -> DealtOut:
    """A copy of the project in which each system has a staging folder: the contract's views and declarations, under the system's name."""
    project = folder / "project"
    project.mkdir()
    copied_project(project)
    contract = project / "models" / "staging" / "contract"
    declared = yaml.safe_load((contract / "_contract__sources.yml").read_text(encoding="utf-8"))
    tables = {table["name"]: table for table in declared["sources"][0]["tables"]}
    for system, feeds in systems.feeds.items():
        own = project / "models" / "staging" / system
        own.mkdir()
        for feed in feeds:
            view = (contract / f"stg_contract__{feed}.sql").read_text(encoding="utf-8")
            (own / f"stg_{system}__{feed}.sql").write_text(view.replace("'contract'", f"'{system}'"), encoding="utf-8")
            (model,) = yaml.safe_load((contract / f"stg_contract__{feed}.yml").read_text(encoding="utf-8"))["models"]
            described = {"name": f"stg_{system}__{feed}", "config": model.get("config", {})}
            (own / f"stg_{system}__{feed}.yml").write_text(yaml.safe_dump({"version": 2, "models": [described]}), encoding="utf-8")
        of_system = [_of_system(system, tables[feed], systems) for feed in feeds if feed in tables]
        source = {**declared["sources"][0], "name": system, "tables": of_system}
        (own / f"_{system}__sources.yml").write_text(yaml.safe_dump({**declared, "sources": [source]}), encoding="utf-8")
    variables = yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8"))
    variables["vars"] |= {
        "source_systems": ["contract", *systems.feeds],
        "staged_entities": {**variables["vars"]["staged_entities"], **systems.feeds},
        "shops": dict(systems.shops),
        **systems.variables,
    }
    (project / "dbt_project.yml").write_text(yaml.safe_dump(variables, sort_keys=False), encoding="utf-8")
    return DealtOut(project, compiled_copy(project, folder / "compiled"))


def _of_system(system: str, table: Mapping[str, Any], systems: Systems) -> dict[str, Any]:
    meta = systems.meta.get(f"{system}.{table['name']}", {})
    columns: Iterable[Mapping[str, Any]] = table["columns"]
    return {
        **table,
        "identifier": f"{system}__{table['name']}",
        "columns": [
            {**column, "config": {"meta": {**(column.get("config") or {}).get("meta", {}), **meta.get(column["name"], {})}}}
            for column in columns
        ],
    }
