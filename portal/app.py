"""The script that Streamlit runs for every look at a page: opens the snapshot, lists the pages, writes the one that is asked for.

The folder of published snapshots is handed in as the script's argument.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st
from PIL import Image
from streamlit.navigation.page import Page

from portal import around, url
from portal.charts import LIGHT
from portal.links import register
from portal.views import agents, compare, data_quality, dictionary, family, forecast, initiatives, merchants, overview, ticket
from portal.visit import Visit, shared_snapshot, words_of
from portal.words import LANGUAGES, Words, texts_of
from reading.errors import NotOneReading, SnapshotError, UnknownName

# Families that have a page made for them, which shows their marts.
_OWN_PAGES = {"initiatives", "forecast"}


def main(published: Path) -> None:
    """Write the page that the address asks for."""
    st.set_page_config(page_title="After-sales", page_icon=_icon(), layout="wide")
    language = _asked_language()
    try:
        with shared_snapshot(published).look() as snapshot:
            _write(Visit(snapshot, words_of(snapshot, language)))
    except (SnapshotError, PermissionError) as error:
        words = Words(language, texts_of(language), {})
        st.title(words("no_snapshot"), anchor=False)
        st.error(str(error), icon=":material/error:")


def _write(visit: Visit) -> None:
    words = visit.words
    shown: dict[str, list[Page]] = {
        "": [_page(visit, "overview", overview.show, ":material/dashboard:", is_first=True)],
        words("section_families"): [
            _page(visit, f"family-{name}", partial(family.show, family=name), ":material/monitoring:", title=words.name("families", name))
            for name in visit.families
            if name not in _OWN_PAGES or visit.kpis_of(name)
        ],
        words("section_who"): [
            _page(visit, "merchants", merchants.show, ":material/storefront:"),
            _page(visit, "agents", agents.show, ":material/groups:"),
        ],
        words("section_what"): [
            _page(visit, "initiatives", initiatives.show, ":material/rocket_launch:"),
            _page(visit, "forecast", forecast.show, ":material/notifications_active:"),
        ],
        words("section_more"): [
            _page(visit, "compare", compare.show, ":material/compare_arrows:"),
            _page(visit, "ticket", ticket.show, ":material/confirmation_number:"),
            _page(visit, "dictionary", dictionary.show, ":material/menu_book:"),
            _page(visit, "data-quality", data_quality.show, ":material/fact_check:"),
        ],
    }
    listed = [page for pages in shown.values() for page in pages]
    register(listed)
    # Streamlit's own list of pages is no list to a screen reader, and forgets the language.
    page = st.navigation(listed, position="hidden")
    url.begin_run(page.url_path)
    with st.sidebar:
        for section, pages in shown.items():
            if section:
                st.caption(section)
            for each in pages:
                st.page_link(each, query_params={"lang": words.language}, width="stretch")
        asked = url.chosen(words("language"), "lang", list(LANGUAGES), shown=LANGUAGES.__getitem__, widget="row", kept=True)
        st.caption(words("local_only"))
        around.write(words.language)
    if asked != words.language:
        st.rerun()
    try:
        page.run()
    except (UnknownName, NotOneReading, SnapshotError) as error:
        st.error(f"{words('not_shown')} {words.said(str(error))}", icon=":material/error:")


def _page(visit: Visit, name: str, show: Callable[[Visit], None], icon: str, *, title: str = "", is_first: bool = False) -> Page:
    return st.Page(partial(show, visit), title=title or visit.words(f"page_{name}"), icon=icon, url_path=name, default=is_first)


def _icon() -> Image.Image:
    """Three bars. Streamlit would fetch a named icon or an emoji from another machine."""
    icon = Image.new("RGB", (32, 32), LIGHT.main)
    for left, height in ((5, 10), (13, 16), (21, 22)):
        icon.paste("white", (left, 27 - height, left + 6, 27))
    return icon


def _asked_language() -> str:
    """The language of the address, else the one that was chosen before, else the browser's."""
    browser = (st.context.locale or "").split("-")[0]
    for asked in (st.query_params.get("lang"), st.session_state.get("kept:lang"), browser):
        if asked in LANGUAGES:
            return str(asked)
    return next(iter(LANGUAGES))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
