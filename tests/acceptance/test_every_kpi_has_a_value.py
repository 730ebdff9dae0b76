"""Every KPI of a family stands on the simulated shop's scoreboard with a value, at every grain and under every dimension it is told by."""

import csv
from pathlib import Path

import pytest

from tests.support.warehouse import PROJECT_ROOT, published

ORDER = {"overall", "product_category", "region", "customer_tier", "merchant", "shop"}
TICKET = {*ORDER, "source_system", "channel", "issue_type", "priority", "agent_team", "agent", "contact_reason"}
DETAILED = ("merchant", "agent", "contact_reason")

# What is of requests, of days of work, or of orders alone.
OTHERS = {
    **{f"processing_hours_{what}": {*ORDER, "request_type", "request_reason", "source_system"} for what in ("mean", "median", "p90")},
    "resolved_per_agent_day": {"overall", "agent_team", "agent", "source_system", "shop"},
    "service_cancellation_rate": {*ORDER, "source_system"},
    # Needs 180 days, and the shop is 120 days old: a year's window has it (test_planted_loyalty).
    "churn_rate_180d": set[str](),
}


def ids_of(family: str) -> set[str]:
    with (PROJECT_ROOT / "seeds" / "reference" / "kpi_definitions.csv").open(encoding="utf-8", newline="") as file:
        return {row["kpi_id"] for row in csv.DictReader(file) if row["family"] == family}


@pytest.mark.parametrize("family", ["efficiency", "resolution", "quality", "loyalty", "expectation", "voice"])
def test_no_kpi_of_the_family_is_without_a_value(family: str, shop_home: Path) -> None:
    with published(shop_home) as connection:
        found = connection.execute(
            "select kpi_id, period_grain, dimension from scoreboard.kpi_scoreboard where family = ? and value is not null group by all",
            [family],
        ).fetchall()
    expected = {
        (kpi_id, grain, dimension)
        for kpi_id in ids_of(family)
        for dimension in OTHERS.get(kpi_id, ORDER if "_orders" in kpi_id else TICKET)
        for grain in ("day", "week", "month", "quarter", "year")
        if grain in ("month", "quarter", "year") or dimension not in DETAILED
    }
    assert expected - set(found) == set()
