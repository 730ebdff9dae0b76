"""A picture of each page of the portal in each way it can look: on a desktop and on a phone, light and dark, in each language.

``python -m benchmarks.pictures var/published pictures`` needs what the tests in a browser need (`make browser`, Chromium). To be looked at
by people; what a machine can tell of a page is under test. ``--only`` names some pages, ``--looks`` some looks, such as ``phone-dark-zh``.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.portal import free_port, server_command
from portal.words import LANGUAGES
from reading.snapshot import opened_snapshot

DEVICES = {"desktop": (1440, 900), "phone": (390, 844)}
LOOKS = ["-".join(look) for look in product(DEVICES, ("light", "dark"), LANGUAGES)]
NO_FAMILY = {"core", "scoreboard", "initiatives", "forecast"}
OTHERS = ("overview", "merchants", "agents", "initiatives", "forecast", "compare", "dictionary", "data-quality")
_TALLEST = 12_000


def main() -> None:
    """Serve, open, take, one look after the other."""
    parser = argparse.ArgumentParser(description="Pictures of the portal's pages.")
    parser.add_argument("published", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", help="pages, such as overview or family-cost")
    parser.add_argument("--looks", nargs="*", default=LOOKS)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import sync_playwright

    port = free_port()
    with subprocess.Popen(server_command(asked.published, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            with sync_playwright() as browsers:
                browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
                for look in asked.looks:
                    _take(browser, f"http://127.0.0.1:{port}", look, _pages(asked.published, asked.only), asked.folder)
        finally:
            server.terminate()


def _pages(published: Path, only: list[str] | None) -> dict[str, str]:
    """Addresses by name; a ticket that was reopened, which has most to tell."""
    with opened_snapshot(published) as snapshot:
        families = sorted({table.schema_name for table in snapshot.manifest.tables} - NO_FAMILY)
        query = "select ticket_key from core.fct_tickets order by reopen_count desc, ticket_key limit 1"
        (ticket,) = snapshot.connection.execute(query).fetchone() or ("",)
    pages = {name: f"{'' if name == 'overview' else name}?" for name in (*OTHERS, *(f"family-{family}" for family in families))}
    pages |= {"ticket": f"ticket?ticket={ticket}&", "rows": "family-efficiency?rows=1&dimension=overall&"}
    return {name: address for name, address in pages.items() if not only or name in only}


def _take(browser: Any, address: str, look: str, pages: dict[str, str], folder: Path) -> None:
    device, theme, language = look.split("-")
    width, height = DEVICES[device]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, locale=language)
    tab = context.new_page()
    for name, asked in pages.items():
        tab.set_viewport_size({"width": width, "height": height})
        for _ in range(100):
            try:
                tab.goto(f"{address}/{asked}lang={language}")
                break
            except Exception:  # noqa: BLE001  (the server is not there yet)
                time.sleep(0.3)
        tab.wait_for_selector("h1")
        tab.wait_for_function("!document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton]')")
        tab.wait_for_timeout(800)
        tall = tab.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        # What is out of sight is not drawn, so the window is made as tall as the page.
        tab.set_viewport_size({"width": width, "height": min(tall + 20, _TALLEST)})
        tab.wait_for_timeout(700)
        tab.screenshot(path=folder / f"{name}-{look}.png")
    context.close()


if __name__ == "__main__":
    sys.exit(main())
