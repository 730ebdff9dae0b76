"""Tells what the columns of files hold: types by the loader's own rules for values, moments' formats, nulls, keys, personal data.

Reads rows as text through the loader, in a warehouse that is thrown away. Names values nowhere: they may be a customer's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from orchestration.loading.declarations import ColumnDeclaration, FeedDeclaration
from orchestration.loading.declared_meta import Cleaner
from orchestration.loading.trial import rows_of
from orchestration.proposing.kinds import Kind, ProposalError
from orchestration.proposing.mapping import contract_name
from orchestration.proposing.types_of import Typing
from orchestration.sql_text import identifier, literal

_NAMES_A_PERSON = re.compile(
    r"e-?mail|phone|mobile|(^|[ _])tel([ _]|$)|address|street|(^|[ _])city|zip|postal|post_?code|first_?name|last_?name|full_?name"
    r"|(customer|buyer|billing|shipping|recipient|user|agent)[ _]?name|^name$|birth|(^|[ _])ip([ _]|$)|ipaddress|passport"
    r"|supervisor|manager|employee|operator|assignee|comment|body|message|note|remark"
    r"|姓名|收货人|^(?!是否).*手机|电话|邮箱|地址|城市|支付宝账号|身份证|昵称|操作人|留言|备注|说明",
    re.IGNORECASE,
)
_MAY_NAME_A_PERSON = re.compile(
    r"customer|client|buyer|kunde|kundin|käufer|besteller|empfänger|contact|kontakt|ansprechpartner|acheteur|(^|[ _])nom([ _]|$)|nombre"
    r"|prénom|vorname|nachname|anschrift|stra(ss|ß)e|(^|[ _])(plz|ort)([ _]|$)|telefon|adresse|téléphone|correo|dirección",
    re.IGNORECASE,
)
_CONTENTS_OF_A_PERSON = {
    "e-mail addresses": r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}",
    "telephone numbers": r"[''+]?\+?[0-9][0-9() -]{8,17}[0-9]",
    "IP addresses": r"([0-9]{1,3}\.){3}[0-9]{1,3}",
}
# By what it is told that a cleaner of the loader is needed.
_AROUND: Mapping[Cleaner, str] = {
    "trim": r" +[^ ](.*[^ ])?|[^ ](.*[^ ])? +", "tab": r"\t.*|.*\t", "excel_text": r'="[^"]*"', "apostrophe": r"['’][0-9+].*",
}  # fmt: skip
_FREE_TEXT_LENGTH = 40
_IS_A_PLACE = re.compile(r"^line|line_?n|position|^pos$|seq|index|version|行号|序号", re.IGNORECASE)
_IS_AN_ID = re.compile(r"(id|_no|number|[_ -]nr\.?|nummer|numéro|número|código|sku|invoice|编号|单号|编码)$", re.IGNORECASE)


@dataclass(frozen=True)
class ColumnFacts:
    """What a column of the files holds."""

    header: str
    data_type: str
    formats: tuple[str, ...]
    null_markers: tuple[str, ...]
    is_always_filled: bool
    is_empty: bool
    # Why it is taken for personal data.
    personal: str | None
    # How many rows have a value that another row of the file has too.
    repeating_rows: int
    distinct: int
    # The values, where they are few and nobody's: what may have to be mapped.
    words: tuple[str, ...]
    has_negative: bool = False
    # It names a thing, and its values end in .0, as numbers do that went through a float.
    is_like_a_float: bool = False


@dataclass(frozen=True)
class Contents:
    """What the files of a kind hold."""

    columns: tuple[ColumnFacts, ...]
    rows: int
    # Positions of columns whose values, together, no two rows of a file share; empty where there are none.
    key: tuple[int, ...]
    # How numbers are written, where not with a point.
    decimal_sign: str | None
    thousands_sign: str | None
    rejected: int
    # What stands around values, and beside numbers.
    clean: tuple[Cleaner, ...]
    units: tuple[str, ...]


def contents_of(kind: Kind) -> Contents:
    """Read the files and tell what they hold."""
    as_delivered = _as_text(kind)
    with rows_of(kind.paths, as_delivered) as (connection, table, refusal, _):
        if refusal is not None:
            raise ProposalError(f"{kind.paths[0].name} cannot be read: {refusal.message}")
        clean = _Examined(connection, table, as_delivered, kind).cleaners()
    feed = as_delivered.model_copy(update={"clean": clean})
    with rows_of(kind.paths, feed) as (connection, table, _, rejected):
        return _Examined(connection, table, feed, kind).contents(rejected)


def _as_text(kind: Kind) -> FeedDeclaration:
    """A declaration by which every row is taken as it stands."""
    columns = tuple(ColumnDeclaration(name=f"c{place}", data_type="text", header=header) for place, header in enumerate(kind.headers))
    return FeedDeclaration(
        source_system="proposed", name=kind.feed, identifier=f"proposed__{kind.feed}", columns=columns, key=(), format=kind.file_format,
        time_zone="UTC", encoding=kind.encoding, delimiter=kind.delimiter, null_markers=("",), timestamp_formats=(), date_formats=(),
        decimal_sign=".", thousands_sign=None, clock_tolerance_minutes=60, lines_before_header=kind.lines_before_header,
        rows_after_header=kind.rows_after_header,
    )  # fmt: skip


class _Examined:
    """The rows of the files as text, and questions about them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, feed: FeedDeclaration, kind: Kind) -> None:
        self.connection, self.table, self.feed, self.kind = connection, table, feed, kind
        self.names = [column.name for column in feed.columns]
        self.rows = int(self._one(f"select count(*) from {table}")[0])

    def cleaners(self) -> tuple[Cleaner, ...]:
        """What has to be taken from around values so that they are what they mean."""
        tests: dict[Cleaner, str] = {
            cleaner: " or ".join(f"regexp_full_match({name}, {literal(pattern)})" for name in self.names)
            for cleaner, pattern in _AROUND.items()
        }
        counts = self._one(f"select {', '.join(f'count(*) filter ({test})' for test in tests.values())} from {self.table}")
        return tuple(cleaner for cleaner, count in zip(tests, counts, strict=True) if count)

    def contents(self, rejected: int) -> Contents:
        if self.rows == 0:
            raise ProposalError(f"{self.kind.paths[0].name} has no rows; a feed is proposed from files that have some.")
        filled = self._one(f"select {', '.join(f'count({name})' for name in self.names)} from {self.table}")
        distinct = self._one(f"select {', '.join(f'count(distinct ({name}, _extract_id))' for name in self.names)} from {self.table}")
        typed = Typing(
            self.connection, self.table, self.feed, [place for place, count in enumerate(filled) if count and not self._is_id(place)]
        )
        types = typed.types
        columns: list[ColumnFacts] = []
        for place, header in enumerate(self.kind.headers):
            personal = self._personal(place, types[place])
            columns.append(
                ColumnFacts(
                    header=header, data_type="text" if personal else types[place], formats=() if personal else typed.formats.get(place, ()),
                    null_markers=typed.null_markers.get(place, ()),
                    is_always_filled=filled[place] == self.rows and place not in typed.null_markers,
                    is_empty=filled[place] == 0, personal=personal, repeating_rows=self.rows - distinct[place], distinct=distinct[place],
                    words=() if personal else self._words(place, types[place], distinct[place]),
                    has_negative=self._has_negative(place, types[place]),
                    is_like_a_float=self._is_id(place) and self._is_like_a_float(place),
                )
            )  # fmt: skip
        return Contents(
            tuple(columns), self.rows, self._key(columns), typed.decimal_sign, typed.thousands_sign, rejected, self.feed.clean, typed.units
        )

    def _is_id(self, place: int) -> bool:
        """Its name says that it names a thing, or its numbers begin with zeros: text, whatever it looks like."""
        name, header = self.names[place], self.kind.headers[place].strip()
        if _IS_AN_ID.search(header) or (contract_name(header) or "").endswith("_id"):
            return True
        return bool(self._one(f"select count(*) from {self.table} where regexp_full_match({name}, '0[0-9]+')")[0])

    def _has_negative(self, place: int, data_type: str) -> bool:
        is_number = data_type in ("integer", "double") or data_type.startswith("decimal")
        return is_number and bool(self._one(f"select count(*) from {self.table} where trim({self.names[place]}) like '-%'")[0])

    def _is_like_a_float(self, place: int) -> bool:
        return bool(self._one(f"select count(*) from {self.table} where regexp_full_match({self.names[place]}, '[0-9]+[.]0')")[0])

    def _personal(self, place: int, data_type: str) -> str | None:
        """Why the column is taken for personal data: by its name, or by what stands in it."""
        header, name = self.kind.headers[place], self.names[place]
        if _NAMES_A_PERSON.search(header.replace("-", "_")):
            return "by its name"
        blanks = f"count(*) filter ({name} like '_% %_') * 2 > count({name})"
        if _MAY_NAME_A_PERSON.search(header) and self._one(f"select {blanks} from {self.table}")[0]:
            return "its values look like names or addresses"
        if data_type not in ("text", "integer") or (data_type == "integer" and _IS_AN_ID.search(header)):
            return None
        values = f"from {self.table} where {name} is not null"
        for what, pattern in _CONTENTS_OF_A_PERSON.items():
            if what == "telephone numbers" and (data_type == "integer" or _IS_AN_ID.search(header)):
                continue
            share = self._one(f"select count(*) filter (where regexp_full_match(trim({name}), {literal(pattern)})) / count(*) {values}")[0]
            if share is not None and share > 0.3:
                return f"its values look like {what}"
        length = self._one(f"select avg(length({name})) filter (where {name} like '% %') {values}")[0]
        shares = self._one(f"select count(distinct {name}) / count(*) {values}")[0]
        return "free text" if length is not None and length > _FREE_TEXT_LENGTH and shares > 0.5 else None

    def _words(self, place: int, data_type: str, distinct: int) -> tuple[str, ...]:
        if data_type not in ("text", "boolean") or self._is_id(place) or distinct > 30 or distinct * 2 > self.rows:
            return ()
        rows = self.connection.execute(
            f"select {self.names[place]} from {self.table} where {self.names[place]} is not null"
            " group by 1 order by count(*) desc, 1 limit 15"
        ).fetchall()
        return tuple(str(row[0]) for row in rows)

    def _key(self, columns: Sequence[ColumnFacts]) -> tuple[int, ...]:
        """One id that no two rows of a file share; else one with a line's number or another id; none where it takes more."""
        ids = [place for place, column in enumerate(columns) if column.is_always_filled and not column.personal and self._is_id(place)]
        for place in ids:
            if columns[place].repeating_rows == 0:
                return (place,)
        numbers = [place for place, column in enumerate(columns) if column.is_always_filled and _IS_A_PLACE.search(column.header)]
        for first in ids[:3]:
            for second in [place for place in [*numbers, *ids] if place != first][:8]:
                pair = f"({identifier(self.names[first])}, {identifier(self.names[second])}, _extract_id)"
                if self._one(f"select count(distinct {pair}) from {self.table}")[0] == self.rows:
                    return first, second
        return ()

    def _one(self, query: str) -> tuple[Any, ...]:
        return self.connection.execute(query).fetchall()[0]
