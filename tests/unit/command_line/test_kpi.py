"""``aftersales kpi`` shows a figure with what it is made of, and helps with names that do not exist."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reading.snapshot import opened_snapshot
from tests.support.described_models import columns_of

Run = Callable[..., Any]
Words = Callable[[str], str]


def test_a_kpi_is_shown_with_its_parts_and_its_definition(run: Run, published_home: Any, words: Words) -> None:
    result = run("kpi", "csat_rate", "--home", published_home.root)
    shown = words(result.stdout)
    assert result.exit_code == 0
    assert "Customer satisfaction rate 客户满意率" in shown
    assert "Share of valid responses scoring 4 or 5." in shown
    assert "numerator valid responses with overall >= 4" in shown
    assert "denominator valid responses" in shown
    assert "dated by submitted_at; higher is better" in shown
    assert "2026-01 91.0 % 89.8 – 92.1 % 2,275 2,500 2,500 86.0 % +5.0 points 90.0 % on target" in shown
    assert "2025-11 80.0 % 71.1 – 86.7 % 80 100 100 – – 90.0 % off target" in shown


def test_only_the_newest_periods_are_shown_when_asked(run: Run, published_home: Any) -> None:
    result = run("kpi", "csat_rate", "--last", "3", "--home", published_home.root)
    assert "2025-12" in result.stdout
    assert "2025-11" not in result.stdout


def test_a_period_that_had_not_ended_is_marked(run: Run, published_home: Any, words: Words) -> None:
    shown = words(run("kpi", "csat_rate", "--home", published_home.root).stdout)
    assert "2026-02 … 50.0 %" in shown
    assert "2026-01 91.0 %" in shown
    assert "… the period had not ended at as_of." in shown


def test_another_grain_has_other_periods(run: Run, published_home: Any, words: Words) -> None:
    result = run("kpi", "csat_rate", "--grain", "year", "--home", published_home.root)
    assert " 2026 91.0 %" in words(result.stdout)
    assert "2026-01" not in result.stdout


def test_a_dimension_lists_its_members_and_marks_small_samples(run: Run, published_home: Any, words: Words) -> None:
    result = run("kpi", "csat_rate", "--dimension", "channel", "--home", published_home.root)
    shown = words(result.stdout)
    assert "2026-01 chat 95.0 %" in shown
    assert "2026-01 phone 75.0 %*" in shown
    assert "* fewer observations than the minimum sample" in shown


def test_one_member_is_shown_alone(run: Run, published_home: Any) -> None:
    result = run("kpi", "csat_rate", "--dimension", "channel", "--member", "chat", "--home", published_home.root)
    assert "chat" in result.stdout
    assert "phone" not in result.stdout


def test_points_carry_their_sign(run: Run, published_home: Any, words: Words) -> None:
    result = run("kpi", "nps", "--home", published_home.root)
    assert "2026-01 +19.0 points +5.0 – +33.0 points – – 40 +12.0 points +7.0 points –" in words(result.stdout)


def test_a_kpi_without_value_says_what_it_needs(run: Run, published_home: Any) -> None:
    result = run("kpi", "bot_csat_mean", "--home", published_home.root)
    assert result.exit_code == 0
    assert "No value: No rows of: tickets." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["csat_rat"], "There is no KPI 'csat_rat'. Did you mean csat_rate"),
        (["zzz"], "There is no KPI 'zzz'. Known: bot_csat_mean, csat_rate, nps."),
        (["csat_rate", "--dimension", "chanel"], "There is no dimension of csat_rate by month 'chanel'. Did you mean channel?"),
        (["csat_rate", "--dimension", "channel", "--member", "chats"], "There is no member of channel 'chats'. Did you mean chat?"),
        (["csat_rate", "--grain", "decade"], "decade"),
        (["csat_rate", "--last", "0"], "equal to 1"),
    ],
)
def test_a_wrong_name_is_wrong_usage_and_gets_a_hint(run: Run, published_home: Any, arguments: list[str], message: str) -> None:
    result = run("kpi", *arguments, "--home", published_home.root)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_without_an_id_all_kpis_are_listed_those_without_a_value_apart(run: Run, published_home: Any, words: Words) -> None:
    result = run("kpi", "--home", published_home.root)
    shown = words(result.stdout)
    assert result.exit_code == 0
    assert "csat_rate Customer satisfaction rate satisfaction nps Net promoter score satisfaction" in shown
    assert "Without one, 1; each says why when it is asked for: bot_csat_mean." in shown


def test_without_a_snapshot_it_says_what_to_run(run: Run, tmp_path: Path) -> None:
    result = run("kpi", "csat_rate", "--home", tmp_path)
    assert result.exit_code == 1
    assert "Nothing has been published" in result.stderr
    assert "Run: aftersales refresh" in result.stderr


@pytest.mark.parametrize("name", ["kpi_scoreboard", "kpi_coverage", "kpi_contributions"])
def test_the_marts_of_these_tests_have_columns_of_the_real_ones(published_home: Any, name: str) -> None:
    with opened_snapshot(published_home.published) as snapshot:
        made = {column.name for table in snapshot.manifest.tables if table.name == name for column in table.columns}
    assert made <= columns_of(name).keys()


# Why it moved --------------------------------------------------------------------------------------------------------------


def test_why_a_figure_moved_is_said_in_sentences_by_dimension(run: Run, published_home: Any) -> None:
    result = run("kpi", "csat_rate", "--why", "--home", published_home.root)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Customer satisfaction rate rose from 86.0 % in 2025-12 to 91.0 % in 2026-01: +5.0 points.",
        "By channel: +5.9 points since the members' own figures moved, -0.9 points since their weights did.",
        "  chat +3.2 points: its own figure went from 88.0 % to 95.0 % (+5.9 points), its weight from 90.0 % to 80.0 % (-2.8 points).",
        "  email -2.7 points: new, with 75.0 % and 20.0 % of the weight.",
        "  app +2.5 points: gone, it had 25.0 % and 5.0 % of the weight.",
        "  2 others together: +2.1 points.",
        "By shop: all of it is contract.",
    ]


def test_of_one_dimension_more_members_are_told(run: Run, published_home: Any) -> None:
    result = run("kpi", "csat_rate", "--why", "--dimension", "channel", "--period", "2026-01-31", "--home", published_home.root)
    assert result.stdout.splitlines()[-2:] == [
        "  phone +2.1 points: gone, it had 68.0 % and 10.0 % of the weight.",
        "  store +0.0 points: with nothing to divide by in either period.",
    ]
    assert "By shop" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nps"], "Its changes are not split over members. It is a quantile."),
        (["bot_csat_mean"], "No value: No rows of: tickets."),
        (["csat_rate", "--grain", "year"], "No year is compared with the one before: both have to be whole, settled and to have a value."),
        (["csat_rate", "--on", "2026-02-03"], "The month with 2026-02-03 is not compared with the one before: both have to be whole"),
        (["csat_rate", "--on", "2020-01-01"], "The month with 2020-01-01 is not compared with the one before"),
    ],
)
def test_where_nothing_is_split_it_says_why(run: Run, published_home: Any, arguments: list[str], sentence: str) -> None:
    result = run("kpi", *arguments, "--why", "--home", published_home.root)
    assert (result.exit_code, result.stdout[: len(sentence)]) == (0, sentence)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give its id"),
        (["csat_rate", "--rows"], "neither --member nor --rows"),
        (["csat_rate", "--member", "chat"], "neither --member nor --rows"),
        (["csat_rate", "--grain", "week"], "a --grain of month, quarter, year"),
        (["csat_rate", "--dimension", "chanel"], "There is no dimension that csat_rate is split by 'chanel'. Did you mean channel?"),
    ],
)
def test_a_why_that_cannot_be_asked_is_wrong_usage(run: Run, published_home: Any, arguments: list[str], message: str) -> None:
    result = run("kpi", *arguments, "--why", "--home", published_home.root)
    assert result.exit_code == 2
    assert message in result.stderr
