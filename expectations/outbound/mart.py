"""What the outbound rules know of a mart: its columns and its grain, as dbt's manifest has them. Knows no rule and no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from expectations.sql import relation
from orchestration.project import Relation

# What meta.publish says of a column that does not leave the warehouse as it is: no message may name a row by it.
_PSEUDONYM, _NEVER = "pseudonym", "never"

PERIOD_GRAIN = ("period_grain", "period_start", "dimension", "member")


@dataclass(frozen=True)
class Column:
    """A described column of a mart."""

    name: str
    data_type: str
    publish: str = "plain"
    may_pass_whole: bool = False

    @property
    def is_pseudonym(self) -> bool:
        """Whether readers get it as a keyed hash."""
        return self.publish == _PSEUDONYM

    @property
    def is_double(self) -> bool:
        """Whether it is a floating-point number, which may be infinite or no number at all."""
        return self.data_type.lower() in {"double", "float", "real"}

    @property
    def is_part(self) -> bool:
        """Whether it is a share of something of which no part can be taken off again, so that it lies between 0 and 1."""
        return self.is_double and self.name.endswith("_share") and not self.may_pass_whole


@dataclass(frozen=True)
class Mart:
    """A table that is published: models/marts/<schema>/<name>."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    grain: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The table as check results name it."""
        return f"{self.schema}.{self.name}"

    @property
    def relation(self) -> str:
        """The table as SQL names it."""
        return relation(self.subject)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns that are published, in described order."""
        return tuple(column.name for column in self.columns if column.publish != _NEVER)

    @property
    def pseudonyms(self) -> tuple[str, ...]:
        """The columns that readers get as keyed hashes."""
        return tuple(column.name for column in self.columns if column.is_pseudonym)

    @property
    def has_periods(self) -> bool:
        """Whether it has one row per period × member, the grain of every KPI family."""
        return set(PERIOD_GRAIN) <= set(self.column_names)

    @property
    def naming_columns(self) -> tuple[str, ...]:
        """The columns of the grain by which a message may name a row."""
        withheld = {column.name for column in self.columns if column.publish in (_PSEUDONYM, _NEVER)}
        return tuple(column for column in self.grain if column not in withheld)

    def has(self, *columns: str) -> bool:
        """Whether it has all of ``columns``."""
        return set(columns) <= set(self.column_names)


def published_marts(marts: Iterable[Relation]) -> list[Mart]:
    """Those of ``marts`` that readers get, by schema and name. A model without a description comes without columns."""
    published = [
        Mart(
            schema=mart.schema,
            name=mart.name,
            columns=tuple(
                Column(
                    column.name,
                    column.data_type,
                    publish=str(column.meta.get("publish", "plain")),
                    may_pass_whole=bool(column.meta.get("may_pass_whole", False)),
                )
                for column in mart.columns
            ),
            grain=mart.grain,
        )
        for mart in marts
        if mart.meta.get("publish") != _NEVER
    ]
    return sorted(published, key=lambda mart: (mart.schema, mart.name))
