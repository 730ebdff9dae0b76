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

_AGENTS, _HOURS = "kpi_agents", "kpi_hours"
_KEYS = {"period_grain", "period_start", "dimension", "member", "is_small_sample"}
_HOUR_KEYS = {*_KEYS, "day_of_week", "hour_of_day", "day_count"}
_MOST_DRAWN = 30


def show(visit: Visit) -> None:
    """Write the page."""
    words = visit.words
    parts.heading(words("page_agents"))
    grain = parts.grain_choice(words, only=["month", "quarter", "year"])
    _load(visit, grain)
    _week(visit, grain)


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
    drawn = pd.DataFrame(
        [{"name": row["member"], "value": float(row[measure]), "shown": _shown(row[measure])} for row in valued[:_MOST_DRAWN]]
    )
    if drawn.empty:
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
    days = [words.name("weekdays", str(number)) for number in range(1, 8)]
    drawn: list[dict[str, Any]] = [
        {
            "day": days[row["day_of_week"] - 1],
            "hour": row["hour_of_day"],
            "value": float(row[measure]),
            "shown": _shown(row[measure]),
        }
        for row in told
    ]
    peak = max(drawn, key=itemgetter("value"))
    title = words("hours_title", measure=words.name("columns", measure), day=peak["day"], hour=f"{peak['hour']:02d}", shown=peak["shown"])
    chart = charts.hours(pd.DataFrame(drawn), days=days, titles=titles(words, words.name("columns", measure)), colours=parts.colours())
    parts.chart(
        title, chart, pd.DataFrame(told), f"hours_{channel}_{period}", words, note=words("hours_note", period=period, zone=visit.zone.key)
    )


def _shown(value: float) -> str:
    return figures.part(round(float(value), 2))
