"""Picks the open alerts of a snapshot, the worst first."""

from __future__ import annotations

import duckdb

from orchestration.sql_text import identifier
from reading.manifest import AlertEntry

_ALERTS = ("forecast", "kpi_alerts")


def open_alerts(connection: duckdb.DuckDBPyConnection, *, catalog: str) -> tuple[AlertEntry, ...]:
    """The open alerts, critical ones first, then those that are furthest off. None where ``catalog`` holds no such mart."""
    found = connection.execute(
        "select 1 from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?", [catalog, *_ALERTS]
    ).fetchone()
    if found is None:
        return ()
    rows = connection.execute(
        f"""
        select
            kpi_id, kpi_name_en, unit, alert_level, side, value, expected_low, expected_high, open_since, last_judged_on,
            driver_dimension, driver_member
        from {identifier(catalog, *_ALERTS)}
        order by list_position(['critical', 'warning', 'notice'], alert_level), abs(deviation) desc, kpi_id
        """
    ).fetchall()
    return tuple(
        AlertEntry(
            kpi_id=kpi_id,
            name=name,
            unit=unit,
            level=level,
            side=side,
            value=value,
            expected_low=low,
            expected_high=high,
            since=since,
            judged_on=judged_on,
            driver_dimension=dimension,
            driver_member=member,
        )
        for kpi_id, name, unit, level, side, value, low, high, since, judged_on, dimension, member in rows
    )
