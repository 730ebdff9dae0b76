"""Text in an encoding other than UTF-8: translated to UTF-8, and looked at for signs that it is in another one than declared.

Nearly any bytes decode as something. What is UTF-8 beyond ASCII was most likely meant so: with a few different signs of it a file is
refused, a damaged one here and there or not; with one or two, which are so by chance sometimes, it is told. Told is also a text with the
control signs that nobody writes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from orchestration.loading.bytes_scan import not_text, text_chunks
from orchestration.loading.results import Refusal

# So many different signs beyond ASCII are UTF-8 by chance in no file: one Chinese sign of GB 18030 in seven is, by itself.
_PLAIN_SIGNS = 3
_CONTROL = re.compile("[\x80-\x9f]")
_SIGN_OF_UTF8 = re.compile("[^\x00-\x7f\ufffd]")
_UTF8_MARK = "\ufeff"
_BROKEN = "\ufffd"
# A UTF-8 text with a broken place here and there is UTF-8; so many breaks among so few signs are another encoding.
_SIGNS_PER_BREAK = 2
_BREAKS_ENOUGH = 100


@dataclass
class Translation:
    """Translates one text from ``encoding`` to UTF-8; refuses what is not in it."""

    encoding: str
    # The line of the first control sign that nobody writes.
    control_line: int | None = None

    def __call__(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The text in UTF-8."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        position, lines = 0, 1
        for chunk in chain(chunks, (b"",)):
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise not_text(self.encoding, position + error.start, lines) from error
            if self.control_line is None and (found := _CONTROL.search(text)) is not None:
                self.control_line = lines + text.count("\n", 0, found.start())
            position += len(chunk)
            lines += text.count("\n")
            yield text.encode("utf-8")

    @property
    def warning(self) -> str | None:
        """What is doubtful in the text that was translated."""
        if self.control_line is None:
            return None
        return (
            f"the text was read as {self.encoding}, as declared, and has signs that nobody writes (U+0080 to U+009F, first in line "
            f"{self.control_line}): look whether it reads well, and correct encoding in the declaration if not"
        )


def told_of_utf8(path: Path, encoding: str, *, is_gzip: bool) -> str | None:
    """What has to be told of a text that is UTF-8 too, though ``encoding`` is declared. Raises ``Refusal`` where it is plainly that."""
    found = _signs_of_utf8(path, is_gzip=is_gzip)
    if found is None or not found.signs:
        return None
    if len(found.signs) < _PLAIN_SIGNS and _UTF8_MARK not in found.signs:
        if found.broken:
            return None
        return (
            f"the text was read as {encoding}, as declared, and would be UTF-8 too (line {found.first_line}): "
            "look whether it reads well, and declare encoding: utf-8 if not"
        )
    is_marked = _UTF8_MARK in found.signs
    seen = "it begins with the byte order mark of UTF-8" if is_marked else f"line {found.first_line} has the first sign beyond ASCII"
    broken = f", except {found.broken:,} damaged {'sign' if found.broken == 1 else 'signs'}, the first in line {found.broken_line}"
    raise Refusal(
        "not_in_declared_encoding",
        f"the file is UTF-8 ({seen}{broken if found.broken else ''}), but {encoding} is declared; "
        "have it delivered so, or declare encoding: utf-8 for the feed",
    )


@dataclass
class _Signs:
    """Signs of UTF-8 beyond ASCII that a text has, and what in it is no UTF-8."""

    signs: set[str]
    count: int = 0
    first_line: int = 0
    broken: int = 0
    broken_line: int = 0

    @property
    def is_mostly_broken(self) -> bool:
        """Whether it is another encoding: of GB 18030 one sign in seven is UTF-8, and each of the others breaks it."""
        return self.broken * _SIGNS_PER_BREAK > self.count


def _signs_of_utf8(path: Path, *, is_gzip: bool) -> _Signs | None:
    """The signs of a text read as UTF-8; None where it is none, but for some broken places among many signs."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    found, lines = _Signs(set()), 1
    for chunk in chain(text_chunks(path, is_gzip=is_gzip), (b"",)):
        text = decoder.decode(chunk, final=not chunk)
        if not text.isascii():
            broken = text.count(_BROKEN)
            found.count += len(text) - len(text.encode("ascii", "ignore")) - broken
            if broken and not found.broken:
                found.broken_line = lines + text.count("\n", 0, text.index(_BROKEN))
            found.broken += broken
            for sign in _SIGN_OF_UTF8.finditer(text):
                if len(found.signs) == _PLAIN_SIGNS:
                    break
                found.first_line = found.first_line or lines + text.count("\n", 0, sign.start())
                found.signs.add(sign.group())
            if found.is_mostly_broken and found.broken >= _BREAKS_ENOUGH:
                return None
        lines += text.count("\n")
    return None if found.is_mostly_broken else found
