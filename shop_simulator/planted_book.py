"""The book of planted truths: cells of the scoreboard, how a published value is compared with a planted one, and the cohorts counted.

What is planted, and so what stands in the book, is said in ``planted``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from shop_simulator import truths
from shop_simulator.draws import MILLION, quantile_of_mixture
from shop_simulator.window import ZONE_SECONDS
from shop_simulator.world import World

MART = "scoreboard.kpi_scoreboard"
DAYS_UNTIL_RETURNS_ARE_KNOWN = 60
DAYS_UNTIL_TICKETS_ARE_SETTLED = 21


@dataclass(frozen=True)
class Truth:
    """A planted value of one cell of a mart.

    ``inside`` says how to compare: ``interval`` (the value lies inside the published 95 % interval), ``relative`` or
    ``absolute`` (the published value differs by at most ``tolerance``). ``n`` is the number of observations expected in the
    cell; ``about`` says what was planted.
    """

    kpi_id: str | None
    mart: str | None
    period_grain: str | None
    period_start: str | None
    dimension: str
    member: str
    value: float
    inside: str
    tolerance: float | None
    n: int
    about: str


@dataclass(frozen=True)
class Member:
    """A way to cut planted rows: the dimension, the SQL that gives the member's name, and which rows have one."""

    dimension: str
    sql: str
    where: str = "true"


@dataclass(frozen=True)
class Cohort:
    """Planted rows that a KPI is about: a table of the store, the moment that dates them, and the ways to cut them."""

    table: str
    moment: str
    where: str = "true"
    members: tuple[Member, ...] = ()

    def by(self, *members: Member) -> Cohort:
        """The same rows, cut by further dimensions."""
        return replace(self, members=members)

    def having(self, where: str) -> Cohort:
        """Some of the rows."""
        return replace(self, where=f"({self.where}) and ({where})")


@dataclass(frozen=True)
class Cell:
    """A cell of the scoreboard."""

    period_grain: str
    period_start: str
    dimension: str
    member: str


@dataclass(frozen=True)
class Comparison:
    """How a published value is compared with the planted one."""

    inside: str
    tolerance: float | None = None


INTERVAL = Comparison("interval")


def relative(least: float, spread: float, n: float) -> Comparison:
    """A relative tolerance that shrinks with the number of observations, down to the least one."""
    return Comparison("relative", round(max(least, spread / math.sqrt(max(n, 1))), 4))


def _words(column: str, words: Sequence[str]) -> str:
    cases = " ".join(f"when {number} then '{word}'" for number, word in enumerate(words))
    return f"case {column} {cases} end"


OVERALL = Member("overall", "'all'")
CHANNEL = Member("channel", _words("channel", truths.CHANNELS), "channel >= 0")
ISSUE = Member("issue_type", _words("issue", truths.ISSUE_TYPES), "issue >= 0")
PRIORITY = Member("priority", _words("priority", truths.PRIORITIES))
CATEGORY = Member("product_category", _words("category", truths.CATEGORIES))
# The key as the warehouse makes it.
MERCHANT = Member(
    "merchant", "'contract:M' || lpad(cast(merchant as varchar), 4, '0')", f"merchant = {truths.DECLINING_MERCHANT['merchant']}"
)

RESPONSES = Cohort("planted_responses", "submitted_at")
INVITATIONS = Cohort("planted_invitations", "sent_at")
TICKETS = Cohort("planted_tickets", "created_at")
LINES = Cohort("planted_lines", "delivered_at")
REQUESTS = Cohort("planted_requests", "requested_at")
COSTS = Cohort("planted_costs", "incurred_at")


class Book:
    """Collects truths from the planted rows of the store."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.truths: list[Truth] = []

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query of the store gives."""
        return self.world.store.connection.execute(sql).fetchall()

    def old_enough(self, moment: str, days: float) -> str:
        """The condition that a moment lies so many days before the end."""
        return f"{moment} <= {self.world.window.end - round(days * truths.DAY)}"

    def cells(self, cohort: Cohort, columns: str, also_by: str = "") -> Iterator[tuple[Cell, tuple[Any, ...]]]:
        """Aggregates of a cohort by month and year, overall and by each of its members."""
        if self.world.store.rows(cohort.table) == 0:
            return
        day = f"cast(make_timestamp(({cohort.moment} + {ZONE_SECONDS}) * 1000000) as date)"
        for grain in ("month", "year"):
            for member in (OVERALL, *cohort.members):
                by = f"start, member{also_by}"
                found = self.rows(
                    f"select cast(cast(date_trunc('{grain}', {day}) as date) as varchar) as start, {member.sql} as member, {columns}"
                    f" from {cohort.table} where ({cohort.where}) and ({member.where}) group by {by} order by {by}"
                )
                for start, name, *values in found:
                    yield Cell(grain, start, member.dimension, name), tuple(values)

    def rate(self, kpi_id: str, cohort: Cohort, expected_ppm: str, about: str, *, of: str = "1000000", answered_ppm: int = MILLION) -> None:
        """A share whose planted value is the mean of a probability; ``of`` weighs the denominator."""
        columns = f"sum(cast({expected_ppm} as double)), sum(cast({of} as double)), count(*)"
        for cell, (part, whole, n) in self.cells(cohort, columns):
            if whole:
                seen = min(round(whole * answered_ppm / MILLION / MILLION), int(n))
                self.note(kpi_id, cell, part / whole, INTERVAL, n=seen, about=about)

    def mean(self, kpi_id: str, cohort: Cohort, expected: str, about: str, *, answered_ppm: int = MILLION) -> None:
        """A mean score whose planted value is the mean of an expectation."""
        for cell, (value, n) in self.cells(cohort, f"avg(cast({expected} as double)), count(*)"):
            self.note(kpi_id, cell, value, INTERVAL, n=round(n * answered_ppm / MILLION), about=about)

    def quantile(
        self, kpi_id: str, cohort: Cohort, median: str, about: str, *, sigma: str, unit: int, probability: float = 0.5, weight: str = "1"
    ) -> None:
        """A quantile of a mixture of lognormals: each row has a median, in seconds, and a sigma of its own."""
        mixtures: dict[Cell, list[tuple[int, int, float]]] = defaultdict(list)
        counts: dict[Cell, int] = defaultdict(int)
        columns = f"{median} as middle, {sigma} as sigma, sum(cast({weight} as double)), count(*)"
        for cell, (middle, spread, share, n) in self.cells(cohort, columns, ", middle, sigma"):
            mixtures[cell].append((int(middle), int(spread), float(share)))
            counts[cell] += int(n)
        for cell, mixture in mixtures.items():
            value = quantile_of_mixture(mixture, probability) / unit
            # Far out in the tail there are fewer values to either side.
            spread = 3.5 if probability == 0.5 else 5
            self.note(kpi_id, cell, value, relative(0.04, spread, counts[cell]), n=counts[cell], about=about)

    def note(self, kpi_id: str, cell: Cell, value: float, comparison: Comparison, *, n: float, about: str) -> None:
        """Write down the planted value of a cell."""
        place = asdict(cell) | asdict(comparison)
        self.truths.append(Truth(kpi_id=kpi_id, mart=MART, value=_rounded(value), n=int(n), about=about, **place))

    def note_effect(self, kpi_id: str | None, of: tuple[str, str], value: float, comparison: Comparison, *, n: int, about: str) -> None:
        """Something planted that is no cell of the scoreboard: the difference that an event makes, a question's mean."""
        dimension, member = of
        self.truths.append(
            Truth(
                kpi_id=kpi_id, mart=None, period_grain=None, period_start=None, dimension=dimension, member=member,
                value=_rounded(value), n=n, about=about, **asdict(comparison),
            )
        )  # fmt: skip


def _rounded(value: float) -> float:
    """Six significant digits: fewer than what summing in another order could change."""
    return float(f"{value:.6g}")
