"""The books are broken on purpose at each stage of a row's way: the rule of that stage fails, says where, and no other rule does."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from expectations.inbound.feed import feeds_of
from expectations.inbound.suites import inbound_suites
from expectations.outbound.accounting import accounting_rules
from expectations.suites import Rule
from orchestration.accounting import RowCount, Stage, counted_rows, read_accounting
from orchestration.accounting.recording import write_row_accounting
from orchestration.connections import connected
from orchestration.loading import merge_new_extracts, read_declarations
from orchestration.loading.current_rows import start_anew
from orchestration.project import MODELS_FOLDER, manifest_in
from orchestration.settings import business_time_zone
from tests.support.compiled_models import CompiledProject, build, compiled_project, load, models_behind, new_warehouse
from tests.support.warehouse import aftersales, made_once

RULES = {
    Stage.LOAD: "ledger_adds_up",
    Stage.STAGING: "accepted_rows_are_current_superseded_or_withdrawn",
    Stage.INTERMEDIATE: "staged_rows_are_united_or_named",
    Stage.CORE: "united_rows_are_in_their_mart_or_named",
}
# What each stage holds of orders, and what names a row there.
TABLES = {
    Stage.LOAD: ("raw.contract__orders", "_extract_id * 1000000 + _line"),
    Stage.STAGING: ("staging.stg_contract__orders", "order_key"),
    Stage.INTERMEDIATE: ("intermediate.int_orders__unioned", "order_key"),
    Stage.CORE: ("core.fct_orders", "order_key"),
}
FAULTS = {
    "a dropped row": ("select * from {table} where {key} <> (select min({key}) from {table})", "1 lost"),
    "a doubled row": ("select * from {table} union all (select * from {table} order by {key} limit 1)", "1 too many"),
    "a filter too many": ("select * from {table} where ordered_at >= timestamp '2025-11-26'", "lost"),
}

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return compiled_project(tmp_path_factory)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, project: CompiledProject) -> Path:
    """A warehouse with rows of every kind (bad, corrected, withdrawn, repeated) and the models that are accounted for."""

    def make(folder: Path) -> None:
        arguments = ("--orders", 300, "--days", 10, "--until", "2025-11-30", "--seed", 4, "--bad-rows", 0.02)
        simulated = aftersales("simulate", "--out", folder / "landing", *arguments)
        assert simulated.returncode == 0, simulated.stdout + simulated.stderr
        warehouse = new_warehouse(project, folder / "warehouse.duckdb")
        load(warehouse, folder / "landing")
        build(project, warehouse, models_behind(project, accounted_models(project)))

    return made_once(tmp_path_factory, "accounted_warehouse", make) / "warehouse.duckdb"


def accounted_models(project: CompiledProject) -> list[str]:
    entities = read_accounting(manifest_in(project.manifest)).values()
    tables = [table for entity in entities for table in (entity.unioned, entity.mart) if table is not None]
    return [table.split(".")[1] for table in tables]


def counted(connection: duckdb.DuckDBPyConnection, project: CompiledProject) -> list[RowCount]:
    (as_of,) = connection.execute("select as_of_at from intermediate.int_as_of__resolved").fetchall()[0]
    sources, entities = read_declarations(MODELS_FOLDER), read_accounting(manifest_in(project.manifest))
    return list(counted_rows(connection, sources, entities, as_of=as_of, time_zone=business_time_zone()))


def broken_rules(connection: duckdb.DuckDBPyConnection, project: CompiledProject) -> dict[str, list[str]]:
    """The rules of the gate that do not hold of the warehouse as it is now, each with its examples."""
    write_row_accounting(connection, counted(connection, project), run_id="run")
    broken: dict[str, list[str]] = {}
    for rule in (*accounting_rules(), orders_ledger_rule()):
        checked, failed, examples = connection.execute(rule.query).fetchall()[0]
        assert checked > 0
        if failed:
            broken[rule.name] = examples
    return broken


def orders_ledger_rule() -> Rule:
    """What is asked of the way from the files of orders to their raw table, before anything is built."""
    suites = inbound_suites(feeds_of(read_declarations(MODELS_FOLDER).values()))
    (rule,) = [rule for suite in suites for rule in suite.rules if (suite.subject, rule.name) == (TABLES[Stage.LOAD][0], "ledger_adds_up")]
    return rule


def tamper(connection: duckdb.DuckDBPyConnection, stage: Stage, query: str) -> None:
    """Let the table or view that ``stage`` holds orders in be made by ``query`` over what it was."""
    table, key = TABLES[stage]
    schema, name = table.split(".")
    kind = "view" if stage is Stage.STAGING else "table"
    connection.execute(f"alter {kind} {table} rename to before_{name}")
    connection.execute(f"create {kind} {table} as {query.format(table=f'{schema}.before_{name}', key=key)}")


def build_what_follows(connection: duckdb.DuckDBPyConnection, project: CompiledProject, stage: Stage) -> None:
    """Make the orders of all later stages anew, as a refresh would."""
    if stage is Stage.LOAD:
        contract = read_declarations(MODELS_FOLDER)["contract"]
        start_anew(connection, contract.feeds["orders"])
        merge_new_extracts(connection, contract)
    later = [TABLES[other][0] for other in list(Stage)[list(Stage).index(stage) + 1 :]]
    for model in project.models:
        if f"{model.schema}.{model.name}" in later:
            connection.execute(f"create or replace {model.materialized} {model.schema}.{model.name} as {model.sql}")


def test_the_books_of_an_untouched_warehouse_balance(project: CompiledProject, built: Path, tmp_path: Path) -> None:
    with connected(shutil.copyfile(built, tmp_path / "warehouse.duckdb")) as connection:
        assert broken_rules(connection, project) == {}
        left_out = {
            fate
            for (named,) in connection.execute("select left_out from quality.row_accounting where left_out is not null").fetchall()
            for fate in re.findall(r"[a-z_]+", named)
        }
        assert left_out >= {"rejected_open", "superseded", "withdrawn"}
        stages = connection.execute("select stage, count(*) from quality.row_accounting group by stage").fetchall()
        assert {stage for stage, _ in stages} == set(Stage)


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_breaks_the_rule_of_its_stage_and_no_other(
    project: CompiledProject, built: Path, tmp_path: Path, stage: Stage, fault: str
) -> None:
    query, named = FAULTS[fault]
    with connected(shutil.copyfile(built, tmp_path / "warehouse.duckdb")) as connection:
        tamper(connection, stage, query)
        build_what_follows(connection, project, stage)
        broken = broken_rules(connection, project)
    assert list(broken) == [RULES[stage]]
    if stage is Stage.LOAD:
        assert any(example.startswith("contract/orders/") for example in broken[RULES[stage]])
        return
    (example,) = broken[RULES[stage]]
    assert example.startswith("contract.orders: ")
    assert named in example
    assert TABLES[stage][0] in example


def test_at_an_earlier_moment_what_is_not_yet_known_is_named(project: CompiledProject, built: Path, tmp_path: Path) -> None:
    with connected(shutil.copyfile(built, tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("update intermediate.int_as_of__resolved set as_of_at = as_of_at - interval 4 day")
        for model in models_behind(project, accounted_models(project), given=["int_as_of__resolved"]):
            if model.materialized == "table":
                connection.execute(f"create or replace table {model.schema}.{model.name} as {model.sql}")
        assert broken_rules(connection, project) == {}
        later = connection.execute(
            "select entity from quality.row_accounting where stage = 'intermediate' and left_out like '%not_yet_known%' order by entity"
        ).fetchall()
        assert {("orders",), ("order_items",), ("ticket_events",), ("survey_answers",), ("service_costs",)} <= set(later)


def test_a_run_that_counted_nothing_is_red_at_every_stage_of_its_models(built: Path, tmp_path: Path) -> None:
    with connected(shutil.copyfile(built, tmp_path / "warehouse.duckdb")) as connection:
        write_row_accounting(connection, [], run_id="run")
        failed = [connection.execute(rule.query).fetchall()[0][1:] for rule in accounting_rules()]
    assert failed == [(1, ["nothing was counted at this stage"])] * 3
