"""What is to be expected and what is off: open alerts, a KPI's days against its range, 28 days ahead, and how good such forecasts were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from portal import charts, parts
from portal.frames import titles
from portal.url import chosen
from portal.views import alerts, beyond
from portal.visit import Visit
from reading import figures
from reading.forecasts import COUNTED, EVERYTHING, past_of

_ANOMALIES, _FORECAST, _BACKTEST = "kpi_anomalies", "forecast_daily", "forecast_backtest"
_COUNTED_DAYS = 56
_BASELINE, _SHOWN = "baseline", "shown"
# Of a verdict that is that of no method alone, the first of these that a method has says why nothing is foretold.
_WHY_NOT = ("too_short", "silent", "not_estimated", "loses_to_naive")


def show(visit: Visit) -> None:
    """Write the page."""
    words = visit.words
    parts.heading(words("page_forecast"))
    told = alerts.open_alerts(visit)
    if told is None:
        parts.missing(visit, words("watching"))
    else:
        st.header(words("open_alerts", count=len(told)) if told else words("no_alerts"), anchor=False)
        if told:
            st.caption(words("alerts_note"))
            alerts.table(visit, told)
        _watched(visit, told)
    _ahead(visit)
    beyond.show(visit, family="forecast")


def _watched(visit: Visit, told: Sequence[dict[str, Any]]) -> None:
    words, mart = visit.words, visit.mart(_ANOMALIES)
    if mart is None or not mart.rows:
        return
    watched = [str(each) for each in visit.values(mart, "kpi_id")]
    watched = sorted(watched, key=lambda kpi_id: list(visit.definitions).index(kpi_id))
    kpi_id = chosen(
        words("watched"), "watched", watched, default=told[0]["kpi_id"] if told else None,
        shown=lambda name: words.kpi(visit.definitions[name]),
    )  # fmt: skip
    definition = visit.definitions[kpi_id]
    days = visit.rows(mart, kpi_id=kpi_id).records
    off = sum(day["alert_level"] != alerts.LEVELS[0] for day in days)
    rows = [
        {
            "period": f"{day['day_on']}",
            "value": day["value"],
            "lower": day["expected_low"],
            "upper": day["expected_high"],
            "target": day["expected_value"],
            "shown": words.figure(day["value"], definition.unit),
            "interval": words.interval(day["expected_low"], day["expected_high"], definition.unit),
            "cases": figures.count(day["n"]),
            "kind": words.name("levels", day["alert_level"]),
        }
        for day in days
    ]
    named = {**titles(words, words.name("units", definition.unit)), "interval": words("expected_range")}
    drawn = charts.trend(
        rows, unit=definition.unit, titles=named, kinds=[words.name("levels", level) for level in alerts.LEVELS], colours=parts.colours()
    )
    title = words("watched_title", kpi=words.kpi(definition), off=off, days=len(days))
    parts.chart(title, drawn, pd.DataFrame(days), f"watched_{kpi_id}", words, note=words("watched_note"))


def _ahead(visit: Visit) -> None:
    words, backtest, forecast = visit.words, visit.mart(_BACKTEST), visit.mart(_FORECAST)
    if backtest is None or forecast is None or not backtest.rows:
        parts.missing(visit, words("forecasts"))
        return
    judged = visit.rows(backtest).records
    series = {f"{row['series']}.{row['dimension']}.{row['member']}": row for row in judged}
    usual = next((name for name, row in series.items() if (row["series"], row["dimension"]) == (next(iter(COUNTED)), EVERYTHING)), None)
    asked = series[chosen(words("series"), "series", list(series), default=usual, shown=lambda name: _named(visit, series[name]))]
    of = {column: asked[column] for column in ("series", "dimension", "member")}
    methods = [row for row in judged if all(row[column] == value for column, value in of.items())]
    days = visit.rows(forecast, **of).records
    best = next((row for row in methods if row["verdict"] == _SHOWN), None)
    name = _named(visit, asked)
    if best is None or not days:
        verdicts = {row["verdict"] for row in methods}
        why = next((verdict for verdict in _WHY_NOT if verdict in verdicts), "loses_to_naive")
        st.header(words("forecast_none", series=name), anchor=False)
        st.info(words(f"forecast_{why}"), icon=":material/info:")
    else:
        _days(visit, days, name, of)
    _methods(visit, methods, best, name)


def _named(visit: Visit, row: dict[str, Any]) -> str:
    series = visit.words(f"series_{row['series']}") if row["series"] in COUNTED else str(row["series"])
    return series if row["dimension"] == EVERYTHING else f"{series}: {visit.words.member(row['dimension'], row['member'])}"


def _days(visit: Visit, days: list[dict[str, Any]], name: str, of: dict[str, Any]) -> None:
    words, definition = visit.words, past_of(of["series"], visit.definitions.values())
    is_told = definition is not None and of["member"] in visit.dimensions(definition.kpi_id, "day").get(of["dimension"], ())
    past = visit.course(definition.kpi_id, "day", of["dimension"], of["member"]) if definition and is_told else []
    past = [each for each in past if each.value is not None and each.period_start < days[0]["forecast_on"]][-_COUNTED_DAYS:]
    kinds = [words("kind_past"), words("kind_expected")]
    rows: list[dict[str, Any]] = [
        {"period": f"{each.period_start}", "value": each.value, "lower": None, "upper": None, "target": None,
         "shown": figures.part(each.value), "interval": figures.NOTHING, "cases": figures.count(each.n), "kind": kinds[0]}
        for each in past
    ]  # fmt: skip
    rows += [
        {"period": f"{day['forecast_on']}", "value": day["expected_count"], "lower": day["lower_count"], "upper": day["upper_count"],
         "target": None, "shown": f"{day['expected_count']:,.1f}", "interval": f"{day['lower_count']:,.1f} – {day['upper_count']:,.1f}",
         "cases": figures.NOTHING, "kind": kinds[1]}
        for day in days
    ]  # fmt: skip
    most = max(days, key=lambda day: day["expected_count"])
    title = words(
        "forecast_title",
        series=name,
        days=len(days),
        total=figures.count(sum(day["expected_count"] for day in days)),
        day=most["forecast_on"],
        most=f"{most['expected_count']:,.1f}",
    )
    named = {**titles(words, words.name("units", "count")), "interval": words("interval_foretold")}
    drawn = charts.trend(rows, unit="count", titles=named, kinds=kinds, colours=parts.colours())
    parts.chart(title, drawn, pd.DataFrame(days), f"forecast_{'_'.join(of.values())}", words, note=words("forecast_note"))


def _methods(visit: Visit, methods: list[dict[str, Any]], best: dict[str, Any] | None, name: str) -> None:
    words = visit.words
    baseline = next((row for row in methods if row["verdict"] == _BASELINE), None)
    tried = [row for row in methods if row["error_rate"] is not None]
    if not tried:
        return
    if best is not None and baseline is not None:
        title = words(
            "backtest_title",
            series=name,
            error=words.figure(best["error_rate"], "ratio"),
            naive=words.figure(baseline["error_rate"], "ratio"),
            held=words.figure(best["coverage_share"], "ratio"),
        )
    else:
        title = words("backtest_title_none", series=name)
    rows = [
        {"name": words.name("members", row["method"]), "value": row["error_rate"], "shown": words.figure(row["error_rate"], "ratio")}
        for row in sorted(tried, key=lambda row: row["error_rate"])
    ]
    drawn = charts.bars(rows, unit="ratio", titles=titles(words, words("column_error")), colours=parts.colours())
    note = words("backtest_note", origins=tried[0]["origin_count"], days=tried[0]["judged_day_count"])
    parts.chart(title, drawn, pd.DataFrame(methods), f"backtest_{methods[0]['series']}_{methods[0]['member']}", words, note=note)
