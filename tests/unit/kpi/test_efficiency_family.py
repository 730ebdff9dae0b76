"""Family 2 on a shop small enough to count by hand.

How a single clock runs is tested with the clock; here its readings are added up, and compared with the worked examples of the family's
docs. The marts beside the family are tested beside.
"""

import duckdb
import pytest

from tests.support.ticket_clock import rows_of
from tests.unit.kpi.help_desk_shop import kpi
from tests.unit.kpi.worked_examples import KpiExample, assert_mart_says, computed_kpis, kpi_example, kpi_examples

DOCUMENTED = kpi_examples("efficiency")
# Other months, each for one edge.
EDGES = [
    # Four have waited for working days; of the two opened on the Saturday of as_of no minute has run yet.
    kpi_example("sla_first_reply_rate", "2025-05", "0/4"),
    # Nothing is open at the end of February, and six at as_of.
    kpi_example("backlog_open", "2025-02", "0"),
    kpi_example("backlog_open", "2025-05", "6"),
    # Number 8, and the one that is a second over a week old; the one that is a week old to the second is not.
    kpi_example("backlog_over_7d", "2025-05", "2"),
    # One of 9 May, at as_of.
    kpi_example("resolved_count", "2025-05", "1"),
    # Of the desk that tells no status nobody knows what became of its two tickets.
    kpi_example("ticket_count", "2025-01", "5"),
    kpi_example("self_service_rate", "2025-01", "0/3"),
    kpi_example("bot_containment_rate", "2025-01", "0/0"),
    kpi_example("processing_hours_p90", "2025-05", "null of 0"),
]


@pytest.mark.parametrize("example", [*DOCUMENTED, *EDGES], ids=lambda example: f"{example.kpi_id}-{example.month}")
def test_a_kpi_of_a_month_is_what_its_worked_example_says(desk: duckdb.DuckDBPyConnection, example: KpiExample) -> None:
    assert_mart_says(desk, "efficiency.kpi_efficiency", example)


def test_every_kpi_of_the_family_has_a_worked_example_and_every_example_a_kpi(desk: duckdb.DuckDBPyConnection) -> None:
    assert computed_kpis(desk, "efficiency.kpi_efficiency") == {example.kpi_id for example in DOCUMENTED}


def test_a_share_has_the_interval_of_wilson_and_a_mean_the_normal_one(desk: duckdb.DuckDBPyConnection) -> None:
    # 3 of 7.
    share = kpi(desk, "self_service_rate", "2025-03-01")
    assert (share["lower"], share["upper"]) == pytest.approx((0.1582, 0.7495), abs=5e-5)
    # 1, 2, 3: standard deviation 1, standard error 1 ÷ √3.
    mean = kpi(desk, "first_bot_reply_minutes_mean", "2025-03-01")
    assert (mean["lower"], mean["upper"]) == pytest.approx((2 - 1.959964 / 3**0.5, 2 + 1.959964 / 3**0.5), abs=1e-6)


@pytest.mark.parametrize(
    ("grain", "start", "tickets", "resolved", "open_at_the_end"),
    [
        ("day", "2025-03-03", 2, 1, 1),
        # Monday to Sunday: six of March's tickets; 6 was the last to be solved, on Friday.
        ("week", "2025-03-03", 6, 6, 0),
        # The week of 31 March ends in April: 7 was solved in it, 8 came.
        ("week", "2025-03-31", 1, 1, 1),
        # Five in January, three in February, seven in March; 7 is open at the end.
        ("quarter", "2025-01-01", 15, 12, 1),
        # The running year ends at as_of.
        ("year", "2025-01-01", 22, 14, 6),
    ],
)
def test_a_period_of_any_grain_counts_its_own_tickets(
    desk: duckdb.DuckDBPyConnection, grain: str, start: str, tickets: int, resolved: int, open_at_the_end: int
) -> None:
    found = [kpi(desk, kpi_id, start, grain)["value"] for kpi_id in ("ticket_count", "resolved_count", "backlog_open")]
    assert found == [tickets, resolved, open_at_the_end]


def test_a_ticket_counts_for_its_own_product_merchant_and_customer_before_those_of_its_order(desk: duckdb.DuckDBPyConnection) -> None:
    def tickets(dimension: str, month: str = "2025-03-01") -> dict[str, float]:
        found = rows_of(
            desk,
            "select member, value from efficiency.kpi_efficiency"
            " where kpi_id = 'ticket_count' and period_grain = 'month' and period_start = ? and dimension = ? and value > 0",
            month,
            dimension,
        )
        return {row["member"]: row["value"] for row in found}

    assert tickets("product_category") == {"shoes": 1, "bags": 1, "unknown": 5}
    assert tickets("merchant") == {"m1": 1, "m9": 1, "unknown": 5}
    # c2's region nobody knows, whatever the order of number 3 says.
    assert tickets("region") == {"north": 2, "unknown": 5}
    assert tickets("customer_tier") == {"gold": 2, "unknown": 5}
    # Who wrote is not known of one ticket in January, but of its order.
    assert tickets("region", "2025-01-01") == {"east": 1, "unknown": 4}
    assert tickets("agent") == {"office:ann": 2, "office:bob": 2, "office:robot": 1, "unknown": 2}
    # As ann was placed when numbers 1 and 2 were handed to her.
    assert tickets("agent_team") == {"returns": 2, "partners": 2, "bots": 1, "unknown": 2}


@pytest.mark.parametrize("kpi_id", ["ticket_count", "backlog_open", "backlog_over_7d", "resolved_count", "self_service_rate"])
def test_the_members_of_a_dimension_add_up_to_overall(desk: duckdb.DuckDBPyConnection, kpi_id: str) -> None:
    sums = rows_of(
        desk,
        """
        select cells.period_grain, cells.period_start, cells.dimension,
            sum(cells.numerator) as members, any_value(overall.numerator) as overall
        from efficiency.kpi_efficiency as cells
        inner join efficiency.kpi_efficiency as overall
            on overall.kpi_id = cells.kpi_id and overall.period_grain = cells.period_grain
            and overall.period_start = cells.period_start and overall.dimension = 'overall'
        where cells.kpi_id = ? and cells.dimension <> 'overall'
        group by all
        """,
        kpi_id,
    )
    assert {row["dimension"] for row in sums} >= {
        "channel", "issue_type", "priority", "region", "source_system", "shop", "agent_team", "merchant", "agent",
        "contact_reason",
    }  # fmt: skip
    assert [row for row in sums if row["members"] != row["overall"]] == []


def test_a_channel_has_a_backlog_of_nothing_after_its_tickets_are_gone(desk: duckdb.DuckDBPyConnection) -> None:
    assert kpi(desk, "backlog_open", "2025-05-01", "month", "channel", "bot")["value"] == 0


def test_a_kpi_is_told_under_what_its_facts_are_counted_under(desk: duckdb.DuckDBPyConnection) -> None:
    row = kpi(desk, "processing_hours_mean", "2025-03-01", "month", "product_category", "shoes")
    assert (row["numerator"], row["n"]) == (50, 2)
    dimensions = {
        row["kpi_id"]: set(row["dimensions"])
        for row in rows_of(desk, "select kpi_id, list(distinct dimension) as dimensions from efficiency.kpi_efficiency group by kpi_id")
    }
    order = {"overall", "product_category", "region", "customer_tier", "merchant", "source_system", "shop"}
    assert dimensions["processing_hours_mean"] == {*order, "request_type", "request_reason"}
    assert dimensions["resolved_per_agent_day"] == {"overall", "agent_team", "agent", "source_system", "shop"}
    for kpi_id in ("ticket_count", "sla_first_reply_rate", "backlog_open", "multi_channel_rate"):
        assert dimensions[kpi_id] == {*order, "channel", "issue_type", "priority", "agent_team", "agent", "contact_reason"}
