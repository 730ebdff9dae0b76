"""The first page: the headlines with target, change and course, what is alarming, how fresh it all is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Literal

import pandas as pd
import streamlit as st

from portal import charts, findings, parts
from portal.frames import drawn_rows, newest_whole, published_frame, titles
from portal.links import link
from portal.url import chosen
from portal.views import alerts
from portal.visit import Visit
from reading import figures
from reading.kpis import KpiDefinition, KpiFigure

_COLUMNS, _COURSE = 4, 12
# Blue and orange are told apart by those who cannot tell green from red.
_COLOURS: dict[str, Literal["blue", "orange", "off"]] = {"better": "blue", "worse": "orange", "neither": "off"}


def show(visit: Visit) -> None:
    """Write the page."""
    words = visit.words
    parts.heading(words("page_overview"))
    _freshness(visit)
    _alerts(visit)
    headlines = [each for each in visit.definitions.values() if each.headline_place is not None]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        grain = parts.grain_choice(words, only=["week", "month", "quarter"])
        told = visit.overall(grain)
        told = {each.kpi_id: course for each in headlines if (course := told.get(each.kpi_id))}
        starts = sorted({each.period_start for rows in told.values() for each in rows}, reverse=True)
        if not starts:
            st.info(words("no_headlines"))
            return
        periods = {figures.period(start, grain): start for start in starts}
        newest = [figure for rows in told.values() if (figure := newest_whole(rows)) is not None]
        usual = figures.period(max((each.period_start for each in newest), default=starts[0]), grain)
        period = periods[chosen(words("period"), "period", list(periods), default=usual)]
    st.header(_finding(visit, headlines, told, period, grain), anchor=False)
    empty: list[KpiDefinition] = []
    shown: list[tuple[KpiDefinition, list[KpiFigure]]] = []
    for definition in headlines:
        course = [each for each in told.get(definition.kpi_id, []) if each.period_start <= period]
        if course and course[-1].period_start == period and course[-1].value is not None:
            shown.append((definition, course))
        else:
            empty.append(definition)
    with st.container(key="headlines"):
        for first in range(0, len(shown), _COLUMNS):
            for column, (definition, course) in zip(st.columns(_COLUMNS), shown[first : first + _COLUMNS], strict=False):
                with column:
                    _tile(visit, definition, course, grain)
    st.caption(words("tile_note"))
    if shown:
        parts.download(partial(_published, shown, grain), "headlines", words)
    if empty:
        with st.expander(words("headlines_without_value", count=len(empty))):
            for definition in empty:
                st.markdown(f"**{words.kpi(definition)}** — {words.said(definition.why_empty or 'No value in this period.')}")


def _published(shown: Sequence[tuple[KpiDefinition, Sequence[KpiFigure]]], grain: str) -> pd.DataFrame:
    return pd.concat([published_frame(course[-1:], each.kpi_id, grain=grain, dimension="overall") for each, course in shown])


def _freshness(visit: Visit) -> None:
    words, manifest = visit.words, visit.snapshot.manifest
    published = words.age(figures.age(datetime.now(UTC) - manifest.created_at.astimezone(UTC)))
    as_of = "–" if manifest.as_of is None else f"{manifest.as_of.astimezone(visit.zone):%Y-%m-%d %H:%M}"
    st.markdown(words("freshness", as_of=as_of, zone=visit.zone.key, age=published, passed=f"{manifest.checks.passed:,}"))
    if manifest.checks.warnings:
        st.warning(words("freshness_warnings", count=manifest.checks.warnings), icon=":material/warning:")


def _alerts(visit: Visit) -> None:
    words, told = visit.words, alerts.open_alerts(visit)
    if told is None:
        return
    if not told:
        st.success(words("no_alerts"), icon=":material/check_circle:")
        return
    with st.expander(words("open_alerts", count=len(told)), expanded=True, icon=":material/notifications_active:"):
        alerts.table(visit, told)
        link("forecast", words("page_forecast"), words, icon=":material/notifications_active:")


def _finding(visit: Visit, headlines: Sequence[KpiDefinition], told: Mapping[str, Sequence[KpiFigure]], period: date, grain: str) -> str:
    now = [(each, figure) for each in headlines for figure in told.get(each.kpi_id, []) if figure.period_start == period]
    targets = [figure.status for _, figure in now if figure.status in {"on_target", "off_target"} and figure.value is not None]
    verdicts = [findings.verdict(figure, each) for each, figure in now]
    return visit.words(
        "finding_overview",
        period=figures.period(period, grain),
        on=targets.count("on_target"),
        targets=len(targets),
        better=verdicts.count("better"),
        worse=verdicts.count("worse"),
    )


def _tile(visit: Visit, definition: KpiDefinition, course: list[KpiFigure], grain: str) -> None:
    words, figure = visit.words, course[-1]
    moved = findings.verdict(figure, definition)
    with st.container(border=True, height="stretch"):
        link(f"family-{definition.family}", words.kpi(definition), words, kpi=definition.kpi_id, grain=grain)
        st.metric(
            words.kpi(definition),
            words.figure(figure.value, definition.unit),
            delta=None if figure.change is None else words.change(figure.change, figure.change_kind),
            delta_color=_COLOURS[moved],
            delta_description=None if figure.change is None else words(f"verdict_{moved}"),
            label_visibility="collapsed",
        )
        lately = [each for each in course[-_COURSE:] if each.value is not None]
        rows = drawn_rows(lately, definition, words, grain=grain, dimension="overall")
        rows = [row | {"is_last": each is figure} for each, row in zip(lately, rows, strict=True)]
        drawn = charts.course(rows, titles=titles(words, ""), colours=parts.colours())
        st.vega_lite_chart(drawn, alt=words("course_of", kpi=words.kpi(definition)))
        st.caption(" · ".join(_remarks(visit, definition, figure)))
        of = {"kpi": definition.kpi_id, "grain": grain, "dimension": "overall", "period": figures.period(figure.period_start, grain)}
        link(f"family-{definition.family}", words("rows_of"), words, icon=":material/list:", rows="1", **of)


def _remarks(visit: Visit, definition: KpiDefinition, figure: KpiFigure) -> list[str]:
    words, said = visit.words, list[str]()
    if figure.target is not None:
        status = words(figure.status) if figure.status in {"on_target", "off_target"} and figure.value is not None else ""
        said.append(words("target", value=words.figure(figure.target, definition.unit)) + (f" ({status})" if status else ""))
    if figure.previous is not None:
        said.append(words("previous", value=words.figure(figure.previous, definition.unit)))
    is_unfinished = bool(figure.is_running or figure.is_whole is False)
    if is_unfinished:
        said.append(f"▲ {words('kind_unfinished')}")
    elif figure.previous is None:
        said.append(words("not_compared"))
    if figure.is_small_sample:
        said.append(f"◆ {words('kind_few')}")
    return said
