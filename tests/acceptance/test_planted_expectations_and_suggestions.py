"""What customers expect and suggest in the simulated shop is found again as it was planted."""

from pathlib import Path

import pytest

from shop_simulator import truths
from tests.acceptance.test_planted_truths import LARGEST_SHARE_MISSED, misses, of_kpis, scoreboard_truths
from tests.support.warehouse import published


@pytest.mark.parametrize(
    "prefix", ["suggestion_acceptance_rate", "suggestion_release_rate", "expectation_gap_mean", "expected_first_reply"]
)
def test_a_planted_share_or_mean_is_inside_the_published_intervals(prefix: str, shop_landing: Path, shop_home: Path) -> None:
    planted = of_kpis(scoreboard_truths(shop_landing), prefix)
    assert {"year"} <= {truth["period_grain"] for truth in planted}
    missed = misses(shop_home, planted)
    assert len(missed) <= max(1, LARGEST_SHARE_MISSED * len(planted)), "\n".join(missed)
    assert [line for line in missed if " year " in line and " overall " in line] == []


def test_items_have_the_means_and_importance_that_were_planted(shop_home: Path) -> None:
    days = truths.RESPONSE_DAYS_EXPECTED_EXPERIENCED_IMPORTANCE
    with published(shop_home) as connection:
        found = connection.execute(
            """
            select item, sum(expected_mean * pair_count) / sum(pair_count), sum(experienced_mean * pair_count) / sum(pair_count),
                sum(importance_mean * importance_answer_count) / sum(importance_answer_count), sum(pair_count)
            from expectation.kpi_expectation_items where period_grain = 'year' and dimension = 'overall' group by item
            """
        ).fetchall()
    assert {item for item, *_ in found} == {*truths.EXPECTATION_ITEMS, "response_days"}
    for item, *means, n in found:
        planted = truths.EXPECTATION_ITEMS.get(item, days)
        assert means == pytest.approx([mean / 100 for mean in planted], abs=0.05 + 2 / n**0.5), item


def test_no_hot_spot_is_called_on_fewer_tickets_than_the_minimum_sample(shop_home: Path) -> None:
    with published(shop_home) as connection:
        rows = connection.execute(
            "select count(*), count(*) filter (where is_hot_spot and issue_ticket_count < 30), count(*) filter (where lift <= 1),"
            " count(*) filter (where is_hot_spot and lift_lower <= 1) from voice.kpi_hot_spots"
        ).fetchone()
    assert rows is not None
    assert rows[0] > 0
    assert rows[1:] == (0, 0, 0)
