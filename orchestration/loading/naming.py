"""Quotes what goes into SQL: names and literals. The only place of the loader where text from outside meets SQL."""

from __future__ import annotations

from pathlib import Path


def name(identifier: str) -> str:
    """A quoted identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A quoted string literal. A NUL, which SQL text cannot hold, is spelled by its code point."""
    parts = ("'" + part.replace("'", "''") + "'" for part in text.split("\0"))
    return " || chr(0) || ".join(parts)


def literal_list(texts: tuple[str, ...] | list[str]) -> str:
    """A comma-separated list of quoted string literals."""
    return ", ".join(literal(text) for text in texts)


def one_file(path: Path) -> str:
    """A literal by which DuckDB's readers open this one file: ``*``, ``?`` and ``[`` in a name would match other files."""
    return literal("".join(f"[{character}]" if character in "*?[" else character for character in str(path)))
