"""The rows behind a figure, as ``aftersales kpi --rows`` lists them, and how they are distributed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from portal import charts, parts
from portal.frames import titles
from portal.links import address
from portal.url import switched
from portal.visit import Visit
from reading import figures
from reading.distributions import Bin
from reading.errors import LacksTable
from reading.figure_rows import Cell, FigureRows, figure_rows
from reading.kpis import KpiDefinition
from reading.snapshot import opened_snapshot

_MOST_ROWS = 1_000
# Units of KPIs whose cases have a value each, and not only are or are not.
_MEASURED = {"minutes", "hours", "score", "amount", "count"}
_TICKET = "ticket_key"


def distribution(visit: Visit, definition: KpiDefinition, cell: Cell) -> None:
    """The cases by their own value; nothing where they only are or are not."""
    words, unit = visit.words, definition.unit
    told = visit.distribution(cell) if unit in _MEASURED else None
    if told is None:
        return
    rows = [
        {"name": _edge(visit, each, unit), "value": each.count, "cases": figures.count(each.count), "shown": _range(visit, each, unit)}
        for each in told.bins
    ]
    said = {
        "count": figures.count(told.count),
        "low": words.figure(told.lower, unit),
        "middle": words.figure(told.middle, unit),
        "high": words.figure(told.upper, unit),
    }
    title = words("distribution_title_one" if told.lower == told.upper else "distribution_title", **said)
    period = figures.period(cell.figure.period_start, cell.grain.value)
    note = words("distribution_note", value=words.figure(cell.figure.value, unit), period=period + _whose(visit, cell))
    named = {**titles(words, words("distribution_axis")), "shown": words("column_range"), "name": words.name("units", unit)}
    drawn = charts.columns(rows, titles=named, colours=parts.colours())
    parts.chart(
        title, drawn, lambda: pd.DataFrame([vars(each) for each in told.bins]), f"{cell.kpi_id}_{period}_distribution", words, note=note
    )


def _edge(visit: Visit, each: Bin, unit: str) -> str:
    start = f"{each.start:,.10g}"
    return f"≥ {start}" if each.end is None else start


def _range(visit: Visit, each: Bin, unit: str) -> str:
    start = visit.words.figure(each.start, unit)
    if each.end is None:
        return f"≥ {start}"
    return start if each.end == each.start else f"{start} – {visit.words.figure(each.end, unit)}"


def _whose(visit: Visit, cell: Cell) -> str:
    return "" if cell.dimension == "overall" else f", {visit.words.member(cell.dimension, cell.figure.member)}"


def rows_behind(visit: Visit, definition: KpiDefinition, cell: Cell) -> None:
    """A switch, and below it the rows: they are read when they are asked for."""
    words, figure = visit.words, cell.figure
    period = figures.period(figure.period_start, cell.grain.value)
    st.header(words("rows_title", value=words.figure(figure.value, definition.unit), period=period + _whose(visit, cell)), anchor=False)
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
        st.info(words.said(str(error)))
        return
    for place, each in enumerate(listed):
        frame, columns = _frame(each), dict[str, object]()
        if _TICKET in frame.columns:
            frame.insert(1, "explanation", [address("ticket", words, ticket=str(key)) for key in frame[_TICKET]])
            columns["explanation"] = st.column_config.LinkColumn(words("explanation"), display_text=words("explain"))
        st.markdown(words("rows_listed", facts=each.facts, shown=f"{len(each.rows):,}", count=f"{each.row_count:,}"))
        name = f"{cell.kpi_id}_{period}_rows_{place + 1}"
        parts.table(frame, name, words, columns=columns, alt=each.facts)
        if each.row_count > len(each.rows):
            st.caption(words("rows_first", most=f"{_MOST_ROWS:,}", count=f"{each.row_count:,}"))
            _whole_file(visit, cell, place, name)


def _frame(listed: FigureRows) -> pd.DataFrame:
    frame = pd.DataFrame(listed.rows, columns=list(listed.columns))
    for side in ("numerator", "denominator"):
        frame[side] = frame[side].astype(float)
    return frame.dropna(axis="columns", how="all")


def _whole_file(visit: Visit, cell: Cell, place: int, name: str) -> None:
    """A button that reads all rows of this very version when it is pressed; the connection of the page is closed by then."""
    words, version = visit.words, Path(visit.version)

    def read() -> bytes:
        with opened_snapshot(version.parent, version=version) as snapshot:
            return parts.csv_of(_frame(figure_rows(snapshot, cell, limit=None)[place]))

    parts.saved(words("rows_all"), read, f"{name}_all.csv")
