"""Says which archived extracts are no longer needed, and takes their bytes away when they are old enough.

Never removes what a rebuild needs: an extract stays as long as one of its rows is the version that counts, or is rejected and open. Of a
feed that keeps versions each state of a row counts, so that what happened stays under what held when it happened; of customers who are
recognised in several sources, what was told of them first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import duckdb

from orchestration.loading.archive import ArchivedExtract, SourceArchive
from orchestration.loading.declarations import FeedDeclaration, SourceDeclaration
from orchestration.loading.identities import first_told_in
from orchestration.loading.rejects import RejectState, rejects_with_state
from orchestration.loading.row_versions import key_text, ranked_versions, state_key, table_of
from orchestration.sql_text import identifier, literal


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
        # What is removed is gone: this asks the versions themselves, not the table that was made from them.
        rows = connection.execute(
            f"""
            select _extract_id from ({ranked_versions(feed, state_key(feed))}) where version_rank = 1
            union
            select extract_id from ({rejects_with_state(feed)}) where state = '{RejectState.OPEN}'
            union
            {first_told_in(feed)}
            """
        ).fetchall()
        needed = {extract_id for (extract_id,) in rows}
        numbers = _numbers(connection, feed)
        for extract in old:
            # A warehouse in which its number was taken when it was loaded again knows it by another.
            as_loaded = extract.model_copy(update={"extract_id": numbers.get(extract.sha256, extract.extract_id)})
            if as_loaded.extract_id not in needed:
                archive.remove(as_loaded, now)
                removed.append(as_loaded)
    return removed


def needed_without(
    connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration, archive: SourceArchive, left_out: Sequence[ArchivedExtract]
) -> list[ArchivedExtract]:
    """The extracts of ``feed`` whose bytes were removed and that a rebuild would need if those of ``left_out`` had not come.

    Of a rejected row whose key ``left_out`` has too, it is taken that nothing else answers it.
    """
    key_of_row = key_text([f"rows.{identifier(column)}" for column in feed.key])
    hashes = ", ".join(literal(extract.sha256) for extract in left_out)
    of_feed = f"source_system = {literal(feed.source_system)} and feed = {literal(feed.name)}"
    gone = f"select extract_id from raw.extract_ledger where {of_feed} and status = 'loaded' and sha256 in ({hashes})"
    rows = connection.execute(
        f"""
        select sha256 from raw.extract_ledger where extract_id in (
            select _extract_id from ({ranked_versions(feed, state_key(feed), where=f"versions._extract_id not in ({gone})")})
            where version_rank = 1
            union
            select extract_id from raw.rejects
            where {of_feed} and row_key in (
                select {key_of_row} from {table_of(feed)} as rows where rows._extract_id in ({gone})
            )
        )
        """
    ).fetchall()
    needed = {sha256 for (sha256,) in rows} - {extract.sha256 for extract in left_out}
    return [
        extract
        for extract in archive.extracts
        if extract.feed == feed.name and extract.removed_at is not None and extract.left_out_at is None and extract.sha256 in needed
    ]


def _numbers(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration) -> dict[str, int]:
    """The number of each loaded extract of ``feed`` by its bytes."""
    rows = connection.execute(
        "select sha256, extract_id from raw.extract_ledger where source_system = ? and feed = ? and status = 'loaded'",
        [feed.source_system, feed.name],
    ).fetchall()
    return dict(rows)


def _since(extract: ArchivedExtract) -> datetime:
    """From when its days are counted. Leaving out can be taken back as long as the bytes are there, so it has its own days."""
    return extract.left_out_at or extract.finished_at
