"""Tells the kinds of file among those given, and how each is written: format, encoding, delimiter, names of columns.

Looks at names and at the begin of files. What stands in the columns is told in ``columns``.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import charset_normalizer
import duckdb

from orchestration.connections import connected
from orchestration.loading.bytes_scan import text_chunks
from orchestration.loading.declared_meta import Format
from orchestration.loading.discovery import SPREADSHEETS, format_of
from orchestration.loading.results import Refusal
from orchestration.loading.trial import columns_of
from orchestration.sql_text import one_file

_BEGIN = 1 << 20
_MOST_LINES_BEFORE = 50
_EXPLAINS_A_HEADER = '{""ImportId"":'
_DIGITS = re.compile(r"[0-9]+(?:[-_. ]?[0-9]+)*")
# Encodings in which shops' systems write, each with those that it contains.
_ENCODINGS = {
    "gb18030": ("gb18030", "gbk", "gb2312", "hz"),
    "big5": ("big5", "big5hkscs", "cp950"),
    "shift_jis": ("shift_jis", "cp932", "shift_jis_2004", "shift_jisx0213"),
    "euc_kr": ("euc_kr", "cp949", "johab"),
    "cp1252": ("cp1252", "latin_1", "iso8859_15"),
    "cp1250": ("cp1250", "iso8859_2"),
    "cp1251": ("cp1251", "koi8_r"),
}


class ProposalError(Exception):
    """Nothing can be proposed for the files; the message says for which, why, and what to do."""


@dataclass(frozen=True)
class Kind:
    """Files that are one feed: they are named alike but for numbers, and have one header."""

    feed: str
    glob: str
    paths: tuple[Path, ...]
    file_format: Format
    encoding: str
    # How the encoding was told, where it was guessed.
    doubt: str | None
    delimiter: str
    headers: tuple[str, ...]
    lines_before_header: int = 0
    # Records that explain the header to people: Qualtrics writes two.
    rows_after_header: int = 0


def kinds_of(paths: Sequence[Path]) -> list[Kind]:
    """The kinds of file among ``paths``, in the order in which they come."""
    named: dict[str, list[Path]] = {}
    for path in paths:
        if path.suffix.lower() in SPREADSHEETS:
            raise ProposalError(f"{path.name} is a spreadsheet. Make CSV of it first: aftersales sheet {path}")
        if format_of(path.name) is None:
            raise ProposalError(f"{path.name} has no ending that is read (csv, csv.gz, jsonl, jsonl.gz, parquet); rename it.")
        named.setdefault(_glob(path.name), []).append(path)
    kinds = [_kind(glob, of_kind) for glob, of_kind in named.items()]
    feeds = [kind.feed for kind in kinds]
    for feed in feeds:
        if feeds.count(feed) > 1:
            globs = ", ".join(kind.glob for kind in kinds if kind.feed == feed)
            raise ProposalError(f"The names {globs} differ in numbers and signs only, which gives two feeds '{feed}'; rename some of them.")
    return kinds


def _glob(name: str) -> str:
    """The name with ``*`` in the place of numbers, which tell one file from the next."""
    ending = f".{format_of(name)}"
    stem = _DIGITS.sub("*", name[: -len(ending)])
    return f"{stem if '*' in stem else stem + '*'}{ending.lower()}"


def _kind(glob: str, paths: list[Path]) -> Kind:
    file_format = format_of(paths[0].name)
    if file_format is None:
        raise ProposalError(f"{paths[0].name} has no ending that is read.")
    stem = re.sub(r"[^a-z0-9]+", "_", _DIGITS.sub("", glob.partition(".")[0]).lower()).strip("_")
    feed = stem if stem[:1].isalpha() else "lines"
    try:
        if not file_format.startswith("csv"):
            return Kind(feed, glob, tuple(paths), file_format, "utf-8", None, ",", _keys(paths, file_format))
        guesses = [_encoding(path) for path in paths]
        encoding, doubt = next((guess for guess in guesses if guess[0] != "utf-8"), guesses[0])
        begins = [_begin(path).decode(encoding, errors="ignore").lstrip("\ufeff") for path in paths]
        delimiter, before = _layout(begins[0])
        headers = dict.fromkeys(name for begin in begins for name in _header(begin, delimiter, before))
    except (OSError, Refusal, duckdb.Error, csv.Error) as error:
        raise ProposalError(f"{paths[0].name} cannot be read: {error}") from error
    if not headers:
        raise ProposalError(f"{paths[0].name} has no line; a feed is proposed from files with a header.")
    after = 2 if _EXPLAINS_A_HEADER in begins[0] else 0
    return Kind(feed, glob, tuple(paths), file_format, encoding, doubt, delimiter, tuple(headers), before, after)


def _keys(paths: Iterable[Path], file_format: Format) -> tuple[str, ...]:
    """The columns of Parquet files, or the keys of JSON lines."""
    found: dict[str, None] = {}
    with connected(":memory:") as connection:
        for path in paths:
            found |= dict.fromkeys(columns_of(connection, path, file_format))
    return tuple(found)


def _begin(path: Path) -> bytes:
    begin = b""
    for chunk in text_chunks(path, is_gzip=path.name.lower().endswith(".gz")):
        begin += chunk
        if len(begin) >= _BEGIN:
            break
    return begin[:_BEGIN]


def _encoding(path: Path) -> tuple[str, str | None]:
    """The encoding of a text file, and how sure that is: what is UTF-8 from begin to end is, the rest is guessed."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rb") as file:
            while chunk := file.read(_BEGIN):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _guessed(_begin(path))
    return "utf-8", None


def _guessed(begin: bytes) -> tuple[str, str | None]:
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", None
    names = [name for contained in _ENCODINGS.values() for name in contained]
    best = charset_normalizer.from_bytes(begin, cp_isolation=names).best()
    if best is None:
        return "cp1252", "no encoding fits; cp1252 takes any bytes"
    encoding = next((name for name, contained in _ENCODINGS.items() if best.encoding in contained), best.encoding)
    if encoding != "cp1252" and begin.decode(encoding, errors="replace") == begin.decode("cp1252", errors="replace"):
        # Many encodings of Latin letters agree in what this text has; this is the one that most systems mean.
        encoding = "cp1252"
    return encoding, f"guessed (the file is no UTF-8): look whether names read well in {encoding}"


def _layout(begin: str) -> tuple[str, int]:
    """The delimiter, and how many lines stand before the header: such without a delimiter, as DuckDB's sniffer passes over."""
    with tempfile.TemporaryDirectory(prefix="aftersales-propose-") as folder, connected(":memory:") as connection:
        path = Path(folder) / "begin.csv"
        # The last line may be cut off.
        path.write_text(begin[: begin.rfind("\n") + 1] or begin, encoding="utf-8")
        try:
            row = connection.execute(f"select delimiter, skiprows from sniff_csv({one_file(path)}, quote = '\"')").fetchone()
        except duckdb.Error:
            row = None
    found = str(row[0]) if row and row[0] else ","
    delimiter = found if len(found) == 1 and found.isascii() and found not in '"\r\n' else ","
    before = int(row[1]) if row and row[1] else 0
    is_preamble = all(delimiter not in line for line in begin.splitlines()[:before])
    return delimiter, before if 0 < before <= _MOST_LINES_BEFORE and is_preamble else 0


def _header(begin: str, delimiter: str, before: int) -> list[str]:
    begin = "".join(begin.splitlines(keepends=True)[before:])
    records = csv.reader(io.StringIO(begin, newline=""), delimiter=delimiter, skipinitialspace=True)
    first = next((record for record in records if any(field.strip() for field in record)), [])
    return [field.strip() for field in first]
