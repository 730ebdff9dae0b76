"""The rules about the scoreboard: it has every figure of every family, and no other, and the split of a change adds up to it.

What a figure has to be is asked of its family.
"""

from __future__ import annotations

from collections.abc import Sequence

from expectations.outbound.families import FIGURES, differ
from expectations.outbound.mart import PERIOD_GRAIN, Mart
from expectations.sql import any_of, first_true, row_named_by
from expectations.suites import Rule

# A figure is copied from its family and never computed anew, so that equal figures are equal to the last bit, and so are their hashes.
_COPIED = ("kpi_id", *PERIOD_GRAIN, *FIGURES)
_EFFECTS = ("contribution", "rate_effect", "mix_effect")


def is_scoreboard(mart: Mart) -> bool:
    """Whether ``mart`` has the figures of all families beside each other."""
    return mart.has("family", *_COPIED)


def is_split(mart: Mart) -> bool:
    """Whether ``mart`` has the changes of the scoreboard's figures split over members."""
    return mart.has(*PERIOD_GRAIN, "overall_change", *_EFFECTS)


def changes_are_split_whole(mart: Mart, scoreboard: Mart) -> Rule:
    """What the members of a dimension did to a figure is, to the last digit, how it changed on ``scoreboard``."""
    cell = ("kpi_id", *PERIOD_GRAIN[:3])
    summed = f"""
        select
            {", ".join(f"mart.{name}" for name in cell)}, min(mart.overall_change) as change, max(mart.overall_change) as other_change,
            sum(mart.contribution) as contribution, sum(mart.rate_effect) + sum(mart.mix_effect) as effects
        from {mart.relation} as mart
        group by {", ".join(f"mart.{name}" for name in cell)}
    """
    cases = [
        ("split.contribution <> split.change or split.effects <> split.change", "parts that do not add up to the change"),
        ("split.change <> split.other_change", "two changes of one figure"),
        (
            f"board.previous_value is null or {differ('board.value - board.previous_value', 'split.change')}",
            "a change that the scoreboard does not have",
        ),
    ]
    return Rule(
        name="changes_are_split_whole",
        severity="critical",
        meaning="what the members of a dimension did to a figure adds up exactly to its change from the period before.",
        given=summed,
        checked="select count(*) from given",
        failing=f"""
            select {first_true(cases)} || ' where ' || {row_named_by("split", cell)} as example
            from given as split
            left join {scoreboard.relation} as board
                on
                    board.dimension = 'overall'
                    and split.kpi_id = board.kpi_id
                    and split.period_grain = board.period_grain
                    and split.period_start = board.period_start
            where {any_of(condition for condition, _ in cases)}
        """,
        relations=(mart.subject, scoreboard.subject),
        counted="KPI × period × dimension",
    )


def figures_are_those_of_the_families(mart: Mart, families: Sequence[Mart]) -> Rule:
    """Every KPI of ``families`` stands on the scoreboard ``mart`` with the very same figures."""
    of_families = " union all ".join(_summed(family) for family in families)
    return Rule(
        name="figures_are_those_of_the_families",
        severity="critical",
        meaning="of each KPI and grain the scoreboard has the figures of the mart of its family: as many, and the same.",
        given=of_families,
        checked="select count(*) from given",
        failing=f"""
            select coalesce(families.kpi_id, board.kpi_id) || ' by ' || coalesce(families.period_grain, board.period_grain) as example
            from given as families
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
