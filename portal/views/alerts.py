"""Open alerts: which KPI is off, by how much, since when, and which member drives it. For the pages that show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from portal import parts
from portal.links import address
from portal.visit import Visit
from reading import figures

ALERTS = "kpi_alerts"
LEVELS = ("normal", "notice", "warning", "critical")


def open_alerts(visit: Visit) -> Sequence[dict[str, Any]] | None:
    """The alerts, the gravest first; ``None`` where the snapshot knows of none because nothing was watched."""
    mart = visit.mart(ALERTS)
    if mart is None:
        return None
    return sorted(visit.rows(mart).records, key=lambda each: (-LEVELS.index(each["alert_level"]), each["kpi_id"]))


def table(visit: Visit, told: Sequence[dict[str, Any]]) -> None:
    """One alert a row, with a link to the KPI."""
    words = visit.words
    frame = pd.DataFrame(
        [
            {
                "kpi": words.kpi(visit.definitions[each["kpi_id"]]),
                "figures": address(f"family-{visit.definitions[each['kpi_id']].family}", words, kpi=each["kpi_id"], grain="day"),
                "alert_level": words.name("levels", each["alert_level"]),
                "value": words.figure(each["value"], each["unit"]),
                "expected_range": words.interval(each["expected_low"], each["expected_high"], each["unit"]),
                "open_since": each["open_since"],
                "open_day_count": each["open_day_count"],
                "driver_member": _driver(visit, each),
                "alert_rule": words.said(each["alert_rule"]),
            }
            for each in told
        ]
    )
    shown = {"figures": st.column_config.LinkColumn(words.name("columns", "figures"), display_text=words("to_figures"))}
    parts.table(frame, "alerts", words, columns=shown, downloaded=pd.DataFrame(told), alt=words.name("marts", ALERTS))


def _driver(visit: Visit, alert: dict[str, Any]) -> str:
    dimension, member = alert["driver_dimension"], alert["driver_member"]
    if dimension is None:
        return figures.NOTHING
    return f"{visit.words.name('dimensions', dimension)}: {visit.words.member(dimension, member)}"
