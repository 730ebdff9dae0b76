"""Says in SQL which row is meant. Names and values come into it by ``orchestration.sql_text``. Knows no rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orchestration.sql_text import identifier, literal


def relation(subject: str) -> str:
    """The quoted form of a subject such as ``core.fct_orders``."""
    schema, _, name = subject.partition(".")
    return identifier(schema, name)


def text_of(expression: str) -> str:
    """``expression`` as text, also where it is null."""
    return f"coalesce(cast({expression} as varchar), 'null')"


def row_named_by(alias: str, columns: Sequence[str]) -> str:
    """A text expression that names a row of ``alias`` by ``columns``: ``order_key contract:17, line_number 2``."""
    if not columns:
        return "'a row whose key is withheld'"
    return " || ', ' || ".join(f"{literal(column + ' ')} || {text_of(identifier(alias, column))}" for column in columns)


def first_true(cases: Iterable[tuple[str, str]]) -> str:
    """A text expression: the words of the first condition that holds; ``cases`` are (condition, words)."""
    return "case " + " ".join(f"when {condition} then {literal(words)}" for condition, words in cases) + " end"


def any_of(conditions: Iterable[str]) -> str:
    """A condition that holds when one of ``conditions`` does."""
    return "(" + " or ".join(f"({condition})" for condition in conditions) + ")"


def count_of(name: str) -> str:
    """The query that counts the rows of the quoted relation ``name``."""
    return f"select count(*) from {name}"
