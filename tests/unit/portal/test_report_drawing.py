"""What a chart of the report shows is where its numbers are, and gaps stay gaps."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from portal.report.drawing import Point, _ticks, course, trend


def point(period: str, value: float | None, *, lower: float | None = None, upper: float | None = None, mark: str = "") -> Point:
    return Point(period, value, lower, upper, 0.5, f"{period}: {value}", mark)


def places(svg: str, kind: str) -> list[list[tuple[float, float]]]:
    found = re.findall(rf'<poly\w+ class="{kind}" points="([^"]*)"', svg)
    return [[(float(x), float(y)) for x, y in (pair.split(",") for pair in line.split(" "))] for line in found]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0.72, 0.91, [0.7, 0.75, 0.8, 0.85, 0.9, 0.95]),
        (3, 3, [2.6, 2.8, 3.0, 3.2, 3.4]),
        (-31, 59, [-50, -25, 0, 25, 50, 75]),
        (0, 12_345, [0, 5_000, 10_000, 15_000]),
    ],
)
def test_ticks_are_round_numbers_around_all_that_is_drawn(low: float, high: float, ticks: list[float]) -> None:
    assert _ticks(low, high) == pytest.approx(ticks)


def test_a_value_lies_as_far_up_as_it_says_and_a_month_without_one_breaks_the_line() -> None:
    svg = trend([point("1", 0.0), point("2", 1.0), point("3", None), point("4", 0.5)], "Rate", label="{} %", from_zero=True)
    first, second = places(svg, "line")
    (_, bottom), (_, top) = first
    assert second[0][1] == pytest.approx((bottom + top) / 2)
    assert [len(run) for run in places(svg, "target")] == [4]
    assert ">25 %<" in svg and ">100 %<" in svg
    ElementTree.fromstring(svg)


def test_the_interval_is_drawn_where_there_is_one_and_marks_take_the_place_of_dots() -> None:
    svg = trend([point("1", 0.5, lower=0.4, upper=0.6), point("2", 0.5, mark="▲")], "Rate", label="{} %", from_zero=False)
    (band,) = places(svg, "band")
    assert len(band) == 2
    assert svg.count("<circle") == 1 and svg.count(">▲<") == 1


def test_what_has_no_value_has_no_chart_and_names_are_escaped() -> None:
    assert trend([point("1", None)], "Rate", label="{}", from_zero=False).count("polyline") == 1  # its target
    assert trend([Point("1", None, None, None, None, "", "")], "Rate", label="{}", from_zero=False) == ""
    assert course([point("1", 1.0)], "Rate") == ""
    assert "<script>" not in course([point("1", 1.0), point("2", 2.0)], "<script>")
