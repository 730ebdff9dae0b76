"""What the readers of all formats share: matching a header with the declaration, and the SQL of a conversion in steps.

A file without a header has a customer where the column names should be, and a JSON object may be keyed by anything. So a message
names a delivered column only when it is a declared one or much like one, and the ledger only when it does not look like a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

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
class Reading:
    """How to read one extract: a relation with raw columns and ``row_number`` (from 1), and the conversion of each declared column.

    The relation names its file as the parameter ``$path``, so that files of one layout share a prepared statement.
    """

    relation: str
    conversions: tuple[Conversion, ...]
    unknown_columns: tuple[str, ...] = ()
    # Physical lines before the first row.
    header_lines: int = 0

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


def matched(feed: FeedDeclaration, headers: list[str]) -> tuple[dict[str, int], tuple[str, ...], list[Refusal]]:
    """Positions of the columns by header, the headers nobody declared, and what cannot be matched."""
    faults: list[Refusal] = []
    declared = {column.header for column in feed.columns}
    for header in sorted(set(headers)):
        times = headers.count(header)
        if times > 1 and (header or header in declared):
            places = ", ".join(str(position) for position, other in enumerate(headers, start=1) if other == header)
            shown = f"the column name '{header}'" if header in declared else "a column name that is not declared"
            faults.append(Refusal("duplicate_header", f"{shown} stands {times} times (columns {places}); have each column named once"))
    positions = {header: position for position, header in enumerate(headers)}
    absent = [column.header for column in feed.columns if column.required and column.header not in positions]
    if absent:
        faults.append(lacking(feed, absent, headers))
    return positions, unknown_columns(feed, headers), faults


def lacking(feed: FeedDeclaration, absent: list[str], headers: list[str]) -> Refusal:
    """The refusal of a file without a required column."""
    shown = ", ".join(f"'{header}'" for header in absent)
    column, are, them = ("column", "is", "it") if len(absent) == 1 else ("columns", "are", "them")
    declared = [column.header for column in feed.columns]
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
    declared = {column.header for column in feed.columns}
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
    return bool(column.null_markers or marked_moments(feed, column))


def null_if_marked(feed: FeedDeclaration, column: ColumnDeclaration, raw: str, delivered_type: str = "VARCHAR") -> str:
    """SQL: null where a delivered value means null. A moment or a day among the markers is known in every spelling and type."""
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
