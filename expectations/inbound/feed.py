"""The part of a feed's declaration that inbound expectations are derived from. Knows no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from expectations.sql import identifier

if TYPE_CHECKING:
    from orchestration.loading.declarations import ColumnDeclaration, FeedDeclaration, SourceDeclaration


@dataclass(frozen=True)
class Freshness:
    """The newest value of ``column`` may be ``warn_after_hours`` old at as_of."""

    column: str
    warn_after_hours: float


@dataclass(frozen=True)
class Feed:
    """A feed and the table its accepted rows stand in."""

    source_system: str
    name: str
    table: str
    key: tuple[str, ...]
    required: tuple[str, ...] = ()
    accepted_values: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict[str, tuple[str | int, ...]])
    moments: tuple[tuple[str, str], ...] = ()
    freshness: Freshness | None = None
    has_updated_at: bool = True
    # An extract replaces more than the rows of its keys, so that a key does not say which rows count.
    is_replaced: bool = False

    @property
    def subject(self) -> str:
        """The table as check results name it."""
        return f"raw.{self.table}"

    @property
    def relation(self) -> str:
        """The table as SQL names it."""
        return identifier("raw", self.table)


def feeds_of(sources: Iterable[SourceDeclaration]) -> list[Feed]:
    """The feeds of ``sources``, in declared order."""
    return [_feed(declared) for source in sources for declared in source.feeds.values()]


def personal_columns_of(sources: Iterable[SourceDeclaration]) -> frozenset[str]:
    """The names of all columns that a feed of ``sources`` declares as personal data."""
    return frozenset(column.name for source in sources for feed in source.feeds.values() for column in feed.columns if column.pii)


def _feed(declared: FeedDeclaration) -> Feed:
    return Feed(
        source_system=declared.source_system,
        name=declared.name,
        table=declared.identifier,
        key=declared.key,
        required=tuple(column.name for column in declared.columns if column.required),
        accepted_values={column.name: _typed(column) for column in declared.columns if column.accepted_values},
        moments=declared.moments,
        freshness=Freshness(declared.freshness.column, declared.freshness.warn_after_hours) if declared.freshness else None,
        is_replaced=declared.replaces is not None,
        has_updated_at=any(column.name == "updated_at" for column in declared.columns),
    )


def _typed(column: ColumnDeclaration) -> tuple[str | int, ...]:
    """The accepted values in the column's type: accepted values go with text and integer only."""
    return tuple(int(value) for value in column.accepted_values) if column.data_type == "integer" else column.accepted_values
