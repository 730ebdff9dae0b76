"""Finds the header of a CSV file, and where its rows begin.

Lines before the header and rows that explain it to people are passed over as the declaration says. What the names mean is ``reading``'s.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from orchestration.loading.bytes_scan import text_chunks
from orchestration.loading.declarations import FeedDeclaration
from orchestration.loading.results import Refusal
from orchestration.loading.session import Session

_LONGEST_HEADER = 4 << 20


@dataclass(frozen=True)
class Header:
    """The trimmed names of a file's columns, and the numbers of physical lines and of records before its first row."""

    names: tuple[str, ...]
    lines: int
    records: int


def csv_header(session: Session) -> Header:
    """The header of a file. Refuses one without."""
    feed = session.feed
    is_one_line = not feed.lines_before_header and not feed.rows_after_header
    begin = b""
    for chunk in text_chunks(session.path, is_gzip=session.is_gzip):
        begin += chunk
        has_line = is_one_line and begin.strip(b"\xef\xbb\xbf\r\n") and (b"\n" in begin or b"\r" in begin)
        if has_line or len(begin) > _LONGEST_HEADER:
            break
    return header_of(feed, io.StringIO(begin[:_LONGEST_HEADER].decode("utf-8-sig", errors="replace"), newline=""))


def header_of(feed: FeedDeclaration, lines: Iterable[str]) -> Header:
    """The header of a text given by its lines as they stand there; takes no more of them than it needs."""
    before, after = feed.lines_before_header, feed.rows_after_header
    reader = csv.reader(lines, delimiter=feed.delimiter, skipinitialspace=True)
    names: tuple[str, ...] | None = None
    explained = records = last_line = 0
    try:
        for record in reader:
            records += 1
            first_line, last_line = last_line + 1, reader.line_num
            if first_line <= before:
                if last_line > before:
                    raise _not_before(before, first_line)
            elif names is not None:
                explained += bool(record)
            elif any(field.strip() for field in record):
                names = tuple(field.strip() for field in record)
            if names is not None and explained == after:
                return Header(names, last_line, records)
    except csv.Error as error:
        raise Refusal(
            "wrong_content", f"the first line is not a CSV header ({error}); have the file delivered as CSV with a header line"
        ) from error
    if names is not None:
        raise Refusal(
            "empty_file",
            f"rows_after_header is {after}, and the file has {explained} after its header: one of them would be taken for a row otherwise, "
            "or a row for one of them; have it delivered whole, or correct the declaration",
        )
    raise Refusal("empty_file", "the file has no header and no rows; have it delivered with at least its header line")


def _not_before(before: int, line: int) -> Refusal:
    return Refusal(
        "wrong_content",
        f"a quote that opens in line {line} is not closed within the {before} lines before the header (lines_before_header); "
        "correct the number, or have the file delivered without them",
    )
