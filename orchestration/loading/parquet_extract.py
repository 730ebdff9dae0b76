"""Reads a Parquet extract, whose columns come with types of their own."""

from __future__ import annotations

import duckdb

from orchestration.loading.conversion import Conversion, conversion, missing
from orchestration.loading.reading import Counts, Reading, left_out, matched, naming_files, null_if_marked, other_columns
from orchestration.loading.results import Refusal, in_plain_words
from orchestration.loading.session import Session
from orchestration.sql_text import identifier, literal

_OPTIONS = "binary_as_string = true, hive_partitioning = false"


def read_parquet(session: Session) -> Counts:
    """Insert the rows of a Parquet file and reject what is wrong. Refuses a file that is none, or of types that do not fit."""
    try:
        columns = parquet_columns(session)
        reading = parquet_reading(session, columns)
        rows = session.insert(reading, reading.relation, "row_number")
    except duckdb.Error as error:
        if not _is_unreadable(session, error):
            raise
        raise Refusal(
            "wrong_content",
            f"the file is not readable as Parquet ({in_plain_words(error)}); have it delivered again, or under the ending of what it is",
        ) from error
    wrong = session.wrong_rows()
    if wrong and not session.is_thorough:
        return read_parquet(session.thorough(wrong))
    session.judged(wrong)
    aside = session.take_out_left_out(reading)
    if wrong:
        fields = ", ".join(f"{literal(column)}: {identifier(column)}" for column, _ in columns)
        source, row_number = _source(columns)
        texts = f"select {row_number} as row_number, cast(to_json({{{fields}}}) as varchar) as raw_text from {source}"
        more = f"inner join ({texts}) as texts on texts.row_number = rejected.row_number"
        session.reject_wrong_rows(reading, "rejected.row_number", "texts.raw_text", more)
        session.take_out_wrong_rows()
    return reading.counts(rows, wrong, aside)


def _is_unreadable(session: Session, error: duckdb.Error) -> bool:
    """Whether the file is at fault, and not the disk or the memory: then reading it alone fails too."""
    faults_of_the_engine = (duckdb.OutOfMemoryException, duckdb.FatalException)
    if isinstance(error, faults_of_the_engine):
        return False
    session.start_again()
    try:
        session.query(f"select bit_xor(hash(columns(*))) from read_parquet($path, {_OPTIONS})")
    except faults_of_the_engine:
        return False
    except duckdb.Error:
        return True
    return False


def parquet_columns(session: Session) -> list[tuple[str, str]]:
    """The columns of the file with their DuckDB types."""
    return [(str(row[0]), str(row[1])) for row in session.query(f"describe select * from read_parquet($path, {_OPTIONS})")]


def layouts_of_files() -> str:
    """A select of each file that is read together and a text that is the same where names, order and types of the columns are."""
    parts = "name, type, type_length, repetition_type, num_children, converted_type, scale, precision, logical_type"
    return f"select file_name, cast(list(row({parts})) as varchar) from parquet_schema($path) group by file_name"


def parquet_reading(session: Session, columns: list[tuple[str, str]], *, together: bool = False) -> Reading:
    """How to read the file, or ``together`` with others of that layout. Refuses columns that do not fit the declaration."""
    feed = session.feed
    found = matched(feed, [column.strip() for column, _ in columns])
    faults = found.faults
    conversions: list[Conversion] = []
    selected: list[str] = []
    for number, column in enumerate(feed.columns):
        if column.is_collected:
            conversions.append(conversion(feed, column, number, "raw_others", "VARCHAR", thorough=session.is_thorough))
            others = {name: identifier(columns[place][0]) for name, place in found.others.items()}
            selected.append(f"{other_columns(feed, others)} as raw_others")
            continue
        position = found.positions.get(column.name)
        if position is None:
            conversions.append(missing(column, number))
            continue
        delivered_name, delivered_type = columns[position]
        try:
            conversions.append(conversion(feed, column, number, f"raw_{position}", delivered_type, thorough=session.is_thorough))
        except Refusal as fault:
            faults.append(fault)
        raw = identifier(delivered_name)
        selected.append(f"{null_if_marked(feed, column, raw, delivered_type)} as raw_{position}")
    if faults:
        raise Refusal.of_all(faults)
    source, row_number = _source(columns, together=together)
    listed = "".join(f"{each}, " for each in selected)
    named = naming_files(together=together)
    relation = f"select {listed}{named.selected}{row_number} as row_number from {source}"
    aside = left_out(feed, tuple(conversions))
    return Reading(relation, tuple(conversions), found.unknown, left_out=aside, warnings=found.warnings)


def _source(columns: list[tuple[str, str]], *, together: bool = False) -> tuple[str, str]:
    """SQL that reads the file, and the row's number in it (from 1)."""
    options = f"{_OPTIONS}{naming_files(together=together).option}"
    if "file_row_number" in (column.lower() for column, _ in columns):
        return f"read_parquet($path, {options})", "row_number() over ()"
    return f"read_parquet($path, {options}, file_row_number = true)", "file_row_number + 1"
