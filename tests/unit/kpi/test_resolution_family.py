"""Family 3 on a shop small enough to count by hand: its worked examples, and what nobody knows."""

import duckdb
import pytest

from tests.unit.kpi.worked_examples import (
    KpiExample,
    MartExample,
    assert_mart_says,
    computed_kpis,
    kpi_example,
    kpi_examples,
    mart_examples,
    row_of,
)

DOCUMENTED = kpi_examples("resolution")
EDGES = [
    # Four tickets, of which two desks tell no status, and one of these no events at all.
    kpi_example("resolution_rate", "2025-02", "2/2"),
    kpi_example("escalation_rate", "2025-02", "0/3"),
    # A reply by nobody may have been a second one; after two of a person it decides nothing.
    kpi_example("first_contact_resolution_rate", "2025-02", "0/1"),
    kpi_example("repeat_contact_rate", "2025-02", "0/2"),
    # Opened at the very moment at which the other was solved.
    kpi_example("repeat_contact_rate", "2025-01", "0/2"),
    # No order was placed.
    kpi_example("complaint_per_1000_orders", "2025-02", "0/0"),
]


@pytest.mark.parametrize("example", [*DOCUMENTED, *EDGES], ids=lambda example: f"{example.kpi_id}-{example.month}")
def test_a_kpi_of_a_month_is_what_its_worked_example_says(service: duckdb.DuckDBPyConnection, example: KpiExample) -> None:
    assert_mart_says(service, "resolution.kpi_resolution", example)


@pytest.mark.parametrize("example", mart_examples("resolution"), ids=lambda example: f"{example.mart}-{'-'.join(example.row.values())}")
def test_a_mart_beside_the_family_is_what_its_worked_example_says(service: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert row_of(service, f"resolution.{example.mart}", example) == example.figures


def test_every_kpi_of_the_family_has_a_worked_example_and_every_example_a_kpi(service: duckdb.DuckDBPyConnection) -> None:
    assert computed_kpis(service, "resolution.kpi_resolution") == {example.kpi_id for example in DOCUMENTED}


def test_of_two_subjects_a_kpi_is_told_under_the_dimensions_of_both_but_of_no_single_source(service: duckdb.DuckDBPyConnection) -> None:
    def dimensions(kpi_id: str) -> set[str]:
        query = "select distinct dimension from resolution.kpi_resolution where kpi_id = ?"
        return {name for (name,) in service.execute(query, [kpi_id]).fetchall()}

    order = {"overall", "product_category", "region", "customer_tier", "merchant", "shop"}
    assert dimensions("complaint_per_1000_orders") == order
    assert dimensions("complaint_share") == {
        *order,
        "source_system",
        "channel",
        "issue_type",
        "priority",
        "agent_team",
        "agent",
        "contact_reason",
    }
