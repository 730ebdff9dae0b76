"""Keeps a table of the rows that count beside all versions of a feed: ``current.<source>__<feed>``, one row per key.

Which version counts is a total order: the newest updated_at (none counts as oldest), then the newest delivery, then the later line. A
withdrawn row stays, with a flag, so that an older version that is delivered later does not bring it back. Where a feed says that an
extract replaces more than the rows of its keys (``replaces``), of each part of it the newest delivery counts as a whole. After a load only
the keys, or parts, of the new extracts are ranked again. Which extracts a table holds is noted in the transaction that merges them, so that
a process may be killed anywhere: the next load merges what is not noted. A table that was made by another declaration starts anew.

The books rank all versions for themselves (``row_versions``) and share with this only what a delivery and a part are (``replacing``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import duckdb

from orchestration.loading.declarations import FeedDeclaration, SourceDeclaration
from orchestration.loading.replacing import corrections_of, part_of, tell_of_repeated_lines
from orchestration.loading.transaction import in_one_transaction
from orchestration.sql_text import identifier, literal

SCHEMA = "current"
IS_WITHDRAWN = "_is_withdrawn"
_EXTRACTS = f"{SCHEMA}.merged_extracts"
_DECLARATIONS = f"{SCHEMA}.merged_declarations"


def current_table(feed: FeedDeclaration) -> str:
    """The quoted name of the feed's table of current rows."""
    return f"{SCHEMA}.{identifier(feed.identifier)}"


def prepare_current(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, SourceDeclaration]) -> None:
    """Make the table of every feed that has none, and an empty one where it was made by another declaration."""
    connection.execute(f"create schema if not exists {SCHEMA}")
    connection.execute(f"create table if not exists {_EXTRACTS} (feed_table varchar, extract_id bigint)")
    connection.execute(f"create table if not exists {_DECLARATIONS} (feed_table varchar, declaration varchar)")
    made = dict(connection.execute(f"select feed_table, declaration from {_DECLARATIONS}").fetchall())
    for source in sources.values():
        for feed in source.feeds.values():
            if made.get(feed.identifier) != _declaration(feed):
                start_anew(connection, feed)


def start_anew(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration) -> None:
    """Empty the table of ``feed``: the next load ranks every version that it has."""
    columns = ", ".join(f"{identifier(column)} {sql_type}" for column, sql_type in feed.raw_columns.items())
    table = literal(feed.identifier)
    in_one_transaction(
        connection,
        f"create or replace table {current_table(feed)} ({columns}, {IS_WITHDRAWN} boolean)",
        f"delete from {_EXTRACTS} where feed_table = {table}",
        f"delete from {_DECLARATIONS} where feed_table = {table}",
        f"insert into {_DECLARATIONS} values ({table}, {literal(_declaration(feed))})",
    )


def merge_new_extracts(connection: duckdb.DuckDBPyConnection, source: SourceDeclaration) -> None:
    """Merge what was loaded of ``source`` and is not in the tables of its feeds yet."""
    rows = connection.execute(
        f"""
        select distinct extracts.feed, merged.feed_table is null
        from raw.extract_ledger as extracts
        left join (select distinct feed_table from {_EXTRACTS}) as merged
            on merged.feed_table = extracts.source_system || '__' || extracts.feed
        where
            extracts.source_system = ? and extracts.status = 'loaded' and extracts.extract_id not in (
                select noted.extract_id from {_EXTRACTS} as noted
                where noted.feed_table = extracts.source_system || '__' || extracts.feed
            )
        """,
        [source.name],
    ).fetchall()
    for feed_name, is_first in rows:
        # A feed that is not declared any more keeps its extracts, and nobody reads them.
        if feed_name in source.feeds:
            _merge(connection, source.feeds[feed_name], is_first=is_first)


def _merge(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration, *, is_first: bool) -> None:
    if feed.replaces is not None:
        _merge_replacing(connection, feed)
        return
    listed = ", ".join(identifier(column) for column in feed.raw_columns)
    key = ", ".join(f"versions.{identifier(column)}" for column in feed.key)
    updated = "versions.updated_at desc nulls last, " if feed.has_column("updated_at") else ""
    new = _new_extracts(feed)
    candidates = f"select {listed} from raw.{identifier(feed.identifier)} where _extract_id in ({new})"
    if not is_first:
        has_key = " and ".join(f"held.{identifier(column)} is not distinct from new_rows.{identifier(column)}" for column in feed.key)
        candidates += (
            f" union all select {listed} from {current_table(feed)} as held "
            f"where exists (select 1 from raw.{identifier(feed.identifier)} as new_rows "
            f"where new_rows._extract_id in ({new}) and {has_key})"
        )
    counting = f"""
        select {listed}, {_is_withdrawn(feed)} as {IS_WITHDRAWN}
        from (
            select versions.*, row_number() over (
                partition by {key} order by {updated}versions._extract_id desc, versions._line desc
            ) as version_rank
            from ({candidates}) as versions
        ) as versions
        where versions.version_rank = 1
    """
    noted = f"insert into {_EXTRACTS} select {literal(feed.identifier)}, extract_id from ({new})"
    if is_first:
        in_one_transaction(connection, f"insert into {current_table(feed)} {counting}", noted)
        return
    is_same = " and ".join(f"held.{identifier(column)} is not distinct from newest.{identifier(column)}" for column in feed.key)
    in_one_transaction(
        connection,
        f"create or replace temp table newest_versions as {counting} and versions._extract_id in ({new})",
        f"delete from {current_table(feed)} as held using newest_versions as newest where {is_same}",
        f"insert into {current_table(feed)} select * from newest_versions",
        noted,
        "drop table newest_versions",
    )


def _merge_replacing(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration) -> None:
    """Merge the new extracts of a feed in which the newest delivery of a part counts as a whole."""
    listed = ", ".join(identifier(column) for column in feed.raw_columns)
    raw, current, new = f"raw.{identifier(feed.identifier)}", current_table(feed), _new_extracts(feed)
    noted = f"insert into {_EXTRACTS} select {literal(feed.identifier)}, extract_id from ({new})"
    if feed.replaces is not None and feed.replaces.what == "nothing":
        rows = f"select {listed}, {_is_withdrawn(feed)} from {raw} as versions where versions._extract_id in ({new})"
        in_one_transaction(connection, f"insert into {current} {rows}", tell_of_repeated_lines(feed, new), noted)
        return
    is_same_part = " and ".join(
        ["true", *(f"{held} = {other}" for held, other in zip(part_of(feed, "held"), part_of(feed, "new_rows"), strict=True))]
    )
    is_touched = f"exists (select 1 from {raw} as new_rows where new_rows._extract_id in ({new}) and {is_same_part})"
    updated = "versions.updated_at desc nulls last, " if feed.has_column("updated_at") else ""
    key = ", ".join(f"versions.{identifier(column)}" for column in feed.key or ("_extract_id", "_line"))
    counting = f"""
        select {listed}, {_is_withdrawn(feed)} as {IS_WITHDRAWN}
        from (
            select versions.*, row_number() over (
                partition by {key} order by {updated}versions._extract_id desc, versions._line desc
            ) as version_rank
            from (
                select candidates.*, rank() over (
                    partition by {", ".join(part_of(feed, "candidates")) or "true"}
                    order by coalesce(corrections.corrected_id, candidates._extract_id) desc
                ) as delivery_rank
                from (
                    select {listed} from {raw} where _extract_id in ({new})
                    union all
                    select {listed} from {current} as held where {is_touched}
                ) as candidates
                left join ({corrections_of(feed)}) as corrections on corrections.extract_id = candidates._extract_id
            ) as versions
            where versions.delivery_rank = 1
        ) as versions
        where versions.version_rank = 1
    """
    in_one_transaction(
        connection,
        f"create or replace temp table newest_versions as {counting}",
        f"delete from {current} as held where {is_touched}",
        f"insert into {current} select * from newest_versions",
        noted,
        "drop table newest_versions",
    )


def _new_extracts(feed: FeedDeclaration) -> str:
    """A select of the loaded extracts that are not merged yet."""
    return (
        f"select extract_id from raw.extract_ledger where source_system = {literal(feed.source_system)} and feed = {literal(feed.name)} "
        f"and status = 'loaded' and extract_id not in (select extract_id from {_EXTRACTS} where feed_table = {literal(feed.identifier)})"
    )


def _is_withdrawn(feed: FeedDeclaration) -> str:
    return "coalesce(versions.is_deleted, false)" if feed.has_column("is_deleted") else "false"


def _declaration(feed: FeedDeclaration) -> str:
    """All of a declaration that decides what the table holds, as one short text."""
    columns = [f"{column} {sql_type}" for column, sql_type in feed.raw_columns.items()]
    return hashlib.sha256("\n".join([*feed.key, repr(feed.replaces) if feed.replaces else "", *columns]).encode()).hexdigest()
