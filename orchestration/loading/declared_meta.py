"""What ``config.meta`` of a source, a feed and a column may say to the loader, each value checked by itself.

How the parts fit together, and with the columns of their feed, is checked in ``declarations``.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Annotated, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from orchestration.loading.declaration_parts import Declared
from orchestration.loading.declared_formats import EPOCHS, wrong_format
from orchestration.loading.declared_records import wrong_records
from orchestration.loading.declared_replacing import DeclaredReplaces
from orchestration.loading.durations import wrong_duration
from orchestration.loading.globs import glob_pattern

Format = Literal["csv", "csv.gz", "parquet", "jsonl", "jsonl.gz"]
FORMATS: tuple[Format, ...] = ("csv.gz", "csv", "parquet", "jsonl.gz", "jsonl")
# What may be taken off a value, see ``cleaning``.
Cleaner = Literal["trim", "tab", "excel_text", "apostrophe"]


def _none_is_empty(value: object) -> object:
    return [] if value is None else value


def _as_text(value: object) -> object:
    return [str(item) for item in cast("list[object]", value)] if isinstance(value, list) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


TextList = Annotated[tuple[str, ...], BeforeValidator(_as_text), BeforeValidator(_none_is_empty)]


def _key(value: object) -> object:
    if value == "line":
        return []
    if not value:
        return None
    if not isinstance(value, list):
        raise ValueError("says which columns make a row unique, such as [order_id], or line where none do")
    return cast("object", value)


class Freshness(Declared):
    """How old the newest value of ``column`` may be before the feed counts as late."""

    column: str
    warn_after_hours: float = Field(gt=0)


class ColumnMeta(Declared):
    """What a column says."""

    required: bool = False
    accepted_values: TextList = ()
    pii: bool = False
    refers_to: str | None = None
    identifies: Literal["customer", "email", "phone"] | None = None
    country_prefix: str | None = Field(default=None, pattern="^[1-9][0-9]{0,2}$")
    header: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    null_markers: Annotated[tuple[str, ...], BeforeValidator(_as_text)] = ()
    is_plan: bool = False

    @model_validator(mode="after")
    def _identifies_somebody(self) -> ColumnMeta:
        if self.identifies in ("email", "phone") and not self.pii:
            raise ValueError(f"a column that identifies somebody by {self.identifies} is personal data; say pii: true too")
        if self.identifies == "customer" and self.refers_to is None:
            raise ValueError("identifies: customer goes with refers_to, the customers of another source whose ids the column holds")
        if self.country_prefix is not None and self.identifies != "phone":
            raise ValueError("country_prefix goes with identifies: phone")
        return self


class ReadingMeta(Declared):
    """What a source may say for all its feeds, and a feed for itself."""

    time_zone: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    null_markers: Annotated[tuple[str, ...] | None, BeforeValidator(_as_text)] = None
    timestamp_formats: tuple[str, ...] | None = None
    date_formats: tuple[str, ...] | None = None
    decimal_sign: str | None = None
    thousands_sign: str | None = None
    clean: tuple[Cleaner, ...] | None = None
    units: Annotated[tuple[str, ...] | None, BeforeValidator(_as_text)] = None
    duration_formats: tuple[str, ...] | None = None
    clock_tolerance_minutes: int | None = Field(default=None, ge=0)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError(f"'{value}' is no time zone of the IANA list, such as Asia/Shanghai") from error
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                return codecs.lookup(value).name
            except LookupError as error:
                raise ValueError(f"'{value}' is no encoding that Python knows, such as utf-8 or gb18030") from error
        return value

    @field_validator("timestamp_formats", "date_formats")
    @classmethod
    def _readable(cls, value: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        for form in value or ():
            fault = wrong_format(form, is_date=info.field_name == "date_formats")
            if fault is not None:
                raise ValueError(fault)
        if len(EPOCHS & set(value or ())) > 1:
            raise ValueError(f"a number cannot be told to be {' or '.join(sorted(EPOCHS))}; declare one of them")
        return value

    @field_validator("duration_formats")
    @classmethod
    def _durations(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for form in value or ():
            fault = wrong_duration(form)
            if fault is not None:
                raise ValueError(fault)
        return value

    @field_validator("units")
    @classmethod
    def _no_part_of_a_number(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for unit in value or ():
            if not unit.strip() or re.search("[0-9.,+-]", unit):
                raise ValueError(f"the unit '{unit}' is empty or could be part of a number; say what stands beside it, such as 元")
        return tuple(unit.strip() for unit in value) if value is not None else None

    @field_validator("decimal_sign", "thousands_sign")
    @classmethod
    def _sign(cls, value: str | None) -> str | None:
        if value is not None and (len(value) != 1 or value.isalnum() or value in '+-"\r\n\t'):
            raise ValueError("is one sign between digits, such as . or ,")
        return value

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str | None) -> str | None:
        if value is not None and (len(value) != 1 or value in '"\r\n' or not value.isascii()):
            raise ValueError("a delimiter is one ASCII character, and neither a quote nor a line end")
        return value


class FeedMeta(ReadingMeta):
    """What a feed says. ``key`` is empty where the line is the key."""

    key: Annotated[tuple[str, ...] | None, BeforeValidator(_as_text), BeforeValidator(_key)] = None
    replaces: DeclaredReplaces = None
    customer: str | None = None
    globs: TextList = ()
    format: Format | None = None
    moments: Annotated[tuple[tuple[str, str], ...], BeforeValidator(_none_is_empty)] = ()
    freshness: Freshness | None = None
    keeps_versions: bool = False
    repeated_key_share: float = Field(default=0.01, ge=0, le=1)
    lines_before_header: int = Field(default=0, ge=0, le=1_000)
    rows_after_header: int = Field(default=0, ge=0, le=100)
    leave_out: dict[str, TextList] = Field(default_factory=dict)
    other_columns: str | None = None
    ignored_columns: TextList = ()
    records: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    within: dict[str, str] = Field(default_factory=dict, max_length=1)
    where: dict[str, TextList] = Field(default_factory=dict)

    @field_validator("records", "within")
    @classmethod
    def _paths(cls, value: tuple[str, ...] | dict[str, str]) -> tuple[str, ...] | dict[str, str]:
        for path in value.values() if isinstance(value, dict) else value:
            fault = wrong_records(path)
            if fault is not None:
                raise ValueError(fault)
        return value

    @field_validator("globs")
    @classmethod
    def _inside_the_source(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for glob in value:
            if glob.startswith("/") or ".." in Path(glob).parts:
                raise ValueError(f"the glob '{glob}' leaves the folder of its source; globs are relative to it")
            try:
                re.compile(glob_pattern(glob))
            except re.error as error:
                raise ValueError(f"the glob '{glob}' is none ({error})") from error
        return value
