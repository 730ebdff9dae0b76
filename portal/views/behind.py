"""The rows behind a figure, as ``aftersales kpi --rows`` lists them, each ticket with a link to its explanation."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from portal import parts
from portal.links import address
from portal.url import switched
from portal.visit import Visit
from reading import figures
from reading.errors import LacksTable
from reading.figure_rows import Cell, figure_rows
from reading.kpis import KpiDefinition

_MOST_ROWS = 1_000
_TICKET = "ticket_key"


def rows_behind(visit: Visit, definition: KpiDefinition, cell: Cell) -> None:
    """A switch, and below it the rows: they are read when they are asked for."""
    words, figure = visit.words, cell.figure
    period = figures.period(figure.period_start, cell.grain.value)
    whose = "" if cell.dimension == "overall" else f", {words.member(cell.dimension, figure.member)}"
    st.subheader(words("rows_title", value=words.figure(figure.value, definition.unit), period=period + whose), anchor=False)
    st.caption(
        words(
            "rows_parts", numerator=figures.part(figure.numerator), denominator=figures.part(figure.denominator), n=figures.count(figure.n)
        )
    )
    if not switched(words("rows_switch"), "rows"):
        return
    try:
        listed = figure_rows(visit.snapshot, cell, limit=_MOST_ROWS)
    except LacksTable as error:
        st.info(str(error))
        return
    for place, each in enumerate(listed):
        frame = pd.DataFrame(each.rows, columns=list(each.columns))
        for side in ("numerator", "denominator"):
            frame[side] = frame[side].astype(float)
        frame = frame.dropna(axis="columns", how="all")
        columns: dict[str, object] = {}
        if _TICKET in frame.columns:
            frame.insert(1, "explanation", [address("ticket", words, ticket=str(key)) for key in frame[_TICKET]])
            columns["explanation"] = st.column_config.LinkColumn(words("explanation"), display_text=words("explain"))
        st.markdown(words("rows_listed", facts=each.facts, shown=f"{len(each.rows):,}", count=f"{each.row_count:,}"))
        parts.table(frame, f"{cell.kpi_id}_{period}_rows_{place + 1}", words, columns=columns)
