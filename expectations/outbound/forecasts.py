"""Rules about what is foretold: a forecast is one that its backtest allows, and an hour has the people its work needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from expectations.outbound.mart import Mart
from expectations.outbound.shape import row_rule
from expectations.suites import Rule
from expectations.thresholds import RELATIVE_TOLERANCE

DAILY, BACKTEST, HOURS = "forecast.forecast_daily", "forecast.forecast_backtest", "forecast.staffing_hours"
_DAYS = 28


def forecast_rules(mart: Mart, by_subject: Mapping[str, Mart]) -> Iterator[Rule]:
    """The rules of the mart, if it is one of what is foretold."""
    if mart.subject == DAILY:
        cases = [
            ("mart.lower_count > mart.expected_count or mart.expected_count > mart.upper_count", "expected_count outside its interval"),
            ("mart.lower_count < 0", "a negative count"),
        ]
        yield row_rule(mart, "intervals_hold_what_is_expected", "what is expected lies inside its 80 % interval.", cases)
        if BACKTEST in by_subject:
            yield _only_what_beats_the_naive_is_shown(mart, by_subject[BACKTEST])
    elif mart.subject == HOURS:
        cases = [
            ("mart.method = 'erlang_c' and mart.load_erlangs > 0 and mart.agents_needed <= mart.load_erlangs", "no more people than work"),
            (
                "mart.method = 'occupancy' and mart.agents_needed * mart.occupancy < "
                f"mart.load_erlangs - {RELATIVE_TOLERANCE} * greatest(1, mart.load_erlangs)",
                "people busier than they may be",
            ),
            ("mart.answered_in_time_share < mart.target_share", "fewer answered in time than is aimed at"),
        ]
        yield row_rule(mart, "hours_have_the_people_they_need", "the people of an hour do its work in the time that is aimed at.", cases)


def _only_what_beats_the_naive_is_shown(daily: Mart, backtest: Mart) -> Rule:
    by_series = f"""
        select mart.series, mart.dimension, mart.member, min(mart.method) as method, count(*) as day_count
        from {daily.relation} as mart
        group by mart.series, mart.dimension, mart.member
    """
    shown = f"select * from {backtest.relation} as judged where judged.verdict = 'shown'"
    return Rule(
        name="only_what_beats_the_naive_is_shown",
        severity="critical",
        meaning=f"a series has a forecast of {_DAYS} days exactly when its method missed less than the seasonal naive did.",
        checked=f"select count(*) from ({shown}) as shown",
        failing=f"""
            select
                coalesce(shown.series, told.series) || ' ' || coalesce(shown.dimension, told.dimension) || ' '
                || coalesce(shown.member, told.member) as example
            from ({shown}) as shown
            full join ({by_series}) as told
                on
                    shown.series = told.series and shown.dimension = told.dimension and shown.member = told.member
                    and shown.method = told.method
            where shown.series is null or told.series is null or told.day_count <> {_DAYS} or not shown.error_against_naive < 1
        """,
        relations=(daily.subject, backtest.subject),
        counted="series",
    )
