"""Family 11 on a shop small enough to count by hand, from its extracts to its marts; the figures stand in the family's docs."""

import math

import duckdb
import pytest

from tests.support.ticket_clock import rows_of
from tests.unit.kpi.worked_examples import KpiExample, MartExample, assert_mart_says, computed_kpis, kpi_examples, mart_examples, row_of

DOCUMENTED = kpi_examples("voice")


@pytest.mark.parametrize("example", DOCUMENTED, ids=lambda example: f"{example.kpi_id}-{example.month}")
def test_a_kpi_of_a_month_is_what_its_worked_example_says(voice: duckdb.DuckDBPyConnection, example: KpiExample) -> None:
    assert_mart_says(voice, "voice.kpi_voice", example)


def test_every_kpi_that_is_defined_is_computed_and_has_a_worked_example(voice: duckdb.DuckDBPyConnection) -> None:
    defined = {kpi_id for (kpi_id,) in voice.execute("select kpi_id from reference.kpi_definitions where family = 'voice'").fetchall()}
    assert computed_kpis(voice, "voice.kpi_voice") == {example.kpi_id for example in DOCUMENTED} == defined


@pytest.mark.parametrize("example", mart_examples("voice"), ids=lambda example: f"{example.mart}-{'-'.join(example.row.values())}")
def test_a_mart_beside_the_family_is_what_its_worked_example_says(voice: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert row_of(voice, f"voice.{example.mart}", example) == pytest.approx(example.figures, abs=1e-9)


def test_members_of_the_funnel_add_up_to_all_suggestions(voice: duckdb.DuckDBPyConnection) -> None:
    sums = voice.execute(
        "select dimension, sum(raised_count), sum(accepted_count), sum(released_count) from voice.kpi_suggestion_funnel"
        " where period_grain = 'year' group by dimension order by dimension"
    ).fetchall()
    assert [name for name, *_ in sums] == ["channel", "issue_type", "merchant", "overall", "product", "product_category", "shop"]
    counted = voice.execute(
        "select count(*), count(*) filter (where is_accepted), count(*) filter (where is_released) from core.fct_product_suggestions"
    ).fetchone()
    assert {tuple(row[1:]) for row in sums} == {counted} == {(7, 5, 2)}


def test_only_what_is_no_chance_is_a_hot_spot(voice: duckdb.DuckDBPyConnection) -> None:
    found = rows_of(
        voice,
        "select strftime(period_start, '%m') as month, issue_type, product_key, is_small_sample, is_hot_spot, lift_lower, lift_upper,"
        " lift_lower_of_all from voice.kpi_hot_spots where period_grain = 'month' and period_start >= '2025-05-01'",
    )
    assert {(row["month"], row["issue_type"], row["product_key"]): (row["is_small_sample"], row["is_hot_spot"]) for row in found} == {
        ("05", "logistics", "contract:p3"): (False, False),
        ("05", "payment", "contract:p2"): (True, False),
        ("06", "product_quality", "contract:p3"): (False, True),
        ("06", "logistics", "contract:p3"): (True, False),
    }
    (hot,) = (row for row in found if row["is_hot_spot"])
    # 20 tickets where 4 were to be expected, one of three pairs: z is √(2 ln (3 ÷ 0.05)) = 2.8616.
    bounds = [20 * (1 - 1 / 180 - z / (3 * 20**0.5)) ** 3 / 4 for z in (1.959964, math.sqrt(2 * math.log(60)))]
    assert [hot["lift_lower"], hot["lift_lower_of_all"]] == pytest.approx(bounds, abs=1e-5)
    assert hot["lift_upper"] == pytest.approx(21 * (1 - 1 / 189 + 1.959964 / (3 * 21**0.5)) ** 3 / 4, abs=1e-5)
