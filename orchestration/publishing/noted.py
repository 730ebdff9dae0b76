"""What the periods of a table hold, by the notes that its build made of them: what has been hashed there need not be hashed again.

The notes (``measures.built_periods``) are dbt's, written in the transaction that makes the rows. A table of which they do not tell every
row is hashed by whoever asks.
"""

from __future__ import annotations

import duckdb

from orchestration.publishing.copying import WAREHOUSE, warehouse_columns
from orchestration.publishing.parts import Days, Layout, by_part

_NOTES = ("measures", "built_periods")
_PERIOD = "period_start"


def noted_days(connection: duckdb.DuckDBPyConnection, table: str, layout: Layout, rows: int) -> Days | None:
    """What the days of a table with so many ``rows`` hold, of the attached warehouse; None where the notes do not tell it.

    A day holds all periods, of whatever length, that begin on it.
    """
    if layout.column not in (None, _PERIOD) or layout.moments or not warehouse_columns(connection, *_NOTES):
        return None
    day = "cast(null as date)" if layout.column is None else _PERIOD
    found = connection.execute(
        f"""
        select
            false,
            {day},
            sum(cast(split_part(fingerprint, ':', 1) as bigint)),
            sum(cast(split_part(fingerprint, ':', 2) as hugeint))
        from {WAREHOUSE}.{".".join(_NOTES)}
        where model = ? and role = 'output'
        group by all
        having count(*) > 0
        """,
        [table],
    ).fetchall()
    return by_part(layout, found) if rows and sum(row_count for _, _, row_count, _ in found) == rows else None
