"""Takes records out of the JSON documents that they are delivered in: pages of an interface, envelopes, lists within other records.

Writes a copy of the file with one record a line, which is read like any file of JSON lines; a record bears, as ``^``, what the declaration
reads of the object that it stands in. Knows paths and documents, and neither columns nor values.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, cast

from orchestration.loading.bytes_scan import text_copy
from orchestration.loading.declarations import FeedDeclaration
from orchestration.loading.discovery import LandedFile
from orchestration.loading.json_paths import enclosing_key
from orchestration.loading.replacing import CORRECTS
from orchestration.loading.results import Refusal

# A document over several lines is read whole, and Python's objects take some ten times its bytes.
LARGEST_DOCUMENT = 64 << 20
_STEP = re.compile(r'\.(?:"([^"]+)"|([A-Za-z_][A-Za-z0-9_-]*))|\[\*\]')
# Numbers that no double holds go through Python as text behind this sign, which Unicode leaves to private use.
_WRITTEN = "\ue000"
_WRITTEN_NUMBER = re.compile(f'"{_WRITTEN}([-+.0-9eE]+)"')
# A step to every item of a list; any other is the name of a key.
_EACH = None
_Steps = tuple[str | None, ...]
_Enclosing = tuple[dict[str | None, Any], ...]


@dataclass
class Unfolding:
    """How a file of a feed is unfolded: as one of its own, or with ``is_within`` as a file of the feed whose records hold this feed's."""

    feed: FeedDeclaration
    is_within: bool
    # Documents that are none of the feed, in the copy that was made last.
    left_out: int = 0
    _paths: tuple[_Steps, ...] = field(init=False)
    _borrowed: tuple[tuple[int, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        declared = self.feed.records_within if self.is_within else self.feed.records
        self._paths = tuple(map(_steps, declared or ("$",)))
        found = (enclosing_key(header) for column in self.feed.columns for header in column.headers)
        self._borrowed = tuple(dict.fromkeys(each for each in found if each is not None))

    @contextmanager
    def copy(self, path: Path, folder: Path, *, is_gzip: bool) -> Generator[Path]:
        """A copy of the file with one record a line, which is gone at the end of the block."""
        with text_copy(path, folder, self._unfolded, is_gzip=is_gzip) as copy:
            yield copy

    def _unfolded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        self.left_out = 0
        are_documents = False
        for number, text in enumerate(_documents(chunks), start=1):
            try:
                document = json.loads(text, parse_float=_number)
            except (ValueError, RecursionError):
                # The reader of lines says what is wrong with it.
                yield text.strip() + b"\n"
                continue
            are_documents = are_documents or isinstance(document, dict | list)
            if self._is_of_others(document):
                self.left_out += 1
                continue
            for record, enclosing in self._records(document, number):
                yield self._line(record, enclosing)
        if not are_documents:
            raise Refusal("wrong_content", "it holds no whole JSON object or list (cut off, or another format?); have it delivered again")

    def _is_of_others(self, document: Any) -> bool:
        told: Callable[[str], Any] = document.get if isinstance(document, dict) else lambda _: None
        return any(_text(told(key)) not in values for key, values in self.feed.where)

    def _records(self, document: Any, number: int) -> Iterable[tuple[Any, _Enclosing]]:
        fitting = next((steps for steps in self._paths if _begins(document, steps)), None)
        if fitting is None and self.is_within:
            return ()
        try:
            if fitting is None:
                raise _Elsewhere
            return list(_found(document, fitting, (), may_lack=self.is_within))
        except _Elsewhere as error:
            declared = self.feed.records_within if self.is_within else self.feed.records
            raise Refusal(
                "wrong_content",
                f"document {number:,} of the file does not have its records at {' or '.join(declared)}, where the declaration "
                "looks for them; have it exported again, or correct records in the declaration",
            ) from error

    def _line(self, record: Any, enclosing: _Enclosing) -> bytes:
        if isinstance(record, dict) and self._borrowed:
            lent: dict[str, dict[str, Any]] = {}
            for level, key in self._borrowed:
                if level <= len(enclosing) and key in enclosing[level - 1]:
                    lent.setdefault("^" * level, {})[key] = enclosing[level - 1][key]
            record = {**cast("dict[str, Any]", record), **lent}
        try:
            line = json.dumps(record, ensure_ascii=False)
            return (_WRITTEN_NUMBER.sub(r"\1", line) if _WRITTEN in line else line).encode() + b"\n"
        except UnicodeEncodeError:
            # Half of a pair of signs, which only \u can write.
            return json.dumps(record).encode() + b"\n"


def unfolding_of(file: LandedFile) -> Unfolding | None:
    """How records are taken out of a file; None: its lines or rows are the records. Exported rejects are records, to be corrected."""
    is_json = (file.file_format or "").startswith("jsonl")
    if not (is_json and file.feed.unfolds) or re.search(CORRECTS, file.name):
        return None
    return Unfolding(file.feed, file.is_within)


class _Elsewhere(Exception):
    """A document is not made as the path says."""


def _steps(path: str) -> _Steps:
    return tuple(_EACH if found.group() == "[*]" else found.group(1) or found.group(2) for found in _STEP.finditer(path))


def _begins(document: Any, steps: _Steps) -> bool:
    """Whether the first step of a path can be taken."""
    if not steps:
        return True
    return isinstance(document, list) if steps[0] is _EACH else isinstance(document, dict) and steps[0] in document


def _found(value: Any, steps: _Steps, enclosing: _Enclosing, *, may_lack: bool) -> Iterator[tuple[Any, _Enclosing]]:
    """The records at the end of a path with the objects that they stand in, the innermost first; nothing in the place of null."""
    if not steps:
        yield value, enclosing
        return
    step, rest = steps[0], steps[1:]
    if step is _EACH:
        if not isinstance(value, list):
            raise _Elsewhere
        for item in cast("list[Any]", value):
            yield from _found(item, rest, enclosing, may_lack=may_lack)
        return
    if isinstance(value, dict) and step in value:
        inner = cast("dict[str | None, Any]", value)
        if inner[step] is not None:
            yield from _found(inner[step], rest, (inner, *enclosing), may_lack=may_lack)
    elif not may_lack:
        raise _Elsewhere


def _number(text: str) -> float | str:
    number = float(text)
    return number if Decimal(repr(number)) == Decimal(text) else _WRITTEN + text


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value)


def _documents(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The documents of a file: its lines, or all of it where the first line is none. What cannot be read so is given by lines too."""
    lines = _lines(chunks)
    first = next(lines, b"")
    if _is_whole(first):
        yield first
        yield from lines
        return
    begun, size = [first], len(first)
    for line in lines:
        begun.append(line)
        size += len(line)
        if size > LARGEST_DOCUMENT:
            break
    whole = b"".join(begun)
    if size <= LARGEST_DOCUMENT and _is_whole(whole):
        yield whole
    else:
        yield from chain(begun, lines)


def _is_whole(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The lines that have content, without a byte order mark."""
    carried, mark = b"", codecs.BOM_UTF8
    for chunk in chunks:
        *whole, carried = (carried + chunk.removeprefix(mark)).split(b"\n")
        mark = b""
        if len(carried) > LARGEST_DOCUMENT:
            raise Refusal("wrong_content", f"a line is longer than {LARGEST_DOCUMENT >> 20} MB; have it delivered in smaller documents")
        yield from (line + b"\n" for line in whole if line.strip())
    if carried.strip():
        yield carried
