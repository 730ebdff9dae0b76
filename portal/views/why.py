"""Why a figure moved: what each member did to the change from the period before, as ``aftersales kpi --why`` tells it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from portal import charts, parts
from portal.frames import titles
from portal.visit import Visit
from reading.kpis import Grain, KpiDefinition

_MART = "kpi_contributions"
_GRAINS = {Grain.MONTH.value, Grain.QUARTER.value, Grain.YEAR.value}
_MOST_DRAWN = 15


def show(visit: Visit, definition: KpiDefinition, *, grain: str, dimension: str, period: date) -> None:
    """The change of the overall figure, split over the members of a dimension; or in a line why it is not."""
    words = visit.words
    if visit.mart(_MART) is None or grain not in _GRAINS:
        return
    if reason := visit.why_not_split(definition.kpi_id):
        st.caption(words("why_never", why=words.said(reason)))
        return
    split = visit.split(definition.kpi_id, grain, dimension, period)
    if split is None:
        st.caption(words("why_not_now"))
        return
    told = split.parts[dimension]
    most, unit = told[0], definition.unit
    title = words(
        "why_title",
        member=words.member(dimension, most.member),
        part=words.difference(most.contribution, unit),
        change=words.difference(split.change, unit),
    )
    effects = {"rate_effect": words("why_rate"), "mix_effect": words("why_mix"), "contribution": words("why_part")}
    of = ("rate_effect", "mix_effect") if most.rate_effect is not None else ("contribution",)
    drawn = [
        {
            "member": words.member(dimension, part.member),
            "value": float(getattr(part, effect) or 0),
            "effect": effects[effect],
            "shown": words.difference(getattr(part, effect) or 0, unit),
        }
        for part in told[:_MOST_DRAWN]
        for effect in of
    ]
    named = {
        **titles(words, words("why_axis", unit=words.name("units", "points" if unit == "ratio" else unit))),
        "effect": words("why_effect"),
    }
    chart = charts.effects(drawn, unit=unit, titles=named, names=[effects[each] for each in of], colours=parts.colours())
    note = words("why_note") if len(of) > 1 else words("why_note_sum")
    parts.chart(title, chart, lambda: pd.DataFrame([vars(part) for part in told]), f"{definition.kpi_id}_{dimension}_why", words, note=note)
