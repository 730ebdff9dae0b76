"""Figures as rows of charts, and as frames: beside each number what a chart says of it, and the same as people download it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from portal.words import Words
from reading import figures
from reading.kpis import KpiDefinition, KpiFigure

MOST_MEMBERS = 25


def kinds(words: Words) -> Sequence[str]:
    """How much a figure may be trusted: as it is, the period is not whole, the cases are few."""
    return [words("kind_whole"), words("kind_unfinished"), words("kind_few")]


def titles(words: Words, value: str) -> Mapping[str, str]:
    """What tooltips and axes call each column."""
    named = ("period", "member", "shown", "interval", "cases", "kind", "side", "place", "places", "score", "grade", "hour", "day", "name")
    return {"value": value} | {column: words(f"column_{column}") for column in named}


def kind_of(figure: KpiFigure, words: Words) -> str:
    """The kind of one figure."""
    whole, unfinished, few = kinds(words)
    return few if figure.is_small_sample else unfinished if figure.is_running or figure.is_whole is False else whole


def drawn_rows(told: Sequence[KpiFigure], definition: KpiDefinition, words: Words, *, grain: str, dimension: str) -> list[dict[str, Any]]:
    """Figures for a chart."""
    return [
        {
            "period": figures.period(each.period_start, grain),
            "member": words.member(dimension, each.member),
            "value": each.value,
            "lower": each.lower,
            "upper": each.upper,
            "target": each.target,
            "shown": words.figure(each.value, definition.unit),
            "interval": words.interval(each.lower, each.upper, definition.unit),
            "cases": figures.count(each.n),
            "kind": kind_of(each, words),
        }
        for each in told
    ]


def published_frame(told: Sequence[KpiFigure], kpi_id: str, *, grain: str, dimension: str) -> pd.DataFrame:
    """Figures as the scoreboard has them, unrounded, under its own names of columns."""
    return pd.DataFrame(
        [
            {
                "kpi_id": kpi_id,
                "period_grain": grain,
                "period_start": each.period_start,
                "dimension": dimension,
                "member": each.member,
                "value": each.value,
                "lower": each.lower,
                "upper": each.upper,
                "numerator": each.numerator,
                "denominator": each.denominator,
                "n": each.n,
                "is_small_sample": each.is_small_sample,
                "is_running_period": each.is_running,
                "is_whole_period": each.is_whole,
                "previous_value": each.previous,
                "change_from_previous": each.change,
                "change_kind": each.change_kind,
                "last_year_value": each.last_year,
                "target_value": each.target,
                "benchmark_value": each.benchmark,
                "status": each.status,
            }
            for each in told
        ]
    )


def side_by_side(told: Sequence[KpiFigure]) -> Sequence[KpiFigure]:
    """Members of one period from the highest value to the lowest; of very many, those with most cases."""
    valued = sorted((each for each in told if each.value is not None), key=lambda each: -(each.n or 0))[:MOST_MEMBERS]
    return sorted(valued, key=lambda each: -(each.value or 0))


def newest_whole(told: Sequence[KpiFigure]) -> KpiFigure | None:
    """The newest figure of a whole period, else the newest with a value."""
    valued = [each for each in told if each.value is not None]
    whole = [each for each in valued if not each.is_running and each.is_whole is not False]
    return (whole or valued or [None])[-1]
