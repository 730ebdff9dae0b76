"""Small dbt projects that run the project's own macros and models on tables a test wrote by hand."""

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import yaml

from tests.support.described_models import columns_of
from tests.support.warm import warm_python

PROJECT_ROOT = Path(__file__).resolve().parents[3]

Row = dict[str, Any]
BuiltProject = Callable[[Mapping[str, str], Mapping[str, str], Iterable[str]], duckdb.DuckDBPyConnection]

PROJECT_FILE = """
name: aftersales
version: "1.0.0"
profile: cases
model-paths: ["models"]
macro-paths: ["macros"]
seed-paths: ["seeds"]
test-paths: ["tests"]
vars: {business_time_zone: Asia/Shanghai, minimum_sample: 1, survey_valid_days: 30}
models: {+materialized: table}
flags: {send_anonymous_usage_stats: false}
"""
PROFILES_FILE = """
cases:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: cases.duckdb, threads: 1, settings: {TimeZone: UTC, disabled_optimizers: common_subexpressions}}
"""


def values(rows: Iterable[Row], types: Mapping[str, str]) -> str:
    """A query whose rows are ``rows``."""

    def literal(value: object, sql_type: str) -> str:
        return f"cast({'null' if value is None else repr(str(value))} as {sql_type})"

    lines = ", ".join("(" + ", ".join(literal(row[name], sql_type) for name, sql_type in types.items()) + ")" for row in rows)
    return f"select * from (values {lines}) as rows ({', '.join(types)})"


def family_marts() -> dict[str, dict[str, str]]:
    """The marts that the scoreboard lists, each with the names and types of its columns."""
    listed = re.findall(r"ref\('(kpi_\w+)'\),", (PROJECT_ROOT / "models/marts/scoreboard/kpi_scoreboard.sql").read_text(encoding="utf-8"))
    return {name: columns_of(name) for name in listed}


def other_families(own: str) -> dict[str, str]:
    """Models of a small project that stand in for the families' marts but ``own``, made by period as they are, over tables given_<name>."""
    others = {name: columns for name, columns in family_marts().items() if name != own}
    described = [
        {"name": name, "columns": [{"name": column, "data_type": kind} for column, kind in columns.items()]}
        for name, columns in others.items()
    ]
    models = {
        name: f"{{{{ config(materialized='by_period', is_whole=true, noted_by='kpi_id') }}}} select * from main.given_{name}"
        for name in others
    }
    return {**models, "other_families.yml": yaml.safe_dump({"version": 2, "models": described})}


def mart_of(columns: Mapping[str, str], rows: Iterable[Row]) -> str:
    """A query that stands in for a mart: what a row does not say is null."""
    filled = [{**dict.fromkeys(columns), **row} for row in rows]
    if filled:
        return values(filled, columns)
    return "select " + ", ".join(f"cast(null as {sql_type}) as {name}" for name, sql_type in columns.items()) + " where 1 = 0"


def measure_members(subjects: Iterable[str]) -> str:
    """The project's own measure_members over the measure tables of a small project."""
    sql = (PROJECT_ROOT / "models/marts/measures/measure_members.sql").read_text(encoding="utf-8")
    listed = ", ".join(f"ref('{subject}')" for subject in subjects)
    return re.sub(r"set subjects = \[.*?\] -%", f"set subjects = [{listed}] -%", sql, flags=re.DOTALL)


def other_subjects(own: Iterable[str]) -> dict[str, str]:
    """Empty measures of all subjects but a shop's own, as tables to be given."""
    nothing = mart_of(columns_of("measure_tickets"), [])
    there = {path.stem for path in (PROJECT_ROOT / "models" / "marts" / "measures").glob("measure_*.sql")}
    return {f"measures.{name}": nothing for name in there - {"measure_members", *(f"measure_{subject}" for subject in own)}}


def tell_orders_whole(connection: duckdb.DuckDBPyConnection, orders: Iterable[Row]) -> None:
    """Make fct_orders anew with all of its columns: for the clock a few are enough, to be counted an order has all."""
    connection.execute(f"create or replace table core.fct_orders as {mart_of(columns_of('fct_orders'), orders)}")


def described_like(models: Mapping[str, str]) -> str:
    """Properties of models (name to the project's model that they share their columns with), with its contract."""
    described = [
        {"name": name, "columns": [{"name": column, "data_type": kind} for column, kind in columns_of(model).items()]}
        for name, model in models.items()
    ]
    return yaml.safe_dump({"version": 2, "models": described})


def build(folder: Path, tables: Mapping[str, str], models: Mapping[str, str], own_files: Iterable[str]) -> duckdb.DuckDBPyConnection:
    """Build a project from tables (name to the query that makes them), models (name to SQL, file name to YAML) and own files' paths."""
    for name in ("models", "seeds", "tests"):
        (folder / name).mkdir()
    (folder / "macros").symlink_to(PROJECT_ROOT / "macros")
    (folder / "tests" / "generic").symlink_to(PROJECT_ROOT / "tests" / "data" / "generic")
    for name in own_files:
        (folder / Path(name).parts[0] / Path(name).name).symlink_to(PROJECT_ROOT / name)
    (folder / "dbt_project.yml").write_text(PROJECT_FILE, encoding="utf-8")
    (folder / "profiles.yml").write_text(PROFILES_FILE, encoding="utf-8")
    for name, sql in models.items():
        (folder / "models" / (name if name.endswith(".yml") else f"{name}.sql")).write_text(sql, encoding="utf-8")
    with duckdb.connect(str(folder / "cases.duckdb")) as connection:
        for name, query in tables.items():
            connection.execute(f"create table {name} as {query}")
    finished = subprocess.run(
        [warm_python().dbt, "build", "--quiet", "--exclude-resource-type", "unit_test", "test"],
        cwd=folder,
        # Nobody knows which project it is: another test of this process may have said one.
        env={**os.environ, "AFTERSALES_PROJECT_FINGERPRINT": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return duckdb.connect(str(folder / "cases.duckdb"), read_only=True)
