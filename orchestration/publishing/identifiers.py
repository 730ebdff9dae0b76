"""Writes names and file paths into SQL, quoted. Values never come this way: they are passed as parameters."""

from __future__ import annotations

from pathlib import Path


def identifier(*parts: str) -> str:
    """``"schema"."table"``: every part in double quotes, quotes in it doubled."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def text_literal(text: str) -> str:
    """``'text'`` with quotes in it doubled, for the places where SQL takes no parameter (attach, comment)."""
    return "'" + text.replace("'", "''") + "'"


def path_literal(path: Path) -> str:
    """The path as a text literal."""
    return text_literal(str(path))
