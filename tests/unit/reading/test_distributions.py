"""Cases of a figure by their own value: few values one by one, many in bins whose last is open."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from reading.distributions import Bin, Distribution, bin_width, figure_distribution
from reading.figure_rows import Cell, RowQuery
from reading.kpis import Grain, KpiFigure

FIGURE = KpiFigure(date(2025, 11, 1), "all", 1, None, None, None, None, 1, False, False, None, None, "", None, None)


def distributed(monkeypatch: pytest.MonkeyPatch, values: list[float | None], queries: int = 1) -> Distribution | None:
    asked = RowQuery("core.facts", "select unnest($values) as numerator", {"values": values}, ("key",), "day")
    monkeypatch.setattr("reading.distributions.row_queries", lambda *_: [asked] * queries)
    with duckdb.connect() as connection:
        snapshot: Any = SimpleNamespace(connection=connection, path=Path())
        return figure_distribution(snapshot, Cell("some_minutes", Grain.MONTH, "overall", FIGURE))


def test_few_values_stand_one_by_one_and_what_has_none_is_no_case(monkeypatch: pytest.MonkeyPatch) -> None:
    told = distributed(monkeypatch, [5, 4, 5, None, 1, 5])
    # Sorted 1, 4, 5, 5, 5: a quarter of the way lies 4, the middle and three quarters 5.
    assert told == Distribution(5, 4, 5, 5, [Bin(1, 1, 1), Bin(4, 4, 1), Bin(5, 5, 3)])


@pytest.mark.parametrize("values", [[1, 1, 1], [0, 1, 0], []])
def test_cases_that_only_are_or_are_not_have_no_distribution(monkeypatch: pytest.MonkeyPatch, values: list[float | None]) -> None:
    assert distributed(monkeypatch, values) is None


def test_a_figure_of_two_kinds_of_facts_has_no_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    assert distributed(monkeypatch, [1, 2, 3], queries=2) is None


def test_many_values_are_in_equal_bins_of_which_the_last_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    # 0 to 99 and one of 10,000: 19 of 20 are up to 95, twenty bins of 5 hold that, and the last begins there.
    told = distributed(monkeypatch, [*map(float, range(100)), 10_000.0])
    assert told is not None
    assert (told.count, told.middle, len(told.bins)) == (101, 50, 20)
    assert told.bins[:2] == [Bin(0, 5, 5), Bin(5, 10, 5)]
    assert told.bins[-1] == Bin(95, None, 6)
    assert sum(each.count for each in told.bins) == 101


def test_a_value_on_the_edge_of_two_bins_is_in_the_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    told = distributed(monkeypatch, [*map(float, range(100)), 4.999])
    assert told is not None
    assert [each.count for each in told.bins[:2]] == [6, 5]


@pytest.mark.parametrize(("span", "width"), [(20, 1), (20.1, 2), (40, 2), (41, 5), (100, 5), (101, 10), (0.2, 0.01), (0, 1)])
def test_the_width_of_bins_is_round(span: float, width: float) -> None:
    assert bin_width(span) == pytest.approx(width)
