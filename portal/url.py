"""What is chosen on a page lives in the page's address, so that an address sent to somebody shows them the same.

A choice is taken from the address when that was changed from outside (a link, the browser's back button), else from the widget, and
is written back unless it is the default. Choices that hold on every page (``kept``) come along when another page is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

Widget = Literal["select", "row"]
_ON = "1"


def begin_run(page: str) -> None:
    """Note which page is shown, to be told from one that was opened just now. Once a run, before anything is chosen."""
    st.session_state["url:opened"] = st.session_state.get("url:page") != page
    st.session_state["url:page"] = page


def key_of(name: str) -> str:
    """What a choice is called in the session: a widget of another page is another widget."""
    return f"choice:{st.session_state.get('url:page')}:{name}"


def chosen(
    label: str,
    name: str,
    options: Sequence[str],
    *,
    default: str | None = None,
    shown: Callable[[str], str] = str,
    widget: Widget = "select",
    kept: bool = False,
    hint: str | None = None,
) -> str:
    """One of ``options``, by a widget and the address's ``name``. What the address asks for and is no option is the default."""
    usual = default if default is not None and default in options else options[0]
    key = key_of(name)
    _take_from_address(name, key, options, usual, kept)
    if widget == "row":
        value = st.segmented_control(label, options, format_func=shown, key=key, help=hint) or usual
    else:
        value = st.selectbox(label, options, format_func=shown, key=key, help=hint) or usual
    _write_to_address(name, value, usual, kept)
    return value


def written(label: str, name: str, *, hint: str | None = None, placeholder: str | None = None) -> str:
    """A text, by a field and the address's ``name``."""
    key = key_of(name)
    asked = st.query_params.get(name)
    if key not in st.session_state or asked != st.session_state.get(f"url:{name}"):
        st.session_state[key] = asked or ""
    value = st.text_input(label, key=key, help=hint, placeholder=placeholder).strip()
    _write_to_address(name, value, "", kept=False)
    return value


def switched(label: str, name: str) -> bool:
    """A switch, off unless the address says otherwise."""
    key = key_of(name)
    asked = st.query_params.get(name)
    if key not in st.session_state or asked != st.session_state.get(f"url:{name}"):
        st.session_state[key] = asked == _ON
    is_on = st.toggle(label, key=key)
    _write_to_address(name, _ON if is_on else "", "", kept=False)
    return is_on


def _take_from_address(name: str, key: str, options: Sequence[str], usual: str, kept: bool) -> None:
    asked = st.query_params.get(name)
    is_changed = asked != st.session_state.get(f"url:{name}")
    if kept and asked is None and st.session_state.get("url:opened"):
        asked = st.session_state.get(f"kept:{name}")
        is_changed = asked is not None
    if key not in st.session_state or st.session_state[key] not in options or is_changed:
        st.session_state[key] = asked if asked in options else usual


def _write_to_address(name: str, value: str, usual: str, kept: bool) -> None:
    if kept:
        st.session_state[f"kept:{name}"] = value
    if value == usual:
        if name in st.query_params:
            del st.query_params[name]
        st.session_state[f"url:{name}"] = None
    else:
        if st.query_params.get(name) != value:
            st.query_params[name] = value
        st.session_state[f"url:{name}"] = value
