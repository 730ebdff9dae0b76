"""Writes names, texts and file paths into SQL, quoted. The only place where text from outside meets SQL text.

Values go as parameters wherever SQL takes one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def identifier(*parts: str) -> str:
    """``"schema"."table"``: every part in double quotes, quotes in it doubled."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def literal(text: str) -> str:
    """``'text'`` with quotes in it doubled. A NUL, which SQL text cannot hold, is spelled by its code point."""
    parts = ("'" + part.replace("'", "''") + "'" for part in text.split("\0"))
    return " || chr(0) || ".join(parts)


def literal_list(texts: Iterable[str]) -> str:
    """A comma-separated list of text literals."""
    return ", ".join(literal(text) for text in texts)


def path_literal(path: Path) -> str:
    """The path as a text literal."""
    return literal(str(path))


def one_file(path: Path) -> str:
    """A literal by which DuckDB's readers open this one file: ``*``, ``?`` and ``[`` in a name would match other files."""
    return literal("".join(f"[{character}]" if character in "*?[" else character for character in str(path)))
