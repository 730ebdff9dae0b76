"""Tells the types of columns that were read as text: the narrowest that the loader takes every value of, by its own conversions.

Words that say there is nothing (``-``, ``N/A``) become null markers where all other values of a column are of one type.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import duckdb

from orchestration.loading.cleaning import cleaned
from orchestration.loading.conversion import conversion
from orchestration.loading.declarations import FeedDeclaration
from orchestration.loading.reading import Reading
from orchestration.sql_text import identifier, literal_list

# Tried where values are no ISO dates; of several that fit all are told.
_FORMATS = (
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p",
    "%d %b %Y %H:%M:%S", "%d %b %Y", "%b %d, %Y %I:%M %p", "%b %d, %Y", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日",
    "%Y-%m-%d %H:%M:%S UTC", "%d-%b-%Y", "%d-%b-%y",
)  # fmt: skip
_NULL_WORDS = ("-", "--", "?", "null", "NULL", "None", "N/A", "n/a", "NA", "nan", "NaN", "#N/A", "无", "(null)", "0000-00-00 00:00:00")
_OTHER_SIGNS = ((",", "."), (".", ","), (",", " "), (".", "'"))
_MOST_DECIMALS = 8


class Typing:
    """The types of the columns ``places`` of a table whose columns are all text; the others stay text."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, feed: FeedDeclaration, places: Sequence[int]) -> None:
        self._connection, self._table, self._feed, self._open = connection, table, feed, list(places)
        self.types = ["text"] * len(feed.columns)
        self.formats: dict[int, tuple[str, ...]] = {}
        self.null_markers: dict[int, tuple[str, ...]] = {}
        self.decimal_sign: str | None = None
        self.thousands_sign: str | None = None
        for place in self._settle("integer", feed):
            # 0.00 is a whole number, and an amount.
            if self._decimals(place) > 1:
                self.types[place] = "decimal(18,2)"
        for place in self._settle("decimal(38,10)", feed):
            self.types[place] = self._decimal(place)
        for signs in _OTHER_SIGNS:
            other = feed.model_copy(update=dict(zip(("decimal_sign", "thousands_sign"), signs, strict=True)))
            for place in self._settle("decimal(38,10)", other):
                self.types[place] = "decimal(18,2)"
                self.decimal_sign, self.thousands_sign = signs
        for data_type in ("date", "timestamp", "boolean"):
            self._settle(data_type, feed)
        self.units = self._units_beside_numbers(feed)
        self._open = [place for place in self._open if self._may_be_moments(place)]
        for form in _FORMATS:
            self._try_format(form)

    def _units_beside_numbers(self, feed: FeedDeclaration) -> tuple[str, ...]:
        """The sign that stands beside every number of a column, such as 元; the columns are numbers then."""
        found: dict[str, None] = {}
        for place in self._open:
            name = identifier(self._feed.columns[place].name)
            sign = f"regexp_replace({name}, '[-+0-9.,]+', '')"
            test = f"regexp_full_match({name}, '[^-+0-9.,]{{0,3}}[-+]?[0-9][0-9.,]*[^-+0-9.,]{{0,3}}')"
            row = self._one(
                f"select count(*) filter (not {test}), count(distinct {sign}), max({sign}) from {self._table} where {name} is not null"
            )
            unit = str(row[2] or "").strip()
            # A letter or two begin a code, such as A12.
            if row[0] == 0 and row[1] == 1 and unit and unit != "%" and not re.fullmatch("[A-Za-z]{1,2}|.*_.*", unit):
                found[unit] = None
        units = tuple(found)
        other = feed.model_copy(update={"units": units})
        for place in self._settle("decimal(38,10)", other) if units else []:
            self.types[place] = "decimal(18,2)"
        return units

    def _may_be_moments(self, place: int) -> bool:
        """Nearly every value has a digit, and none is long: only then formats are tried, which takes its time."""
        name = self._feed.columns[place].name
        test = f"count(*) filter (where not regexp_matches({name}, '[0-9]')) * 10 <= count({name}) and max(strlen({name})) <= 40"
        return bool(self._one(f"select {test} from {self._table} where {name} not in ({literal_list(_NULL_WORDS)})")[0])

    def _try_format(self, form: str) -> None:
        data_type = "timestamp" if "%H" in form or "%I" in form else "date"
        other = self._feed.model_copy(update={"timestamp_formats": (form,), "date_formats": (form,) if data_type == "date" else ()})
        known = [place for place in self.formats if self.types[place] == data_type]
        for place, wrong in self._wrong(known, data_type, other).items():
            if wrong is not None and set(wrong) <= set(_NULL_WORDS):
                self.formats[place] += (form,)
        for place in self._settle(data_type, other):
            self.formats[place] = (form,)

    def _settle(self, data_type: str, feed: FeedDeclaration) -> list[int]:
        """Give the type to the open columns whose every value it takes; returns them."""
        settled: list[int] = []
        for place, wrong in self._wrong(self._open, data_type, feed).items():
            if wrong is not None and set(wrong) <= set(_NULL_WORDS):
                self.types[place] = data_type
                if wrong:
                    self.null_markers[place] = tuple(wrong)
                settled.append(place)
        self._open = [place for place in self._open if place not in settled]
        return settled

    def _wrong(self, places: Sequence[int], data_type: str, feed: FeedDeclaration) -> dict[int, list[str] | None]:
        """Of each column the different values that the loader would not take as the type; None: more than a few, or all."""
        if not places:
            return {}
        columns = {place: self._feed.columns[place].model_copy(update={"data_type": data_type, "is_plan": True}) for place in places}
        conversions = {
            place: conversion(feed, column, place, f"raw_{place}", "VARCHAR", thorough=True) for place, column in columns.items()
        }
        values = [f"{cleaned(feed, each, identifier(each.name), 'VARCHAR')} as raw_{place}" for place, each in columns.items()]
        relation = f"select {', '.join(values)} from {self._table}"
        most = len(_NULL_WORDS)
        counted = ", ".join(
            f"list_slice(list(distinct raw_{place}) filter ({made.is_wrong}), 1, {most + 1}),"
            f" count(raw_{place}) filter (not ({made.is_wrong}))"
            for place, made in conversions.items()
        )
        row = self._one(f"select {counted} from ({Reading(relation, tuple(conversions.values())).converted()})")
        found: dict[int, list[str] | None] = {}
        for place, wrong, taken in zip(places, row[::2], row[1::2], strict=True):
            found[place] = sorted(wrong or []) if taken and len(wrong or []) <= most else None
        return found

    def _decimal(self, place: int) -> str:
        decimals = self._decimals(place)
        return "double" if decimals > _MOST_DECIMALS else f"decimal(18,{max(2, decimals)})"

    def _decimals(self, place: int) -> int:
        name = self._feed.columns[place].name
        return int(self._one(f"select max(strlen(regexp_extract({name}, '[.]([0-9]*)', 1))) from {self._table}")[0] or 0)

    def _one(self, query: str) -> tuple[Any, ...]:
        return self._connection.execute(query).fetchall()[0]
