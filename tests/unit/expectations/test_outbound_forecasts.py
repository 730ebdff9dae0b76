"""What is foretold keeps its rules, and a row made to break one does."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from expectations.outbound.forecasts import BACKTEST, DAILY, HOURS, forecast_rules
from expectations.outbound.mart import Column, Mart
from tests.support.described_models import columns_of

MARTS = {
    subject: Mart(*subject.split("."), tuple(Column(name, kind) for name, kind in columns_of(subject.split(".")[1]).items()), ())
    for subject in (DAILY, BACKTEST, HOURS)
}


@pytest.fixture
def foretold() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema forecast")
        for mart in MARTS.values():
            connection.execute(f"create table {mart.relation} ({', '.join(f'{each.name} {each.data_type}' for each in mart.columns)})")
        connection.execute(
            f"""
            insert into {DAILY} by name
            select 'tickets' as series, 'overall' as dimension, 'all' as member, 'combined' as method, range as days_ahead,
                10.0 as expected_count, 8.0 as lower_count, 13.0 as upper_count
            from range(1, 29)
            """
        )
        connection.execute(
            f"""
            insert into {BACKTEST} by name
            select 'tickets' as series, 'overall' as dimension, 'all' as member, 'combined' as method, 'shown' as verdict,
                0.8 as error_against_naive
            """
        )
        connection.execute(
            f"""
            insert into {HOURS} by name
            select 'phone' as channel, 'erlang_c' as method, 5.0 as load_erlangs, 8 as agents_needed, 0.8 as target_share,
                0.863 as answered_in_time_share
            union all by name
            select 'email' as channel, 'occupancy' as method, 2.0 as load_erlangs, 3 as agents_needed, 0.8 as occupancy
            """
        )
        yield connection


def broken(foretold: duckdb.DuckDBPyConnection) -> list[str]:
    """The rules that fail, in order."""
    rules = [rule for mart in MARTS.values() for rule in forecast_rules(mart, MARTS)]
    assert len(rules) == 3
    assert all(foretold.execute(rule.checked).fetchall() != [(0,)] for rule in rules)
    return [rule.name for rule in rules if foretold.execute(rule.failing).fetchall()]


def test_what_is_foretold_as_it_should_be_breaks_no_rule(foretold: duckdb.DuckDBPyConnection) -> None:
    assert broken(foretold) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (f"update {DAILY} set lower_count = 10.01 where days_ahead = 3", "intervals_hold_what_is_expected"),
        (f"update {DAILY} set upper_count = 9.99 where days_ahead = 3", "intervals_hold_what_is_expected"),
        (f"update {DAILY} set lower_count = -0.01 where days_ahead = 3", "intervals_hold_what_is_expected"),
        (f"update {BACKTEST} set error_against_naive = 1", "only_what_beats_the_naive_is_shown"),
        (f"delete from {DAILY} where days_ahead = 28", "only_what_beats_the_naive_is_shown"),
        (f"update {DAILY} set method = 'ets'", "only_what_beats_the_naive_is_shown"),
        (f"update {DAILY} set member = 'other'", "only_what_beats_the_naive_is_shown"),
        (f"update {HOURS} set agents_needed = 5, answered_in_time_share = null where channel = 'phone'", "hours_have_the_people_they_need"),
        (f"update {HOURS} set agents_needed = 2 where channel = 'email'", "hours_have_the_people_they_need"),
        (f"update {HOURS} set answered_in_time_share = 0.79 where channel = 'phone'", "hours_have_the_people_they_need"),
    ],
)
def test_what_is_foretold_as_it_should_not_be_breaks_its_rule(foretold: duckdb.DuckDBPyConnection, change: str, rule: str) -> None:
    foretold.execute(change)
    assert broken(foretold) == [rule]


def test_a_forecast_that_nothing_shows_any_more_breaks_its_rule(foretold: duckdb.DuckDBPyConnection) -> None:
    foretold.execute(
        f"insert into {BACKTEST} (series, dimension, member, method, verdict) values ('requests', 'overall', 'all', 'ets', 'shown')"
    )
    assert broken(foretold) == ["only_what_beats_the_naive_is_shown"]
