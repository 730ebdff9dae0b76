"""Family 7 on a shop small enough to count by hand, from its extracts to its marts; the figures stand in the family's docs."""

import duckdb
import pytest

from tests.support.ticket_clock import rows_of
from tests.unit.kpi.worked_examples import KpiExample, MartExample, assert_mart_says, computed_kpis, kpi_examples, mart_examples, row_of

DOCUMENTED = kpi_examples("expectation")


@pytest.mark.parametrize("example", DOCUMENTED, ids=lambda example: f"{example.kpi_id}-{example.month}")
def test_a_kpi_of_a_month_is_what_its_worked_example_says(voice: duckdb.DuckDBPyConnection, example: KpiExample) -> None:
    assert_mart_says(voice, "expectation.kpi_expectation", example)


def test_every_kpi_that_is_defined_is_computed_and_has_a_worked_example(voice: duckdb.DuckDBPyConnection) -> None:
    defined = {
        kpi_id for (kpi_id,) in voice.execute("select kpi_id from reference.kpi_definitions where family = 'expectation'").fetchall()
    }
    assert computed_kpis(voice, "expectation.kpi_expectation") == {example.kpi_id for example in DOCUMENTED} == defined


@pytest.mark.parametrize("example", mart_examples("expectation"), ids=lambda example: f"{example.mart}-{'-'.join(example.row.values())}")
def test_a_mart_beside_the_family_is_what_its_worked_example_says(voice: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert row_of(voice, f"expectation.{example.mart}", example) == pytest.approx(example.figures, abs=1e-9)


def test_advice_goes_by_importance_and_by_how_often_an_item_is_met(voice: duckdb.DuckDBPyConnection) -> None:
    # Of effort 4.94, guarantee 4, attitude 2 and communication 1 the mean is 3; of 120 pairs 60 are met.
    found = rows_of(
        voice,
        "select item, advice, is_small_sample from expectation.kpi_expectation_items"
        " where period_grain = 'month' and period_start = '2025-06-01' and dimension = 'overall'",
    )
    assert {row["item"]: (row["advice"], row["is_small_sample"]) for row in found} == {
        "effort": ("keep_up", False),
        "guarantee": ("improve", False),
        "attitude": ("enough", False),
        "communication": ("watch", False),
        "problem_solving": (None, True),
    }


def test_items_add_up_to_the_family_and_minutes_are_those_of_its_kpis(voice: duckdb.DuckDBPyConnection) -> None:
    """In every month, quarter and year and under every dimension."""
    apart = rows_of(
        voice,
        """
        with items as (
            select period_grain, period_start, dimension, member, sum(pair_count) as pairs, sum(gap_mean * pair_count) as gap,
                sum(worse_count) as worse, sum(important_pair_count) as important, sum(important_met_count) as met
            from expectation.kpi_expectation_items group by all
        ), parts as (
            select 'expectation_gap_mean' as kpi_id, period_grain, period_start, dimension, member, gap as numerator, pairs as denominator
            from items
            union all select 'worse_than_expected_share', period_grain, period_start, dimension, member, worse, pairs from items
            union all select 'important_items_met_share', period_grain, period_start, dimension, member, met, important from items
            where important > 0
            union all select 'within_expected_minutes_rate', period_grain, period_start, dimension, member, within_ticket_count,
                judged_ticket_count
            from expectation.kpi_expected_minutes where judged_ticket_count > 0
        )
        select kpi_id, period_grain, period_start, dimension, member
        from parts full outer join (
            select * from expectation.kpi_expectation as kpis
            where denominator > 0 and kpi_id <> 'expected_first_reply_minutes_mean'
                and if(kpi_id = 'within_expected_minutes_rate', dimension in ('overall', 'issue_type'), period_grain not in ('day', 'week'))
        ) as kpis using (kpi_id, period_grain, period_start, dimension, member)
        where abs(parts.numerator - kpis.numerator) < 1e-9 is not true or parts.denominator <> kpis.denominator
        """,
    )
    assert apart == []


def test_a_ticket_is_held_against_what_its_own_shop_said_by_the_end_of_its_month(voice: duckdb.DuckDBPyConnection) -> None:
    found = rows_of(
        voice,
        "select shop, issue_type, strftime(month_on, '%m') as month, answer_count, expected_minutes, expected_seconds"
        " from core.fct_expected_reply_times where month_on >= '2025-02-01' order by issue_type, month_on",
    )
    assert {(row["shop"], row["issue_type"]) for row in found} == {("contract", "logistics"), ("contract", "payment")}
    logistics = [(row["month"], row["answer_count"], row["expected_minutes"]) for row in found if row["issue_type"] == "logistics"]
    assert logistics == [("02", 2, 30), ("03", 2, 30), ("04", 3, 40), ("05", 3, 40), ("06", 3, 40)]
    assert all(row["expected_seconds"] == row["expected_minutes"] * 60 for row in found)


def test_of_equal_importance_the_item_with_more_answers_is_the_third(voice: duckdb.DuckDBPyConnection) -> None:
    found = voice.execute(
        "select distinct strftime(submitted_on, '%m'), item from core.fct_expectation_items where is_most_important order by all"
    ).fetchall()
    assert found == [
        ("02", "guarantee"),
        ("03", "effort"),
        ("03", "guarantee"),
        ("03", "problem_solving"),
        ("04", "response_days"),
        ("06", "effort"),
        ("06", "guarantee"),
        ("06", "problem_solving"),
    ]


def test_a_response_that_does_not_count_or_is_about_spam_says_nothing(voice: duckdb.DuckDBPyConnection) -> None:
    responses = voice.execute(
        "select distinct response_key from core.fct_expectation_items where response_key like 'contract:r%'"
    ).fetchall()
    assert {key for (key,) in responses} == {f"contract:r{number}" for number in (1, 2, 3, 4, 8)}


def test_a_mean_gap_has_the_normal_interval(voice: duckdb.DuckDBPyConnection) -> None:
    # −2, −1, −2.5, 0, 0, 2, −1, 0: their squares less 8 × 0.5625², over 7.
    (row,) = rows_of(
        voice,
        "select lower, upper from expectation.kpi_expectation where kpi_id = 'expectation_gap_mean' and period_grain = 'month'"
        " and period_start = '2025-03-01' and dimension = 'overall'",
    )
    error = ((4 + 1 + 6.25 + 4 + 1 - 8 * 0.5625**2) / 7 / 8) ** 0.5
    assert (row["lower"], row["upper"]) == pytest.approx((-0.5625 - 1.959964 * error, -0.5625 + 1.959964 * error), abs=1e-6)
