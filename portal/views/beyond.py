"""What a family has beyond KPIs: its other marts as they are published, those rows that belong to what is chosen. Knows none of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from operator import itemgetter

import pandas as pd
import streamlit as st

from portal import charts, parts
from portal.frames import titles
from portal.url import chosen
from portal.visit import Visit
from portal.words import Words
from reading import figures
from reading.manifest import TableEntry
from reading.marts import family_marts

_MOST_ROWS = 5_000
_MOST_BARS = 20
_LEAST_PARTS = 2
# Columns whose cells are named otherwise than members are.
_KINDS = {
    "dimension": "dimensions",
    "scope_dimension": "dimensions",
    "driver_dimension": "dimensions",
    "period_grain": "grains",
    "quality_grade": "grades",
    "alert_level": "levels",
    "merchant_action": "actions",
    "action_reason": "actions",
}
_KEYS = {"period_grain", "period_start", "dimension", "member"}


def show(visit: Visit, *, family: str, grain: str = "month", period: date | None = None, dimension: str = "overall") -> None:
    """A choice among the family's marts, and the rows of one; of the newest period where none is chosen."""
    words = visit.words
    marts = {mart.name: mart for mart in family_marts(visit.snapshot, family)}
    if not marts:
        return
    st.header(words("beyond_title"), anchor=False)
    main = f"kpi_{family}"
    name = chosen(words("beyond_choice"), "table", list(marts), default=main, shown=lambda each: words.name("marts", each))
    mart = marts[name]
    where, told = dict[str, object](), list[str]()
    if mart.types.keys() >= _KEYS:
        starts = visit.values(mart, "period_start", period_grain=grain)
        where = {"period_grain": grain, "period_start": period or (starts[-1] if starts else None)}
        told = [str(each) for each in visit.values(mart, "dimension", **where)]
        if not told:
            st.info(words("beyond_no_period"))
            return
        where["dimension"] = dimension if dimension in told else "overall" if "overall" in told else told[0]
        if where["dimension"] != dimension:
            st.caption(words("beyond_dimension", dimension=words.name("dimensions", str(where["dimension"]))))
    if where and "overall" in told:
        _mix(visit, mart, where | {"dimension": "overall"}, grain)
    rows = visit.rows(mart, _MOST_ROWS, **where)
    published = pd.DataFrame(rows.rows, columns=list(rows.columns))
    frame = published.drop(columns=list(where))
    if where.get("dimension") == "overall":
        frame = frame.drop(columns="member")
    elif where:
        frame["member"] = [words.member(str(where["dimension"]), str(each)) for each in frame["member"]]
    if rows.row_count > len(frame):
        st.caption(words("beyond_most", shown=f"{len(frame):,}", count=f"{rows.row_count:,}"))
    parts.table(_named(visit, frame), name, words, downloaded=published, alt=words.name("marts", name))


def _mix(visit: Visit, mart: TableEntry, where: dict[str, object], grain: str) -> None:
    """A share for each member of one more column is a distribution, and is drawn."""
    words, rows = visit.words, visit.rows(mart, _MOST_ROWS, **where)
    frame = pd.DataFrame(rows.rows, columns=list(rows.columns)).drop(columns=[*where, "member"])
    shares = [column for column in frame.columns if column.endswith("_share")]
    if len(frame) < _LEAST_PARTS or len(shares) != 1 or frame.columns[0] in shares or frame[frame.columns[0]].duplicated().any():
        return
    parted, share = frame.columns[0], shares[0]
    frame = frame.loc[[each != "all" for each in frame[parted]]]
    named = [words.name("grades", str(each)) if parted == "quality_grade" else words.member(parted, str(each)) for each in frame[parted]]
    told = [(name, float(each)) for name, each in zip(named, frame[share], strict=True) if not pd.isna(each)]
    if not told:
        return
    drawn = [{"name": name, "value": value, "shown": words.figure(value, "ratio")} for name, value in told[:_MOST_BARS]]
    most, highest = max(told, key=itemgetter(1))
    title = words("mix_title", mart=words.name("marts", mart.name), most=most, share=words.figure(highest, "ratio"))
    chart = charts.bars(drawn, unit="ratio", titles=titles(words, words.name("columns", share)), colours=parts.colours())
    start = where["period_start"]
    note = words("mix_note", period=figures.period(start, grain) if isinstance(start, date) else "")
    parts.chart(title, chart, frame, f"{mart.name}_overall", words, note=note)


def _named(visit: Visit, frame: pd.DataFrame) -> pd.DataFrame:
    """As people read it: decimals as numbers, members by their names, names in the language of the page."""
    words = visit.words
    for other in {"en", "zh"} - {words.language}:
        frame = frame.drop(columns=[column for column in frame.columns if column.endswith(f"_name_{other}")])
    return pd.DataFrame({column: [_cell(visit, column, cell) for cell in frame[column]] for column in frame.columns}, columns=frame.columns)


def _cell(visit: Visit, column: str, cell: object) -> object:
    if isinstance(cell, Decimal):
        return float(cell)
    if not isinstance(cell, str) or column.endswith(("_key", "_id")):
        return cell
    if column == "target_kpi" and cell in visit.definitions:
        return visit.words.kpi(visit.definitions[cell])
    return _told(visit.words, column, cell)


def _told(words: Words, column: str, cell: str) -> str:
    if column in {"why", "alert_rule"}:
        return words.said(cell)
    if column == "good_direction":
        return words(f"direction_{cell}")
    if kind := _KINDS.get(column):
        return words.name(kind, cell) if cell != "overall" else words("everybody")
    return words.member(column, cell)
