"""Reads the rows of one extract, whatever its format and its encoding, inside its transaction."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from orchestration.loading.bytes_scan import (
    Fingerprint,
    TextFacts,
    is_utf8,
    one_line_end,
    one_line_end_outside_quotes,
    text_copy,
    text_facts,
)
from orchestration.loading.csv_extract import MixedLineEnds, csv_reading, read_csv
from orchestration.loading.csv_header import csv_header
from orchestration.loading.discovery import format_of
from orchestration.loading.encodings import Translation, told_of_utf8
from orchestration.loading.jsonl_extract import read_jsonl
from orchestration.loading.parquet_extract import read_parquet
from orchestration.loading.reading import Counts
from orchestration.loading.records import Unfolding, unfolding_of
from orchestration.loading.results import Refusal
from orchestration.loading.session import Session


def read_extract(session: Session, marks: Fingerprint) -> Counts:
    """Read one extract inside its transaction."""
    try:
        return _read(session, marks)
    except Refusal as refusal:
        declared, named = session.feed.format, format_of(session.file.name)
        if declared is None or named in (None, declared):
            raise
        told = f"it is named {named}, but the feed declares format: {declared}, which is what it was read as"
        raise Refusal(refusal.reason, f"{refusal.message}; {told}") from refusal


def _read(session: Session, marks: Fingerprint) -> Counts:
    file_format = session.file.file_format
    if file_format is None:
        raise Refusal(
            "wrong_content",
            "the name has no ending that says its format (.csv, .csv.gz, .parquet, .jsonl, .jsonl.gz); rename it, or declare its format",
        )
    if marks.byte_count == 0:
        raise Refusal("empty_file", "the file has no bytes; have it delivered with at least its header line")
    if file_format == "parquet":
        return read_parquet(session)
    refuse_binary(marks.begin, is_gzip=session.is_gzip)
    return _read_text(session, marks)


_KINDS = {
    b"PAR1": "Parquet",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"\x28\xb5\x2f\xfd": "compressed by zstd",
    b"\x1f\x8b": "compressed by gzip",
}


def refuse_binary(begin: bytes, *, is_gzip: bool) -> None:
    """Refuse what cannot be text, by its first bytes."""
    for magic, kind in _KINDS.items():
        if begin.startswith(magic) and not (is_gzip and kind == "compressed by gzip"):
            raise Refusal(
                "wrong_content",
                f"the content is {kind}, not what the name says; rename it to its real ending, or have it delivered as text"
                f"{' (of a spreadsheet, aftersales sheet FILE makes CSV)' if 'spreadsheet' in kind else ''}",
            )


def _read_text(session: Session, marks: Fingerprint) -> Counts:
    encoding = session.feed.encoding
    unfolding = unfolding_of(session.file)
    if unfolding is not None and is_utf8(encoding):
        if marks.encoding_problem is not None:
            raise marks.encoding_problem
        return _read_unfolded(session, unfolding)
    if is_utf8(encoding):
        if marks.encoding_problem is not None:
            raise Refusal.of_all([marks.encoding_problem, *_faults_of_header(session)])
        return _read_utf8(session, marks.text)
    told = told_of_utf8(session.path, encoding, is_gzip=session.is_gzip)
    translation = Translation(encoding)
    with text_copy(session.path, session.scratch, translation, is_gzip=session.is_gzip) as copy:
        plain = replace(session, path=copy, is_gzip=False)
        counts = _read_utf8(plain, None) if unfolding is None else _read_unfolded(plain, unfolding)
    return replace(counts, warnings=tuple(each for each in (told, translation.warning, *counts.warnings) if each))


def _read_unfolded(session: Session, unfolding: Unfolding) -> Counts:
    with unfolding.copy(session.path, session.scratch, is_gzip=session.is_gzip) as copy:
        facts = text_facts(copy, is_gzip=False)
        # A list that is empty everywhere is a feed without rows, not a file without content.
        counts = _read_utf8(replace(session, path=copy, is_gzip=False), facts) if facts.byte_count else Counts(0, 0, ())
    return replace(counts, left_out=counts.left_out + unfolding.left_out)


def _faults_of_header(session: Session) -> list[Refusal]:
    """What is wrong with the header of a file that is refused for something else."""
    if (session.file.file_format or "").startswith("csv"):
        try:
            csv_reading(session, csv_header(session))
        except Refusal as refusal:
            return [refusal]
    return []


def _read_utf8(session: Session, facts: TextFacts | None) -> Counts:
    is_csv = (session.file.file_format or "").startswith("csv")
    read = read_csv if is_csv else read_jsonl
    facts = facts or text_facts(session.path, is_gzip=session.is_gzip)
    with ExitStack() as stack:
        # The second way only helps where quotes do not come in pairs; after it nothing is mixed.
        for translate in (one_line_end_outside_quotes, one_line_end):
            try:
                return read(session, facts)
            except MixedLineEnds:
                session.start_again()
                copy = stack.enter_context(text_copy(session.path, session.scratch, translate, is_gzip=session.is_gzip))
                session = replace(session, path=copy, is_gzip=False)
                facts = text_facts(copy, is_gzip=False)
        return read(session, facts)
