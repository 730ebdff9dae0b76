"""Which KPIs are headlines, and in which order, stands in the published definitions and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import duckdb
import pytest

from orchestration.connections import connected
from orchestration.publishing.headline import headline_kpis, newest_complete_month

AS_OF = datetime(2026, 1, 31, 16, tzinfo=UTC)


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """Four KPIs of January 2026, of which one has no value and one no place."""
    with connected(":memory:") as connection:
        connection.execute("""
            create schema scoreboard;
            create table scoreboard.kpi_coverage (kpi_id text, headline_place bigint);
            insert into scoreboard.kpi_coverage values ('first', 1), ('second', 2), ('without_value', 3), ('without_place', null);
            create table scoreboard.kpi_scoreboard as
                select
                    rows.kpi_id, rows.kpi_id as kpi_name_en, 'ratio' as unit, rows.value, null as target_value, null as previous_value,
                    null as change_from_previous, 'points' as change_kind, 'no_target' as status, rows.period_grain, rows.period_start,
                    rows.dimension
                from (values
                    ('second', 'month', date '2026-01-01', 'overall', 0.2), ('first', 'month', date '2026-01-01', 'overall', 0.1),
                    ('without_value', 'month', date '2026-01-01', 'overall', null),
                    ('without_place', 'month', date '2026-01-01', 'overall', 0.4),
                    ('first', 'month', date '2025-12-01', 'overall', 0.5), ('first', 'year', date '2026-01-01', 'overall', 0.6),
                    ('first', 'month', date '2026-01-01', 'channel', 0.7)
                ) as rows (kpi_id, period_grain, period_start, dimension, value)
        """)
        yield connection


def headlines(marts: duckdb.DuckDBPyConnection) -> list[tuple[str, float | None]]:
    return [(kpi.kpi_id, kpi.value) for kpi in headline_kpis(marts, catalog="memory", as_of=AS_OF, business_time_zone="Asia/Shanghai")]


def test_headlines_stand_in_the_order_of_their_places_and_have_a_value(marts: duckdb.DuckDBPyConnection) -> None:
    assert headlines(marts) == [("first", 0.1), ("second", 0.2)]


def test_another_place_is_another_order(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update scoreboard.kpi_coverage set headline_place = 9 where kpi_id = 'first'")
    marts.execute("update scoreboard.kpi_coverage set headline_place = 1 where kpi_id = 'without_place'")
    assert headlines(marts) == [("without_place", 0.4), ("second", 0.2), ("first", 0.1)]


@pytest.mark.parametrize("table", ["kpi_coverage", "kpi_scoreboard"])
def test_without_a_scoreboard_there_is_no_headline(marts: duckdb.DuckDBPyConnection, table: str) -> None:
    marts.execute(f"drop table scoreboard.{table}")
    assert headlines(marts) == []


@pytest.mark.parametrize(
    ("as_of", "month"),
    [
        # The month ends at midnight in Shanghai, which is 16:00 UTC of the day before.
        (datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC), date(2025, 12, 1)),
        (datetime(2026, 1, 31, 16, 0, 0, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 12, 15, tzinfo=UTC), date(2026, 11, 1)),
    ],
)
def test_the_newest_complete_month_ends_in_the_business_zone(as_of: datetime, month: date) -> None:
    assert newest_complete_month(as_of, "Asia/Shanghai") == month
