"""Says which archived extracts are no longer needed, and takes their bytes away when they are old enough.

Never removes what a rebuild needs: an extract stays as long as one of its rows is the version that counts, or is rejected and open.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import duckdb

from orchestration.loading.archive import ArchivedExtract, ArchiveError, SourceArchive
from orchestration.loading.declarations import SourceDeclaration
from orchestration.loading.rejects import RejectState, rejects_with_state
from orchestration.loading.row_versions import ranked_versions

DAYS_VARIABLE = "AFTERSALES_ARCHIVE_DAYS"


def archive_days() -> int | None:
    """For how many days superseded extracts are kept, as ``AFTERSALES_ARCHIVE_DAYS`` says it; None: for ever, the default."""
    setting = os.environ.get(DAYS_VARIABLE)
    if not setting:
        return None
    if not setting.isdecimal():
        raise ArchiveError(f"{DAYS_VARIABLE} is {setting!r}; it has to be a whole number of days, or empty to keep everything.")
    return int(setting)


def remove_superseded(
    connection: duckdb.DuckDBPyConnection, source: SourceDeclaration, archive: SourceArchive, *, now: datetime, days: int
) -> list[ArchivedExtract]:
    """Remove the bytes of extracts that were loaded more than ``days`` before ``now`` (UTC) and are not needed. Returns them."""
    removed: list[ArchivedExtract] = []
    for feed in source.feeds.values():
        old = [
            extract
            for extract in archive.extracts
            if extract.feed == feed.name and extract.removed_at is None and _since(extract) < now - timedelta(days=days)
        ]
        if not old:
            continue
        rows = connection.execute(
            f"""
            select sha256 from raw.extract_ledger where extract_id in (
                select _extract_id from ({ranked_versions(feed)}) where version_rank = 1
                union
                select extract_id from ({rejects_with_state(feed)}) where state = '{RejectState.OPEN}'
            )
            """
        ).fetchall()
        # By their bytes: in a warehouse that loaded an extract again because its number was taken, it has another.
        needed = {sha256 for (sha256,) in rows}
        for extract in old:
            if extract.sha256 not in needed:
                archive.remove(extract, now)
                removed.append(extract)
    return removed


def _since(extract: ArchivedExtract) -> datetime:
    """From when its days are counted. Leaving out can be taken back as long as the bytes are there, so it has its own days."""
    return extract.left_out_at or extract.finished_at
