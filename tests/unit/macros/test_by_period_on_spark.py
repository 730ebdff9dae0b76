"""A table by period, and one that follows it value by value, in several builds on Spark: what is made anew, which files are taken over."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.support.dbt_project import PROJECT_FILE
from tests.support.warehouse import PROJECT_ROOT

pytest.importorskip("pyspark", reason="pyspark is not installed; Spark is the optional engine")
pytest.importorskip("dbt.adapters.spark", reason="dbt-spark is not installed; Spark is the optional engine")
if shutil.which("java") is None:
    pytest.skip("there is no Java on the PATH; Spark needs one", allow_module_level=True)

# What a figure is built from: its facts, and a rate that speaks of all of them. It looks at what is left of itself, as measures do.
FIGURES = """{{ config(materialized='by_period', noted_by='kind') }}
with days as (
    {%- call calculated_once('days') %}
    select facts.kind, facts.day_on, facts.amount
    from {{ ref('facts') }} as facts
    where {{ touched_condition(true, 'day', 'facts.day_on') }}
    {%- if leaves_periods() %}
    union all
    select kept_rows.kind, kept_rows.period_start as day_on, kept_rows.amount
    from {{ this }} as kept_rows
    {%- endif %}
    {%- endcall %}
)
select days.kind, 'day' as period_grain, days.day_on as period_start, days.amount
from days
where {{ touched_condition(true, 'day', 'days.day_on') }}
{{ built_from([
    period_fingerprints('facts', ref('facts') ~ ' as facts', 'facts.day_on', row_hash(['facts.kind', 'facts.amount']), ['day']),
    "select 'rate' as input, 'all' as period_grain, cast('1970-01-01' as date) as period_start, '" ~ var('rate') ~ "' as fingerprint"
]) }}"""
DOUBLED = """{{ config(materialized='by_period', made_by='kind') }}
select figures.kind, figures.period_grain, figures.period_start, 2 * figures.amount as amount
from {{ in_touched_periods(ref('figures'), 'figures', made_by='kind') }}
{{ built_from([
    "select 'figures.period_start.' || built.input as input, built.period_grain, built.period_start, built.fingerprint from "
    ~ built_periods('figures') ~ " as built where built.role = 'output'"
]) }}"""
COLUMNS = "[{name: kind, data_type: string}, {name: period_grain, data_type: string}, {name: period_start, data_type: date}, {name: amount, data_type: int}]"  # noqa: E501
CONTRACTS = "{version: 2, models: [" + ", ".join(
    f"{{name: {name}, config: {{contract: {{enforced: true}}}}, columns: {COLUMNS}}}" for name in ("figures", "doubled")
) + "]}"  # fmt: skip
TABLES = ("figures", "doubled")

OCTOBER = ("a 2025-10-01 1", "b 2025-10-02 2")
FIRST = (*OCTOBER, "a 2025-11-01 3", "b 2025-11-01 3", "b 2025-11-02 4", "a 2025-12-01 5")
# Of one day only one kind, and a month is gone.
CHANGED = (*OCTOBER, "a 2025-11-01 3", "b 2025-11-01 30", "b 2025-11-02 4")
# Facts, rate, and how dbt is called.
BUILDS: dict[str, tuple[tuple[str, ...], int, *tuple[str, ...]]] = {
    "first": (FIRST, 1),
    "the same": (FIRST, 1),
    "changed": (CHANGED, 1),
    "another rate": (CHANGED, 2),
    "nothing": ((), 2),
    "from nothing": (OCTOBER, 2),
    "full": (OCTOBER, 2, "--full-refresh"),
}


@dataclass(frozen=True)
class Built:
    """Of each table how many periods were made anew, the files of its parts, and its rows."""

    made: dict[str, str]
    files: dict[str, dict[str, int]]
    rows: dict[str, list[str]]


SCHEMAS = (
    "\non-run-start: ["
    + ", ".join(f"create schema if not exists {name}" for name in ("steps", "notes", "last_build", "last_notes"))
    + "]\n"
)
# One process for all, since Java takes longer to begin than to build; a session for each, with a catalogue of its own.
PROGRAM = """
import json, os, pathlib, sys
from dbt.cli.main import dbtRunner
from orchestration.home import Home
from orchestration.spark.session import have_dbt_use, open_session, tables_folder

home, last = Home(pathlib.Path.cwd()), ""
for name, facts, *arguments in json.load(sys.stdin):
    pathlib.Path("models/marts/measures/facts.sql").write_text(facts)
    os.environ |= {"AFTERSALES_SPARK_TABLES": f"{home.spark}/tables/{name}", "AFTERSALES_SPARK_LAST_TABLES": last}
    last = os.environ["AFTERSALES_SPARK_TABLES"]
    session = open_session(home)
    have_dbt_use(session, tables_folder(home))
    print(f"build: {name}", flush=True)
    done = dbtRunner().invoke(["build", "--target", "spark", "--profiles-dir", ".", *arguments])
    session.stop()
    if not done.success:
        sys.exit(f"{name}: {done.exception or done.result}")
"""


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    folder = tmp_path_factory.mktemp("by_period_on_spark")
    (folder / "macros").symlink_to(PROJECT_ROOT / "macros")
    (folder / "profiles.yml").write_text((PROJECT_ROOT / "profiles.yml").read_text(encoding="utf-8").replace("aftersales:", "cases:", 1))
    (folder / "dbt_project.yml").write_text(PROJECT_FILE + SCHEMAS, encoding="utf-8")
    models = folder / "models" / "marts" / "measures"
    models.mkdir(parents=True)
    for name, text in {"figures.sql": FIGURES, "doubled.sql": DOUBLED, "contracts.yml": CONTRACTS}.items():
        (models / name).write_text(text, encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env={**os.environ, "AFTERSALES_HOME": str(folder), "PYTHONPATH": str(PROJECT_ROOT), "AFTERSALES_PROJECT_FINGERPRINT": "one"},
        input=json.dumps([(name, select_of(facts), "--vars", f"rate: {rate}", *more) for name, (facts, rate, *more) in BUILDS.items()]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    said = dict(zip(BUILDS, finished.stdout.split("build: ")[1:], strict=True))
    return {name: built(folder / "spark" / "tables" / name, said[name]) for name in BUILDS}


def select_of(facts: tuple[str, ...]) -> str:
    rows = [f"select '{kind}' as kind, date '{day}' as day_on, {amount} as amount" for kind, day, amount in map(str.split, facts)]
    nothing = "select '' as kind, date '2025-01-01' as day_on, 1 as amount where false"
    return "{{ config(materialized='table') }} " + (" union all ".join(rows) or nothing)


def built(tables: Path, said: str) -> Built:
    files = {
        table: {str(file.relative_to(tables)): file.stat().st_ino for file in tables.glob(f"measures.db/{table}/*/*.parquet")}
        for table in TABLES
    }
    made = dict(re.findall(r"(\w+): (\d+|every) periods? made anew", said))
    return Built(made, files, {table: rows_of(tables / "measures.db" / table) for table in TABLES})


def rows_of(folder: Path) -> list[str]:
    if not any(folder.glob("*/*.parquet")):
        return []
    told = f"select kind || ' ' || period_start || ' ' || amount from read_parquet('{folder}/*/*.parquet', hive_partitioning = false)"
    with duckdb.connect() as connection:
        return sorted(row for (row,) in connection.execute(told).fetchall())


@pytest.mark.parametrize("name", BUILDS)
def test_every_build_has_the_rows_of_a_build_of_everything(builds: dict[str, Built], name: str) -> None:
    facts = [fact.split() for fact in BUILDS[name][0]]
    assert builds[name].rows == {
        "figures": sorted(f"{kind} {day} {amount}" for kind, day, amount in facts),
        "doubled": sorted(f"{kind} {day} {2 * int(amount)}" for kind, day, amount in facts),
    }


@pytest.mark.parametrize(
    ("name", "figures", "doubled"),
    [
        ("first", "every", "every"),
        ("the same", "0", "0"),
        # 1 November, and 1 December, which is gone.
        ("changed", "2", "2"),
        # What speaks of all periods changed, and none of the rows that it made anew did.
        ("another rate", "every", "0"),
        ("nothing", "4", "4"),
        ("from nothing", "2", "2"),
        ("full", "every", "every"),
    ],
)
def test_only_periods_whose_inputs_changed_are_made_anew(builds: dict[str, Built], name: str, figures: str, doubled: str) -> None:
    assert builds[name].made == {"figures": figures, "doubled": doubled}


def test_parts_in_which_no_period_is_touched_are_the_very_files_of_the_last_build(builds: dict[str, Built]) -> None:
    first, same, changed = (builds[name].files for name in ("first", "the same", "changed"))
    for table in TABLES:
        assert len(first[table]) == 3
        assert same[table] == first[table]
        assert {Path(file).parent.name for file in changed[table]} == {"period_part=days-2025-10", "period_part=days-2025-11"}
        kept = dict(changed[table].items() & first[table].items())
        assert {Path(file).parent.name for file in kept} == {"period_part=days-2025-10"}
