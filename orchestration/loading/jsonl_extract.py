"""Reads a JSONL extract: all lines as objects in one pass; line by line when some are none, or a row is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

import duckdb

from orchestration.loading.bytes_scan import TextFacts
from orchestration.loading.conversion import Conversion, conversion, doubting_numbers
from orchestration.loading.csv_extract import MixedLineEnds
from orchestration.loading.declarations import ColumnDeclaration, FeedDeclaration
from orchestration.loading.json_paths import is_path, key_of, value_at
from orchestration.loading.lines import LONGEST_LINE, forget_unsplittable, lines_of_file, reject_unsplittable, unsplittable
from orchestration.loading.reading import (
    LANDED_AS,
    Counts,
    Reading,
    lacking,
    left_out,
    naming_files,
    null_if_marked,
    two_names,
    unknown_columns,
)
from orchestration.loading.results import Refusal
from orchestration.loading.session import Session
from orchestration.sql_text import identifier, literal

# Keys that are not declared are looked for in so many lines: asking every line would cost as much as reading it.
KEY_SAMPLE_LINES = 1_000
# A case, not an and: the engine may ask for the type of a line before it asks whether the line is JSON.
_IS_OBJECT = "case when json_valid(line) then json_type(line) = 'OBJECT' else false end"


def read_jsonl(session: Session, facts: TextFacts) -> Counts:
    """Insert the rows of a JSONL file in UTF-8 and reject what is wrong."""
    reading = jsonl_reading(session)
    try:
        unknown = _unknown_keys(session, _sample(session))
        rows = session.insert(reading, reading.relation, "row_number")
    except duckdb.InvalidInputException:
        # Some line is no JSON object. The reader does not say which and how many; the lines do.
        rows, unknown = -1, ()
    wrong = session.wrong_rows() if rows >= 0 else 0
    if wrong and not session.is_thorough:
        return read_jsonl(session.thorough(wrong), facts)
    session.judged(wrong)
    aside = session.take_out_left_out(reading)
    if rows == facts.physical_lines and wrong == 0:
        return replace(reading.counts(rows, 0, aside), unknown_columns=unknown)
    session.start_again()
    return _read_by_line(session, facts)


def _conversions(feed: FeedDeclaration, *, thorough: bool) -> tuple[Conversion, ...]:
    made = (
        conversion(feed, column, number, f"raw_{number}", _read_as(feed, column, thorough=thorough), thorough=thorough)
        for number, column in enumerate(feed.columns)
    )
    return tuple(made if thorough else map(doubting_numbers, made))


def _read_as(feed: FeedDeclaration, column: ColumnDeclaration, *, thorough: bool) -> str:
    """The type a value is read as. As JSON, what names something says whether it was a number, and a number whether it was a text."""
    is_told = (thorough and column.is_id) or (column.is_number and feed.has_own_signs)
    return "JSON" if is_told else "VARCHAR"


def _keys(feed: FeedDeclaration, *, thorough: bool) -> dict[str, str]:
    """The keys at the top of an object that the declaration names, and the type that each is read as."""
    keys: dict[str, str] = {}
    for column in feed.columns:
        for header in column.headers:
            key = key_of(header)
            read_as = "JSON" if is_path(header) else _read_as(feed, column, thorough=thorough)
            keys[key] = "JSON" if "JSON" in (read_as, keys.get(key)) else read_as
    return keys


def _not_in_json(feed: FeedDeclaration, keys: Collection[str]) -> str | None:
    """What the feed declares that cannot be read from JSON lines; nothing of most feeds."""
    if any(column.is_collected for column in feed.columns):
        return "the feed collects other columns (other_columns), which JSON has not"
    if nameless := next((column.name for column in feed.columns if "" in column.headers), None):
        return f"column '{nameless}' has no name in its files, which JSON needs"
    spelt = Counter(key.lower() for key in keys)
    if alike := [key for key in keys if spelt[key.lower()] > 1]:
        return f"the feed knows names that differ in capitals only ({', '.join(alike)}), which are not told apart in JSON"
    return None


def _value(feed: FeedDeclaration, column: ColumnDeclaration, of: str, *, thorough: bool) -> str:
    """SQL: the value of a column among the keys, which are fields of ``of`` (a name and a point) or columns."""
    as_json = _read_as(feed, column, thorough=thorough) == "JSON"
    values: list[str] = []
    for header in column.headers:
        key = f"{of}{identifier(key_of(header))}"
        if is_path(header):
            values.append(value_at(header, key, as_json=as_json))
        elif not as_json and _keys(feed, thorough=thorough)[header] == "JSON":
            values.append(f"({key}->>'$')")
        else:
            values.append(key)
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def _left_out(feed: FeedDeclaration, conversions: tuple[Conversion, ...], *, thorough: bool) -> str:
    return left_out(feed, conversions, [column.name for column in feed.columns if _read_as(feed, column, thorough=thorough) == "JSON"])


def _raw(feed: FeedDeclaration, column: ColumnDeclaration, value: str, *, thorough: bool) -> str:
    """SQL: the delivered value, null where that is what it means."""
    return null_if_marked(feed, column, value, _read_as(feed, column, thorough=thorough))


def _options(session: Session) -> str:
    packed = "gzip" if session.is_gzip else "uncompressed"
    return f"hive_partitioning = false, maximum_object_size = {LONGEST_LINE}, compression = '{packed}'"


def jsonl_reading(session: Session, *, together: bool = False) -> Reading:
    """How to read the file, every line of which is an object, or ``together`` with others of the feed."""
    feed = session.feed
    thorough = session.is_thorough
    if fault := _not_in_json(feed, _keys(feed, thorough=thorough)):
        raise Refusal("wrong_content", f"{fault}; have it delivered as CSV or Parquet")
    columns = ", ".join(f"{literal(key)}: '{read_as}'" for key, read_as in _keys(feed, thorough=thorough).items())
    selected = "".join(
        f"{_raw(feed, column, _value(feed, column, '', thorough=thorough), thorough=thorough)} as raw_{number}, "
        for number, column in enumerate(feed.columns)
    )
    named = naming_files(together=together)
    relation = (
        f"select {selected}{named.selected}row_number() over () as row_number "
        f"from read_json($path, format = 'newline_delimited', {_options(session)}{named.option}, columns = {{{columns}}})"
    )
    conversions = _conversions(feed, thorough=thorough)
    return Reading(relation, conversions, left_out=_left_out(feed, conversions, thorough=thorough))


def keys_of_files(session: Session) -> str:
    """A select of each file that is read together and each key that it has."""
    named = naming_files(together=True)
    objects = f"select {named.selected}json from read_ndjson_objects($path, {_options(session)}{named.option})"
    return f"select distinct {LANDED_AS}, unnest(json_keys(json)) from ({objects})"


def _sample(session: Session) -> str:
    return f"select json as line from (select json from read_ndjson_objects($path, {_options(session)}) limit {KEY_SAMPLE_LINES})"


def _unknown_keys(session: Session, lines: str) -> tuple[str, ...]:
    keys = session.shared_query(f"select distinct unnest(json_keys(line)) from ({lines})")
    return unknown_keys(session.feed, [key for (key,) in keys])


def unknown_keys(feed: FeedDeclaration, keys: list[str]) -> tuple[str, ...]:
    """The keys of objects that are not declared. Refuses two that are names of one column."""
    faults = two_names(feed, keys)
    if faults:
        raise Refusal.of_all(faults)
    known = {key_of(header) for column in feed.columns for header in column.headers}
    return unknown_columns(feed, sorted(set(keys) - known))


def _reading_by_line(session: Session) -> Reading:
    """``line`` and ``is_object`` stand beside the raw columns; lines without content are left out."""
    feed = session.feed
    structure = "{" + ", ".join(f'"{_json_text(key)}":"{read_as}"' for key, read_as in _keys(feed, thorough=True).items()) + "}"
    lines = (
        f"select line, line_number as row_number, {_IS_OBJECT} as is_object from ({lines_of_file(is_gzip=session.is_gzip)}) "
        f"where trim(line, ' ' || chr(9) || chr(13)) <> ''"
    )
    parsed = f"select *, case when is_object then from_json(line, {literal(structure)}) end as parsed from ({lines})"
    selected = ", ".join(
        f"{_raw(feed, column, _value(feed, column, 'parsed.', thorough=True), thorough=True)} as raw_{number}"
        for number, column in enumerate(feed.columns)
    )
    conversions = _conversions(feed, thorough=True)
    relation = f"select line, is_object, row_number, {selected} from ({parsed})"
    return Reading(relation, conversions, left_out=_left_out(feed, conversions, thorough=True))


def _json_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _read_by_line(session: Session, facts: TextFacts) -> Counts:
    reading = _reading_by_line(session)
    objects = f"select * from ({reading.relation}) where is_object"
    forget_unsplittable(session)
    try:
        rows = session.insert(reading, objects, "row_number")
    except duckdb.InvalidInputException as error:
        if "invalid state" in str(error):
            raise MixedLineEnds from error
        raise
    wrong = session.wrong_rows()
    aside = session.take_out_left_out(reading)
    if wrong:
        session.reject_wrong_rows(reading, "rejected.row_number", "rejected.line", "where rejected.is_object")
        session.take_out_wrong_rows()
    invalid = session.reject(
        f"select row_number, cast(null as varchar), case when json_valid(line) then 'not_an_object' else 'invalid_json' end, "
        f"case when json_valid(line) then 'the line is JSON, but not an object' "
        f"else 'the line is not valid JSON (cut off, or more than one object)' end, line, cast(null as varchar) "
        f"from ({reading.relation}) where not is_object"
    )
    unsplit = unsplittable(session)
    if unsplit:
        invalid += reject_unsplittable(session, facts, unsplit)
    if rows == 0:
        _refuse_without_objects(session, invalid)
    if wrong:
        _refuse_absent_keys(session)
    sample = f"select line from ({reading.relation}) where is_object limit {KEY_SAMPLE_LINES}"
    return replace(reading.counts(rows + invalid, wrong + invalid, aside), unknown_columns=_unknown_keys(session, sample))


def _refuse_without_objects(session: Session, invalid: int) -> None:
    if invalid == 0:
        raise Refusal("empty_file", "the file has no lines with content; have it delivered with its rows, or not at all")
    first = session.query(
        f"select left(trim(line), 1) from ({lines_of_file(is_gzip=session.is_gzip)}) where trim(line) <> '' order by line_number limit 1"
    )
    if not first or first[0][0] != "{":
        raise Refusal(
            "wrong_content", "no line is a JSON object (a JSON array, or another format?); have it delivered as one object per line"
        )


def _refuse_absent_keys(session: Session) -> None:
    """Refuse a file in which no line has some required key: it lacks a column, its rows are not at fault."""
    required = [column for column in session.feed.columns if column.required]
    keys = f"select json_keys(line) as keys from ({lines_of_file(is_gzip=session.is_gzip)}) where {_IS_OBJECT}"
    keys_of = [[literal(key_of(header)) for header in column.headers] for column in required]
    tests = ", ".join(f"bool_or(list_has_any(keys, [{', '.join(names)}]))" for names in keys_of)
    are_there = session.query(f"select {tests} from ({keys})")[0]
    absent = [column for column, is_there in zip(required, are_there, strict=True) if not is_there]
    if absent:
        raise lacking(
            session.feed, absent, [key for (key,) in session.query(f"select distinct unnest(keys) as key from ({keys}) order by key")]
        )
