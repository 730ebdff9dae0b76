"""Family 5 on the shop of family 4: costs, savings and initiatives; the figures stand in the family's docs."""

import io
import re
import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from jinja2 import Environment
from rich.console import Console

from command_line.explained_costs import rendered_costs
from reading.ticket_costs import read_costs
from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.dbt_project import data_test_results, prepared_project
from tests.support.described_models import columns_of
from tests.support.ticket_clock import rows_of
from tests.support.warehouse import PROJECT_ROOT
from tests.unit.kpi.small_project import mart_of
from tests.unit.kpi.worked_examples import KpiExample, MartExample, assert_mart_says, computed_kpis, kpi_examples, mart_examples, row_of

DOCUMENTED = kpi_examples("cost")


@pytest.mark.parametrize("example", DOCUMENTED, ids=lambda example: f"{example.kpi_id}-{example.month}")
def test_a_kpi_of_a_month_is_what_its_worked_example_says(store: duckdb.DuckDBPyConnection, example: KpiExample) -> None:
    assert_mart_says(store, "cost.kpi_cost", example)


def test_every_kpi_that_is_defined_is_computed_and_has_a_worked_example(store: duckdb.DuckDBPyConnection) -> None:
    defined = {kpi_id for (kpi_id,) in store.execute("select kpi_id from reference.kpi_definitions where family = 'cost'").fetchall()}
    assert computed_kpis(store, "cost.kpi_cost") == {example.kpi_id for example in DOCUMENTED} == defined


@pytest.mark.parametrize("example", mart_examples("cost"), ids=lambda example: f"{example.mart}-{'-'.join(example.row.values())}")
def test_a_mart_beside_the_family_is_what_its_worked_example_says(store: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert row_of(store, f"cost.{example.mart}", example) == pytest.approx(dict(example.figures), nan_ok=True)


@pytest.mark.parametrize(
    ("dimension", "figures"),
    [
        # k1 and k7 say chat themselves, k2 is of t2 on the phone, k4 of r2, which was raised in t1.
        ("channel", {"chat": 270, "phone": 200, "unknown": 420}),
        ("issue_type", {"return_exchange": 20, "logistics": 200, "unknown": 670}),
        ("agent_team", {"returns": 20, "repairs": 200, "unknown": 670}),
        # r2's laces; t2 is of o3, boots; r8, r10 and r12 of phones.
        ("product_category", {"shoes": 220, "phones": 288.1, "unknown": 381.9}),
        ("merchant", {"contract:m1": 220, "contract:m2": 348.1, "unknown": 321.9}),
        # c1 has r2, r8 and r10, c2 has t2 and r12.
        ("region", {"north": 168.1, "south": 340, "unknown": 381.9}),
    ],
)
def test_a_cost_is_told_under_what_it_was_for_and_the_members_add_up(
    store: duckdb.DuckDBPyConnection, dimension: str, figures: dict[str, float]
) -> None:
    found = rows_of(
        store,
        "select member, value from cost.kpi_cost where kpi_id = 'after_sales_cost' and dimension = ?"
        " and period_grain = 'month' and period_start = '2025-03-01' and value <> 0",
        dimension,
    )
    assert {row["member"]: row["value"] for row in found} == pytest.approx(figures)
    assert sum(figures.values()) == pytest.approx(890)


def test_categories_add_up_to_all_costs_and_all_years_to_core(store: duckdb.DuckDBPyConnection) -> None:
    apart = store.execute(
        "select * from (select period_grain, period_start, dimension, member,"
        " sum(case when cost_category = 'all' then -cost_amount else cost_amount end) as difference"
        " from cost.kpi_cost_categories group by all) where difference <> 0"
    ).fetchall()
    assert apart == []
    ((told, booked),) = store.execute(
        "select (select sum(value) from cost.kpi_cost"
        " where kpi_id = 'after_sales_cost' and period_grain = 'year' and dimension = 'overall'),"
        " (select sum(reporting_cost_amount) from core.fct_service_costs)"
    ).fetchall()
    assert told == float(booked) == 170 + 890 + 30 + 20


def test_a_category_per_order_is_told_only_where_every_shop_with_costs_tells_orders(project: CompiledProject) -> None:
    # The own shop booked labour of 30 and tells two orders; under `both` a desk beside it booked 70 and never told an order.
    told = {
        "own": [
            ("service_costs", "service_costs_incurred", 30, 1),
            ("service_costs", "labour_cost", 30, 1),
            ("service_costs", "costs_with_known_orders", 30, 1),
        ],
        "both": [
            ("service_costs", "service_costs_incurred", 100, 2),
            ("service_costs", "labour_cost", 100, 2),
            ("service_costs", "costs_with_known_orders", 30, 1),
        ],
    }
    subjects = ("service_costs", "orders", "tickets", "requests", "agent_days")
    rows: dict[str, list[dict[str, object]]] = {subject: [] for subject in subjects}
    for member, measures in told.items():
        cell = {"period_grain": "month", "period_start": "2025-03-01", "dimension": "region", "member": member}
        for subject, measure, total, n in [*measures, ("orders", "orders_with_known_costs", 2, 2)]:
            rows[subject].append({**cell, "measure": measure, "total": total, "n": n})
    connection = in_memory_warehouse()
    connection.execute(
        "create schema measures; create table measures.built_periods as"
        " select 'measure_orders' as model, 'output' as role, '' as input, 'month' as period_grain, date '2025-03-01' as period_start,"
        " '' as fingerprint"
    )
    columns = columns_of("measure_orders")
    given = {f"measures.measure_{subject}": mart_of(columns, rows[subject]) for subject in subjects}
    with build_over(connection, project, given, ["kpi_cost_categories"]):
        found = connection.execute(
            "select member, cost_category, cost_amount, cost_per_order, cost_per_ticket from cost.kpi_cost_categories"
            " where cost_category in ('all', 'labour') order by all"
        ).fetchall()
    assert found == [
        ("both", "all", 100, None, None), ("both", "labour", 100, None, None),
        ("own", "all", 30, 15, None), ("own", "labour", 30, 15, None),
    ]  # fmt: skip


def test_a_ticket_is_told_its_costs_and_those_of_its_requests(store: duckdb.DuckDBPyConnection) -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    for key in ("contract:t1", "contract:t2", "contract:t3"):
        for table in rendered_costs(read_costs(store, key)):
            console.print(table)
    text = console.export_text()
    assert [[cell.strip() for cell in line.strip("│ ").split("│")] for line in text.splitlines() if line.startswith("│")] == [
        ["2025-03-12", "logistics", "contract:r2", "20.00 CNY", "20.00"],
        ["2025-03-31", "customer_service", "–", "200.00 CNY", "200.00"],
    ]
    assert [line.strip() for line in text.splitlines() if "reporting currency" in line] == [
        "20.00 in the reporting currency",
        "200.00 in the reporting currency",
    ]


def test_a_driver_is_named_once_for_a_known_category_and_measure(tmp_path: Path) -> None:
    def results(name: str, added: str) -> dict[str, tuple[str, int]]:
        project = prepared_project(tmp_path / name, {"nothing.sql": "select 1 as one"})
        (project / "seeds").mkdir()
        seeds = PROJECT_ROOT / "seeds" / "reference"
        shutil.copy(seeds / "cost_drivers.yml", project / "seeds")
        (project / "seeds" / "cost_drivers.csv").write_text(
            (seeds / "cost_drivers.csv").read_text(encoding="utf-8") + added, encoding="utf-8"
        )
        return data_test_results(project)

    assert set(results("as_it_is", "").values()) == {("pass", 0)}
    broken = results("broken", "labour,tickets_created\nlaughter,orders_placed\nrent,cups_of_tea\n,requests_made\n")
    assert {name: outcome for name, outcome in broken.items() if outcome != ("pass", 0)} == {
        "a_cost_category_has_one_driver": ("fail", 1),
        "a_driver_is_of_a_category_of_the_contract": ("fail", 2),
        "a_driver_names_a_measure_of_a_volume": ("fail", 1),
        "cost_drivers_lacks_no_value": ("fail", 1),
    }


@pytest.mark.parametrize(
    ("first_day", "end_day", "edges"),
    [
        (None, None, ("first", "later")),
        ("2026-01-01", "2026-02-01", ("cast('2026-01-01' as date)", "cast('2026-02-01' as date)")),
        (date(2026, 1, 1), date(2026, 4, 1), ("cast('2026-01-01' as date)", "cast('2026-04-01' as date)")),
        ("2026-01-01", None, None),
        (None, "2026-02-01", None),
        ("2026-01-02", "2026-02-01", None),
        ("2026-01-01", "2026-01-31", None),
        ("2026-02-01", "2026-02-01", None),
        ("2026-03-01", "2026-02-01", None),
        ("January", "2026-02-01", None),
    ],
)
def test_a_baseline_is_a_span_of_months_or_refused(first_day: Any, end_day: Any, edges: tuple[str, str] | None) -> None:
    variables = {"cost_baseline_from": first_day, "cost_baseline_to": end_day}
    exceptions = SimpleNamespace(raise_compiler_error=_refuse)
    rendered = Environment(extensions=["jinja2.ext.do"]).from_string(
        (PROJECT_ROOT / "macros" / "cost" / "cost_baseline.sql").read_text(encoding="utf-8"),
        globals={"var": variables.get, "modules": SimpleNamespace(re=re), "exceptions": exceptions, "type_date": lambda: "date"},
    )
    macro = getattr(rendered.module, "cost_baseline")  # noqa: B009
    if edges is None:
        with pytest.raises(ValueError, match="cost_baseline_from"):
            macro("from", "first")
    else:
        assert (macro("from", "first").strip(), macro("to", "later").strip()) == edges


def _refuse(message: str) -> None:
    raise ValueError(message)
