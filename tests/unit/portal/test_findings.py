"""Titles of charts say what the figures say, frames keep what is small or unfinished apart, and downloads are what is published."""

from dataclasses import replace
from datetime import date
from math import nan

import pandas as pd
import pytest

from portal import findings
from portal.frames import MOST_MEMBERS, drawn_rows, kind_of, kinds, newest_whole, published_frame, side_by_side
from portal.parts import csv_of
from portal.words import Words, texts_of
from reading.kpis import KpiDefinition, KpiFigure

WORDS = Words("en", texts_of("en"), {})
RATE = KpiDefinition("some_rate", "some", "Some rate", "某率", "ratio", "up", "created_at", "a", "b", "a ÷ b", None, None, "S1", 1)
NOVEMBER = KpiFigure(
    date(2025, 11, 1), "all", 0.815, 0.69, 0.9, 44, 54, 54, False, False, 0.787, 0.028, "points", 0.9, "off_target", True, None, None
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (0.028, "Some rate rose by 2.8 points to 81.5 % in 2025-11"),
        (-0.028, "Some rate fell by 2.8 points to 81.5 % in 2025-11"),
        (0.0004, "Some rate stayed at 81.5 % in 2025-11"),
        (0.0006, "Some rate rose by 0.1 points to 81.5 % in 2025-11"),
        (None, "Some rate was 81.5 % in 2025-11"),
    ],
)
def test_the_title_of_a_trend_says_how_the_figure_moved(change: float | None, said: str) -> None:
    assert findings.of_trend(replace(NOVEMBER, change=change), RATE, WORDS, "month") == said


def test_the_title_of_a_trend_without_a_value_says_so() -> None:
    assert findings.of_trend(None, RATE, WORDS, "month") == "Some rate has no value yet"


@pytest.mark.parametrize(
    ("direction", "change", "verdict"),
    [("up", 0.1, "better"), ("up", -0.1, "worse"), ("down", 0.1, "worse"), ("down", -0.1, "better"), ("none", 0.1, "neither"),
     ("up", 0.0, "neither"), ("up", None, "neither")],
)  # fmt: skip
def test_better_is_in_the_good_direction(direction: str, change: float | None, verdict: str) -> None:
    assert findings.verdict(replace(NOVEMBER, change=change), replace(RATE, good_direction=direction)) == verdict


def test_the_title_of_a_breakdown_names_only_members_with_enough_cases() -> None:
    members = [replace(NOVEMBER, member=name, value=value) for name, value in (("mail", 0.9), ("phone", 0.8), ("chat", 0.7))]
    few = replace(NOVEMBER, member="store", value=1.0, is_small_sample=True)
    assert (
        findings.of_breakdown([few, *members], RATE, WORDS, "channel") == "Some rate: highest for Mail (90.0 %), lowest for Chat (70.0 %)"
    )
    assert findings.of_breakdown([few, members[0]], RATE, WORDS, "channel") == "Channel: too few cases to tell members apart"


def test_what_is_small_or_not_whole_is_marked() -> None:
    whole, unfinished, few = kinds(WORDS)
    assert kind_of(NOVEMBER, WORDS) == whole
    assert kind_of(replace(NOVEMBER, is_running=True), WORDS) == unfinished
    assert kind_of(replace(NOVEMBER, is_whole=False), WORDS) == unfinished
    assert kind_of(replace(NOVEMBER, is_running=True, is_small_sample=True), WORDS) == few


def test_the_newest_whole_period_is_what_is_looked_at_first() -> None:
    december = replace(NOVEMBER, period_start=date(2025, 12, 1), is_running=True)
    assert newest_whole([NOVEMBER, december]) is NOVEMBER
    assert newest_whole([december]) is december
    assert newest_whole([replace(NOVEMBER, value=None)]) is None


def test_of_very_many_members_those_with_most_cases_stand_side_by_side_by_value() -> None:
    members = [replace(NOVEMBER, member=f"m{number}", value=number / 100, n=number) for number in range(MOST_MEMBERS + 5)]
    shown = side_by_side(members)
    assert [each.member for each in shown] == [f"m{number}" for number in range(MOST_MEMBERS + 4, 4, -1)]
    assert side_by_side([replace(NOVEMBER, value=None)]) == []


def test_a_chart_shows_rounded_figures_and_a_download_has_them_as_published() -> None:
    (shown,) = drawn_rows([NOVEMBER], RATE, WORDS, grain="month", dimension="overall")
    assert (shown["period"], shown["shown"], shown["interval"], shown["cases"]) == ("2025-11", "81.5 %", "69.0 – 90.0 %", "54")
    published = published_frame([NOVEMBER], "some_rate", grain="month", dimension="overall").iloc[0]
    assert (published["value"], published["numerator"], published["n"], published["is_small_sample"]) == (0.815, 44, 54, False)


def test_a_download_is_safe_to_open_in_a_spreadsheet() -> None:
    frame = pd.DataFrame({"name": ["=1+1", "客户", None], "value": [-1.5, nan, 2]})
    assert csv_of(frame).decode("utf-8-sig").splitlines() == ["name,value", "'=1+1,-1.5", "客户,", ",2.0"]
