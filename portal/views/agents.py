"""Agents: how much each of them does, and at which hours of the week how much is asked of them."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import pandas as pd
import streamlit as st

from portal import charts, parts
from portal.frames import titles
from portal.url import chosen
from portal.visit import Visit
from reading import figures

_AGENTS, _HOURS, _STAFFING = "kpi_agents", "kpi_hours", "staffing_hours"
_KEYS = {"period_grain", "period_start", "dimension", "member", "is_small_sample"}
_HOUR_KEYS = {*_KEYS, "day_of_week", "hour_of_day", "day_count"}
_STAFFED = ("agents_needed", "agents_at_work_mean", "expected_count", "load_erlangs")
_MOST_DRAWN = 30


def show(visit: Visit) -> None:
    """Write the page."""
    words = visit.words
    parts.heading(words("page_agents"))
    grain = parts.grain_choice(words, only=["month", "quarter", "year"])
    _load(visit, grain)
    _week(visit, grain)
    _staffing(visit)


def _load(visit: Visit, grain: str) -> None:
    words, mart = visit.words, visit.mart(_AGENTS)
    if mart is None or not mart.rows:
        parts.missing(visit, words("page_agents"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        told = [str(each) for each in visit.values(mart, "dimension", period_grain=grain)]
        dimension = chosen(words("dimension"), "dimension", told, default="agent", shown=lambda name: words.name("dimensions", name))
        starts = parts.by_period(visit.values(mart, "period_start", period_grain=grain, dimension=dimension), grain)
        period = chosen(words("period"), "period", list(starts), default=list(starts)[min(1, len(starts) - 1)])
        measures = [column for column in mart.types if column not in _KEYS]
        measure = chosen(words("measure"), "measure", measures, default="reply_count", shown=lambda name: words.name("columns", name))
    rows = visit.rows(mart, period_grain=grain, dimension=dimension, period_start=starts[period])
    listed: list[dict[str, Any]] = [row | {"member": words.member(dimension, row["member"])} for row in rows.records]
    valued = sorted((row for row in listed if row[measure] is not None), key=itemgetter(measure), reverse=True)
    frame = pd.DataFrame(listed).drop(columns=["period_grain", "period_start", "dimension"])
    drawn = [{"name": row["member"], "value": float(row[measure]), "shown": _shown(row[measure])} for row in valued[:_MOST_DRAWN]]
    if not drawn:
        st.caption(words("no_rows"))
    else:
        said = {
            "measure": words.name("columns", measure),
            "most": valued[0]["member"],
            "shown": _shown(valued[0][measure]),
            "period": period,
        }
        chart = charts.bars(drawn, titles=titles(words, words.name("columns", measure)), colours=parts.colours())
        parts.chart(words("agents_title", **said), chart, frame, f"agents_{dimension}_{period}", words)
    parts.table(frame.round(2), f"agents_table_{period}", words)


def _week(visit: Visit, grain: str) -> None:
    words, mart = visit.words, visit.mart(_HOURS)
    if mart is None or not mart.rows:
        parts.missing(visit, words("hours"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        members = [str(each) for each in visit.values(mart, "member", period_grain=grain, dimension="channel")]
        channel = chosen(
            words("channel"),
            "channel",
            ["all", *members],
            shown=lambda each: words("everybody") if each == "all" else words.member("channel", each),
        )
        split = "overall" if channel == "all" else "channel"
        starts = parts.by_period(visit.values(mart, "period_start", period_grain=grain, dimension=split, member=channel), grain)
        period = chosen(words("hours_period"), "week_of", list(starts), default=list(starts)[min(1, len(starts) - 1)])
        measures = [column for column in mart.types if column not in _HOUR_KEYS]
        measure = chosen(words("hours_measure"), "hourly", measures, default="turn_count", shown=lambda name: words.name("columns", name))
    told = [
        row
        for row in visit.rows(mart, period_start=starts[period], dimension=split, period_grain=grain, member=channel).records
        if row[measure] is not None
    ]
    if not told:
        st.caption(words("no_rows"))
        return
    peak, drawn = _by_hour(visit, told, measure)
    title = words("hours_title", measure=words.name("columns", measure), shown=_shown(peak[measure]), **_when(visit, peak))
    note = words("hours_note", period=period, zone=visit.zone.key)
    parts.chart(title, drawn, pd.DataFrame(told), f"hours_{channel}_{period}", words, note=note)


def _staffing(visit: Visit) -> None:
    words, mart = visit.words, visit.mart(_STAFFING)
    if mart is None or not mart.rows:
        parts.missing(visit, words("staffing"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        channels = [str(each) for each in visit.values(mart, "channel")]
        channel = chosen(words("staffing_channel"), "staffed", channels, default="phone", shown=lambda each: words.member("channel", each))
        measure = chosen(words("staffing_measure"), "staffing", _STAFFED, shown=lambda name: words.name("columns", name))
    told = visit.rows(mart, channel=channel).records
    _, drawn = _by_hour(visit, told, measure)
    peak = max(told, key=itemgetter("agents_needed", "load_erlangs"))
    said = {"needed": peak["agents_needed"], "present": _shown(peak["agents_at_work_mean"]), **_when(visit, peak)}
    title = words("staffing_title" if peak["agents_needed"] else "staffing_none", channel=words.member("channel", channel), **said)
    note = words("staffing_note", basis=words(f"basis_{peak['handling_basis']}"))
    parts.chart(title, drawn, pd.DataFrame(told), f"staffing_{channel}", words, note=note)


def _by_hour(visit: Visit, told: list[dict[str, Any]], measure: str) -> tuple[dict[str, Any], charts.Drawn]:
    """The hour at which there is most of the measure, and the week as a chart."""
    words, days = visit.words, [visit.words.name("weekdays", str(number)) for number in range(1, 8)]
    hourly = [
        {"day": days[row["day_of_week"] - 1], "hour": row["hour_of_day"], "value": float(row[measure]), "shown": _shown(row[measure])}
        for row in told
    ]
    drawn = charts.hours(hourly, days=days, titles=titles(words, words.name("columns", measure)), colours=parts.colours())
    return max(told, key=itemgetter(measure)), drawn


def _when(visit: Visit, row: dict[str, Any]) -> dict[str, str]:
    return {"day": visit.words.name("weekdays", str(row["day_of_week"])), "hour": f"{row['hour_of_day']:02d}"}


def _shown(value: float) -> str:
    return figures.part(round(float(value), 2))
