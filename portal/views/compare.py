"""Any KPI, of any two members or of any two periods, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import pandas as pd
import streamlit as st

from portal import charts, parts
from portal.frames import drawn_rows, newest_whole, published_frame, titles
from portal.links import link
from portal.url import chosen
from portal.visit import Visit
from reading import figures
from reading.kpis import KpiDefinition, KpiFigure

_SHOWN_PERIODS = {"day": 90, "week": 53, "month": 36, "quarter": 20, "year": 20}


@dataclass(frozen=True)
class Side:
    """A member and a period of it; ``course`` is all that there is of the member."""

    name: str
    period: str
    figure: KpiFigure | None
    course: Sequence[KpiFigure]


def show(visit: Visit) -> None:
    """Write the page."""
    words = visit.words
    parts.heading(words("page_compare"), words("compare_lead"))
    told = [each for each in visit.definitions.values() if each.why_empty is None]
    if not told:
        st.info(words("no_headlines"))
        return
    names = {each.kpi_id: words.kpi(each) for each in told}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kpi_id = chosen(words("kpi"), "kpi", list(names), shown=names.__getitem__)
        grain = parts.grain_choice(words)
        dimensions = visit.dimensions(kpi_id, grain)
        dimension = chosen(words("dimension"), "dimension", list(dimensions), shown=lambda name: words.name("dimensions", name))
    definition = visit.definitions[kpi_id]
    members = _by_cases(visit, kpi_id, grain, dimension, dimensions[dimension])
    left, right = st.columns(2)
    with left:
        first = _side(visit, kpi_id, members, "a", dimension=dimension, grain=grain, place=0)
    with right:
        second = _side(visit, kpi_id, members, "b", dimension=dimension, grain=grain, place=1)
    for column, side in ((left, first), (right, second)):
        with column:
            _metric(visit, definition, side, grain=grain, dimension=dimension)
    st.header(_finding(visit, definition, first, second), anchor=False)
    _courses(visit, definition, [first, second], grain=grain, dimension=dimension)


def _by_cases(visit: Visit, kpi_id: str, grain: str, dimension: str, members: Sequence[str]) -> Sequence[str]:
    """The members, those with most cases in the newest whole period first."""
    latest = newest_whole(visit.course(kpi_id, grain))
    now: Sequence[KpiFigure] = [] if latest is None else visit.members(kpi_id, grain, dimension, latest.period_start)
    counted = {each.member: each.n or 0 for each in now}
    return sorted(members, key=lambda member: (-counted.get(member, 0), member))


def _side(visit: Visit, kpi_id: str, members: Sequence[str], letter: str, *, dimension: str, grain: str, place: int) -> Side:
    words = visit.words
    is_one = len(members) == 1
    member = chosen(
        words(f"member_{letter}"),
        letter,
        members,
        default=members[0 if is_one else place],
        shown=lambda name: words.member(dimension, name),
    )
    course = visit.course(kpi_id, grain, dimension, member)
    periods = {figures.period(each.period_start, grain): each for each in reversed(course)}
    newest = newest_whole(course)
    usual = list(periods).index(figures.period(newest.period_start, grain)) if newest else 0
    # Two members are looked at in one period; one member, in two that follow each other.
    usual = min(usual + (1 if is_one and letter == "b" else 0), len(periods) - 1)
    period = chosen(words(f"period_{letter}"), f"period_{letter}", list(periods), default=list(periods)[usual])
    return Side(words.member(dimension, member), period, periods[period], course)


def _metric(visit: Visit, definition: KpiDefinition, side: Side, *, grain: str, dimension: str) -> None:
    words = visit.words
    with st.container(border=True):
        if side.figure is None:
            st.caption(words("no_rows"))
            return
        st.metric(f"{side.name}, {side.period}", words.figure(side.figure.value, definition.unit))
        marks = [words("kind_few")] if side.figure.is_small_sample else []
        marks += [words("kind_unfinished")] if side.figure.is_running or side.figure.is_whole is False else []
        said = words("compare_parts", interval=words.interval(side.figure.lower, side.figure.upper, definition.unit),
                     n=figures.count(side.figure.n))  # fmt: skip
        st.caption(" · ".join([said, *marks]))
        of = {"kpi": definition.kpi_id, "grain": grain, "dimension": dimension, "period": side.period, "rows": "1"}
        member = {} if dimension == "overall" else {"member": side.figure.member}
        link(f"family-{definition.family}", words("rows_of"), words, icon=":material/list:", **of, **member)


def _finding(visit: Visit, definition: KpiDefinition, first: Side, second: Side) -> str:
    words, left, right = visit.words, first.figure, second.figure
    if left is None or right is None or left.value is None or right.value is None:
        return words("compare_nothing")
    names = {"a": f"{first.name} {first.period}", "b": f"{second.name} {second.period}"}
    if first.name == second.name:
        names = {"a": first.period, "b": second.period}
    if left.value == right.value:
        return words("compare_same", **names)
    said = words.difference(abs(left.value - right.value), definition.unit).lstrip("+")
    sentence = words("compare_higher" if left.value > right.value else "compare_lower", difference=said, **names)
    if left.lower is None or left.upper is None or right.lower is None or right.upper is None:
        return sentence
    meet = left.lower <= right.upper and right.lower <= left.upper
    return f"{sentence} {words('compare_overlap' if meet else 'compare_apart')}"


def _courses(visit: Visit, definition: KpiDefinition, sides: Sequence[Side], *, grain: str, dimension: str) -> None:
    words = visit.words
    different = {side.name: side for side in sides}
    valued = {name: [each for each in side.course if each.value is not None] for name, side in different.items()}
    drawn = [
        row | {"side": name}
        for name, told in valued.items()
        for row in drawn_rows(told[-_SHOWN_PERIODS[grain] :], definition, words, grain=grain, dimension=dimension)
    ]
    chart = charts.two_lines(
        sorted(drawn, key=itemgetter("period")),
        unit=definition.unit,
        titles=titles(words, words.name("units", definition.unit)),
        names=list(different),
        colours=parts.colours(),
    )

    def downloaded() -> pd.DataFrame:
        courses = [side.course for side in different.values()]
        return pd.concat([published_frame(course, definition.kpi_id, grain=grain, dimension=dimension) for course in courses])

    parts.chart(words("compare_course", kpi=words.kpi(definition)), chart, downloaded, f"compare_{definition.kpi_id}", words)
