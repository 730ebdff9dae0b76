"""Assembles the outbound suites: one per mart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from expectations.outbound.facts import fact_rules
from expectations.outbound.kpi import Kpi
from expectations.outbound.kpi_marts import kpi_rules
from expectations.outbound.mart import Mart
from expectations.outbound.reconciliation import reconciliation_rules
from expectations.outbound.scoreboard import is_scoreboard, scoreboard_rules
from expectations.outbound.shape import shape_rules
from expectations.outbound.tickets import ticket_rules
from expectations.suites import Rule, Suite


def outbound_suites(
    marts: Sequence[Mart], kpis: Sequence[Kpi], *, personal_columns: Collection[str], as_of: datetime | None = None
) -> list[Suite]:
    """What has to hold of every mart before it is published; ``personal_columns`` are names no mart may use."""
    by_subject = {mart.subject: mart for mart in marts}
    families = {mart: held for mart in marts if (held := _kpis_of(mart, kpis))}
    present = {kpi for held in families.values() for kpi in held}
    begun = {kpi.family for kpi in present}
    missing = [kpi for kpi in kpis if kpi.family in begun and kpi not in present]

    def rules(mart: Mart) -> Iterator[Rule]:
        yield from shape_rules(mart, personal_columns, as_of)
        yield from fact_rules(mart, by_subject)
        yield from ticket_rules(mart, by_subject)
        if mart in families:
            yield from kpi_rules(mart, families[mart])
            yield from reconciliation_rules(mart, by_subject)
        if is_scoreboard(mart):
            yield from scoreboard_rules(mart, families, missing)

    return [
        Suite(subject=mart.subject, meaning=f"The mart {mart.name}, before it is published.", rules=tuple(rules(mart))) for mart in marts
    ]


def _kpis_of(mart: Mart, kpis: Sequence[Kpi]) -> list[Kpi]:
    """The KPIs ``mart`` holds: by their columns in a mart of period × member, whatever its name."""
    return [kpi for kpi in kpis if mart.has_periods and mart.has(*kpi.columns)]
