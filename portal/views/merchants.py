"""The league table of merchants (or teams, agents, channels): places with the places that chance allows, and what is to be done."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from portal import charts, parts
from portal.frames import titles
from portal.url import chosen
from portal.visit import Visit
from reading import figures
from reading.manifest import TableEntry

_LEAGUE, _ACTIONS = "kpi_quality_league", "kpi_merchant_actions"
_MERCHANT, _MOST_DRAWN = "merchant", 30
_LISTED = ("name", "rank_number", "rank_best", "rank_worst", "quality_grade", "shrunk_score", "shrunk_score_lower", "shrunk_score_upper",
           "score_mean", "is_small_sample")  # fmt: skip
_ORDER = ("rectify", "watch", "reward", "none")


def show(visit: Visit) -> None:
    """Write the page."""
    words, league = visit.words, visit.mart(_LEAGUE)
    parts.heading(words("page_merchants"), words("merchants_lead"))
    if league is None or not league.rows:
        parts.missing(visit, words("league"))
        return
    names = _names(visit)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        grains = [str(each) for each in visit.values(league, "period_grain")]
        grain = parts.grain_choice(words, only=[each for each in parts.GRAINS if each in grains])
        dimensions = [str(each) for each in visit.values(league, "dimension", period_grain=grain)]
        dimension = chosen(
            words("dimension"), "dimension", dimensions, default=_MERCHANT, shown=lambda name: words.name("dimensions", name)
        )
        starts = parts.by_period(visit.values(league, "period_start", period_grain=grain, dimension=dimension), grain)
        period = chosen(words("period"), "period", list(starts))
    rows = visit.rows(league, period_grain=grain, dimension=dimension, period_start=starts[period])
    told = [{"name": names.get(row["member"], words.member(dimension, row["member"]))} | row for row in rows.records]
    _league(visit, told, dimension, period, _count_of(league))
    if dimension == _MERCHANT:
        _actions(visit, names)


def _count_of(mart: TableEntry) -> str:
    """The column that says of how many cases a row is."""
    return next(column for column in mart.types if column.endswith("_count"))


def _names(visit: Visit) -> dict[str, str]:
    """Merchants by key; of two with one name, the key says which."""
    mart = visit.mart("dim_merchants")
    if mart is None:
        return {}
    rows = visit.rows(mart, 100_000).records
    return {row["merchant_key"]: f"{row['merchant_name']} ({row['merchant_id']})" for row in rows if row["merchant_name"]}


def _league(visit: Visit, told: list[dict[str, Any]], dimension: str, period: str, counted: str) -> None:
    words = visit.words
    told.sort(key=lambda row: (row["rank_number"] is None, row["rank_number"], -row[counted], row["member"]))
    ranked = [row for row in told if row["rank_number"] is not None]
    small = sum(bool(row["is_small_sample"]) for row in told)
    if len(ranked) > 1:
        drawn = [
            {
                "member": row["name"],
                "place": row["rank_number"],
                "best": row["rank_best"],
                "worst": row["rank_worst"],
                "places": f"{row['rank_best']} – {row['rank_worst']}",
                "score": f"{row['shrunk_score']:.1f}",
                "cases": figures.count(row[counted]),
                "grade": words.name("grades", str(row["quality_grade"])),
            }
            for row in ranked[:_MOST_DRAWN]
        ]
        can_be_told = any(row["rank_worst"] < other["rank_best"] for row in ranked for other in ranked)
        title = words("league_title" if can_be_told else "league_title_open", first=ranked[0]["name"], count=len(ranked), period=period)
        chart = charts.ranks(drawn, titles=titles(words, ""), colours=parts.colours())
        parts.chart(title, chart, pd.DataFrame(told), f"league_{dimension}_{period}", words, note=words("league_note", small=small))
    else:
        st.header(words("league_too_few", ranked=len(ranked), small=small, period=period), anchor=False)
    listed = [
        {column: row[column] for column in (*_LISTED, counted)} | {"quality_grade": words.name("grades", str(row["quality_grade"]))}
        for row in told
    ]
    parts.table(pd.DataFrame(listed).round(2), f"league_table_{dimension}_{period}", words)


def _actions(visit: Visit, names: dict[str, str]) -> None:
    words, mart = visit.words, visit.mart(_ACTIONS)
    if mart is None or not mart.rows:
        parts.missing(visit, words("actions"))
        return
    months = parts.by_period(visit.values(mart, "month_on"), "month")
    month = chosen(words("month"), "month", list(months))
    told = visit.rows(mart, month_on=months[month]).records
    numbers = {each: sum(row["merchant_action"] == each for row in told) for each in _ORDER}
    counted = _count_of(mart)
    told.sort(key=lambda row: (_ORDER.index(row["merchant_action"]), -row[counted]))
    frame = pd.DataFrame(
        [
            {
                "name": names.get(row["merchant_key"], row["merchant_key"]),
                "merchant_action": words.name("actions", row["merchant_action"]),
                "action_reason": words.name("actions", row["action_reason"]),
                "quality_grade": words.name("grades", str(row["quality_grade"])),
                "shrunk_score": row["shrunk_score"],
                "score_change": row["score_change"],
                counted: row[counted],
            }
            for row in told
        ]
    )
    parts.table(frame.round(2), f"actions_{month}", words, title=words("actions_title", month=month, **numbers))
