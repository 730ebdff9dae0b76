"""Links from one page to another, with what is chosen there."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st
from streamlit.navigation.page import Page

from portal.words import Words


def register(pages: Sequence[Page]) -> None:
    """Note the pages of this run."""
    st.session_state["links:pages"] = {page.url_path or "": page for page in pages}


def page_of(name: str) -> Page | None:
    """The page of that name."""
    return st.session_state["links:pages"].get(name)


def link(name: str, label: str, words: Words, *, icon: str | None = None, **chosen: str) -> None:
    """A link to a page; nothing where there is no such page."""
    page = page_of(name)
    if page is not None:
        st.page_link(page, label=label, icon=icon, query_params=chosen | {"lang": words.language}, width="stretch")


def address(name: str, words: Words, **chosen: str) -> str:
    """The address of a page from another page, for links in tables."""
    return f"{name}?{urlencode(chosen | {'lang': words.language})}"
