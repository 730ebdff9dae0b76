"""What Great Expectations' own expectations can say, in the library's names. Imports no library and knows no table.

The verdict is the library's. What it does not say is which rows these are in words; so each claim also brings the condition that holds of a
row that breaks it, and what to call that. It is asked only of a table that has failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from expectations.sql import identifier, literal


@dataclass(frozen=True)
class Own:
    """An expectation of the library, its arguments, and how a row that breaks it is recognised (empty: it is about no single row)."""

    expectation: str
    arguments: Mapping[str, Any]
    broken: str = ""
    words: str = ""

    @property
    def case(self) -> tuple[str, str]:
        """The condition that breaks it and what to call that."""
        return self.broken, self.words


def not_null(alias: str, column: str) -> Own:
    """Every row has ``column``."""
    return Own("ExpectColumnValuesToNotBeNull", {"column": column}, f"{identifier(alias, column)} is null", f"no {column}")


def in_set(alias: str, column: str, values: Sequence[str | int]) -> Own:
    """``column`` has only ``values``, or none."""
    listed = ", ".join(literal(str(value)) for value in values)
    broken = f"cast({identifier(alias, column)} as varchar) not in ({listed})"
    return Own("ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(values)}, broken, f"another {column}")


def at_least(alias: str, column: str, lowest: float) -> Own:
    """``column`` is not below ``lowest``, or null."""
    arguments = {"column": column, "min_value": lowest}
    return Own("ExpectColumnValuesToBeBetween", arguments, f"{identifier(alias, column)} < {lowest}", f"{column} below {lowest:g}")


def between(alias: str, column: str, lowest: float, highest: float, words: str) -> Own:
    """``column`` lies between ``lowest`` and ``highest``, or is null."""
    arguments = {"column": column, "min_value": lowest, "max_value": highest}
    return Own("ExpectColumnValuesToBeBetween", arguments, f"{identifier(alias, column)} not between {lowest} and {highest}", words)


def not_after(alias: str, column: str, day: date, words: str) -> Own:
    """The date ``column`` is not after ``day``."""
    broken = f"{identifier(alias, column)} > date {literal(day.isoformat())}"
    return Own("ExpectColumnValuesToBeBetween", {"column": column, "max_value": day}, broken, words)


def not_above(alias: str, lower: str, higher: str) -> Own:
    """``lower`` is not above ``higher`` where both are known."""
    arguments = {"column_A": higher, "column_B": lower, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
    broken = f"{identifier(alias, lower)} > {identifier(alias, higher)}"
    return Own("ExpectColumnPairValuesAToBeGreaterThanB", arguments, broken, f"{lower} above {higher}")


def unique(columns: Sequence[str]) -> Own:
    """No two rows agree in all of ``columns``."""
    if len(columns) == 1:
        return Own("ExpectColumnValuesToBeUnique", {"column": columns[0]})
    return Own("ExpectCompoundColumnsToBeUnique", {"column_list": list(columns), "ignore_row_if": "never"})


def row_count(rows: int) -> Own:
    """The table has exactly ``rows`` rows."""
    return Own("ExpectTableRowCountToEqual", {"value": rows})


def columns_in_order(columns: Sequence[str]) -> Own:
    """The table has exactly ``columns``, in this order."""
    return Own("ExpectTableColumnsToMatchOrderedList", {"column_list": list(columns)})
