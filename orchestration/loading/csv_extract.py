"""Reads a CSV extract: one pass for the rows; more only when the file has something to reject or does not reconcile."""

from __future__ import annotations

import csv
import gzip
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from typing import Any

import duckdb
import numpy

from orchestration.loading.bytes_scan import (
    Numbers,
    RecordIndex,
    TextFacts,
    line_feeds_only,
    line_of_bytes,
    record_index,
    text_copy,
)
from orchestration.loading.conversion import conversion, missing
from orchestration.loading.csv_header import Header, csv_header
from orchestration.loading.lines import Unsplittable, compression, forget_unsplittable, lines_of_file, reject_unsplittable, unsplittable
from orchestration.loading.reading import (
    Counts,
    Reading,
    has_own_markers,
    left_out,
    matched,
    naming_files,
    null_if_marked,
    null_markers,
    other_columns,
)
from orchestration.loading.results import Refusal, in_plain_words
from orchestration.loading.session import Session
from orchestration.sql_text import literal, literal_list


class MixedLineEnds(Exception):
    """A file ends some lines in one way and some in another, and has to be read with all of them alike."""


def read_csv(session: Session, facts: TextFacts) -> Counts:
    """Insert the rows of a CSV file in UTF-8 and reject what is wrong. Refuses the file when its lines and rows do not reconcile."""
    reading = csv_reading(session, csv_header(session))
    # Each scan adds to the engine's list, and whoever rejected rows of an earlier file scanned that once more.
    forget_unsplittable(session)
    try:
        rows = session.insert(reading, reading.relation, f"row_number + {reading.header_lines}")
    except duckdb.InvalidInputException as error:
        if "invalid state" in str(error) and facts.returns:
            raise MixedLineEnds from error
        raise Refusal("wrong_content", f"the file is not readable as CSV ({in_plain_words(error)}); have it delivered again") from error
    unsplit = unsplittable(session)
    wrong = session.wrong_rows()
    if wrong and not session.is_thorough:
        return read_csv(session.thorough(wrong), facts)
    session.judged(wrong)
    aside = session.take_out_left_out(reading)
    read = rows + len(unsplit)
    has_lone_returns = facts.line_feeds and facts.returns > facts.pairs
    if (has_lone_returns or (facts.mixes_line_ends and unsplit)) and _records_by_csv_module(session) != read:
        # Lone returns end lines for the reader and not for the counts below, which may then agree by chance. So may they where the
        # reader could not split a line: of line ends that differ from the others it makes blank rows.
        raise MixedLineEnds
    is_plain = facts.physical_lines - reading.header_lines == read
    if is_plain and not unsplit and not wrong:
        return reading.counts(read, 0, aside)
    is_quoted = _reconciled(session, facts, reading, read, unsplit, is_plain=is_plain)
    if unsplit:
        reject_unsplittable(session, facts, unsplit)
    if wrong:
        _reject_wrong_rows(session, facts, reading, unsplit, is_quoted=is_quoted)
        session.take_out_wrong_rows()
    return reading.counts(read, len(unsplit) + wrong, aside)


def csv_reading(session: Session, header: Header, *, together: bool = False) -> Reading:
    """How to read the file, or ``together`` with others of that header. Refuses a header that does not fit the declaration."""
    feed = session.feed
    found = matched(feed, list(header.names))
    if found.faults:
        raise Refusal.of_all(found.faults)
    raws = {column.name: f"raw_{found.positions[column.name]}" for column in feed.columns if column.name in found.positions}
    raws |= {column.name: "raw_others" for column in feed.columns if column.is_collected}
    conversions = tuple(
        conversion(feed, column, number, raws[column.name], "VARCHAR", thorough=session.is_thorough)
        if column.name in raws
        else missing(column, number)
        for number, column in enumerate(feed.columns)
    )
    used = {found.positions[column.name]: column for column in feed.columns if column.name in found.positions}
    selected = [
        f"{null_if_marked(feed, column, f'raw_{position}')} as raw_{position}" if has_own_markers(feed, column) else f"raw_{position}"
        for position, column in sorted(used.items())
    ]
    if "raw_others" in raws.values():
        others = {name: f"raw_{position}" for name, position in found.others.items()}
        selected.append(f"{other_columns(feed, others)} as raw_others")
    columns = ", ".join(f"'raw_{position}': 'VARCHAR'" for position in range(len(header.names)))
    named = naming_files(together=together)
    relation = (
        f"select {''.join(f'{each}, ' for each in selected)}{named.selected}row_number() over () as row_number "
        f"from read_csv($path, auto_detect = false, hive_partitioning = false, header = false, skip = {header.records}, "
        f"delim = {literal(feed.delimiter)}, quote = '\"', escape = '\"', comment = '', nullstr = [{literal_list(null_markers(feed))}], "
        f"{compression(is_gzip=session.is_gzip)}, store_rejects = true{named.option}, columns = {{{columns}}})"
    )
    return Reading(relation, conversions, found.unknown, header.lines, left_out(feed, conversions), found.warnings)


def _records_by_csv_module(session: Session) -> int:
    """Rows after the header as Python's csv module counts them: slow, and for files alone that mix line ends. -1: it cannot."""
    options: Any = {"encoding": "utf-8-sig", "newline": ""}
    with gzip.open(session.path, "rt", **options) if session.is_gzip else session.path.open(**options) as text:
        records = csv.reader(text, delimiter=session.feed.delimiter, skipinitialspace=True)
        try:
            return sum(bool(record) for record in islice(records, csv_header(session).records, None))
        except csv.Error:
            return -1


def _reconciled(session: Session, facts: TextFacts, reading: Reading, read: int, unsplit: list[Unsplittable], *, is_plain: bool) -> bool:
    """Compare the rows with the lines of the file. Refuses a file whose lines went missing inside an unclosed quote.

    True: records may go over several lines. False: every line that is not blank is a record.
    """
    for each in unsplit:
        is_at_end = each.ends_at >= facts.byte_count
        if each.error_type == "UNQUOTED VALUE" and (each.is_over_several_lines or (is_at_end and each.has_odd_quotes)):
            line = line_of_bytes(session.path, [each.position], is_gzip=session.is_gzip, line_end=facts.line_end)[each.position]
            raise _unclosed(f"a quote that opens in line {line} is not closed where its value ends")
    if is_plain:
        return False
    if _index(session, facts, reading, is_quoted=True).record_count == read:
        return True
    lines = _index(session, facts, reading, is_quoted=False).record_count
    if lines == read:
        return False
    if facts.mixes_line_ends:
        # What ends a line for the reader need not end one for the count. With one kind of line end there is no doubt.
        raise MixedLineEnds
    raise _unclosed(f"the file has {lines:,} lines with content after the header, but only {read:,} rows can be told apart")


def _unclosed(what: str) -> Refusal:
    return Refusal(
        "unclosed_quote",
        f"{what}, so that rows would vanish inside a value; have the quotes corrected (inside a quoted value a quote is doubled) "
        f"and the file delivered again",
    )


def _index(
    session: Session,
    facts: TextFacts,
    reading: Reading,
    *,
    is_quoted: bool,
    wanted: Numbers | None = None,
    of_lines: Numbers | None = None,
) -> RecordIndex:
    return record_index(
        session.path,
        is_gzip=session.is_gzip,
        line_end=facts.line_end,
        skip_lines=reading.header_lines,
        is_quoted=is_quoted,
        wanted=wanted,
        of_lines=of_lines,
    )


def _reject_wrong_rows(session: Session, facts: TextFacts, reading: Reading, unsplit: list[Unsplittable], *, is_quoted: bool) -> None:
    """Read the file again for the rows that are wrong, and fetch their text from its lines."""
    rows = session.wrong_lines() - reading.header_lines
    # The reader numbers the rows it returned; the index numbers the records of the file, the unsplittable ones among them.
    records = rows
    if unsplit:
        lines = line_of_bytes(session.path, [each.position for each in unsplit], is_gzip=session.is_gzip, line_end=facts.line_end)
        of_lines = numpy.array(list(lines.values()), dtype=numpy.int64)
        skipped = _index(session, facts, reading, is_quoted=is_quoted, of_lines=of_lines).numbers
        # The n-th skipped record (from 0) stands before a row when its number less n is at most the row's number.
        records = rows + numpy.searchsorted(skipped - numpy.arange(len(skipped)), rows, side="right")
    found = _index(session, facts, reading, is_quoted=is_quoted, wanted=records)
    spans = found.last_lines - found.first_lines + 1
    within = numpy.arange(int(spans.sum())) - numpy.repeat(numpy.cumsum(spans) - spans, spans)
    with ExitStack() as stack:
        texts_session = session
        if facts.mixes_line_ends:
            copy = stack.enter_context(text_copy(session.path, session.scratch, line_feeds_only, is_gzip=session.is_gzip))
            texts_session = replace(session, path=copy, is_gzip=False)
        stack.enter_context(
            session.numbers(
                wrong_rows={"row_number": rows, "line": found.first_lines},
                wrong_lines={
                    "row_number": numpy.repeat(rows, spans),
                    "line_number": numpy.repeat(found.first_lines, spans) + within,
                },
            )
        )
        # Two paths in one statement do not go by one parameter: the texts are fetched first.
        texts_session.query(
            f"create or replace temp table texts_of_wrong_rows as "
            f"select wrong_lines.row_number, string_agg(coalesce(lines.line, ''), chr(10) order by lines.line_number) as raw_text "
            f"from ({lines_of_file(is_gzip=texts_session.is_gzip)}) as lines "
            f"inner join wrong_lines on wrong_lines.line_number = lines.line_number group by wrong_lines.row_number"
        )
        session.reject_wrong_rows(
            reading,
            "wrong_rows.line",
            "texts.raw_text",
            "inner join wrong_rows on wrong_rows.row_number = rejected.row_number "
            "inner join temp.texts_of_wrong_rows as texts on texts.row_number = rejected.row_number",
        )
        session.query("drop table temp.texts_of_wrong_rows")
