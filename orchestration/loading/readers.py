"""Builds the SQL by which DuckDB's own readers read an extract: CSV, JSONL and Parquet, each as raw columns + row number.

Looks at a file's header only. Values and rows stay in the engine.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.loading.bytes_scan import text_chunks
from orchestration.loading.conversion import Conversion, conversion, missing
from orchestration.loading.declarations import FeedDeclaration
from orchestration.loading.naming import literal, literal_list, name, one_file
from orchestration.loading.results import Refusal

# No text holds this; splitting lines at it leaves them whole.
_NO_DELIMITER = "\x01\x02\x03\x01"
_LONGEST_HEADER = 4 << 20
_LONGEST_JSON_LINE = 16 << 20
_KEY_SAMPLE_LINES = 1_000
# A case, not an and: the engine may ask for the type of a line before it asks whether the line is JSON.
_IS_OBJECT = "case when json_valid(line) then json_type(line) = 'OBJECT' else false end"


@dataclass(frozen=True)
class Reading:
    """How to read one extract: a relation with raw columns and ``row_number`` (from 1), and the conversion of each declared column."""

    relation: str
    conversions: tuple[Conversion, ...]
    unknown_columns: tuple[str, ...]
    # Physical lines before the first row.
    header_lines: int = 0

    def converted(self, relation: str | None = None) -> str:
        """The relation with the steps of every conversion beside the raw columns."""
        query = relation or self.relation
        depth = max((len(each.steps) for each in self.conversions), default=0)
        for level in range(depth):
            added = ", ".join(f"{each.steps[level][1]} as {each.steps[level][0]}" for each in self.conversions if len(each.steps) > level)
            query = f"select *, {added} from ({query})"
        return query

    @property
    def is_wrong(self) -> str:
        """SQL over ``converted``: some value makes the row a reject."""
        return " or ".join(test for each in self.conversions if (test := each.is_wrong)) or "false"

    @property
    def findings(self) -> str:
        """SQL over ``converted``: everything wrong with the row, a list of structs in declared order."""
        listed = ", ".join(each.finding for each in self.conversions if each.finding != "null")
        return f"list_filter([{listed}], lambda finding: finding is not null)"


def _match(feed: FeedDeclaration, headers: list[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Positions of the declared columns by header, and the headers nobody declared. Refuses what cannot be matched."""
    declared = {column.header: column for column in feed.columns}
    for header in sorted(set(headers)):
        if headers.count(header) > 1 and (header or header in declared):
            places = ", ".join(str(position + 1) for position, other in enumerate(headers) if other == header)
            raise Refusal("duplicate_header", f"the column name '{header}' stands {headers.count(header)} times (columns {places}); have each column named once")
    positions = {header: position for position, header in enumerate(headers)}
    lacking = [column.header for column in feed.columns if column.required and column.header not in positions]
    if lacking:
        raise _lacks(lacking, headers)
    return positions, tuple(dict.fromkeys(header for header in headers if header not in declared))


def _lacks(lacking: list[str], headers: list[str]) -> Refusal:
    shown = ", ".join(f"'{header}'" for header in lacking)
    there = ", ".join(f"'{header}'" for header in headers[:30]) + (" …" if len(headers) > 30 else "")
    return Refusal(
        "missing_required_column",
        f"the required {'column' if len(lacking) == 1 else 'columns'} {shown} {'is' if len(lacking) == 1 else 'are'} not in the file, which has {there}; "
        f"have {'it' if len(lacking) == 1 else 'them'} delivered, or correct header or required in the declaration",
    )


def null_if_marked(feed: FeedDeclaration, raw: str) -> str:
    """SQL: null where a text value is a null marker. The empty text always is one."""
    markers = tuple(dict.fromkeys(("", *feed.null_markers)))
    if markers == ("",):
        return f"nullif({raw}, '')"
    return f"case when {raw} in ({literal_list(markers)}) then null else {raw} end"


# CSV -----------------------------------------------------------------------------------------------------------------


def csv_reading(feed: FeedDeclaration, path: Path, *, is_gzip: bool) -> Reading:
    """How to read a CSV file in UTF-8. Refuses a file without a header, or whose header does not fit the declaration."""
    headers, header_lines, header_records = _csv_header(path, feed.delimiter, is_gzip=is_gzip)
    positions, unknown = _match(feed, headers)
    conversions = tuple(
        conversion(feed, column, number, f"raw_{positions[column.header]}", "VARCHAR") if column.header in positions else missing(column, number)
        for number, column in enumerate(feed.columns)
    )
    columns = ", ".join(f"'raw_{position}': 'VARCHAR'" for position in range(len(headers)))
    markers = literal_list(tuple(dict.fromkeys(("", *feed.null_markers))))
    relation = (
        f"select {', '.join(f'raw_{position}' for position in sorted(positions[c.header] for c in feed.columns if c.header in positions))}, "
        f"row_number() over () as row_number from read_csv({one_file(path)}, auto_detect = false, hive_partitioning = false, header = false, skip = {header_records}, "
        f"delim = {literal(feed.delimiter)}, quote = '\"', escape = '\"', comment = '', nullstr = [{markers}], "
        f"compression = '{'gzip' if is_gzip else 'none'}', store_rejects = true, columns = {{{columns}}})"
    )
    return Reading(relation, conversions, unknown, header_lines)


def _csv_header(path: Path, delimiter: str, *, is_gzip: bool) -> tuple[list[str], int, int]:
    """The trimmed names of the first record that is not blank, and the numbers of physical lines and of records up to its end."""
    begin = b""
    for chunk in text_chunks(path, is_gzip=is_gzip):
        begin += chunk
        if begin.strip(b"\xef\xbb\xbf\r\n") and (b"\n" in begin or b"\r" in begin or len(begin) > _LONGEST_HEADER):
            break
    text = begin.decode("utf-8-sig", errors="replace")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for number, record in enumerate(reader, start=1):
            if any(field.strip() for field in record):
                return [field.strip() for field in record], reader.line_num, number
    except csv.Error as error:
        raise Refusal("wrong_content", f"the first line is not a CSV header ({error}); have the file delivered as CSV with a header line") from error
    raise Refusal("empty_file", "the file has no header and no rows; have it delivered with at least its header line")


def lines_of(path: Path, *, is_gzip: bool) -> str:
    """SQL: the physical lines of a text file as ``line_number`` and ``line``; a blank line is null."""
    return (
        f"select line, row_number() over () as line_number from read_csv({one_file(path)}, auto_detect = false, hive_partitioning = false, header = false, "
        f"delim = {literal(_NO_DELIMITER)}, quote = '', escape = '', comment = '', max_line_size = {_LONGEST_JSON_LINE}, buffer_size = {4 * _LONGEST_JSON_LINE}, "
        f"compression = '{'gzip' if is_gzip else 'none'}', store_rejects = true, columns = {{'line': 'VARCHAR'}})"
    )


# JSONL ---------------------------------------------------------------------------------------------------------------


def jsonl_reading(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration, path: Path, *, is_gzip: bool) -> Reading:
    """How to read a JSONL file whose every line is a JSON object. The reader raises an error at the first line that is not."""
    columns = ", ".join(f"{literal(column.header)}: 'VARCHAR'" for column in feed.columns)
    selected = ", ".join(f"{null_if_marked(feed, name(column.header))} as raw_{number}" for number, column in enumerate(feed.columns))
    relation = (
        f"select {selected}, row_number() over () as row_number from read_json({one_file(path)}, format = 'newline_delimited', hive_partitioning = false, "
        f"maximum_object_size = {_LONGEST_JSON_LINE}, compression = '{'gzip' if is_gzip else 'uncompressed'}', columns = {{{columns}}})"
    )
    sample = (
        f"select distinct unnest(json_keys(json)) from (select json from read_ndjson_objects({one_file(path)}, hive_partitioning = false, "
        f"maximum_object_size = {_LONGEST_JSON_LINE}, compression = '{'gzip' if is_gzip else 'uncompressed'}') limit {_KEY_SAMPLE_LINES})"
    )
    return Reading(relation, _json_conversions(feed), _unknown_keys(connection, feed, sample))


def _json_conversions(feed: FeedDeclaration) -> tuple[Conversion, ...]:
    return tuple(conversion(feed, column, number, f"raw_{number}", "VARCHAR") for number, column in enumerate(feed.columns))


def _unknown_keys(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration, query: str) -> tuple[str, ...]:
    declared = {column.header for column in feed.columns}
    return tuple(sorted(key for (key,) in connection.execute(query).fetchall() if key not in declared))


def jsonl_line_reading(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration, path: Path, *, is_gzip: bool) -> Reading:
    """How to read a JSONL file line by line, when some lines are not JSON objects: ``line`` and ``is_object`` stand beside the raw columns."""
    structure = "{" + ", ".join(f'"{_json_text(column.header)}":"VARCHAR"' for column in feed.columns) + "}"
    lines = (
        f"select line, line_number as row_number, {_IS_OBJECT} as is_object "
        f"from ({lines_of(path, is_gzip=is_gzip)}) where trim(line, ' ' || chr(9) || chr(13)) <> ''"
    )
    parsed = f"select *, case when is_object then from_json(line, {literal(structure)}) end as parsed from ({lines})"
    selected = ", ".join(f"{null_if_marked(feed, f'parsed.{name(column.header)}')} as raw_{number}" for number, column in enumerate(feed.columns))
    relation = f"select line, is_object, row_number, {selected} from ({parsed})"
    sample = f"select distinct unnest(json_keys(line)) from (select line from ({lines}) where is_object limit {_KEY_SAMPLE_LINES})"
    return Reading(relation, _json_conversions(feed), _unknown_keys(connection, feed, sample))


def _json_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def absent_keys(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration, path: Path, *, is_gzip: bool) -> None:
    """Refuse a JSONL file in which no line has a required key."""
    required = [column for column in feed.columns if column.required]
    if not required:
        return
    tests = ", ".join(f"bool_or(list_contains(keys, {literal(column.header)}))" for column in required)
    row = connection.execute(
        f"select {tests}, count(*) from (select json_keys(line) as keys from ({lines_of(path, is_gzip=is_gzip)}) where {_IS_OBJECT})"
    ).fetchone()
    if row is None or row[-1] == 0:
        return
    lacking = [column.header for column, is_there in zip(required, row, strict=False) if not is_there]
    if lacking:
        sample = f"select distinct unnest(json_keys(line)) as key from ({lines_of(path, is_gzip=is_gzip)}) where {_IS_OBJECT} order by key"
        raise _lacks(lacking, [key for (key,) in connection.execute(sample).fetchall()])


# Parquet -------------------------------------------------------------------------------------------------------------


def parquet_reading(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration, path: Path) -> Reading:
    """How to read a Parquet file. Refuses a file that is none, or whose columns do not fit the declaration."""
    described = _parquet_columns(connection, path)
    headers = [column.strip() for column, _ in described]
    positions, unknown = _match(feed, headers)
    conversions: list[Conversion] = []
    selected: list[str] = []
    for number, column in enumerate(feed.columns):
        position = positions.get(column.header)
        if position is None:
            conversions.append(missing(column, number))
        else:
            delivered_name, delivered_type = described[position]
            conversions.append(conversion(feed, column, number, f"raw_{position}", delivered_type))
            raw = name(delivered_name)
            selected.append(f"{null_if_marked(feed, raw) if delivered_type == 'VARCHAR' else raw} as raw_{position}")
    source, row_number = _parquet_source(path, [column for column, _ in described])
    relation = f"select {', '.join([*selected, f'{row_number} as row_number'])} from {source}"
    return Reading(relation, tuple(conversions), unknown)


def parquet_texts(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    """SQL: every row of a Parquet file as ``row_number`` and a JSON object ``raw_text``."""
    names = [column for column, _ in _parquet_columns(connection, path)]
    source, row_number = _parquet_source(path, names)
    fields = ", ".join(f"{literal(column)}: {name(column)}" for column in names)
    return f"select {row_number} as row_number, cast(to_json({{{fields}}}) as varchar) as raw_text from {source}"


def _parquet_columns(connection: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[str, str]]:
    """Names and DuckDB types of a Parquet file's columns."""
    try:
        return [(str(row[0]), str(row[1])) for row in connection.execute(f"describe select * from {_read_parquet(path)}").fetchall()]
    except duckdb.Error as error:
        raise not_parquet(error) from error


def _parquet_source(path: Path, names: list[str]) -> tuple[str, str]:
    """SQL that reads a Parquet file, and the row's number in it."""
    if "file_row_number" in (column.lower() for column in names):
        return _read_parquet(path), "row_number() over ()"
    return _read_parquet(path, ", file_row_number = true"), "file_row_number + 1"


def _read_parquet(path: Path, options: str = "") -> str:
    return f"read_parquet({one_file(path)}, binary_as_string = true, hive_partitioning = false{options})"


def not_parquet(error: Exception) -> Refusal:
    """The refusal of a file that DuckDB cannot read as Parquet."""
    first_line = str(error).splitlines()[0]
    return Refusal("wrong_content", f"the file is not readable as Parquet ({first_line}); have it delivered again, or under the ending of what it is")
