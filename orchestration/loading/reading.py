"""What the readers of all formats share: matching a header with the declaration, and the SQL of a conversion in steps.

A file without a header has a customer where the column names should be, and a JSON object may be keyed by anything. So a message
names a delivered column only when it is a declared one or much like one, and the ledger only when it does not look like a value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from orchestration.loading.cleaning import cleaned, cleaned_text, is_cleaned
from orchestration.loading.conversion import Conversion
from orchestration.loading.declarations import ColumnDeclaration, FeedDeclaration
from orchestration.loading.results import Refusal
from orchestration.sql_text import literal, literal_list

LANDED_AS = "_landed_as"
_MUCH_ALIKE = 0.8
_MOST_UNKNOWN = 30
_LONGEST_SHOWN = 64
# An e-mail address, a phone number, the number of a customer or a card.
_LIKE_A_VALUE = re.compile(r"@|[0-9](?:[ ()./-]?[0-9]){5}")


@dataclass(frozen=True)
class Counts:
    """What reading an extract comes to."""

    # Rows that were judged: accepted or rejected.
    read: int
    rejected: int
    unknown_columns: tuple[str, ...]
    # What has to be told of the extract, though it is taken.
    warnings: tuple[str, ...] = ()
    # Rows that the declaration says are none of the feed.
    left_out: int = 0


@dataclass(frozen=True)
class Reading:
    """How to read one extract: a relation with raw columns and ``row_number`` (from 1), and the conversion of each declared column.

    The relation names its file as the parameter ``$path``, so that files of one layout share a prepared statement.
    """

    relation: str
    conversions: tuple[Conversion, ...]
    unknown_columns: tuple[str, ...] = ()
    # Physical lines before the first row.
    header_lines: int = 0
    # SQL over ``converted``: the row is none of the feed; empty where all are.
    left_out: str = ""
    warnings: tuple[str, ...] = ()

    def counts(self, rows: int, rejected: int, left_out: int) -> Counts:
        """What reading comes to when the file has so many ``rows``, those ``left_out`` among them."""
        return Counts(rows - left_out, rejected, self.unknown_columns, self.warnings, left_out)

    def line(self, line: str) -> str:
        """SQL over ``converted``: where the row stands, negative where it has to be rejected and null where it is left out."""
        aside = f"when {self.left_out} then null " if self.left_out else ""
        return f"case {aside}when {self.is_wrong} then -({line}) else {line} end"

    @property
    def is_rejected(self) -> str:
        """SQL over ``converted``: the row is a reject."""
        return f"not ({self.left_out}) and ({self.is_wrong})" if self.left_out else self.is_wrong

    def converted(self, relation: str | None = None) -> str:
        """The relation with the steps of every conversion beside the raw columns."""
        query = relation or self.relation
        depth = max((len(each.steps) for each in self.conversions), default=0)
        for level in range(depth):
            added = ", ".join(f"{each.steps[level][1]} as {each.steps[level][0]}" for each in self.conversions if len(each.steps) > level)
            query = f"select *, {added} from ({query})"
        return query

    @property
    def is_wrong(self) -> str:
        """SQL over ``converted``: some value makes the row a reject."""
        return " or ".join(test for each in self.conversions if (test := each.is_wrong)) or "false"

    @property
    def findings(self) -> str:
        """SQL over ``converted``: everything wrong with the row, a list of structs in declared order."""
        listed = ", ".join(each.finding for each in self.conversions if each.finding != "null")
        return f"list_filter([{listed}], lambda finding: finding is not null)"


@dataclass(frozen=True)
class FileNames:
    """SQL by which a reader of several files says of each row which file it is from."""

    option: str = ""
    selected: str = ""


def naming_files(*, together: bool) -> FileNames:
    """What a reader of several files ``together`` needs to name them; nothing for a reader of one."""
    return FileNames(f", filename = '{LANDED_AS}'", f"{LANDED_AS}, ") if together else FileNames()


@dataclass(frozen=True)
class Matched:
    """Where the columns of a file are that the declaration names (by the names of the columns), and what else is there."""

    positions: dict[str, int]
    # Those that nobody declared, where the feed collects them; by their header.
    others: dict[str, int]
    unknown: tuple[str, ...]
    warnings: tuple[str, ...]
    faults: list[Refusal]


def matched(feed: FeedDeclaration, headers: list[str]) -> Matched:
    """Match the headers of a file with the declaration."""
    declared = _declared(feed)
    faults: list[Refusal] = []
    for header in sorted(set(headers)):
        times = headers.count(header)
        if times > 1 and (header or header in declared):
            places = ", ".join(str(position) for position, other in enumerate(headers, start=1) if other == header)
            shown = f"the column name '{header}'" if header in declared else "a column name that is not declared"
            faults.append(Refusal("duplicate_header", f"{shown} stands {times} times (columns {places}); have each column named once"))
    faults += two_names(feed, headers)
    places_of = {header: position for position, header in enumerate(headers)}
    positions = {column.name: places_of[header] for column in feed.columns for header in column.headers if header in places_of}
    absent = [column for column in feed.columns if column.name not in positions and not column.is_collected]
    required = [column for column in absent if column.required]
    if required:
        faults.append(lacking(feed, required, headers))
    others = {header: position for header, position in places_of.items() if header and header not in declared}
    unknown = unknown_columns(feed, headers)
    # A feed that says what it ignores knows every column of its files: one that lacks, beside one that is unknown, has another name now.
    warnings = (_told_of_renaming(absent),) if feed.ignored_columns and unknown and absent else ()
    return Matched(positions, others, unknown, warnings, faults)


def two_names(feed: FeedDeclaration, headers: Iterable[str]) -> list[Refusal]:
    """What is delivered twice, under two names of one declared column."""
    there = set(headers)
    found = [(column, [header for header in column.headers if header in there]) for column in feed.columns if column.other_headers]
    return [
        Refusal(
            "ambiguous_header",
            f"the columns {' and '.join(map(repr, both))} are both there, and both are names of the declared column '{column.name}'; "
            "have one of them delivered, or leave the other out of header in the declaration",
        )
        for column, both in found
        if len(both) > 1
    ]


def _told_of_renaming(absent: list[ColumnDeclaration]) -> str:
    shown = ", ".join(map(_names, absent))
    column, are = ("column", "is") if len(absent) == 1 else ("columns", "are")
    return f"the declared {column} {shown} {are} not in the file, and null: where one that is not declared is meant, add its name to header"


def _names(column: ColumnDeclaration) -> str:
    return " or ".join(f"'{header}'" for header in column.headers)


def _declared(feed: FeedDeclaration) -> set[str]:
    """All names that the declaration knows, those of columns that are not wanted among them."""
    return {header for column in feed.columns for header in column.headers} | set(feed.ignored_columns)


def other_columns(feed: FeedDeclaration, values: Mapping[str, str]) -> str:
    """SQL: values, by the names of their columns, as one JSON object of texts; those that mean null are left out."""
    if not values:
        return "'{}'"
    entries = ", ".join(
        f"{{'key': {literal(name)}, 'value': {cleaned_text(feed, f'cast({value} as varchar)')}}}" for name, value in values.items()
    )
    has_value = f"lambda entry: entry.value not in ({literal_list(null_markers(feed))})"
    return f"cast(to_json(map_from_entries(list_filter([{entries}], {has_value}))) as varchar)"


def left_out(feed: FeedDeclaration, conversions: tuple[Conversion, ...], as_json: Collection[str] = ()) -> str:
    """SQL over converted rows: the row is none of the feed; empty where all are. Goes by what was delivered, whatever its type.

    ``as_json``: the columns whose raw values are JSON.
    """
    raws = {each.column.name: each.raw for each in conversions}
    texts = {name: f"({raws[name]}->>'$')" if name in as_json else f"cast({raws[name]} as varchar)" for name, _ in feed.leave_out}
    return " or ".join(f"coalesce({texts[name]}, '') in ({literal_list(values)})" for name, values in feed.leave_out)


def lacking(feed: FeedDeclaration, absent: list[ColumnDeclaration], headers: list[str]) -> Refusal:
    """The refusal of a file without a required column."""
    shown = ", ".join(map(_names, absent))
    column, are, them = ("column", "is", "it") if len(absent) == 1 else ("columns", "are", "them")
    declared = _declared(feed)
    known = [_shown(header) for header in headers if get_close_matches(header, declared, n=1, cutoff=_MUCH_ALIKE)]
    others = len(headers) - len(known)
    there = [f"'{header}'" for header in known] + ([f"{others} more that are not declared"] if known and others else [])
    return Refusal(
        "missing_required_column",
        f"the required {column} {shown} {are} not in the file, which has "
        f"{', '.join(there) or f'none of the declared columns (is its first line a row?) but {others} others'}; "
        f"have {them} delivered, or correct header or required in the declaration",
    )


def unknown_columns(feed: FeedDeclaration, headers: Iterable[str]) -> tuple[str, ...]:
    """The delivered columns that are not declared, each once, as they may be shown to anybody."""
    if any(column.is_collected for column in feed.columns):
        return ()
    declared = _declared(feed)
    unknown = tuple(dict.fromkeys(_shown(header) for header in headers if header not in declared))
    more = len(unknown) - _MOST_UNKNOWN
    return (*unknown[:_MOST_UNKNOWN], f"and {more:,} more") if more > 0 else unknown


def _shown(header: str) -> str:
    header = " ".join(header.split())
    is_shown = len(header) <= _LONGEST_SHOWN and header.isprintable() and not _LIKE_A_VALUE.search(header)
    return header if is_shown else f"a name of {len(header):,} characters"


def null_markers(feed: FeedDeclaration) -> tuple[str, ...]:
    """The texts that mean null. The empty text always does."""
    return tuple(dict.fromkeys(("", *feed.null_markers)))


def has_own_markers(feed: FeedDeclaration, column: ColumnDeclaration) -> bool:
    """Whether it takes more than the texts of the feed to tell which values of the column mean null."""
    return bool(column.null_markers or marked_moments(feed, column) or is_cleaned(feed, column))


def null_if_marked(feed: FeedDeclaration, column: ColumnDeclaration, raw: str, delivered_type: str = "VARCHAR") -> str:
    """SQL: null where a delivered value, cleaned, means null. A moment or a day among the markers is known in every spelling and type."""
    raw = cleaned(feed, column, raw, delivered_type)
    is_marked: list[str] = []
    markers = tuple(dict.fromkeys((*null_markers(feed), *column.null_markers)))
    text = f"{raw}->>'$'" if delivered_type == "JSON" else raw
    if delivered_type in ("VARCHAR", "JSON"):
        is_marked.append(f"{text} in ({literal_list(markers)})")
    moments = marked_moments(feed, column)
    if moments and (wall_clock := _wall_clock(feed, raw, delivered_type)) is not None:
        at = [literal(moment.isoformat(sep=" ")) for moment in moments if isinstance(moment, datetime)]
        on = [literal(day.isoformat()) for day in moments if not isinstance(day, datetime)]
        is_marked += [f"{wall_clock} in ({', '.join(f'timestamp {each}' for each in at)})"] if at else []
        is_marked += [f"cast({wall_clock} as date) in ({', '.join(f'date {each}' for each in on)})"] if on else []
    if not is_marked:
        return raw
    if is_marked == [f"{raw} in ('')"]:
        return f"nullif({raw}, '')"
    return f"case when {' or '.join(is_marked)} then null else {raw} end"


def marked_moments(feed: FeedDeclaration, column: ColumnDeclaration) -> list[date | datetime]:
    """The null markers that are a moment on the clocks of the source, or a whole day, for a column of moments or days."""
    if column.data_type not in ("timestamp", "date"):
        return []
    found: list[date | datetime] = []
    for marker in (*feed.null_markers, *column.null_markers):
        with suppress(ValueError):
            found.append(date.fromisoformat(marker))
            continue
        with suppress(ValueError):
            found.append(datetime.fromisoformat(marker).replace(tzinfo=None))
    return found


def _wall_clock(feed: FeedDeclaration, raw: str, delivered_type: str) -> str | None:
    """SQL: what the clocks of the source showed; None: the type tells no moment."""
    match delivered_type:
        case "VARCHAR":
            # What follows is an offset: what was written down before it is what the marker means.
            return f"try_cast(left(trim({raw}), 19) as timestamp)"
        case "TIMESTAMP WITH TIME ZONE":
            return f"timezone({literal(feed.time_zone)}, {raw})"
        case "DATE" | "TIMESTAMP" | "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS":
            return f"cast({raw} as timestamp)"
        case _:
            return None
