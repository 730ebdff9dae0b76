"""Charts, from frames that ``portal.frames`` makes. They draw what is told; nothing is computed here but places on the page.

Colours are of the palette by Okabe and Ito, which the colour-blind can tell apart; what matters is said by shape too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

_ROW, _AROUND, _TREND, _SMALL, _LONGEST_NAME = 30, 130, 400, 80, 150
_SHAPES = ["circle", "triangle-up", "diamond", "cross"]


Drawn = alt.Chart | alt.LayerChart | alt.FacetChart


@dataclass(frozen=True)
class Colours:
    """What a chart is drawn in, on a light or on a dark page."""

    main: str
    other: str
    quiet: str
    text: str
    scheme: Literal["blues", "cividis"]


LIGHT = Colours(main="#0072B2", other="#D55E00", quiet="#6B7280", text="#2f2d2b", scheme="blues")
DARK = Colours(main="#56B4E9", other="#E69F00", quiet="#A9A5A0", text="#edebe8", scheme="cividis")


def axis_of(unit: str, title: str) -> alt.Axis:
    """An axis that is labelled as the unit is written."""
    labels = {
        "ratio": "format(datum.value, '.1~%')",
        "points": "format(datum.value * 100, '+~')",
        "relative": "format(datum.value, '+.1~%')",
    }
    return alt.Axis(title=title, labelExpr=labels.get(unit, "format(datum.value, ',~')"), tickCount=5, grid=True)


def _time() -> alt.X:
    return alt.X("period:O", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelLimit=90))


def trend(frame: pd.DataFrame, *, unit: str, titles: Mapping[str, str], kinds: Sequence[str], colours: Colours) -> Drawn:
    """Values over time with their interval, the target, and unfinished or small periods by their shape."""
    base = alt.Chart(frame).encode(x=_time())
    value = alt.Y("value:Q", scale=alt.Scale(zero=unit in {"count", "amount"}, nice=True), axis=axis_of(unit, titles["value"]))
    tooltip = [alt.Tooltip(f"{column}:N", title=titles[column]) for column in ("period", "shown", "interval", "cases", "kind")]
    layers: list[alt.Chart] = []
    if bool(frame["lower"].count()):
        layers.append(base.mark_area(opacity=0.22, color=colours.main).encode(y=alt.Y("lower:Q", title=titles["value"]), y2="upper:Q"))
    if bool(frame["target"].count()):
        layers.append(base.mark_line(strokeDash=[6, 4], color=colours.other, strokeWidth=2).encode(y=alt.Y("target:Q")))
    layers.append(base.mark_line(color=colours.main, strokeWidth=2.5).encode(y=value))
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=list(kinds), range=_SHAPES[: len(kinds)]), legend=_below(2))
    layers.append(base.mark_point(filled=True, size=75, color=colours.main, opacity=1).encode(y=value, shape=shape, tooltip=tooltip))
    return alt.layer(*layers).properties(height=_TREND)


def course(frame: pd.DataFrame, *, titles: Mapping[str, str], colours: Colours) -> dict[str, Any]:
    """A trend as small as a line of text, with a point at its end. Written out: twenty stand on a page, and Altair takes 20 ms for each."""
    columns = ("period", "value", "shown", "is_last")
    place = {"field": "period", "type": "ordinal", "sort": None, "axis": None}
    value = {"field": "value", "type": "quantitative", "axis": None, "scale": {"zero": False}}
    tooltip = [{"field": column, "type": "nominal", "title": titles[column]} for column in ("period", "shown")]
    size = {"condition": {"test": "datum.is_last", "value": 70}, "value": 12}
    return {
        "data": {"values": [dict(zip(columns, row, strict=True)) for row in zip(*(frame[column] for column in columns), strict=True)]},
        "height": _SMALL,
        "encoding": {"x": place, "y": value},
        "layer": [
            {"mark": {"type": "line", "color": colours.main, "strokeWidth": 2}},
            {
                "mark": {"type": "point", "filled": True, "color": colours.main, "opacity": 1},
                "encoding": {"size": size, "tooltip": tooltip},
            },
        ],
    }


def breakdown(
    frame: pd.DataFrame, *, unit: str, titles: Mapping[str, str], kinds: Sequence[str], overall: float | None, colours: Colours
) -> Drawn:
    """Members side by side in one period, with their intervals and the overall figure as a line."""
    axis = alt.Axis(title=None, labelLimit=_LONGEST_NAME)
    base = alt.Chart(frame).encode(y=alt.Y("member:N", sort=list(frame["member"]), axis=axis))
    value = alt.X("value:Q", axis=axis_of(unit, titles["value"]))
    tooltip = [alt.Tooltip(f"{column}:N", title=titles[column]) for column in ("member", "shown", "interval", "cases", "kind")]
    opacity = alt.Opacity("kind:N", scale=alt.Scale(domain=list(kinds), range=[1, 0.4, 0.4]), legend=_below(2))
    layers: list[alt.Chart] = [base.mark_bar(color=colours.main, height={"band": 0.65}).encode(x=value, opacity=opacity, tooltip=tooltip)]
    if bool(frame["lower"].count()):
        layers.append(base.mark_rule(color=colours.text, strokeWidth=1.5).encode(x=alt.X("lower:Q", title=titles["value"]), x2="upper:Q"))
    if overall is not None:
        line = alt.Chart(pd.DataFrame({"overall": [overall]})).mark_rule(color=colours.other, strokeDash=[6, 4], strokeWidth=2)
        layers.append(line.encode(x="overall:Q"))
    return alt.layer(*layers).properties(height=_ROW * max(len(frame), 2) + _AROUND)


def two_lines(frame: pd.DataFrame, *, unit: str, titles: Mapping[str, str], names: Sequence[str], colours: Colours) -> Drawn:
    """Two series over time, told apart by colour, dash and shape."""
    side = alt.Color("side:N", scale=alt.Scale(domain=list(names), range=[colours.main, colours.other]), legend=_below())
    dash = alt.StrokeDash("side:N", scale=alt.Scale(domain=list(names), range=[[1, 0], [6, 3]]), legend=None)
    shape = alt.Shape("side:N", scale=alt.Scale(domain=list(names), range=_SHAPES[:2]), legend=None)
    tooltip = [alt.Tooltip(f"{column}:N", title=titles[column]) for column in ("side", "period", "shown", "interval", "cases")]
    base = alt.Chart(frame).encode(
        x=_time(), y=alt.Y("value:Q", scale=alt.Scale(zero=False), axis=axis_of(unit, titles["value"])), color=side
    )
    points = base.mark_point(filled=True, size=65, opacity=1).encode(shape=shape, tooltip=tooltip)
    return alt.layer(base.mark_line(strokeWidth=2.5).encode(strokeDash=dash), points).properties(height=_TREND)


def effects(frame: pd.DataFrame, *, unit: str, titles: Mapping[str, str], names: Sequence[str], colours: Colours) -> Drawn:
    """What members did to a change, to the left what lowered it and to the right what raised it."""
    members = list(dict.fromkeys(frame["member"]))
    colour = alt.Color("effect:N", scale=alt.Scale(domain=list(names), range=[colours.main, colours.other][: len(names)]), legend=_below())
    tooltip = [alt.Tooltip(f"{column}:N", title=titles[column]) for column in ("member", "effect", "shown")]
    bars = (
        alt.Chart(frame)
        .mark_bar(height={"band": 0.65})
        .encode(
            y=alt.Y("member:N", sort=members, axis=alt.Axis(title=None, labelLimit=_LONGEST_NAME)),
            x=alt.X("value:Q", stack=True, axis=axis_of("points" if unit == "ratio" else unit, titles["value"])),
            color=colour,
            tooltip=tooltip,
        )
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=colours.text).encode(x="zero:Q")
    return alt.layer(bars, zero).properties(height=_ROW * max(len(members), 2) + _AROUND + 20)


def ranks(frame: pd.DataFrame, *, titles: Mapping[str, str], colours: Colours) -> Drawn:
    """Places in a league table, each with the places that chance allows."""
    base = alt.Chart(frame).encode(y=alt.Y("member:N", sort=list(frame["member"]), axis=alt.Axis(title=None, labelLimit=_LONGEST_NAME)))
    tooltip = [alt.Tooltip(f"{column}:N", title=titles[column]) for column in ("member", "place", "places", "score", "cases", "grade")]
    place = alt.X("place:Q", title=titles["place"], axis=alt.Axis(tickMinStep=1, format="d"), scale=alt.Scale(zero=False, padding=15))
    return alt.layer(
        base.mark_rule(color=colours.quiet, strokeWidth=4, opacity=0.6).encode(x=alt.X("best:Q", title=titles["place"]), x2="worst:Q"),
        base.mark_point(filled=True, size=110, color=colours.main, opacity=1).encode(x=place, tooltip=tooltip),
    ).properties(height=_ROW * max(len(frame), 2) + _AROUND // 2)


def hours(frame: pd.DataFrame, *, days: Sequence[str], titles: Mapping[str, str], colours: Colours) -> Drawn:
    """A week by hour of the day: the further from the page's own colour, the more."""
    return (
        alt.Chart(frame)
        .mark_rect(stroke=None)
        .encode(
            x=alt.X("hour:O", title=titles["hour"], axis=alt.Axis(labelAngle=0, labelOverlap="greedy")),
            y=alt.Y("day:N", sort=list(days), title=None),
            color=alt.Color("value:Q", scale=alt.Scale(scheme=colours.scheme), legend=alt.Legend(title=titles["value"], orient="bottom")),
            tooltip=[alt.Tooltip(f"{column}:N", title=titles[column]) for column in ("day", "hour", "shown")],
        )
        .properties(height=380)
    )


def estimates(frame: pd.DataFrame, *, unit: str, titles: Mapping[str, str], colours: Colours) -> Drawn:
    """Estimates of one effect with their intervals, beside the line at nothing."""
    base = alt.Chart(frame).encode(y=alt.Y("member:N", sort=list(frame["member"]), axis=alt.Axis(title=None, labelLimit=_LONGEST_NAME)))
    tooltip = [alt.Tooltip(f"{column}:N", title=titles[column]) for column in ("member", "shown", "interval")]
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=colours.text, strokeDash=[4, 4]).encode(x="zero:Q")
    bounds = alt.X("lower:Q", axis=axis_of(unit, titles["value"]), scale=alt.Scale(nice=True, padding=12))
    return alt.layer(
        zero,
        base.mark_rule(color=colours.main, strokeWidth=4, opacity=0.6).encode(x=bounds, x2="upper:Q"),
        base.mark_point(filled=True, size=130, color=colours.main, opacity=1).encode(x="value:Q", tooltip=tooltip),
    ).properties(height=_ROW * 1.5 * len(frame) + _AROUND // 2)


def bars(frame: pd.DataFrame, *, titles: Mapping[str, str], colours: Colours, unit: str = "count") -> Drawn:
    """One number a name, in the order of the frame."""
    return (
        alt.Chart(frame)
        .mark_bar(color=colours.main, height={"band": 0.65})
        .encode(
            y=alt.Y("name:N", sort=list(frame["name"]), axis=alt.Axis(title=None, labelLimit=_LONGEST_NAME)),
            x=alt.X("value:Q", axis=axis_of(unit, titles["value"])),
            tooltip=[alt.Tooltip(f"{column}:N", title=titles[column]) for column in ("name", "shown")],
        )
        .properties(height=_ROW * max(len(frame), 2) + _AROUND // 2)
    )


def columns(frame: pd.DataFrame, *, titles: Mapping[str, str], colours: Colours) -> Drawn:
    """Cases by their value, from the least to the most."""
    return (
        alt.Chart(frame)
        .mark_bar(color=colours.main, width={"band": 0.9})
        .encode(
            x=alt.X("name:O", sort=None, title=titles["name"], axis=alt.Axis(labelAngle=0, labelOverlap="greedy")),
            y=alt.Y("value:Q", axis=axis_of("count", titles["value"])),
            tooltip=[alt.Tooltip(f"{column}:N", title=titles[column]) for column in ("shown", "cases")],
        )
        .properties(height=280)
    )


def stacks(frame: pd.DataFrame, *, titles: Mapping[str, str], names: Sequence[str], colours: Colours) -> Drawn:
    """Numbers of two kinds over time, on top of one another."""
    colour = alt.Color("kind:N", scale=alt.Scale(domain=list(names), range=[colours.main, colours.other]), legend=_below())
    return (
        alt.Chart(frame)
        .mark_bar(width={"band": 0.65})
        .encode(
            x=_time(),
            y=alt.Y("value:Q", axis=axis_of("count", titles["value"])),
            color=colour,
            tooltip=[alt.Tooltip(f"{column}:N", title=titles[column]) for column in ("period", "kind", "shown")],
        )
        .properties(height=240)
    )


def _below(columns: int = 1) -> alt.Legend:
    return alt.Legend(title=None, orient="bottom", columns=columns, labelLimit=320)
