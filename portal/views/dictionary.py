"""The KPI dictionary: what each KPI means, how it is made, whence it comes, and an example from the snapshot's own figures."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from portal import parts
from portal.frames import newest_whole
from portal.links import link
from portal.url import chosen
from portal.visit import Visit
from reading import figures
from reading.kpis import KpiDefinition

# Written by `make docs` beside the snapshots.
DOCS_FILE = "docs.html"


def show(visit: Visit) -> None:
    """Write the page."""
    words = visit.words
    parts.heading(words("page_dictionary"), words("dictionary_lead", count=len(visit.definitions)))
    names = {each.kpi_id: f"{words.kpi(each)} ({each.kpi_id})" for each in visit.definitions.values()}
    kpi_id = chosen(words("kpi"), "kpi", list(names), shown=names.__getitem__)
    _definition(visit, visit.definitions[kpi_id])
    st.header(words("dictionary_all"), anchor=False)
    frame = pd.DataFrame(
        [
            {
                "kpi_id": each.kpi_id,
                "family": words.name("families", each.family),
                "kpi": words.kpi(each),
                "unit": words.name("units", each.unit),
                "formula": words.formula(each),
                "date_basis": each.date_basis,
                "source": each.source,
                "why_empty": words.said(each.why_empty or ""),
            }
            for each in visit.definitions.values()
        ]
    )
    parts.table(frame, "kpi_dictionary", words)
    docs = Path(visit.version).parent / DOCS_FILE
    if docs.exists():
        parts.saved(words("dictionary_docs"), docs.read_bytes, DOCS_FILE, mime="text/html")
    else:
        st.caption(words("dictionary_no_docs"))


def _definition(visit: Visit, definition: KpiDefinition) -> None:
    words = visit.words
    st.header(words.kpi(definition), anchor=False)
    st.markdown(f"**{words('column_formula')}** {words.formula(definition)}")
    sources = "; ".join(f"{each} {words.name('sources', each)}" for each in (definition.source or "").split())
    facts = [
        (words("column_id"), f"`{definition.kpi_id}`"),
        (words("also_called"), definition.name_zh if words.kpi(definition) == definition.name_en else definition.name_en),
        (words("column_family"), words.name("families", definition.family)),
        (words("column_unit"), f"{words.name('units', definition.unit)}; {words(f'direction_{definition.good_direction}')}"),
        (words("column_date_basis"), f"`{definition.date_basis}`"),
        (words("column_numerator"), _measure(visit, definition.numerator)),
        (words("column_denominator"), _measure(visit, definition.denominator)),
        (words("column_source"), sources or figures.NOTHING),
    ]
    if others := words.other_desks(definition.kpi_id):
        facts.append((words("other_desks"), others))
    st.markdown("\n".join(f"- **{name}** {value}" for name, value in facts))
    if definition.why_empty:
        st.info(words("empty_because", why=words.said(definition.why_empty)), icon=":material/info:")
        return
    _example(visit, definition)
    link(f"family-{definition.family}", words("to_figures"), words, icon=":material/monitoring:", kpi=definition.kpi_id)


def _measure(visit: Visit, name: str | None) -> str:
    """A measure, with the facts that it is made of."""
    mart = visit.mart("kpi_measures")
    if name is None or mart is None:
        return name or figures.NOTHING
    rows = visit.rows(mart, measure=name)
    said = [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]
    return f"`{name}`" + "".join(
        visit.words("measure_of", facts=f"`{each['fact_schema']}.{each['fact_table']}`", condition=f"`{each['row_condition']}`")
        for each in said
    )


def _example(visit: Visit, definition: KpiDefinition) -> None:
    """The newest whole month, put together from its parts."""
    words, newest = visit.words, newest_whole(visit.course(definition.kpi_id, "month"))
    if newest is None:
        return
    said = {
        "period": figures.period(newest.period_start, "month"),
        "value": words.figure(newest.value, definition.unit),
        "numerator": figures.part(newest.numerator),
        "denominator": figures.part(newest.denominator),
        "n": figures.count(newest.n),
        "interval": words.interval(newest.lower, newest.upper, definition.unit),
    }
    kind = "quantile" if newest.numerator is None else "sum" if newest.denominator is None else "quotient"
    st.markdown(f"**{words('worked_example')}** {words(f'example_{kind}', **said)}")
    if newest.lower is not None:
        st.markdown(words("example_interval", **said))
