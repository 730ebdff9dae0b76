"""Picks the headline KPIs: the newest complete month, over everything, from ``scoreboard.kpi_scoreboard``."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import duckdb

from orchestration.publishing.identifiers import identifier
from orchestration.publishing.manifest import HeadlineEntry

SCOREBOARD = ("scoreboard", "kpi_scoreboard")

# In the order they are shown. One or two of each family: what a head of service asks first.
HEADLINE_KPIS = (
    "csat_rate",
    "csat_mean",
    "dissatisfaction_rate",
    "survey_response_rate",
    "survey_valid_rate",
    "nps",
    "ticket_count",
    "first_reply_minutes_median",
    "resolution_minutes_median",
    "sla_first_reply_rate",
    "resolution_rate",
    "first_contact_resolution_rate",
    "return_rate_units",
    "refund_rate",
    "cost_per_order",
    "quality_score_mean",
)


def newest_complete_month(as_of: datetime, business_time_zone: str) -> date:
    """The first day of the last calendar month that had ended, in the business zone, at ``as_of`` (aware)."""
    today = as_of.astimezone(ZoneInfo(business_time_zone)).date()
    return date(today.year - 1, 12, 1) if today.month == 1 else date(today.year, today.month - 1, 1)


def headline_kpis(
    connection: duckdb.DuckDBPyConnection, *, catalog: str, as_of: datetime, business_time_zone: str
) -> tuple[HeadlineEntry, ...]:
    """The headline KPIs that have a value in the newest complete month, in the order of ``HEADLINE_KPIS``.

    Empty when the data has no such month, or when ``catalog`` holds no scoreboard.
    """
    has_scoreboard = connection.execute(
        "select count(*) from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?", [catalog, *SCOREBOARD]
    ).fetchone()
    if not has_scoreboard or not has_scoreboard[0]:
        return ()
    rows = connection.execute(
        f"""
        select
            kpi_id, kpi_name_en, unit, value, target_value, previous_value, change_from_previous, change_kind, status, period_start
        from {identifier(catalog, *SCOREBOARD)}
        where period_grain = 'month' and dimension = 'overall' and period_start = $period_start
            and value is not null and list_contains($kpi_ids, kpi_id)
        """,
        {"period_start": newest_complete_month(as_of, business_time_zone), "kpi_ids": list(HEADLINE_KPIS)},
    ).fetchall()
    entries = [
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
    ]
    return tuple(sorted(entries, key=lambda entry: HEADLINE_KPIS.index(entry.kpi_id)))
