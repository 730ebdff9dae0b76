"""Pages of the portal as a test asks for them, without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash


def _script(published: str) -> None:
    from pathlib import Path

    from portal.app import main

    main(Path(published))


def opened_page(published: Path, name: str = "", **address: str) -> AppTest:
    """The page ``name`` of the snapshots in ``published``, with what its address says."""
    page = AppTest.from_function(_script, args=(str(published),), default_timeout=60)
    page._page_hash = calc_hash(name)  # how the browser names a page to the server
    for key, value in address.items():
        page.query_params[key] = value
    return page.run()


def chosen_names(page: AppTest) -> dict[str, object]:
    """What each list of choices is set to, by its label."""
    return {choice.label: choice.value for choice in page.selectbox}


def said_on(page: AppTest, *, leaving_out: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """All that a page says, by kind: its texts, labels and choices, heads and cells of tables but the columns left out, words of charts."""
    for kind in ("title", "header", "markdown", "caption", "info", "error", "warning", "success"):
        yield from ((kind, part.value) for part in getattr(page, kind))
    yield from (
        ("label", str(part.label)) for kind in ("metric", "expander", "selectbox", "toggle", "text_input") for part in getattr(page, kind)
    )
    yield from (("option", option) for part in page.selectbox for option in part.options if not part.label.startswith("举措"))
    yield from (("value", str(part.value)) for part in page.metric)
    for frame in page.dataframe:
        heads = json.loads(frame.proto.columns)
        for column in frame.value.columns:
            head = heads.get(column, {})
            yield "column", str(head.get("label", column))
            yield "cell", str(head.get("type_config", {}).get("display_text", ""))
            if not leaving_out.search(column):
                yield from (("cell", cell) for cell in set(frame.value[column]) if isinstance(cell, str))
    for chart in page.get("vega_lite_chart"):
        yield from (("chart", word) for word in _words_of(json.loads(chart.proto.spec)))


def _words_of(spec: Any) -> Iterator[str]:
    """Titles of axes, legends and tooltips of a chart."""
    if isinstance(spec, dict):
        if isinstance(spec.get("title"), str):
            yield spec["title"]
        yield from (word for part in spec.values() for word in _words_of(part))
    elif isinstance(spec, list):
        yield from (word for part in spec for word in _words_of(part))
