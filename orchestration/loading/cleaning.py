"""SQL that takes off delivered text what a spreadsheet or a back office has put around a value.

Pure: builds expressions, runs nothing. What is declared is done in the declared order, before null markers are looked for and before
anything is converted; a value without any of it stays as it is. Each step names its value once, since what is written twice is computed
twice.
"""

from __future__ import annotations

import re

from orchestration.loading.declarations import ColumnDeclaration, FeedDeclaration
from orchestration.loading.declared_meta import Cleaner
from orchestration.sql_text import literal

# What Python's str.strip takes off: blanks of every kind, the ideographic one and those that do not break among them.
BLANKS = "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace())
# The formula by which spreadsheets keep a number as text: ="0012".
_EXCEL_TEXT = '^="([^"]*)"$'
# Spreadsheets put it before what they would take for a number or a formula; before a letter it is part of a name ('t Hooft).
_APOSTROPHE = "^'([0-9=+@-])"


def cleaned(feed: FeedDeclaration, column: ColumnDeclaration, raw: str, delivered_type: str) -> str:
    """SQL: the delivered value without what the feed declares to be around values; other types than text have nothing around them."""
    if not is_cleaned(feed, column) or delivered_type not in ("VARCHAR", "JSON"):
        return raw
    if delivered_type == "JSON":
        of_text = _of_text(feed, column, f"({raw}->>'$')")
        return f"case json_type({raw}) when 'VARCHAR' then to_json({of_text}) else {raw} end"
    return _of_text(feed, column, raw)


def cleaned_text(feed: FeedDeclaration, text: str) -> str:
    """SQL: a text without what the feed declares to be around values."""
    for cleaner in feed.clean:
        text = _without(cleaner, text)
    return text


def is_cleaned(feed: FeedDeclaration, column: ColumnDeclaration) -> bool:
    """Whether anything is taken off the values of the column."""
    return bool(feed.clean or (feed.units and column.is_number)) and not column.is_collected


def _of_text(feed: FeedDeclaration, column: ColumnDeclaration, text: str) -> str:
    text = cleaned_text(feed, text)
    if feed.units and column.is_number:
        unit = "|".join(map(re.escape, sorted(feed.units, key=len, reverse=True)))
        before, after = rf"^\s*([+-]?)\s*(?:{unit})\s*([+-]?[0-9.,])", rf"([0-9.,])\s*(?:{unit})\s*$"
        text = f"regexp_replace(regexp_replace({text}, {literal(before)}, '\\1\\2'), {literal(after)}, '\\1')"
    return text


def _without(cleaner: Cleaner, text: str) -> str:
    match cleaner:
        case "trim":
            return f"trim({text}, {literal(BLANKS)})"
        case "tab":
            return f"trim({text}, chr(9))"
        case "excel_text":
            return f"regexp_replace({text}, {literal(_EXCEL_TEXT)}, '\\1')"
        case "apostrophe":
            return f"regexp_replace({text}, {literal(_APOSTROPHE)}, '\\1')"
