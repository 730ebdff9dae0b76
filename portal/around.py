"""What stands around all pages: the language of what Streamlit says itself, and how headlines stand on a phone."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import streamlit as st

from portal.words import LANGUAGES, texts_of


def write(language: str) -> None:
    """Write it once a run; it takes no place on the page."""
    st.html(_around(language), width="content", unsafe_allow_javascript=True)


@cache
def _around(language: str) -> str:
    here = Path(__file__)
    handed = json.dumps({"language": language, "words": widget_words(language)}, ensure_ascii=False)
    return f"<style>{here.with_name('page.css').read_text()}</style><script>{here.with_name('page.js').read_text()}({handed})</script>"


def widget_words(language: str) -> dict[str, str]:
    """What Streamlit says, by what it or another language says instead: a page may have been in that language before."""
    own = texts_of(language)["widgets"]
    return {said: text for other in LANGUAGES for english, said in texts_of(other)["widgets"].items() if said != (text := own[english])}
