"""Text files as lines: DuckDB's CSV reader used without quotes and columns, and what it could not split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from orchestration.loading.bytes_scan import TextFacts, line_of_bytes
from orchestration.loading.session import Session
from orchestration.sql_text import literal

LONGEST_LINE = 16 << 20
# No text holds this; splitting lines at it leaves them whole.
_NO_DELIMITER = "\x01\x02\x03\x01"


def compression(*, is_gzip: bool) -> str:
    """The reader's option for compression. Never guessed: a name may end in anything."""
    return f"compression = '{'gzip' if is_gzip else 'none'}'"


def lines_of_file(*, is_gzip: bool) -> str:
    """SQL: the physical lines of the file ``$path`` as ``line_number`` and ``line``; a blank line is null."""
    return (
        f"select line, row_number() over () as line_number from read_csv($path, auto_detect = false, hive_partitioning = false, "
        f"header = false, delim = {literal(_NO_DELIMITER)}, quote = '', escape = '', comment = '', "
        f"max_line_size = {LONGEST_LINE}, buffer_size = {4 * LONGEST_LINE}, "
        f"{compression(is_gzip=is_gzip)}, store_rejects = true, columns = {{'line': 'VARCHAR'}})"
    )


@dataclass(frozen=True)
class Unsplittable:
    """A line that DuckDB's reader could not split into columns, by where it begins (bytes from 0)."""

    position: int
    error_type: str
    is_over_several_lines: bool
    has_odd_quotes: bool
    ends_at: int


# Line ends at the begin of a reported line belong to blank lines before it.
_POSITION = r"line_byte_position - 1 + strlen(csv_line) - strlen(ltrim(csv_line, chr(10) || chr(13)))"
_LINE = r"trim(csv_line, chr(10) || chr(13))"
_QUOTES = "strlen(csv_line) - strlen(replace(csv_line, '\"', ''))"

# What DuckDB calls it, the reason among the rejects, and the detail.
_REASONS = {
    "MISSING COLUMNS": ("too_few_columns", "the line has fewer columns than the header"),
    "TOO MANY COLUMNS": ("too_many_columns", "the line has more columns than the header"),
    "UNQUOTED VALUE": ("stray_quote", "a quoted value is followed by more text before the next delimiter"),
    "LINE SIZE OVER MAXIMUM": ("line_too_long", "the line is longer than the reader takes"),
}


def forget_unsplittable(session: Session) -> None:
    """Drop the engine's list of lines it could not split; every scan adds to it."""
    session.query("drop table if exists temp.reject_errors")
    session.query("drop table if exists temp.reject_scans")


def unsplittable(session: Session) -> list[Unsplittable]:
    """The lines that the scans since ``forget_unsplittable`` could not split, in order."""
    if session.shared_query("select count(*) from temp.reject_errors")[0][0] == 0:
        return []
    rows = session.query(
        f"""
        select
            {_POSITION} as position,
            arg_min(cast(error_type as varchar), coalesce(column_idx, 0)) as error_type,
            bool_or(contains({_LINE}, chr(10)) or contains({_LINE}, chr(13))) as is_over_several_lines,
            bool_or(({_QUOTES}) % 2 = 1) as has_odd_quotes,
            max(line_byte_position - 1 + strlen(csv_line)) as ends_at
        from temp.reject_errors
        group by position
        order by position
        """
    )
    return [Unsplittable(*row) for row in rows]


def reject_unsplittable(session: Session, facts: TextFacts, lines: list[Unsplittable]) -> int:
    """Write the lines that could not be split to the rejects. Returns how many."""
    physical = line_of_bytes(session.path, [each.position for each in lines], is_gzip=session.is_gzip, line_end=facts.line_end)
    reasons = " ".join(f"when {literal(error)} then {literal(reason)}" for error, (reason, _) in _REASONS.items())
    details = " ".join(f"when {literal(error)} then {literal(detail)}" for error, (_, detail) in _REASONS.items())
    places = {"position": numpy.array(list(physical), dtype=numpy.int64), "line": numpy.array(list(physical.values()), dtype=numpy.int64)}
    with session.numbers(places_of_lines=places):
        rejected = session.reject(
            f"""
            select
                places_of_lines.line,
                cast(null as varchar),
                case errors.error_type {reasons} else lower(replace(errors.error_type, ' ', '_')) end,
                case errors.error_type {details} else lower(errors.error_type) end
                    || case when contains(errors.error_type, 'COLUMNS') then ' (' || errors.error_message || ')' else '' end,
                errors.raw_text,
                cast(null as varchar)
            from (
                select
                    {_POSITION} as position,
                    arg_min(cast(error_type as varchar), coalesce(column_idx, 0)) as error_type,
                    max(error_message) as error_message,
                    any_value({_LINE}) as raw_text
                from temp.reject_errors
                group by position
            ) as errors
            inner join places_of_lines on places_of_lines.position = errors.position
            """
        )
    forget_unsplittable(session)
    return rejected
