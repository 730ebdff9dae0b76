"""Charts as SVG: a course in a line, a trend with its interval. Colours are the style sheet's; only places on the page are computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 230, 66, 36, 12, 30
_COURSE_WIDTH, _COURSE_HEIGHT, _COURSE_EDGE = 220, 44, 5
_TICKS = 4
_MOST_LABELS = 7


@dataclass(frozen=True)
class Point:
    """One period of a chart: its name, its figures as numbers, and what a reader is told of it. ``mark`` is empty for a sound one."""

    period: str
    value: float | None
    lower: float | None
    upper: float | None
    target: float | None
    told: str
    mark: str


def course(points: Sequence[Point], title: str) -> str:
    """A line as small as a word, with a point at its end."""
    known = [(place, point.value) for place, point in enumerate(points) if point.value is not None]
    if len(known) < 2:
        return ""
    low, high = min(value for _, value in known), max(value for _, value in known)
    across = (_COURSE_WIDTH - 2 * _COURSE_EDGE) / max(len(points) - 1, 1)
    up = (_COURSE_HEIGHT - 2 * _COURSE_EDGE) / ((high - low) or 1)
    places = [(_COURSE_EDGE + place * across, _COURSE_HEIGHT - _COURSE_EDGE - (value - low) * up) for place, value in known]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return (
        f'<svg class="course" viewBox="0 0 {_COURSE_WIDTH} {_COURSE_HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(title)}"><polyline class="line" points="{line}"/>'
        f'<circle class="dot" cx="{places[-1][0]:.1f}" cy="{places[-1][1]:.1f}" r="3.5"/></svg>'
    )


def trend(points: Sequence[Point], title: str, *, label: str, from_zero: bool) -> str:
    """Values over time with interval and target. ``label`` writes a number at the axis; with a per cent sign in it, a share."""
    drawn = [number for point in points for number in (point.value, point.lower, point.upper, point.target) if number is not None]
    if not drawn:
        return ""
    ticks = _ticks(min([*drawn, *([0.0] if from_zero else [])]), max(drawn))
    across = (_WIDTH - _LEFT - _RIGHT) / max(len(points) - 1, 1)

    def x(place: int) -> float:
        return _LEFT + (place * across if len(points) > 1 else (_WIDTH - _LEFT - _RIGHT) / 2)

    def y(value: float) -> float:
        return _TOP + (ticks[-1] - value) / (ticks[-1] - ticks[0]) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        f'<text class="tick" x="{_LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{_labelled(tick, label)}</text>'
        for tick in ticks
    ]
    labelled = list(range(len(points) - 1, -1, -math.ceil(len(points) / _MOST_LABELS)))
    parts += [
        # On a phone every second one is left out.
        f'<text class="tick{" less" if number % 2 else ""}" x="{x(place):.1f}" y="{_HEIGHT - 8}" text-anchor="middle">'
        f"{escape(points[place].period)}</text>"
        for number, place in enumerate(labelled)
    ]
    for run in _runs([None if p.lower is None or p.upper is None else place for place, p in enumerate(points)]):
        upper = [f"{x(place):.1f},{y(points[place].upper or 0):.1f}" for place in run]
        lower = [f"{x(place):.1f},{y(points[place].lower or 0):.1f}" for place in reversed(run)]
        parts.append(f'<polygon class="band" points="{" ".join(upper + lower)}"/>')
    for run in _runs([None if p.target is None else place for place, p in enumerate(points)]):
        parts.append(_line("target", [(x(place), y(points[place].target or 0)) for place in run]))
    for run in _runs([None if p.value is None else place for place, p in enumerate(points)]):
        parts.append(_line("line", [(x(place), y(points[place].value or 0)) for place in run]))
    parts += [
        (
            f'<text class="mark" x="{x(place):.1f}" y="{y(point.value) + 5:.1f}" text-anchor="middle">{point.mark}'
            if point.mark
            else f'<circle class="dot" cx="{x(place):.1f}" cy="{y(point.value):.1f}" r="4">'
        )
        + f"<title>{escape(point.told)}</title></{'text' if point.mark else 'circle'}>"
        for place, point in enumerate(points)
        if point.value is not None
    ]
    return f'<svg class="trend" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'


def _line(kind: str, places: Sequence[tuple[float, float]]) -> str:
    return f'<polyline class="{kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'


def _runs(places: Sequence[int | None]) -> list[list[int]]:
    """What lies side by side without a gap."""
    runs: list[list[int]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if run]


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers that hold all from ``low`` to ``high`` between the first and the last."""
    if low == high:
        low, high = low - (abs(low) or 1) * 0.1, high + (abs(high) or 1) * 0.1
    rough = (high - low) / _TICKS
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(scale * factor for factor in (1, 2, 2.5, 5, 10) if scale * factor >= rough * 0.999)
    first = math.floor(low / step + 1e-9)
    return [number * step for number in range(first, math.ceil(high / step - 1e-9) + 1)]


def _labelled(tick: float, label: str) -> str:
    number = tick * 100 if "%" in label else tick
    return label.format(f"{round(number, 6):,g}" if abs(number) < 1e6 else f"{number:,.0f}")
