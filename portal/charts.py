"""Charts, from rows that ``portal.frames`` makes. They draw what is told; nothing is computed here but places on the page.

A chart is a shape, which Altair writes once for each way that it can look, and its rows, which go to the browser as they are. Colours are
of the palette by Okabe and Ito, which the colour-blind can tell apart; what matters is said by shape too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, ParamSpec, cast

import altair as alt
import pyarrow as pa

_ROW, _AROUND, _LEGEND, _TREND, _SMALL, _LONGEST_NAME = 30, 80, 50, 380, 64, 150
# Streamlit leaves room for another line below a chart.
_PADDING = {"left": 0, "right": 5, "top": 2, "bottom": 2}
_SHAPES = ["circle", "triangle-up", "diamond", "cross"]

# What a chart is drawn of: numbers, and words beside them; nothing where there is no number.
Rows = Sequence[Mapping[str, Any]]
# A chart as Vega-Lite reads it.
Drawn = dict[str, Any]
Shape = alt.Chart | alt.LayerChart | alt.FacetChart
Titles = tuple[tuple[str, str], ...]
P = ParamSpec("P")


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


def trend(rows: Rows, *, unit: str, titles: Mapping[str, str], kinds: Sequence[str], colours: Colours) -> Drawn:
    """Values over time with their interval, the target, and unfinished or small periods by their shape."""
    parts = frozenset(part for part in ("lower", "target") if _is_told(rows, part)) | _legend_of(rows, kinds)
    return _filled(_trend(unit, _known(titles), tuple(kinds), colours, parts), rows)


def breakdown(rows: Rows, *, unit: str, titles: Mapping[str, str], kinds: Sequence[str], overall: float | None, colours: Colours) -> Drawn:
    """Members side by side in one period, with their intervals and the overall figure as a line."""
    parts = frozenset(part for part, there in (("lower", _is_told(rows, "lower")), ("overall", overall is not None)) if there)
    parts |= _legend_of(rows, kinds)
    shape = _breakdown(unit, _known(titles), tuple(kinds), colours, parts)
    height = _ROW * max(len(rows), 2) + _AROUND + (_LEGEND if "kinds" in parts else 0)
    return _filled(shape, [{**row, "overall": overall} for row in rows], height=height)


def two_lines(rows: Rows, *, unit: str, titles: Mapping[str, str], names: Sequence[str], colours: Colours) -> Drawn:
    """Two series over time, told apart by colour, dash and shape."""
    return _filled(_two_lines(unit, _known(titles), tuple(names), colours), rows)


def effects(rows: Rows, *, unit: str, titles: Mapping[str, str], names: Sequence[str], colours: Colours) -> Drawn:
    """What members did to a change, to the left what lowered it and to the right what raised it."""
    height = _ROW * max(len({row["member"] for row in rows}), 2) + _AROUND + _LEGEND + 20
    return _filled(_effects(unit, _known(titles), tuple(names), colours), rows, height=height)


def estimates(rows: Rows, *, unit: str, titles: Mapping[str, str], colours: Colours) -> Drawn:
    """Estimates of one effect with their intervals, beside the line at nothing."""
    return _filled(_estimates(unit, _known(titles), colours), rows, height=_ROW * 1.5 * len(rows) + _AROUND)


def ranks(rows: Rows, *, titles: Mapping[str, str], colours: Colours) -> Drawn:
    """Places in a league table, each with the places that chance allows."""
    return _filled(_ranks(_known(titles), colours), rows, height=_ROW * max(len(rows), 2) + _AROUND)


def hours(rows: Rows, *, days: Sequence[str], titles: Mapping[str, str], colours: Colours) -> Drawn:
    """A week by hour of the day: the further from the page's own colour, the more."""
    return _filled(_hours(tuple(days), _known(titles), colours), rows)


def bars(rows: Rows, *, titles: Mapping[str, str], colours: Colours, unit: str = "count") -> Drawn:
    """One number a name, in the order of the frame."""
    return _filled(_bars(unit, _known(titles), colours), rows, height=_ROW * max(len(rows), 2) + _AROUND)


def columns(rows: Rows, *, titles: Mapping[str, str], colours: Colours) -> Drawn:
    """Cases by their value, from the least to the most."""
    return _filled(_columns(_known(titles), colours), rows)


def stacks(rows: Rows, *, titles: Mapping[str, str], names: Sequence[str], colours: Colours) -> Drawn:
    """Numbers of two kinds over time, on top of one another."""
    return _filled(_stacks(_known(titles), tuple(names), colours), rows)


def course(rows: Rows, *, titles: Mapping[str, str], colours: Colours) -> Drawn:
    """A trend as small as a line of text, with a point at its end."""
    return _filled(_course(_known(titles), colours), rows)


def _filled(shape: Drawn, rows: Rows, **more: object) -> Drawn:
    """A shape with its rows, as the table that the browser is sent: of anything else Streamlit would make a frame first."""
    return {**shape, **more, "padding": _PADDING, "data": {"values": pa.Table.from_pylist(list(rows))}}


def _is_told(rows: Rows, part: str) -> bool:
    return any(row[part] is not None for row in rows)


def _legend_of(rows: Rows, kinds: Sequence[str]) -> frozenset[str]:
    """What marks mean is said where there is one."""
    return frozenset({"kinds"} if any(row["kind"] != kinds[0] for row in rows) else ())


def _known(titles: Mapping[str, str]) -> Titles:
    return tuple(titles.items())


def _shape(draw: Callable[P, Shape]) -> Callable[P, Drawn]:
    """Altair takes 30 ms for a chart, most of them to check it against the schema of Vega-Lite; so each is written once."""

    @lru_cache(maxsize=256)
    def written(*arguments: P.args, **named: P.kwargs) -> Drawn:
        shape = draw(*arguments, **named).to_dict(validate=False)
        for layer in shape.get("layer", []):
            # The rows are those of the whole.
            layer.pop("data", None)
        return shape

    return cast(Callable[P, Drawn], written)


def _tooltip(titles: Titles, *columns: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{column}:N", title=dict(titles)[column]) for column in columns]


def _rows() -> alt.Chart:
    return alt.Chart(alt.NamedData("rows"))


def _axis(unit: str, titles: Titles) -> alt.Axis:
    """An axis that is labelled as the unit is written."""
    labels = {
        "ratio": "format(datum.value, '.1~%')",
        "points": "format(datum.value * 100, '+~')",
        "relative": "format(datum.value, '+.1~%')",
    }
    return alt.Axis(title=dict(titles)["value"], labelExpr=labels.get(unit, "format(datum.value, ',~')"), tickCount=5, grid=True)


def _time() -> alt.X:
    return alt.X("period:O", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelLimit=90))


def _names(column: str) -> alt.Y:
    """Names in the order of the rows."""
    return alt.Y(f"{column}:N", sort=None, axis=alt.Axis(title=None, labelLimit=_LONGEST_NAME))


def _kinds_below(parts: frozenset[str]) -> alt.Legend | None:
    return _below(2) if "kinds" in parts else None


def _below(columns: int = 1) -> alt.Legend:
    return alt.Legend(title=None, orient="bottom", columns=columns, labelLimit=320)


@_shape
def _trend(unit: str, titles: Titles, kinds: Sequence[str], colours: Colours, parts: frozenset[str]) -> Shape:
    base = _rows().encode(x=_time())
    value = alt.Y("value:Q", scale=alt.Scale(zero=unit in {"count", "amount"}, nice=True), axis=_axis(unit, titles))
    layers: list[alt.Chart] = []
    if "lower" in parts:
        bounds = alt.Y("lower:Q", title=dict(titles)["value"])
        layers.append(base.mark_area(opacity=0.22, color=colours.main).encode(y=bounds, y2="upper:Q"))
    if "target" in parts:
        layers.append(base.mark_line(strokeDash=[6, 4], color=colours.other, strokeWidth=2).encode(y=alt.Y("target:Q")))
    layers.append(base.mark_line(color=colours.main, strokeWidth=2.5).encode(y=value))
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=list(kinds), range=_SHAPES[: len(kinds)]), legend=_kinds_below(parts))
    points = base.mark_point(filled=True, size=75, color=colours.main, opacity=1)
    layers.append(points.encode(y=value, shape=shape, tooltip=_tooltip(titles, "period", "shown", "interval", "cases", "kind")))
    return alt.layer(*layers).properties(height=_TREND)


@_shape
def _course(titles: Titles, colours: Colours) -> Shape:
    value = alt.Y("value:Q", axis=None, scale=alt.Scale(zero=False))
    base = _rows().encode(x=alt.X("period:O", sort=None, axis=None), y=value)
    size = alt.condition("datum.is_last", alt.value(70), alt.value(12))
    points = base.mark_point(filled=True, color=colours.main, opacity=1).encode(size=size, tooltip=_tooltip(titles, "period", "shown"))
    return alt.layer(base.mark_line(color=colours.main, strokeWidth=2), points).properties(height=_SMALL)


@_shape
def _breakdown(unit: str, titles: Titles, kinds: Sequence[str], colours: Colours, parts: frozenset[str]) -> Shape:
    base = _rows().encode(y=_names("member"))
    opacity = alt.Opacity("kind:N", scale=alt.Scale(domain=list(kinds), range=[1, 0.4, 0.4]), legend=_kinds_below(parts))
    tooltip = _tooltip(titles, "member", "shown", "interval", "cases", "kind")
    shown = base.mark_bar(color=colours.main, height={"band": 0.65})
    layers: list[alt.Chart] = [shown.encode(x=alt.X("value:Q", axis=_axis(unit, titles)), opacity=opacity, tooltip=tooltip)]
    if "lower" in parts:
        bounds = alt.X("lower:Q", title=dict(titles)["value"])
        layers.append(base.mark_rule(color=colours.text, strokeWidth=1.5).encode(x=bounds, x2="upper:Q"))
    if "overall" in parts:
        layers.append(_rows().mark_rule(color=colours.other, strokeDash=[6, 4], strokeWidth=2).encode(x="overall:Q"))
    return alt.layer(*layers)


@_shape
def _two_lines(unit: str, titles: Titles, names: Sequence[str], colours: Colours) -> Shape:
    side = alt.Color("side:N", scale=alt.Scale(domain=list(names), range=[colours.main, colours.other]), legend=_below())
    dash = alt.StrokeDash("side:N", scale=alt.Scale(domain=list(names), range=[[1, 0], [6, 3]]), legend=None)
    shape = alt.Shape("side:N", scale=alt.Scale(domain=list(names), range=_SHAPES[:2]), legend=None)
    value = alt.Y("value:Q", scale=alt.Scale(zero=False), axis=_axis(unit, titles))
    base = _rows().encode(x=_time(), y=value, color=side)
    points = base.mark_point(filled=True, size=65, opacity=1)
    points = points.encode(shape=shape, tooltip=_tooltip(titles, "side", "period", "shown", "interval", "cases"))
    return alt.layer(base.mark_line(strokeWidth=2.5).encode(strokeDash=dash), points).properties(height=_TREND)


@_shape
def _effects(unit: str, titles: Titles, names: Sequence[str], colours: Colours) -> Shape:
    colour = alt.Color("effect:N", scale=alt.Scale(domain=list(names), range=[colours.main, colours.other][: len(names)]), legend=_below())
    change = alt.X("value:Q", stack=True, axis=_axis("points" if unit == "ratio" else unit, titles))
    shown = _rows().mark_bar(height={"band": 0.65})
    shown = shown.encode(y=_names("member"), x=change, color=colour, tooltip=_tooltip(titles, "member", "effect", "shown"))
    return alt.layer(shown, _nothing(colours))


@_shape
def _estimates(unit: str, titles: Titles, colours: Colours) -> Shape:
    base = _rows().encode(y=_names("member"))
    bounds = alt.X("lower:Q", axis=_axis(unit, titles), scale=alt.Scale(nice=True, padding=12))
    tooltip = _tooltip(titles, "member", "shown", "interval")
    return alt.layer(
        _nothing(colours, dash=[4, 4]),
        base.mark_rule(color=colours.main, strokeWidth=4, opacity=0.6).encode(x=bounds, x2="upper:Q"),
        base.mark_point(filled=True, size=130, color=colours.main, opacity=1).encode(x="value:Q", tooltip=tooltip),
    )


def _nothing(colours: Colours, dash: Sequence[float] = (1, 0)) -> alt.Chart:
    """The line at nothing."""
    # It stands for no row, so there is nothing to be read out.
    return _rows().mark_rule(color=colours.text, strokeDash=list(dash), aria=False).encode(x=alt.XDatum(0))


@_shape
def _ranks(titles: Titles, colours: Colours) -> Shape:
    base, title = _rows().encode(y=_names("member")), dict(titles)["place"]
    tooltip = _tooltip(titles, "member", "place", "places", "score", "cases", "grade")
    place = alt.X("place:Q", title=title, axis=alt.Axis(tickMinStep=1, format="d"), scale=alt.Scale(zero=False, padding=15))
    return alt.layer(
        base.mark_rule(color=colours.quiet, strokeWidth=4, opacity=0.6).encode(x=alt.X("best:Q", title=title), x2="worst:Q"),
        base.mark_point(filled=True, size=110, color=colours.main, opacity=1).encode(x=place, tooltip=tooltip),
    )


@_shape
def _hours(days: Sequence[str], titles: Titles, colours: Colours) -> Shape:
    legend = alt.Legend(title=dict(titles)["value"], orient="bottom", tickMinStep=1)
    shown = _rows().mark_rect(stroke=None)
    shown = shown.encode(
        x=alt.X("hour:O", title=dict(titles)["hour"], axis=alt.Axis(labelAngle=0, labelOverlap="greedy")),
        y=alt.Y("day:N", sort=list(days), title=None),
        color=alt.Color("value:Q", scale=alt.Scale(scheme=colours.scheme), legend=legend),
        tooltip=_tooltip(titles, "day", "hour", "shown"),
    )
    return shown.properties(height=380)


@_shape
def _bars(unit: str, titles: Titles, colours: Colours) -> Shape:
    shown = _rows().mark_bar(color=colours.main, height={"band": 0.65})
    return shown.encode(y=_names("name"), x=alt.X("value:Q", axis=_axis(unit, titles)), tooltip=_tooltip(titles, "name", "shown"))


@_shape
def _columns(titles: Titles, colours: Colours) -> Shape:
    shown = _rows().mark_bar(color=colours.main, width={"band": 0.9})
    shown = shown.encode(
        x=alt.X("name:O", sort=None, title=dict(titles)["name"], axis=alt.Axis(labelAngle=0, labelOverlap="greedy")),
        y=alt.Y("value:Q", axis=_axis("count", titles)),
        tooltip=_tooltip(titles, "shown", "cases"),
    )
    return shown.properties(height=280)


@_shape
def _stacks(titles: Titles, names: Sequence[str], colours: Colours) -> Shape:
    colour = alt.Color("kind:N", scale=alt.Scale(domain=list(names), range=[colours.main, colours.other]), legend=_below())
    shown = _rows().mark_bar(width={"band": 0.65})
    value = alt.Y("value:Q", axis=_axis("count", titles))
    return shown.encode(x=_time(), y=value, color=colour, tooltip=_tooltip(titles, "period", "kind", "shown")).properties(height=240)
