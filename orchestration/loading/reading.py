"""What the readers of all formats share: matching a header with the declaration, and the SQL of a conversion in steps."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.loading.conversion import Conversion
from orchestration.loading.declarations import FeedDeclaration
from orchestration.loading.naming import literal_list
from orchestration.loading.results import Refusal


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


def matched(feed: FeedDeclaration, headers: list[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Positions of the columns by header, and the headers nobody declared. Refuses what cannot be matched."""
    declared = {column.header for column in feed.columns}
    for header in sorted(set(headers)):
        times = headers.count(header)
        if times > 1 and (header or header in declared):
            places = ", ".join(str(position) for position, other in enumerate(headers, start=1) if other == header)
            raise Refusal(
                "duplicate_header",
                f"the column name '{header}' stands {times} times (columns {places}); have each column named once",
            )
    positions = {header: position for position, header in enumerate(headers)}
    absent = [column.header for column in feed.columns if column.required and column.header not in positions]
    if absent:
        raise lacking(absent, headers)
    return positions, tuple(dict.fromkeys(header for header in headers if header not in declared))


def lacking(absent: list[str], headers: list[str]) -> Refusal:
    """The refusal of a file without a required column."""
    shown = ", ".join(f"'{header}'" for header in absent)
    there = ", ".join(f"'{header}'" for header in headers[:30]) + (" …" if len(headers) > 30 else "")
    column, are, them = ("column", "is", "it") if len(absent) == 1 else ("columns", "are", "them")
    return Refusal(
        "missing_required_column",
        f"the required {column} {shown} {are} not in the file, which has {there}; "
        f"have {them} delivered, or correct header or required in the declaration",
    )


def null_markers(feed: FeedDeclaration) -> tuple[str, ...]:
    """The texts that mean null. The empty text always does."""
    return tuple(dict.fromkeys(("", *feed.null_markers)))


def null_if_marked(feed: FeedDeclaration, raw: str) -> str:
    """SQL: null where a text value is a null marker."""
    markers = null_markers(feed)
    if len(markers) == 1:
        return f"nullif({raw}, '')"
    return f"case when {raw} in ({literal_list(markers)}) then null else {raw} end"
