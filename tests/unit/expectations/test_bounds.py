"""Which values a KPI can have follows from its unit, and from the few that are named in the thresholds."""

import pytest

from expectations.outbound.kpi import Kpi
from expectations.outbound.kpi_marts import outside


def kpi(kpi_id: str, unit: str) -> Kpi:
    return Kpi(kpi_id, "any", unit, has_numerator=True, has_denominator=True)


@pytest.mark.parametrize(
    ("kpi_id", "unit", "bounds"),
    [
        ("csat_rate", "ratio", (0, 1)),
        ("cost_to_revenue", "ratio", (None, None)),
        ("refund_amount", "amount", (None, None)),
        ("nps", "points", (-1, 1)),
        ("ces_mean", "score", (1, 7)),
        ("ticket_count", "count", (0, None)),
        ("queue_minutes_median", "minutes", (0, None)),
        ("complaint_per_1000_orders", "per_1000", (0, None)),
    ],
)
def test_bounds_follow_from_the_unit(kpi_id, unit, bounds):
    assert kpi(kpi_id, unit).bounds == bounds


def test_a_score_without_a_scale_is_refused_with_what_to_do():
    with pytest.raises(KeyError, match="add its scale to SCORE_RANGES"):
        _ = kpi("new_score_mean", "score").bounds


@pytest.mark.parametrize(
    ("bounds", "words"),
    [((0, 1), "outside 0 to 1"), ((0, None), "below 0"), ((None, 5), "above 5"), ((-1, 1), "outside -1 to 1")],
)
def test_what_lies_outside_is_called_by_its_bounds(bounds, words):
    ((_, said),) = outside("value", bounds)
    assert said == words


def test_without_bounds_nothing_lies_outside():
    assert outside("value", (None, None)) == []


@pytest.mark.parametrize(
    ("kpi_id", "unit", "is_share"),
    [("csat_rate", "ratio", True), ("cost_to_revenue", "ratio", False), ("csat_mean", "score", False), ("nps", "points", False)],
)
def test_only_the_numerator_of_a_share_is_part_of_its_denominator(kpi_id, unit, is_share):
    assert kpi(kpi_id, unit).is_share is is_share
