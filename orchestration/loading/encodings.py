"""Text in an encoding other than UTF-8: translated to UTF-8, and looked at for signs that it is in another one than declared.

Nearly any bytes decode as something. What is UTF-8 beyond ASCII was most likely meant so: with a few different signs of it a file is
refused, with one or two, which are so by chance sometimes, it is told. Told is also a text with the control signs that nobody writes.
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
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_UTF8_MARK = "\ufeff"


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
    decoder = codecs.getincrementaldecoder("utf-8")()
    signs: set[str] = set()
    first_line, lines = 0, 1
    try:
        for chunk in chain(text_chunks(path, is_gzip=is_gzip), (b"",)):
            text = decoder.decode(chunk, final=not chunk)
            if not text.isascii() and len(signs) < _PLAIN_SIGNS:
                for found in _BEYOND_ASCII.finditer(text):
                    first_line = first_line or lines + text.count("\n", 0, found.start())
                    signs.add(found.group())
                    if len(signs) == _PLAIN_SIGNS or found.group() == _UTF8_MARK:
                        break
            lines += text.count("\n")
    except UnicodeDecodeError:
        return None
    if not signs:
        return None
    if len(signs) < _PLAIN_SIGNS and _UTF8_MARK not in signs:
        return (
            f"the text was read as {encoding}, as declared, and would be UTF-8 too (line {first_line}): "
            "look whether it reads well, and declare encoding: utf-8 if not"
        )
    seen = "it begins with the byte order mark of UTF-8" if _UTF8_MARK in signs else f"line {first_line} has the first sign beyond ASCII"
    raise Refusal(
        "not_in_declared_encoding",
        f"the file is UTF-8 ({seen}), but {encoding} is declared; have it delivered so, or declare encoding: utf-8 for the feed",
    )
