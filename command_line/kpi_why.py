"""``aftersales kpi KPI_ID --why``: which members moved a figure, in sentences. Renders ``reading.contributions``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from reading import figures
from reading.contributions import Contribution, SplitChange, split_change, why_not_split
from reading.kpis import Grain, KpiDefinition
from reading.snapshot import OpenSnapshot

GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
# Of all dimensions together the first few members of each are told, of one that was asked for some more.
_FEW, _MORE = 3, 10


def why_it_moved(
    snapshot: OpenSnapshot, definition: KpiDefinition, *, grain: Grain, dimension: str | None, on: date | None
) -> Iterator[str]:
    """Sentences: how the figure moved, and by dimension whose doing that was; or why that cannot be said."""
    if definition.why_empty:
        yield f"No value: {definition.why_empty}"
        return
    if reason := why_not_split(snapshot, definition.kpi_id):
        yield f"Its changes are not split over members. {reason}"
        return
    split = split_change(snapshot, definition.kpi_id, grain=grain, dimension=dimension, on=on)
    if split is None:
        which = f"No {grain.value}" if on is None else f"The {grain.value} with {on}"
        yield f"{which} is {'' if on is None else 'not '}compared with the one before: both have to be whole, settled and to have a value."
        return
    yield from _sentences(split, definition, grain, _FEW if dimension is None else _MORE)


def _sentences(split: SplitChange, definition: KpiDefinition, grain: Grain, shown: int) -> Iterator[str]:
    unit = definition.unit
    now, before = (figures.period(start, grain.value) for start in (split.period_start, split.previous_start))
    yield (
        f"{definition.name_en} {_verb(split.change)} from {figures.figure(split.previous, unit)} in {before} to "
        f"{figures.figure(split.value, unit)} in {now}: {figures.difference(split.change, unit)}."
    )
    for dimension, parts in split.parts.items():
        if len(parts) == 1:
            yield f"By {dimension}: all of it is {parts[0].member}."
            continue
        yield f"By {dimension}: {_summed(parts, unit)}"
        yield from (f"  {_of_member(part, unit)}" for part in parts[:shown])
        if others := parts[shown:]:
            rest = sum((part.contribution for part in others), Decimal(0))
            yield f"  {len(others)} other{'s together' if len(others) > 1 else ''}: {figures.difference(rest, unit)}."


def _verb(change: Decimal) -> str:
    return "rose" if change > 0 else "fell" if change < 0 else "stayed, going"


def _summed(parts: Sequence[Contribution], unit: str) -> str:
    if parts[0].rate_effect is None:
        return "each member's own change."
    rate, mix = (sum((effect or Decimal(0) for effect in column), Decimal(0)) for column in _effects(parts))
    return (
        f"{figures.difference(rate, unit)} since the members' own figures moved, {figures.difference(mix, unit)} since their weights did."
    )


def _effects(parts: Sequence[Contribution]) -> tuple[list[Decimal | None], list[Decimal | None]]:
    return [part.rate_effect for part in parts], [part.mix_effect for part in parts]


def _of_member(part: Contribution, unit: str) -> str:
    told = f"{part.member} {figures.difference(part.contribution, unit)}: "
    value, previous = (figures.figure(figure, unit) for figure in (part.value, part.previous))
    if part.rate_effect is None or part.mix_effect is None:
        return f"{told}from {previous} to {value}."
    weight, previous_weight = (f"{100 * (share or 0):.1f} %" for share in (part.weight, part.previous_weight))
    if not part.previous_weight and part.weight:
        return f"{told}new, with {value} and {weight} of the weight."
    if not part.weight and part.previous_weight:
        return f"{told}gone, it had {previous} and {previous_weight} of the weight."
    if not part.weight:
        return f"{told}with nothing to divide by in either period."
    return (
        f"{told}its own figure went from {previous} to {value} ({figures.difference(part.rate_effect, unit)}), "
        f"its weight from {previous_weight} to {weight} ({figures.difference(part.mix_effect, unit)})."
    )
