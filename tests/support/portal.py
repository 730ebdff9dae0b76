"""Pages of the portal as a test asks for them, without a browser."""

from __future__ import annotations

from pathlib import Path

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
