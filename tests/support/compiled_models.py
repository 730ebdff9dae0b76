"""Loads and builds in this process what ``aftersales refresh`` loads and has dbt build, for tests that build many times.

dbt compiles the models once; after that a build is their SQL, run in the order of their dependencies. Great Expectations and Dagster
stay out of it: a test that is about them needs a refresh.
"""

import json
import re
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.connections import connected
from orchestration.loading import SourceDeclaration, SourceLoad, load_source, prepare_raw, read_declarations
from orchestration.publishing.announcing import CHECK_STAGES
from orchestration.publishing.customer_key import customer_key
from orchestration.runs.check_records import record_check_results
from orchestration.settings import business_time_zone
from reading.check_results import CheckResult
from reading.connection import SETTINGS
from tests.support.publishing import publish_snapshot
from tests.support.warehouse import PROJECT_ROOT, dbt_of_a_copy, dbt_of_the_project, differing_rows, made_once

# Handing a few rows from thread to thread costs more than it saves.
ONE_THREAD = "set threads = 1"


@dataclass(frozen=True)
class CompiledModel:
    """A model as dbt would build it: ``materialized`` is table, view or by_period; ``columns`` are names and types, as far as declared."""

    schema: str
    name: str
    materialized: str
    sql: str
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CompiledProject:
    """A warehouse with the seeds and an empty table per feed, dbt's manifest, the models in the order of building, and by the name of a
    node those of what it reads."""

    warehouse: Path
    manifest: Path
    models: tuple[CompiledModel, ...]
    read_by: Mapping[str, list[str]]


def compiled_project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    """The project, compiled once for all test processes of this run."""
    return _compiled_in(made_once(tmp_path_factory, "compiled_project", _compile))


def compiled_copy(project: Path, folder: Path) -> CompiledProject:
    """A copy of the project that a test changed, compiled into ``folder``."""
    folder.mkdir()
    _compile(folder, project)
    return _compiled_in(folder)


@cache
def _compiled_in(folder: Path) -> CompiledProject:
    manifest = folder / "dbt" / "manifest.json"
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    read_by = {node["name"]: [unique_id.split(".")[-1] for unique_id in node["depends_on"].get("nodes", [])] for node in nodes.values()}
    return CompiledProject(folder / "warehouse.duckdb", manifest, _models_in_order(nodes), read_by)


def _compile(folder: Path, project: Path = PROJECT_ROOT) -> None:
    with connected(folder / "warehouse.duckdb") as connection:
        prepare_raw(connection, read_declarations(project / "models"))
    if project == PROJECT_ROOT:
        runs = [dbt_of_the_project(folder, "--quiet", "--log-level-file", "none", command) for command in ("seed", "compile")]
    else:
        # Of a copy nobody asks for the SQL of tests.
        runs = [dbt_of_a_copy(folder, "seed", "compile --select resource_type:model", project=project)]
    for finished in runs:
        assert finished.returncode == 0, finished.stdout + finished.stderr


def _models_in_order(nodes: Mapping[str, Any]) -> tuple[CompiledModel, ...]:
    ordered: dict[str, CompiledModel] = {}

    def add(unique_id: str) -> None:
        node = nodes.get(unique_id)
        if node is None or node["resource_type"] != "model" or unique_id in ordered:
            return
        for parent in node["depends_on"]["nodes"]:
            add(parent)
        materialized = node["config"]["materialized"]
        if materialized in ("by_key", "by_part", "fingerprinted"):
            # Its SQL is that of everything.
            materialized = "view" if node["config"].get("is_view") else "table"
        if materialized == "written_later":
            # Its SQL is that of no row.
            materialized = "table"
        assert materialized in ("table", "view", "by_period"), (
            f"{node['name']} is {materialized}: what dbt does with it cannot be done here"
        )
        columns = tuple((column["name"], column["data_type"]) for column in node["columns"].values())
        ordered[unique_id] = CompiledModel(node["schema"], node["name"], materialized, node["compiled_code"], columns)

    for unique_id in nodes:
        add(unique_id)
    return tuple(ordered.values())


def models_behind(project: CompiledProject, wanted: Iterable[str], *, given: Collection[str] = ()) -> list[CompiledModel]:
    """The models named ``wanted`` and all that they read, in the order of building, up to those that are ``given``."""
    needed = _names_behind(project, wanted, given)
    return [model for model in project.models if model.name in needed]


def _names_behind(project: CompiledProject, wanted: Iterable[str], given: Collection[str]) -> set[str]:
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in needed and name not in given:
            needed.add(name)
            # Of fingerprints no row is read: they say which keys a build makes anew, and here each makes all.
            waiting += [other for other in project.read_by.get(name, []) if not other.endswith("__fingerprinted")]
    return needed


def build_over(
    connection: duckdb.DuckDBPyConnection,
    project: CompiledProject,
    given: Mapping[str, str],
    wanted: Iterable[str],
    *,
    there: Collection[str] = (),
) -> duckdb.DuckDBPyConnection:
    """Build the models named ``wanted`` and all that they read over tables (schema.name to query) that stand in for what they are named
    after, and over what is ``there`` already. Other seeds are the project's own."""
    needed = _names_behind(project, wanted, [*there, *(table.split(".")[1] for table in given)])
    models = [model for model in project.models if model.name in needed]
    for schema in {"reference", *(model.schema for model in models), *(table.split(".")[0] for table in given)}:
        connection.execute(f"create schema if not exists {schema}")
    connection.execute(f"attach '{project.warehouse}' as seeds (read_only)")
    seeds = "select table_name from duckdb_tables() where database_name = 'seeds' and schema_name = 'reference'"
    for (seed,) in connection.execute(seeds).fetchall():
        if seed in needed:
            connection.execute(f"create table reference.{seed} as select * from seeds.reference.{seed}")
    connection.execute("detach seeds")
    for table, query in given.items():
        connection.execute(f"create table {table} as {query}")
    for model in models:
        create(connection, model)
    return connection


def create(connection: duckdb.DuckDBPyConnection, model: CompiledModel) -> None:
    """Make a model anew, whole: of a by_period one all periods that it says it is built from, as its materialization does."""
    table = f'"{model.schema}"."{model.name}"'
    if model.materialized != "by_period":
        connection.execute(f"create or replace {model.materialized} {table} as {model.sql}")
        return
    connection.execute(
        "create schema if not exists measures; create table if not exists measures.built_periods"
        " (model text, role text, input text, period_grain text, period_start date, fingerprint text)"
    )
    built_from = re.search(r"/[*] built from:(.*?)[*]/", model.sql, re.DOTALL)
    if built_from is not None:
        # Of a table that is made KPI by KPI every KPI.
        kpis = " cross join (select kpi_id from reference.kpi_definitions) as kpis" if "touched.kpi_id" in model.sql else ""
        connection.execute(
            f"create or replace temporary table touched_periods as select distinct inputs.period_grain, inputs.period_start"
            f"{', kpis.kpi_id' if kpis else ''} from ({built_from[1]}) as inputs{kpis} where inputs.period_grain <> 'all'"
        )
    names = ", ".join(name for name, _ in model.columns)
    connection.execute(f"create or replace table {table} ({', '.join(f'{name} {kind}' for name, kind in model.columns)})")
    connection.execute(f"insert into {table} ({names}) select {names} from ({model.sql}) as made_rows")
    connection.execute("delete from measures.built_periods where model = ?", [model.name])
    connection.execute(
        "insert into measures.built_periods"
        f" select '{model.name}', 'output', '', period_grain, period_start, {period_hash(model)} from {table} group by all"
    )


def period_hash(model: CompiledModel) -> str:
    """The fingerprint of some rows of a model, as an expression."""
    return f"count(*) || ':' || sum(cast(hash({', '.join(name for name, _ in model.columns)}) as decimal(38, 0)))"


def in_memory_warehouse() -> duckdb.DuckDBPyConnection:
    """An empty database in memory under the name that compiled SQL gives the warehouse."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as warehouse")
    connection.execute("use warehouse")
    for name, value in SETTINGS.items():
        connection.execute(f"set {name} = '{value}'")
    connection.execute(ONE_THREAD)
    return connection


def new_warehouse(project: CompiledProject, warehouse: Path) -> Path:
    """A warehouse at ``warehouse`` in which nothing was loaded or built yet."""
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(project.warehouse, warehouse)
    return warehouse


def load(warehouse: Path, landing: Path, *, source: str = "contract", run_id: str = "run") -> SourceLoad:
    """Load what is new in ``landing``."""
    with connected(warehouse) as connection:
        return load_source(connection, _declarations()[source], landing, run_id=run_id)


@cache
def _declarations() -> dict[str, SourceDeclaration]:
    return read_declarations(PROJECT_ROOT / "models")


def build(project: CompiledProject, warehouse: Path, models: Iterable[CompiledModel] | None = None) -> None:
    """Build every model anew, as dbt does, or only ``models``."""
    with connected(warehouse) as connection:
        connection.execute(ONE_THREAD)
        for model in project.models if models is None else models:
            connection.execute(f'create schema if not exists "{model.schema}"')
            create(connection, model)


def publish(project: CompiledProject, warehouse: Path, published: Path, *, run_id: str = "run") -> Path:
    """Publish the marts into ``published`` as those of a run all of whose checks passed; the snapshot's folder."""
    for stage in CHECK_STAGES:
        passed = CheckResult(stage, "core.fct_orders", "stands_in_for_the_gate", "critical", "passed", None, 0, "")
        record_check_results(warehouse, run_id=run_id, stage=stage, as_of=None, records=[passed])
    return publish_snapshot(
        warehouse=warehouse,
        dbt_manifest=project.manifest,
        published=published,
        key=customer_key(warehouse.parent / "customer_key"),
        run_id=run_id,
        created_at=datetime.now(UTC),
        time_zone=business_time_zone(),
    ).path


def differing_tables(
    project: CompiledProject, one: Path, other: Path, schemas: tuple[str, ...], only: Collection[str] | None = None
) -> dict[str, int]:
    """The models in ``schemas``, or of these those named ``only``, whose rows differ between two warehouses, with the number of rows that
    only one has."""
    differing: dict[str, int] = {}
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        for model in project.models:
            if model.schema in schemas and (only is None or model.name in only):
                rows = differing_rows(connection, f'one."{model.schema}"."{model.name}"', f'other."{model.schema}"."{model.name}"')
                if rows:
                    differing[f"{model.schema}.{model.name}"] = rows
    return differing
