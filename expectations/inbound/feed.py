"""The part of a feed's declaration that inbound expectations are derived from. Reads no file, knows no rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from expectations.sql import identifier


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
    accepted_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    moments: tuple[tuple[str, str], ...] = ()
    freshness: Freshness | None = None
    has_updated_at: bool = True

    @property
    def subject(self) -> str:
        """The table as check results name it."""
        return f"raw.{self.table}"

    @property
    def relation(self) -> str:
        """The table as SQL names it."""
        return identifier("raw", self.table)
