"""Why a figure moved: the change of one period split over the members of each dimension, from the published ``kpi_contributions``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reading.errors import UnknownName, unknown_name
from reading.kpis import Grain
from reading.snapshot import OpenSnapshot, said_when_lacking

# Days that a period has at most.
_LONGEST = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 31, Grain.QUARTER: 92, Grain.YEAR: 366}


@dataclass(frozen=True)
class Contribution:
    """What one member did to the change; of a sum there are no weights and no effects."""

    member: str
    value: float | None
    previous: float | None
    weight: float | None
    previous_weight: float | None
    contribution: Decimal
    rate_effect: Decimal | None
    mix_effect: Decimal | None


@dataclass(frozen=True)
class SplitChange:
    """An overall figure beside that of the period before, and by dimension what each member did to it, the most first."""

    period_start: date
    previous_start: date
    value: float
    previous: float
    change: Decimal
    parts: Mapping[str, Sequence[Contribution]]


def why_not_split(snapshot: OpenSnapshot, kpi_id: str) -> str | None:
    """Why changes of the KPI are never split over members; ``None`` where they are."""
    with said_when_lacking("split of changes"):
        snapshot.connection.execute("select kpi_id from scoreboard.kpi_contributions limit 0")
        row = snapshot.connection.execute("select why_not_split from scoreboard.kpi_coverage where kpi_id = ?", [kpi_id]).fetchone()
    return row[0] if row else None


def split_change(snapshot: OpenSnapshot, kpi_id: str, *, grain: Grain, dimension: str | None, on: date | None) -> SplitChange | None:
    """The change to the period that ``on`` lies in, else to the newest that is compared with one before; of one dimension or of all.

    ``None`` where that period is compared with nothing. Raises ``UnknownName`` for a dimension that the KPI is not split by.
    """
    connection = snapshot.connection
    of = {"kpi_id": kpi_id, "grain": grain.value}
    # Without a bound below, all months would be read to find one.
    since = "" if on is None else "and {}.period_start between $on - $days and $on"
    within = {} if on is None else {"on": on, "days": _LONGEST[grain]}
    with said_when_lacking("split of changes"):
        newest = connection.execute(
            f"""
            select board.period_start, board.value, board.previous_value, split.previous_start, split.overall_change
            from scoreboard.kpi_scoreboard as board
            left join (
                select distinct period_start, previous_start, overall_change from scoreboard.kpi_contributions as parts
                where kpi_id = $kpi_id and period_grain = $grain {since.format("parts")}
            ) as split
                on board.period_start = split.period_start
            where
                board.kpi_id = $kpi_id and board.period_grain = $grain and board.dimension = 'overall'
                {since.format("board") or "and split.period_start is not null"}
            order by board.period_start desc
            limit 1
            """,
            of | within,
        ).fetchone()
        if newest is None or newest[3] is None:
            return None
        start, value, previous, previous_start, change = newest
        rows = connection.execute(
            """
            select dimension, member, value, previous_value, weight, previous_weight, contribution, rate_effect, mix_effect
            from scoreboard.kpi_contributions
            where kpi_id = $kpi_id and period_grain = $grain and period_start = $start and dimension = coalesce($dimension, dimension)
            order by dimension, abs(contribution) desc, member
            """,
            of | {"start": start, "dimension": dimension},
        ).fetchall()
    parts: dict[str, list[Contribution]] = {}
    for name, *columns in rows:
        parts.setdefault(name, []).append(Contribution(*columns))
    if dimension is not None and not parts:
        known = split_change(snapshot, kpi_id, grain=grain, dimension=None, on=on)
        raise UnknownName(unknown_name(f"dimension that {kpi_id} is split by", dimension, list(known.parts if known else ())))
    return SplitChange(start, previous_start, value, previous, change, parts)
