"""Numbers are written so that nobody has to count zeros or guess units."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from reading import figures


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.9134, "ratio", "91.3 %"),
        (0.0, "ratio", "0.0 %"),
        (0.19, "points", "+19.0 points"),
        (-0.02, "points", "-2.0 points"),
        (12345.0, "count", "12,345"),
        (2.349, "count", "2.35"),
        (4.2149, "score", "4.21"),
        (12.34, "minutes", "12.3 min"),
        (26.0, "hours", "26.0 h"),
        (1234567.891, "amount", "1,234,567.89"),
        (3.21, "per_1000", "3.2 per 1,000"),
        (None, "ratio", "–"),
    ],
)
def test_a_figure_is_written_in_its_unit(value: float | None, unit: str, text: str) -> None:
    assert figures.figure(value, unit) == text


@pytest.mark.parametrize(
    ("moved", "kind", "text"),
    [(0.012, "points", "+1.2 points"), (-0.1, "relative", "-10.0 %"), (None, "points", "–")],
)
def test_a_change_carries_its_sign(moved: float | None, kind: str, text: str) -> None:
    assert figures.change(moved, kind) == text


@pytest.mark.parametrize(
    ("moved", "unit", "text"),
    [
        ("0.012", "ratio", "+1.2 points"),
        ("-0.012", "points", "-1.2 points"),
        ("-0.0004", "ratio", "+0.0 points"),
        ("-0.004", "amount", "+0.00"),
        ("-3.42", "minutes", "-3.4 min"),
        ("1204", "count", "+1,204"),
        ("0", "count", "+0"),
        ("-0.5", "amount", "-0.50"),
    ],
)
def test_a_difference_is_told_in_the_unit_with_its_sign(moved: str, unit: str, text: str) -> None:
    assert figures.difference(Decimal(moved), unit) == text


@pytest.mark.parametrize(
    ("grain", "text"),
    [("day", "2025-12-29"), ("week", "2026-W01"), ("month", "2025-12"), ("quarter", "2025-Q4"), ("year", "2025")],
)
def test_a_period_has_its_usual_name(grain: str, text: str) -> None:
    assert figures.period(date(2025, 12, 29), grain) == text


@pytest.mark.parametrize(
    ("elapsed", "text"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=2, minutes=5), "2 hours 5 minutes"),
        (timedelta(days=1, hours=3, minutes=5), "1 day 3 hours"),
        (timedelta(days=2, minutes=5), "2 days"),
    ],
)
def test_an_age_is_told_in_its_two_largest_units(elapsed: timedelta, text: str) -> None:
    assert figures.age(elapsed) == text


def test_intervals_and_parts_are_written_like_their_figure() -> None:
    assert figures.interval(0.8981, 0.921, "ratio") == "89.8 – 92.1 %"
    assert figures.interval(0.05, 0.33, "points") == "+5.0 – +33.0 points"
    assert figures.interval(4.1, 4.3, "score") == "4.10 – 4.30"
    assert figures.interval(None, 4.3, "score") == "–"
    assert (figures.part(2500.0), figures.part(2500.5), figures.part(None)) == ("2,500", "2,500.50", "–")
