"""Initiatives: what moved in the scope of each and not elsewhere, how sure that is, whether it moved before, and what it brought."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from portal import charts, parts
from portal.frames import titles
from portal.links import link
from portal.url import chosen
from portal.views import beyond
from portal.visit import Visit
from reading import figures

_EFFECTS, _RETURNS = "kpi_initiative_effects", "kpi_initiative_roi"
_VERDICTS = ("improved", "worsened", "no_evidence", "too_few", "cannot_be_measured")
_ESTIMATES = ("effect", "mix_adjusted_effect", "placebo_effect")


def show(visit: Visit) -> None:
    """Write the page."""
    words, mart = visit.words, visit.mart(_EFFECTS)
    parts.heading(words("page_initiatives"), words("initiatives_lead"))
    if mart is None:
        parts.missing(visit, words("page_initiatives"))
        return
    told = sorted(visit.rows(mart).records, key=lambda row: (_VERDICTS.index(row["verdict"]), row["initiative_key"]))
    if not told:
        st.info(words("no_initiatives"))
        return
    _all(visit, told)
    names = {row["initiative_key"]: row for row in told}
    key = chosen(words("initiative"), "initiative", list(names), shown=lambda each: str(names[each]["initiative_name"] or each))
    _one(visit, names[key])
    _returns(visit)
    beyond.show(visit, family="initiatives")


def _unit(visit: Visit, row: dict[str, Any]) -> str:
    """The unit that effects are told in: shares and relative changes in points and per cent."""
    definition = visit.definitions.get(row["target_kpi"])
    return "relative" if row["change_kind"] == "relative" else definition.unit if definition else "count"


def _written(visit: Visit, row: dict[str, Any], value: float | None) -> str:
    if value is None:
        return figures.NOTHING
    unit = _unit(visit, row)
    return visit.words.change(value, "relative") if unit == "relative" else visit.words.difference(value, unit)


def _between(visit: Visit, row: dict[str, Any], estimate: str) -> str:
    lower, upper = row[f"{estimate}_lower"], row[f"{estimate}_upper"]
    if lower is None or upper is None:
        return figures.NOTHING
    return visit.words("from_to", lower=_written(visit, row, lower), upper=_written(visit, row, upper))


def _scope(visit: Visit, row: dict[str, Any]) -> str:
    words, dimension = visit.words, row["scope_dimension"]
    if row["scope_member"] is None:
        return words("everybody")
    return f"{words.name('dimensions', dimension)}: {words.member(dimension, row['scope_member'])}"


def _kpi(visit: Visit, row: dict[str, Any]) -> str:
    definition = visit.definitions.get(row["target_kpi"])
    return visit.words.kpi(definition) if definition else str(row["target_kpi"])


def _all(visit: Visit, told: list[dict[str, Any]]) -> None:
    words = visit.words
    counted = {verdict: sum(row["verdict"] == verdict for row in told) for verdict in _VERDICTS}
    frame = pd.DataFrame(
        [
            {
                "initiative_name": row["initiative_name"],
                "verdict": words.name("members", row["verdict"]),
                "effect": _written(visit, row, row["effect"]),
                "interval": _between(visit, row, "effect"),
                "target_kpi": _kpi(visit, row),
                "scope": _scope(visit, row),
                "started_on": row["started_on"],
                "placebo_effect": _written(visit, row, row["placebo_effect"]),
                "why": words.said(row["why"] or ""),
            }
            for row in told
        ]
    )
    title = words("initiatives_title", count=len(told), improved=counted["improved"], worsened=counted["worsened"])
    parts.table(frame, "initiatives", words, title=title, downloaded=pd.DataFrame(told))


def _one(visit: Visit, row: dict[str, Any]) -> None:
    words, kpi = visit.words, _kpi(visit, row)
    if row["effect"] is None:
        st.header(words("effect_unknown", kpi=kpi), anchor=False)
        st.info(words.said(row["why"] or ""), icon=":material/info:")
        return
    drawn = [
        {
            "member": words.name("columns", estimate),
            "value": row[estimate],
            "lower": row[f"{estimate}_lower"],
            "upper": row[f"{estimate}_upper"],
            "shown": _written(visit, row, row[estimate]),
            "interval": _between(visit, row, estimate),
        }
        for estimate in _ESTIMATES
        if row[estimate] is not None
    ]
    unit = _unit(visit, row)
    title = words(f"effect_{row['verdict']}", kpi=kpi, effect=_written(visit, row, row["effect"]), interval=_between(visit, row, "effect"))
    axis = words("why_axis", unit=words.name("units", "points" if unit == "ratio" else unit))
    chart = charts.estimates(drawn, unit="points" if unit == "ratio" else unit, titles=titles(words, axis), colours=parts.colours())
    note = [words.said(row["why"] or ""), words("effect_note"), words("effect_cut", days=row["window_days"]) if row["is_cut"] else ""]
    name = str(row["initiative_key"]).replace(":", "_")
    parts.chart(title, chart, pd.DataFrame([row]), f"effect_{name}", words, note=" ".join(filter(None, note)))
    _before_and_after(visit, row)


def _before_and_after(visit: Visit, row: dict[str, Any]) -> None:
    words, definition = visit.words, visit.definitions.get(row["target_kpi"])
    unit = definition.unit if definition else "count"
    frame = pd.DataFrame(
        [
            {
                "side": words(f"side_{side}"),
                "before": words.figure(row[f"{side}_before"], unit),
                "before_n": row[f"{side}_before_n"],
                "after": words.figure(row[f"{side}_after"], unit),
                "after_n": row[f"{side}_after_n"],
                "change": _written(visit, row, row[f"{side}_change"]),
            }
            for side in ("scope", "elsewhere")
        ]
    )
    said = {"before_from": row["before_from"], "started_on": row["started_on"], "after_to": row["after_to"]}
    parts.table(frame, "before_and_after", words, title=words("before_and_after", **said))
    if definition:
        link(f"family-{definition.family}", words("to_figures"), words, icon=":material/monitoring:", kpi=definition.kpi_id)


def _returns(visit: Visit) -> None:
    words, mart = visit.words, visit.mart(_RETURNS)
    if mart is None or not mart.rows:
        return
    rows = visit.rows(mart).records
    columns = ("investment_amount", "saved_cost_amount", "avoided_refund_amount", "benefit_amount")
    frame = pd.DataFrame(
        [
            {"initiative_name": row["initiative_name"]}
            | {column: None if row[column] is None else float(row[column]) for column in columns}
            | {"roi_to_date": words.figure(row["roi_to_date"], "ratio"), "payback_month": row["payback_month"]}
            for row in rows
        ]
    )
    paid = sum(row["payback_month"] is not None for row in rows)
    parts.table(frame, "initiative_returns", words, title=words("returns_title", paid=paid, count=len(rows)), downloaded=pd.DataFrame(rows))
