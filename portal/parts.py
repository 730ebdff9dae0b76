"""Pieces that several pages are put together from: charts and tables with title and download, notes on what is small or unfinished."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from portal.charts import DARK, LIGHT, Colours, Drawn
from portal.frames import kinds
from portal.url import chosen
from portal.visit import Visit
from portal.words import Words
from reading import figures
from reading.kpis import Grain, KpiFigure
from reading.statements import write_csv

# What a file is made of: a frame, or what makes it once the button is pressed.
Saved = pd.DataFrame | Callable[[], pd.DataFrame]

GRAINS = [grain.value for grain in Grain]
_TALLEST_TABLE = 420
_SHARE = re.compile(r"_(?:share|rate|roi)(?:_90d)?(?:_before|_lower|_upper)?$")


def colours() -> Colours:
    """The colours for the page as it is shown now."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def heading(title: str, lead: str | None = None) -> None:
    """The top of a page."""
    st.title(title, anchor=False)
    if lead:
        st.markdown(lead)


def chart(title: str, drawn: Drawn, downloaded: Saved, name: str, words: Words, *, note: str = "") -> None:
    """A chart under the sentence that it shows. Its menu saves it as a picture; the button, the numbers behind it."""
    st.header(title, anchor=False)
    if note:
        st.caption(note)
    st.vega_lite_chart(drawn, width="stretch", alt=title)
    download(downloaded, name, words)


def table(
    frame: pd.DataFrame, name: str, words: Words, *, title: str = "", columns: dict[str, Any] | None = None,
    downloaded: Saved | None = None, alt: str = "",
) -> None:  # fmt: skip
    """A table, with its columns named for people; the download has them as they are published, or is ``downloaded``.

    Without a title it is told apart from others of the page by ``alt``.
    """
    if title:
        st.header(title, anchor=False)
    if frame.empty:
        st.caption(words("no_rows"))
        return
    config = {str(column): _column(frame, column, words) for column in frame.columns} | (columns or {})
    height = _TALLEST_TABLE if len(frame) > 11 else "auto"
    st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        height=height,
        column_config=config,
        placeholder=figures.NOTHING,
        alt=title or alt or words("table"),
    )
    download(frame if downloaded is None else downloaded, name, words)


def _column(frame: pd.DataFrame, column: str, words: Words) -> Any:
    """How a column is headed and its numbers written: shares in per cent, others with their thousands separated."""
    name = words.name("columns", column)
    if not is_numeric_dtype(frame[column]) or is_bool_dtype(frame[column]):
        return name
    return st.column_config.NumberColumn(name, format="percent" if _SHARE.search(column) else "localized")


def download(frame: Saved, name: str, words: Words) -> None:
    """A button that saves a frame as CSV, which is safe to open in a spreadsheet."""
    saved(words("download"), lambda: csv_of(frame() if callable(frame) else frame), f"{name}.csv")


def saved(label: str, read: Callable[[], bytes], file_name: str, *, mime: str = "text/csv") -> None:
    """A button that saves a file, which is made when the button is pressed."""
    st.download_button(
        label, data=read, file_name=file_name, mime=mime, key=f"download:{file_name}",
        icon=":material/download:", type="tertiary", on_click="ignore",
    )  # fmt: skip


def csv_of(frame: pd.DataFrame) -> bytes:
    """A frame as CSV. Begins with a mark by which spreadsheets know that it is UTF-8."""
    out = io.StringIO()
    cells = frame.astype(object).where(frame.notna(), None)
    write_csv([str(column) for column in frame.columns], cells.itertuples(index=False, name=None), out)
    return out.getvalue().encode("utf-8-sig")


def notes(told: Sequence[KpiFigure], words: Words) -> None:
    """What marks in a chart mean, where there is one."""
    _, unfinished, few = kinds(words)
    said: list[str] = []
    if any(each.is_small_sample for each in told):
        said.append(f"{few}: {words('note_few')}")
    if any(each.is_running or each.is_whole is False for each in told):
        said.append(f"{unfinished}: {words('note_unfinished')}")
    if said:
        st.caption(" ".join(said))


def missing(visit: Visit, what: str) -> None:
    """Say that a snapshot was published without what a page shows."""
    st.info(visit.words("not_in_snapshot", what=what), icon=":material/info:")


def by_period(starts: Sequence[Any], grain: str) -> dict[str, date]:
    """Periods by their name, the newest first."""
    return {figures.period(start, grain): start for start in reversed(starts)}


def grain_choice(words: Words, *, only: Sequence[str] = GRAINS) -> str:
    """The length of the periods, which is kept from page to page."""
    return chosen(words("grain"), "grain", only, default="month", shown=lambda grain: words.name("grains", grain), kept=True, widget="row")
