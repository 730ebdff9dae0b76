"""The rule about the scoreboard: it has every figure of every family, and no other. What a figure has to be is asked of its family."""

from __future__ import annotations

from collections.abc import Sequence

from expectations.outbound.families import FIGURES
from expectations.outbound.mart import PERIOD_GRAIN, Mart
from expectations.suites import Rule

# A figure is copied from its family and never computed anew, so that equal figures are equal to the last bit, and so are their hashes.
_COPIED = ("kpi_id", *PERIOD_GRAIN, *FIGURES)


def is_scoreboard(mart: Mart) -> bool:
    """Whether ``mart`` has the figures of all families beside each other."""
    return mart.has("family", *_COPIED)


def figures_are_those_of_the_families(mart: Mart, families: Sequence[Mart]) -> Rule:
    """Every KPI of ``families`` stands on the scoreboard ``mart`` with the very same figures."""
    of_families = " union all ".join(_summed(family) for family in families)
    return Rule(
        name="figures_are_those_of_the_families",
        severity="critical",
        meaning="of each KPI and grain the scoreboard has the figures of the mart of its family: as many, and the same.",
        checked=f"select count(*) from ({of_families}) as families",
        failing=f"""
            select coalesce(families.kpi_id, board.kpi_id) || ' by ' || coalesce(families.period_grain, board.period_grain) as example
            from ({of_families}) as families
            full join ({_summed(mart)}) as board
                on families.kpi_id = board.kpi_id and families.period_grain = board.period_grain
            where families.figure_count is distinct from board.figure_count or families.fingerprint is distinct from board.fingerprint
        """,
        relations=(mart.subject, *(family.subject for family in families)),
        counted="KPI × grain",
    )


def _summed(mart: Mart) -> str:
    figure = ", ".join(f"mart.{column}" for column in _COPIED)
    return f"""
        select mart.kpi_id, mart.period_grain, count(*) as figure_count, sum(hash({figure})) as fingerprint
        from {mart.relation} as mart
        group by mart.kpi_id, mart.period_grain
    """
