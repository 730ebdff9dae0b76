"""Titles of charts: what there is to see in them, in a sentence, from the figures that are drawn."""

from __future__ import annotations

from collections.abc import Sequence

from portal.words import Words
from reading import figures
from reading.kpis import KpiDefinition, KpiFigure


def verdict(figure: KpiFigure, definition: KpiDefinition) -> str:
    """Whether a change is for the better, for the worse, or neither."""
    if not figure.change or definition.good_direction not in {"up", "down"}:
        return "neither"
    return "better" if (figure.change > 0) == (definition.good_direction == "up") else "worse"


def of_trend(figure: KpiFigure | None, definition: KpiDefinition, words: Words, grain: str) -> str:
    """How the newest whole figure stands to the one before it."""
    name = words.kpi(definition)
    if figure is None:
        return words("finding_no_value", kpi=name)
    said = {"kpi": name, "value": words.figure(figure.value, definition.unit), "period": figures.period(figure.period_start, grain)}
    if figure.change is None:
        return words("finding_stands", **said)
    moved = words.change(abs(figure.change), figure.change_kind).lstrip("+")
    if float(moved.split(" ")[0].replace(",", "")) == 0:
        return words("finding_same", **said)
    return words("finding_rose" if figure.change > 0 else "finding_fell", change=moved, **said)


def of_breakdown(shown: Sequence[KpiFigure], definition: KpiDefinition, words: Words, dimension: str) -> str:
    """Which members are highest and lowest, of those with enough cases."""
    judged = [each for each in shown if not each.is_small_sample]
    if len(judged) < 2:
        return words("finding_too_few_members", dimension=words.name("dimensions", dimension))
    highest, lowest = judged[0], judged[-1]
    return words(
        "finding_range",
        kpi=words.kpi(definition),
        highest=words.member(dimension, highest.member),
        high=words.figure(highest.value, definition.unit),
        lowest=words.member(dimension, lowest.member),
        low=words.figure(lowest.value, definition.unit),
    )
