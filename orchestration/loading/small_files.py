"""Reads many small files with one statement for those of a feed and a layout: planning it costs more than reading one of them.

Takes only files that have nothing to tell: every row fits, and rows and lines agree, file by file. It names the others, which are then
read one by one, and judges nothing about them. Each extract keeps its own number, lines and counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from orchestration.loading.bytes_scan import Fingerprint, is_utf8, text_facts
from orchestration.loading.contents import refuse_binary
from orchestration.loading.csv_extract import csv_reading
from orchestration.loading.csv_header import Header, csv_header
from orchestration.loading.discovery import LandedFile
from orchestration.loading.doubtful_keys import distinct_keys, has_something_to_tell, ids_like_floats
from orchestration.loading.jsonl_extract import KEY_SAMPLE_LINES, jsonl_reading, keys_of_files, unknown_keys
from orchestration.loading.parquet_extract import layouts_of_files, parquet_columns, parquet_reading
from orchestration.loading.reading import LANDED_AS, Counts, Reading
from orchestration.loading.results import Refusal
from orchestration.loading.session import Session
from orchestration.sql_text import identifier, literal, one_file

MOST_FILES = 100
MOST_BYTES = 1 << 18


class OneByOne(Exception):
    """Files that cannot be read together with others, by the numbers of their extracts."""

    def __init__(self, extract_ids: Iterable[int]) -> None:
        super().__init__()
        self.extract_ids = frozenset(extract_ids)


@dataclass(frozen=True)
class _Lines:
    """What the lines of a text file say: its header, of CSV, and how many rows follow."""

    header: Header | None
    rows: int


def is_small(file: LandedFile, marks: Fingerprint) -> bool:
    """Whether a file may be read together with others, by what is known before its rows are."""
    is_readable = file.file_format == "parquet" or (is_utf8(file.feed.encoding) and marks.encoding_problem is None)
    return (
        file.file_format is not None
        and is_readable
        and not (file.feed.leave_out or file.feed.unfolds)
        and 0 < marks.byte_count <= MOST_BYTES
    )


def read_together(files: Sequence[tuple[Session, Fingerprint]]) -> dict[int, Counts]:
    """Insert the rows of small files, inside one transaction of all; the counts of each by its number. Raises ``OneByOne``."""
    text: dict[tuple[str, bool, Header | None], dict[int, tuple[Session, int]]] = defaultdict(dict)
    parquet: dict[str, list[Session]] = defaultdict(list)
    unfit: set[int] = set()
    for session, marks in files:
        if session.file.file_format == "parquet":
            parquet[session.feed.name].append(session)
            continue
        try:
            lines = _lines(session, marks)
        except (Refusal, OSError):
            lines = None
        if lines is None:
            unfit.add(session.extract_id)
        else:
            text[session.feed.name, session.is_gzip, lines.header][session.extract_id] = session, lines.rows
    if unfit:
        raise OneByOne(unfit)
    counts: dict[int, Counts] = {}
    for (_, _, header), group in text.items():
        sessions = [session for session, _ in group.values()]
        counts |= _inserted(sessions, header, [rows for _, rows in group.values()])
    for sessions in parquet.values():
        for group in _of_one_layout(sessions):
            counts |= _inserted(group, None, None)
    return counts


def _lines(session: Session, marks: Fingerprint) -> _Lines | None:
    """What the lines say of a text file; None: it has to be read alone."""
    refuse_binary(marks.begin, is_gzip=session.is_gzip)
    facts = marks.text if marks.text is not None and not session.is_gzip else text_facts(session.path, is_gzip=session.is_gzip)
    if facts.mixes_line_ends:
        return None
    if (session.file.file_format or "").startswith("csv"):
        header = csv_header(session)
        return _Lines(header, facts.physical_lines - header.lines)
    # Keys are looked for in a sample of the lines; here that is the file.
    return _Lines(None, facts.physical_lines) if 0 < facts.physical_lines <= KEY_SAMPLE_LINES else None


def _of_one_layout(sessions: list[Session]) -> list[list[Session]]:
    """Parquet files of a feed in groups that have the same columns in the same order and types."""
    try:
        layouts = dict(_run(sessions, layouts_of_files()))
    except (duckdb.Error, Refusal) as error:
        raise OneByOne(session.extract_id for session in sessions) from error
    groups: dict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        groups[layouts.get(str(session.path), "")].append(session)
    return list(groups.values())


def _inserted(sessions: list[Session], header: Header | None, rows: list[int] | None) -> dict[int, Counts]:
    """Insert the rows of files of one feed and layout. ``rows`` is how many each has by its lines; None: its lines say nothing."""
    first = sessions[0]
    unknown: dict[str, tuple[str, ...]] = {}
    try:
        if first.file.file_format == "parquet":
            reading = parquet_reading(first, parquet_columns(first), together=True)
        elif header is not None:
            reading = csv_reading(first, header, together=True)
        else:
            reading = jsonl_reading(first, together=True)
            keys: dict[str, list[str]] = defaultdict(list)
            for path, key in _run(sessions, keys_of_files(first)):
                keys[path].append(key)
            unknown = {path: unknown_keys(first.feed, of_file) for path, of_file in keys.items()}
        _run(sessions, _insert(sessions, reading, rows))
        ids = ", ".join(str(session.extract_id) for session in sessions)
        distinct = ", ".join([*(distinct_keys(first.feed) if first.feed.key else ("count(*)", "count(*)")), ids_like_floats(first.feed)])
        found = first.query(
            f"select _extract_id, count(*), min(_line), max(_line), {distinct} from {first.raw_table} "
            f"where _extract_id in ({ids}) group by _extract_id"
        )
    except (duckdb.Error, Refusal) as error:
        raise OneByOne(session.extract_id for session in sessions) from error
    inserted = {extract_id: (count, first_line, last_line) for extract_id, count, first_line, last_line, *_ in found}
    before = reading.header_lines
    unfit = [number for number, count, _, _, keys, moments, floats in found if floats or has_something_to_tell(count, keys, moments)]
    counts: dict[int, Counts] = {}
    for place, session in enumerate(sessions):
        count, first_line, last_line = inserted.get(session.extract_id, (0, before + 1, before))
        # The line of a row that has to be rejected is negative. A row that could not be split, or went into a value, is not there.
        if (first_line, last_line) != (before + 1, before + count) or (rows is not None and rows[place] != count):
            unfit.append(session.extract_id)
        counts[session.extract_id] = Counts(count, 0, unknown.get(str(session.path), reading.unknown_columns), reading.warnings)
    if unfit:
        raise OneByOne(unfit)
    return counts


def _insert(sessions: list[Session], reading: Reading, rows: list[int] | None) -> str:
    """A text reader numbers the rows of all files in their order, so that those of the files before have to be taken off."""
    listed: list[str] = []
    before = 0
    for place, session in enumerate(sessions):
        listed.append(
            f"({literal(str(session.path))}, {session.extract_id}, {before}, {session.moment}, {session.latest}, {session.latest_on})"
        )
        before += 0 if rows is None else rows[place]
    columns = ", ".join(identifier(each.column.name) for each in reading.conversions)
    values = ", ".join(each.value_name for each in reading.conversions)
    line = f"row_number - extracts.rows_before + {reading.header_lines}"
    return (
        f"insert into {sessions[0].raw_table} ({columns}, _extract_id, _line, _loaded_at) "
        f"select {values}, extracts.extract_id, case when {reading.is_wrong} then -({line}) else {line} end, extracts.moment "
        f"from ({reading.converted()}) as delivered "
        f"inner join (values {', '.join(listed)}) as extracts(path, extract_id, rows_before, moment, latest, latest_on) "
        f"on extracts.path = delivered.{LANDED_AS}"
    )


def _run(sessions: list[Session], query: str) -> list[tuple[Any, ...]]:
    """Run a query whose ``$path`` are the files of all ``sessions``."""
    paths = ", ".join(one_file(session.path) for session in sessions)
    values = {"path": f"[{paths}]", "latest": "extracts.latest", "latest_on": "extracts.latest_on"}
    return sessions[0].statements.run(query, values)
