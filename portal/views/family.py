"""A family's page: one KPI over time and by members, what moved it, the rows behind a figure, and what the family has beyond KPIs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from portal import charts, findings, parts
from portal.frames import drawn_rows, kinds, newest_whole, published_frame, side_by_side, titles
from portal.links import link
from portal.url import chosen
from portal.views import beyond, why
from portal.views.behind import distribution, rows_behind
from portal.visit import Visit
from reading import figures
from reading.figure_rows import Cell
from reading.kpis import Grain, KpiDefinition, KpiFigure

_SHOWN_PERIODS = {"day": 90, "week": 53, "month": 36, "quarter": 20, "year": 20}
_EVERYBODY = "overall"


def show(visit: Visit, *, family: str) -> None:
    """Write the page."""
    words, defined = visit.words, visit.kpis_of(family)
    parts.heading(words.name("families", family))
    if not defined:
        beyond.show(visit, family=family)
        return
    empty = [each for each in defined if each.why_empty is not None]
    told = [each for each in defined if each.why_empty is None]
    if not told:
        st.info(words("family_empty"), icon=":material/info:")
        _say_why_empty(visit, empty)
        return
    names = {each.kpi_id: words.kpi(each) for each in told}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kpi_id = chosen(words("kpi"), "kpi", list(names), shown=names.__getitem__)
        grain = parts.grain_choice(words)
    definition = visit.definitions[kpi_id]
    st.caption(f"{words.formula(definition)} ({words.name('units', definition.unit)}; {words(f'direction_{definition.good_direction}')})")
    dimensions = visit.dimensions(kpi_id, grain)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        named = [name for name in dimensions if name != _EVERYBODY]
        dimension = chosen(
            words("dimension"), "dimension", [_EVERYBODY, *named], default=_first_with_members(dimensions),
            shown=lambda name: words.name("dimensions", name),
        )  # fmt: skip
        overall = visit.course(kpi_id, grain)
        if not any(each.value is not None for each in overall):
            st.info(words("finding_no_value", kpi=words.kpi(definition)))
            return
        member = _EVERYBODY if dimension == _EVERYBODY else chosen(
            words("member"), "member", [_EVERYBODY, *dimensions[dimension]],
            shown=lambda name: words("everybody") if name == _EVERYBODY else words.member(dimension, name),
        )  # fmt: skip
        course = overall if member == _EVERYBODY else visit.course(kpi_id, grain, dimension, member)
        periods = {figures.period(each.period_start, grain): each.period_start for each in reversed(overall)}
        newest = newest_whole(course)
        usual = figures.period(newest.period_start, grain) if newest else None
        period = chosen(words("period"), "period", list(periods), default=usual)
    _trend(visit, definition, course, grain=grain, dimension=_EVERYBODY if member == _EVERYBODY else dimension)
    if dimension != _EVERYBODY:
        now = visit.members(kpi_id, grain, dimension, periods[period])
        _breakdown(visit, definition, now, overall, grain=grain, dimension=dimension, period=period)
        why.show(visit, definition, grain=grain, dimension=dimension, period=periods[period])
    figure = next((each for each in course if each.period_start == periods[period]), None)
    if figure is not None:
        cell = Cell(kpi_id, Grain(grain), _EVERYBODY if member == _EVERYBODY else dimension, figure)
        distribution(visit, definition, cell)
        rows_behind(visit, definition, cell)
    beyond.show(visit, family=family, grain=grain, period=periods[period], dimension=dimension)
    if empty:
        with st.expander(words("kpis_without_value", count=len(empty))):
            _say_why_empty(visit, empty)
    link("dictionary", words("to_definition"), words, icon=":material/menu_book:", kpi=kpi_id)


def _first_with_members(dimensions: Mapping[str, Sequence[str]]) -> str:
    """What is looked at first: the channel, else the first dimension with a few members, else all together."""
    few = [name for name, members in dimensions.items() if name != _EVERYBODY and 1 < len(members) <= 12]
    return "channel" if "channel" in few else few[0] if few else _EVERYBODY


def _trend(visit: Visit, definition: KpiDefinition, course: Sequence[KpiFigure], *, grain: str, dimension: str) -> None:
    words = visit.words
    shown = [each for each in course if each.value is not None][-_SHOWN_PERIODS[grain] :]
    title = findings.of_trend(newest_whole(course), definition, words, grain)
    if shown and dimension != _EVERYBODY:
        title = f"{words.member(dimension, shown[-1].member)}: {title}"
    named = titles(words, words.name("units", definition.unit))
    drawn = charts.trend(
        drawn_rows(shown, definition, words, grain=grain, dimension=dimension),
        unit=definition.unit, titles=named, kinds=kinds(words), colours=parts.colours(),
    )  # fmt: skip
    downloaded = partial(published_frame, course, definition.kpi_id, grain=grain, dimension=dimension)
    note = words("trend_note_target") if any(each.target is not None for each in shown) else words("trend_note")
    parts.chart(title, drawn, downloaded, f"{definition.kpi_id}_{grain}", words, note=note)
    parts.notes(shown, words)


def _breakdown(
    visit: Visit,
    definition: KpiDefinition,
    now: Sequence[KpiFigure],
    overall: Sequence[KpiFigure],
    *,
    grain: str,
    dimension: str,
    period: str,
) -> None:
    words, shown = visit.words, side_by_side(now)
    if not shown:
        st.info(words("no_member_value", period=period))
        return
    whole = next((each.value for each in overall if each.period_start == shown[0].period_start), None)
    line = None if definition.unit in {"count", "amount"} and not definition.denominator else whole
    drawn = charts.breakdown(
        drawn_rows(shown, definition, words, grain=grain, dimension=dimension),
        unit=definition.unit,
        titles=titles(words, words.name("units", definition.unit)),
        kinds=kinds(words),
        overall=line,
        colours=parts.colours(),
    )
    note = words("breakdown_note", period=period, dimension=words.name("dimensions", dimension))
    if len(shown) < len([each for each in now if each.value is not None]):
        note += " " + words("breakdown_most", count=len(shown))
    downloaded = partial(published_frame, now, definition.kpi_id, grain=grain, dimension=dimension)
    title = findings.of_breakdown(shown, definition, words, dimension)
    parts.chart(title, drawn, downloaded, f"{definition.kpi_id}_{dimension}_{period}", words, note=note)
    parts.notes(shown, words)


def _say_why_empty(visit: Visit, empty: Sequence[KpiDefinition]) -> None:
    words = visit.words
    frame = pd.DataFrame([{"kpi": words.kpi(each), "why_empty": words.said(each.why_empty or "")} for each in empty])
    parts.table(frame, "kpis_without_value", words)
