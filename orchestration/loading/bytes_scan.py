"""Looks at an extract as bytes: its hash, its line ends, whether it is text in the declared encoding, where a line lies.

Knows nothing of columns or types. This is the second pair of eyes beside DuckDB's reader: what it counts here has to
agree with what the reader returned, else lines were swallowed (an unclosed quote does that) and the file is refused.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy
import numpy.typing

from orchestration.loading.results import Refusal

_CHUNK = 1 << 20
COPY_PREFIX = "reading-"
_QUOTE, _LINE_FEED, _RETURN = 34, 10, 13
_UTF8_NAMES = frozenset({"utf-8", "utf_8_sig", "utf-8-sig", "ascii"})


@dataclass(frozen=True)
class TextFacts:
    """What one pass over the bytes of a text file says."""

    byte_count: int  # of the text, after decompression
    line_feeds: int
    returns: int
    pairs: int  # returns right before a line feed
    ends_with_line_end: bool

    @property
    def line_end(self) -> bytes:
        """The byte that ends a line: a line feed, or a carriage return where there is no line feed."""
        return b"\r" if self.line_feeds == 0 and self.returns else b"\n"

    @property
    def mixes_line_ends(self) -> bool:
        """Some lines, or line ends inside quotes, end in one way and some in another."""
        return self.returns > 0 and self.line_feeds > 0 and not self.returns == self.line_feeds == self.pairs

    @property
    def physical_lines(self) -> int:
        """Lines as an editor counts them, of a file that does not mix line ends."""
        line_ends = self.line_feeds or self.returns
        return line_ends + (0 if self.ends_with_line_end or self.byte_count == 0 else 1)


@dataclass(frozen=True)
class Fingerprint:
    """What one pass over a file as delivered says."""

    sha256: str
    byte_count: int
    begin: bytes
    # Of plain text files only; a compressed one is looked at when it turns out to be new.
    text: TextFacts | None
    encoding_problem: Refusal | None


def fingerprint(path: Path, *, is_text: bool) -> Fingerprint:
    """Hash a file, and in the same pass look at it as text if it is plain text."""
    digest = hashlib.sha256()
    scan = _TextScan()
    byte_count, begin = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            begin = begin or chunk[:8]
            byte_count += len(chunk)
            if is_text:
                scan.add(chunk)
    scan.end()
    return Fingerprint(digest.hexdigest(), byte_count, begin, scan.facts if is_text else None, scan.problem)


def text_facts(path: Path, *, is_gzip: bool) -> TextFacts:
    """Look at a text file in UTF-8; refuses it when it is not."""
    scan = _TextScan()
    for chunk in text_chunks(path, is_gzip=is_gzip):
        scan.add(chunk)
    scan.end()
    if scan.problem is not None:
        raise scan.problem
    return scan.facts


class _TextScan:
    def __init__(self) -> None:
        self.problem: Refusal | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_inside_character = False
        self._byte_count = self._line_feeds = self._returns = self._pairs = 0
        self._last = b""

    def add(self, chunk: bytes) -> None:
        # isascii is ten times as fast as decoding; the decoder only has a state after a cut multi-byte character.
        if self.problem is None and (self._is_inside_character or not chunk.isascii()):
            self._decode(chunk)
        self._byte_count += len(chunk)
        # Line feeds are many, returns mostly none: each is counted in the way that is faster for it.
        self._line_feeds += int(numpy.count_nonzero(numpy.frombuffer(chunk, dtype=numpy.uint8) == _LINE_FEED))
        if b"\r" in chunk:
            self._returns += chunk.count(b"\r")
            self._pairs += chunk.count(b"\r\n")
        if self._last == b"\r" and chunk.startswith(b"\n"):
            self._pairs += 1
        self._last = chunk[-1:] or self._last

    def _decode(self, chunk: bytes) -> None:
        try:
            self._decoder.decode(chunk)
        except UnicodeDecodeError as error:
            at = max(error.start, 0)
            self.problem = not_text("utf-8", self._byte_count + at, self._line_feeds + chunk.count(b"\n", 0, at) + 1)
        self._is_inside_character = bool(self._decoder.getstate()[0])

    def end(self) -> None:
        if self.problem is None and self._is_inside_character:
            self.problem = not_text("utf-8", self._byte_count, self._line_feeds + 1)

    @property
    def facts(self) -> TextFacts:
        return TextFacts(self._byte_count, self._line_feeds, self._returns, self._pairs, self._last in (b"\n", b"\r"))


def text_chunks(path: Path, *, is_gzip: bool) -> Iterator[bytes]:
    """The bytes of a text file, decompressed. Refuses a gzip stream that is broken or cut off."""
    with path.open("rb") as file:
        yield from _gunzipped(file) if is_gzip else iter(lambda: file.read(_CHUNK), b"")


def _gunzipped(file: IO[bytes]) -> Iterator[bytes]:
    decompressor: Any = None
    pending = b""
    is_first = True
    while True:
        pending = pending or file.read(max(_CHUNK, 2))
        if not pending:
            if decompressor is not None:
                raise Refusal(
                    "truncated_gzip",
                    "the gzip stream ends too early: the file was cut off; have it delivered again",
                )
            return
        if decompressor is None:
            # Padding with zero bytes after the last member is usual on tapes and some uploads.
            if not is_first and not pending.strip(b"\0"):
                pending = b""
                continue
            if is_first and not pending.startswith(b"\x1f\x8b"):
                raise Refusal("wrong_content", "the name says gzip, the content is not gzip; rename the file, or have it compressed")
            decompressor = zlib.decompressobj(wbits=31)
            is_first = False
        try:
            yield decompressor.decompress(pending)
        except zlib.error as error:
            raise Refusal("broken_gzip", f"the gzip stream is damaged ({error}); have the file delivered again") from error
        pending = decompressor.unused_data
        if decompressor.eof:
            decompressor = None


def not_text(encoding: str, position: int, line: int) -> Refusal:
    """The refusal of a file with a byte that its encoding does not have."""
    return Refusal(
        "not_in_declared_encoding",
        f"line {line} (byte {position:,}) is not {encoding}; have the file delivered in {encoding}, or declare its encoding",
    )


def is_utf8(encoding: str) -> bool:
    """Whether DuckDB reads the encoding as it is."""
    return encoding in _UTF8_NAMES


@contextmanager
def text_copy(path: Path, folder: Path, translate: Callable[[Iterator[bytes]], Iterator[bytes]], *, is_gzip: bool) -> Generator[Path]:
    """A plain copy of a text file, translated by ``translate``, which is gone at the end of the block."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix=COPY_PREFIX, suffix=".txt", dir=folder)
    copy = Path(name)
    try:
        with open(handle, "wb") as out:  # noqa: PTH123 - opened by handle
            for chunk in translate(text_chunks(path, is_gzip=is_gzip)):
                out.write(chunk)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def one_line_end(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Translates every kind of line end to a line feed."""
    decoder = io.IncrementalNewlineDecoder(None, translate=True)
    for chunk in chain(chunks, (b"",)):
        # Latin-1 stands for bytes here: line ends are ASCII in UTF-8.
        yield decoder.decode(chunk.decode("latin-1"), final=not chunk).encode("latin-1")


def one_line_end_outside_quotes(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Translates every kind of line end to a line feed where no quote is open; inside quotes it is part of a value."""
    carried, is_quoted = b"", False
    for chunk in chain(chunks, (b"",)):
        text = carried + chunk
        carried = b"\r" if chunk and text.endswith(b"\r") else b""
        parts = text.removesuffix(carried).split(b'"')
        for index, part in enumerate(parts):
            if is_quoted == bool(index % 2):
                parts[index] = part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        is_quoted ^= len(parts) % 2 == 0
        yield b'"'.join(parts)


def line_feeds_only(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Leaves line feeds as the only line ends: a return before one is dropped, a lone one becomes the sign for it (␍)."""
    carried = b""
    for chunk in chain(chunks, (b"",)):
        text = carried + chunk
        carried = b"\r" if chunk and text.endswith(b"\r") else b""
        yield text.removesuffix(carried).replace(b"\r\n", b"\n").replace(b"\r", "␍".encode())


Numbers = numpy.typing.NDArray[numpy.int64]


@dataclass(frozen=True)
class RecordIndex:
    """Where the records of a text file lie, found by counting line ends and quotes without looking at values."""

    record_count: int
    # Of the asked-for records, in order: number, first and last physical line, each from 1.
    numbers: Numbers
    first_lines: Numbers
    last_lines: Numbers


_ALL = numpy.empty(0, dtype=numpy.int64)


def record_index(
    path: Path,
    *,
    is_gzip: bool,
    line_end: bytes,
    skip_lines: int,
    is_quoted: bool,
    wanted: Numbers | None = None,
    of_lines: Numbers | None = None,
) -> RecordIndex:
    """Count the records after the first ``skip_lines`` physical lines; blank lines are none. Find the ``wanted`` ones by
    number, and those that begin in the physical lines ``of_lines``.

    With ``is_quoted`` a line end inside quotes does not end a record. A quote is taken for structural wherever it
    stands, so a file with literal quotes in unquoted fields counts wrongly; callers compare with the reader.
    """
    wanted = _ALL if wanted is None else numpy.sort(wanted)
    of_lines = _ALL if of_lines is None else numpy.sort(of_lines)
    found: list[tuple[Numbers, Numbers, Numbers]] = []
    count = line = position = quotes_before = 0
    previous_end, previous_line = -1, 0  # where the last record ended: byte and physical line
    last_byte = line_end[0]
    for chunk in _with_final_line_end(text_chunks(path, is_gzip=is_gzip), line_end):
        data = numpy.frombuffer(chunk, dtype=numpy.uint8)
        ends = numpy.flatnonzero(data == line_end[0])
        if is_quoted:
            quotes = numpy.flatnonzero(data == _QUOTE)
            is_end = ((numpy.searchsorted(quotes, ends) + quotes_before) & 1) == 0
            # Lines of the header end as lines; how it is quoted was read by whoever says skip_lines.
            if line < skip_lines:
                is_end[: skip_lines - line] = True
                if len(ends) >= skip_lines - line:
                    header_quotes = int(numpy.searchsorted(quotes, ends[skip_lines - line - 1]))
                    quotes_before -= (header_quotes + quotes_before) & 1
                    is_end[skip_lines - line :] = ((numpy.searchsorted(quotes, ends[skip_lines - line :]) + quotes_before) & 1) == 0
            quotes_before += len(quotes)
        else:
            is_end = numpy.ones(len(ends), dtype=numpy.bool_)
        lines = line + 1 + numpy.flatnonzero(is_end)
        ends_at = position + ends[is_end]
        starts_at = numpy.concatenate((numpy.array([previous_end], dtype=numpy.int64), ends_at[:-1])) + 1
        first_lines = numpy.concatenate((numpy.array([previous_line], dtype=numpy.int64), lines[:-1])) + 1
        if len(ends_at):
            before_end = numpy.where(ends[is_end] > 0, data[ends[is_end] - 1], last_byte)
            lengths = ends_at - starts_at
            is_record = (lengths > 1) | ((lengths == 1) & (before_end != _RETURN))
            is_record &= first_lines > skip_lines
            numbers = count + numpy.cumsum(is_record)
            is_asked = (
                is_record & (numpy.isin(numbers, wanted) | numpy.isin(first_lines, of_lines))
                if len(wanted) or len(of_lines)
                else is_record & False
            )
            found.append((numbers[is_asked], first_lines[is_asked], lines[is_asked]))
            count = int(numbers[-1])
            previous_end, previous_line = int(ends_at[-1]), int(lines[-1])
        line += len(ends)
        position += len(chunk)
        last_byte = int(data[-1])
    if position - previous_end > 1 and previous_line >= skip_lines:
        count += 1  # a quote was open at the end of the file
        if count in wanted or previous_line + 1 in of_lines:
            found.append((numpy.array([count]), numpy.array([previous_line + 1]), numpy.array([line])))
    numbers, first_lines, last_lines = (numpy.concatenate([part[which] for part in found]) if found else _ALL for which in range(3))
    return RecordIndex(count, numbers, first_lines, last_lines)


def _with_final_line_end(chunks: Iterator[bytes], line_end: bytes) -> Iterator[bytes]:
    last = line_end
    for chunk in chunks:
        if chunk:
            last = chunk[-1:]
            yield chunk
    if last != line_end:
        yield line_end


def line_of_bytes(path: Path, positions: list[int], *, is_gzip: bool, line_end: bytes) -> dict[int, int]:
    """The physical line (from 1) in which each byte position (from 0) lies."""
    lines: dict[int, int] = {}
    waiting = sorted(set(positions))
    start = line = 0
    for chunk in text_chunks(path, is_gzip=is_gzip):
        while waiting and waiting[0] < start + len(chunk):
            position = waiting.pop(0)
            lines[position] = line + chunk.count(line_end, 0, position - start) + 1
        line += chunk.count(line_end)
        start += len(chunk)
        if not waiting:
            break
    for position in waiting:
        lines[position] = line + 1
    return lines
