"""Notices that a feed's declaration reads values in another way than its extracts were read, and has them read again from the archive.

``raw.feed_readings`` keeps for each feed what decided how its values were read. Where that is no longer what the declaration says, all that
was loaded of the feed is forgotten in one transaction, and the load that follows finds in the archive what its ledger lacks, as in a
rebuild: under the numbers, names and moments of the first load. A process that is killed in between leaves the rest to the next load.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from orchestration.loading.archive import SourceArchive
from orchestration.loading.declarations import ColumnDeclaration, FeedDeclaration, SourceDeclaration
from orchestration.loading.results import SourceLoad
from orchestration.loading.transaction import in_one_transaction
from orchestration.sql_text import identifier, literal

# Another way to read the same declaration is another number.
_READING = 1
_SHOWN = 3
_OF_FEED = (
    "time_zone",
    "encoding",
    "delimiter",
    "null_markers",
    "timestamp_formats",
    "date_formats",
    "decimal_sign",
    "thousands_sign",
    "clock_tolerance_minutes",
)
# What few feeds declare; a feed that does not is read as it was before there was such a thing.
_SELDOM = (
    "clean",
    "units",
    "duration_formats",
    "lines_before_header",
    "rows_after_header",
    "leave_out",
    "records",
    "within",
    "records_within",
    "where",
)
_SELDOM_OF_COLUMN = ("other_headers", "is_collected")
_OF_KEY = ("key", "repeated_key_share")
_OF_COLUMN = ("data_type", "header", "required", "accepted_values", "null_markers", "is_plan", "is_id", "pii")


@dataclass(frozen=True)
class Reread:
    """A feed whose extracts are read again; or why they are not, and what was loaded stays."""

    feed: FeedDeclaration
    why: str
    rows_before: tuple[int, int] = (0, 0)
    problem: str | None = None


def forget_what_is_read_otherwise(connection: duckdb.DuckDBPyConnection, source: SourceDeclaration, archive: SourceArchive) -> list[Reread]:
    """Forget what was loaded of each feed whose values are read in another way now. Before ``prepare_raw``, and with a load to follow."""
    connection.execute("create schema if not exists raw")
    connection.execute("create table if not exists raw.feed_readings (feed_table varchar, reading varchar)")
    noted = dict(connection.execute("select feed_table, reading from raw.feed_readings").fetchall())
    has_ledger = bool(_tables(connection, "raw", "extract_ledger"))
    rereads: list[Reread] = []
    for feed in source.feeds.values():
        reading = reading_of(feed)
        if noted.get(feed.identifier) == reading:
            continue
        loaded = (
            connection.execute(
                "select sha256, file_name, rows_accepted, rows_read from raw.extract_ledger "
                "where source_system = ? and feed = ? and status = 'loaded' order by extract_id",
                [feed.source_system, feed.name],
            ).fetchall()
            if has_ledger
            else []
        )
        if not loaded:
            in_one_transaction(connection, *(_forget(connection, feed) if has_ledger else []), *_note(feed, reading))
            continue
        why = _difference(noted.get(feed.identifier), reading)
        lacking = [name for sha256, name, *_ in loaded if not archive.can_answer_for(feed.name, sha256)]
        if lacking:
            shown = ", ".join(lacking[:_SHOWN]) + (" …" if len(lacking) > _SHOWN else "")
            rereads.append(Reread(feed, why, problem=f"the archive lacks {len(lacking):,} of its {len(loaded):,} extracts ({shown})"))
            continue
        accepted, read = (sum(row[column] for row in loaded) for column in (2, 3))
        in_one_transaction(connection, *_forget(connection, feed), *_note(feed, reading))
        rereads.append(Reread(feed, why, (accepted, read)))
    return rereads


def told_of_rereading(rereads: Sequence[Reread], load: SourceLoad) -> list[str]:
    """What has to be told of ``rereads`` after the load that followed: a line for all feeds of which the same is to be told."""
    lines = [
        f"{each.feed.source_system}.{each.feed.name}: its {each.why}, but {each.problem}: what was loaded stays as it was read. "
        "Deliver those files again, then every extract is read anew"
        for each in rereads
        if each.problem is not None
    ]
    done: dict[str, list[Reread]] = {}
    for each in rereads:
        if each.problem is None:
            done.setdefault(each.why, []).append(each)
    for why, of_feeds in done.items():
        names = [each.feed.name for each in of_feeds]
        again = [extract for extract in load.extracts if extract.feed in names and extract.extract_id in load.loaded_again]
        accepted, read = sum(extract.rows_accepted for extract in again), sum(extract.rows_read for extract in again)
        accepted_before, read_before = (sum(each.rows_before[place] for each in of_feeds) for place in (0, 1))
        feeds = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        its = "its" if len(names) == 1 else "their"
        extracts = "1 kept extract was" if len(again) == 1 else f"{len(again):,} kept extracts were"
        lines.append(
            f"{of_feeds[0].feed.source_system}.{feeds}: {its} {why}, so that {its} {extracts} read again, as in a rebuild: "
            f"{accepted:,} of {read:,} rows accepted, before {accepted_before:,} of {read_before:,}"
        )
    return lines


def reading_of(feed: FeedDeclaration) -> str:
    """All that decides how the values of a feed's files are read and judged, as one text."""
    said: dict[str, Any] = {option: getattr(feed, option) for option in (*_OF_FEED, *_OF_KEY)}
    said |= {option: value for option in _SELDOM if (value := getattr(feed, option))}
    columns = {column.name: _column(column) for column in feed.columns}
    return json.dumps({"reading": _READING, **said, "columns": columns}, sort_keys=True)


def _column(column: ColumnDeclaration) -> dict[str, Any]:
    seldom = {option: value for option in _SELDOM_OF_COLUMN if (value := getattr(column, option))}
    return {option: getattr(column, option) for option in _OF_COLUMN} | seldom


def _difference(before: str | None, now: str) -> str:
    """What has changed, in words."""
    if before is None:
        return "way of reading values is not known"
    old, new = json.loads(before), json.loads(now)
    if old["reading"] != new["reading"]:
        return "files are read in another way than before"
    changed = [option for option in (*_OF_FEED, *_SELDOM, *_OF_KEY) if old.get(option) != new.get(option)]
    names = sorted(name for name in old["columns"].keys() | new["columns"].keys() if old["columns"].get(name) != new["columns"].get(name))
    if names:
        changed.append(f"column{'s' if len(names) > 1 else ''} {', '.join(names)}")
    return f"declaration reads values in another way than before ({', '.join(changed)})"


def _note(feed: FeedDeclaration, reading: str) -> tuple[str, ...]:
    table = literal(feed.identifier)
    return (
        f"delete from raw.feed_readings where feed_table = {table}",
        f"insert into raw.feed_readings values ({table}, {literal(reading)})",
    )


def _forget(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration) -> list[str]:
    """The statements that leave nothing of what was loaded of a feed. Its tables are made anew, which a changed type needs."""
    of_feed = f"source_system = {literal(feed.source_system)} and feed = {literal(feed.name)}"
    table = f"feed_table = {literal(feed.identifier)}"
    forgotten = {
        ("raw", "rejects"): of_feed,
        ("raw", "customer_identities"): of_feed,
        ("raw", "identified_extracts"): of_feed,
        ("current", "merged_extracts"): table,
        ("current", "merged_declarations"): table,
    }
    return [
        f"drop table if exists raw.{identifier(feed.identifier)}",
        f"delete from raw.extract_ledger where {of_feed} and status = 'loaded'",
        *(f"delete from {schema}.{name} where {rows}" for (schema, name), rows in forgotten.items() if _tables(connection, schema, name)),
    ]


def _tables(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> list[Any]:
    return connection.execute(
        "select 1 from duckdb_tables() where database_name = current_database() and schema_name = ? and table_name = ?", [schema, name]
    ).fetchall()
