"""Picks the headline KPIs: the newest complete month, over everything, of those that the published definitions give a place."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import duckdb

from orchestration.sql_text import identifier
from reading.manifest import HeadlineEntry

_SCOREBOARD = ("scoreboard", "kpi_scoreboard")
_DEFINITIONS = ("scoreboard", "kpi_coverage")


def newest_complete_month(as_of: datetime, business_time_zone: str) -> date:
    """The first day of the last calendar month that had ended, in the business zone, at ``as_of`` (aware)."""
    today = as_of.astimezone(ZoneInfo(business_time_zone)).date()
    return date(today.year - 1, 12, 1) if today.month == 1 else date(today.year, today.month - 1, 1)


def headline_kpis(
    connection: duckdb.DuckDBPyConnection, *, catalog: str, as_of: datetime, business_time_zone: str
) -> tuple[HeadlineEntry, ...]:
    """The headline KPIs that have a value in the newest complete month, in the order of their ``headline_place``.

    Empty when the data has no such month, or when ``catalog`` holds no scoreboard.
    """
    if not all(_has_table(connection, catalog, *table) for table in (_SCOREBOARD, _DEFINITIONS)):
        return ()
    rows = connection.execute(
        f"""
        select
            scoreboard.kpi_id,
            scoreboard.kpi_name_en,
            scoreboard.unit,
            scoreboard.value,
            scoreboard.target_value,
            scoreboard.previous_value,
            scoreboard.change_from_previous,
            scoreboard.change_kind,
            scoreboard.status,
            scoreboard.period_start
        from {identifier(catalog, *_SCOREBOARD)} as scoreboard
        inner join {identifier(catalog, *_DEFINITIONS)} as definitions
            on scoreboard.kpi_id = definitions.kpi_id
        where
            scoreboard.period_grain = 'month'
            and scoreboard.dimension = 'overall'
            and scoreboard.period_start = $period_start
            and scoreboard.value is not null
            and definitions.headline_place is not null
        order by definitions.headline_place, scoreboard.kpi_id
        """,
        {"period_start": newest_complete_month(as_of, business_time_zone)},
    ).fetchall()
    return tuple(
        HeadlineEntry(
            kpi_id=kpi_id,
            name=name,
            unit=unit,
            value=value,
            target=target,
            previous=previous,
            change=moved,
            change_kind=change_kind,
            status=status,
            period=period,
        )
        for kpi_id, name, unit, value, target, previous, moved, change_kind, status, period in rows
    )


def _has_table(connection: duckdb.DuckDBPyConnection, catalog: str, schema: str, table: str) -> bool:
    found = connection.execute(
        "select count(*) from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?", [catalog, schema, table]
    ).fetchone()
    return bool(found and found[0])
