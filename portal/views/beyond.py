"""What a family has beyond KPIs: its other marts as they are published, those rows that belong to what is chosen. Knows none of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import streamlit as st

from portal import charts, parts
from portal.frames import titles
from portal.url import chosen
from portal.visit import Visit
from reading.manifest import TableEntry
from reading.marts import family_marts

_MOST_ROWS = 5_000
_MOST_BARS = 20
_KEYS = {"period_grain", "period_start", "dimension", "member"}


def show(visit: Visit, *, family: str, grain: str = "month", period: date | None = None, dimension: str = "overall") -> None:
    """A choice among the family's marts, and the rows of one; of the newest period where none is chosen."""
    words = visit.words
    marts = {mart.name: mart for mart in family_marts(visit.snapshot, family)}
    if not marts:
        return
    st.subheader(words("beyond_title"), anchor=False)
    name = chosen(words("beyond_choice"), "table", list(marts), shown=lambda each: words.name("marts", each))
    mart = marts[name]
    where: dict[str, object] = {}
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
    rows = visit.rows(mart, _MOST_ROWS, **where)
    frame = pd.DataFrame(rows.rows, columns=list(rows.columns)).drop(columns=list(where))
    if where.get("dimension") == "overall":
        frame = frame.drop(columns="member")
        _mix(visit, mart, frame)
    elif where:
        frame["member"] = [words.member(str(where["dimension"]), str(each)) for each in frame["member"]]
    if rows.row_count > len(frame):
        st.caption(words("beyond_most", shown=f"{len(frame):,}", count=f"{rows.row_count:,}"))
    parts.table(_plain(frame), name, words)


def _mix(visit: Visit, mart: TableEntry, frame: pd.DataFrame) -> None:
    """A share for each member of one more column is a mix, and is drawn."""
    words = visit.words
    shares = [column for column in frame.columns if column.endswith("_share")]
    if frame.empty or len(shares) != 1 or frame.columns[0] in shares or frame[frame.columns[0]].duplicated().any():
        return
    parted, share = frame.columns[0], shares[0]
    drawn = pd.DataFrame(
        {
            "name": [words.member(parted, str(each)) for each in frame[parted]],
            "value": frame[share].astype(float),
            "shown": [words.figure(None if pd.isna(each) else float(each), "ratio") for each in frame[share]],
        }
    ).head(_MOST_BARS)
    named = titles(words, words.name("columns", share))
    st.altair_chart(charts.bars(drawn, titles=named, colours=parts.colours()), alt=words.name("marts", mart.name))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Decimals as floats: a table shows them as numbers."""
    plain = {column: [float(cell) if isinstance(cell, Decimal) else cell for cell in frame[column]] for column in frame.columns}
    return pd.DataFrame(plain, columns=frame.columns)
