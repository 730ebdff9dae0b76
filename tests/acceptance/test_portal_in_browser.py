"""The portal in a real browser: no request beyond this machine, choices, languages, downloads, addresses, and what axe-core finds.

Skipped, saying so, where Playwright (the extra ``browser``) or Chromium is not there.
"""

import csv
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.support.warehouse import PROJECT_ROOT

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install -e '.[browser]'")
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)
PAGES = ("", "family-satisfaction", "family-efficiency?rows=1", "merchants", "agents", "compare", "ticket", "dictionary", "data-quality")


@pytest.fixture(scope="module")
def address(shop_home: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from command_line.app import main; main()", "portal", "--home", str(shop_home), "--port", str(port)]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(150):
                try:
                    with urlopen(f"http://127.0.0.1:{port}/_stcore/health") as answer:
                        assert answer.status == 200
                    break
                except OSError:
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


class Tab:
    """A tab of the browser, with what went wrong in it and what it asked other machines for."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        self.asked_elsewhere: list[str] = []
        page.on("console", self._heard)
        page.on("request", self._seen)

    def _heard(self, message: Any) -> None:
        # To find out under which path it is served, Streamlit's page also asks where it is not.
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            self.errors.append(message.text)

    def _seen(self, request: Any) -> None:
        if not request.url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.asked_elsewhere.append(request.url)

    def open(self, name: str) -> None:
        self.page.goto(self.address + name)
        self.page.wait_for_selector("h1")
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        self.page.wait_for_timeout(300)


@pytest.fixture(scope="module")
def tab(address: str) -> Iterator[Tab]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield Tab(browser.new_page(viewport={"width": 1400, "height": 900}, locale="en-GB"), address)
        browser.close()


def test_every_page_opens_without_an_error_and_asks_no_other_machine(tab: Tab) -> None:
    for name in PAGES:
        tab.open(name)
        assert tab.page.locator("[data-testid=stException]").count() == 0, name
    assert tab.errors == []
    assert tab.asked_elsewhere == []


def test_a_choice_is_in_the_address_which_shows_it_again(tab: Tab) -> None:
    tab.open("family-satisfaction")
    tab.page.get_by_role("button", name="Week", exact=True).or_(tab.page.get_by_role("radio", name="Week", exact=True)).first.click()
    tab.page.wait_for_url("**grain=week**")
    tab.settle()
    title, asked = tab.page.locator("h3").first.inner_text(), tab.page.url
    assert "-W" in title
    tab.open(asked.removeprefix(tab.address))
    assert tab.page.locator("h3").first.inner_text() == title


def test_the_language_is_switched_and_kept_on_the_next_page(tab: Tab) -> None:
    tab.open("")
    tab.page.get_by_text("中文", exact=True).click()
    tab.page.wait_for_selector("h1:has-text('总览')")
    tab.page.get_by_role("link", name="商家").click()
    tab.page.wait_for_selector("h1:has-text('商家')")
    tab.settle()
    assert "lang=zh" in tab.page.url


def test_a_table_is_downloaded_as_csv(tab: Tab, tmp_path: Path) -> None:
    tab.open("dictionary")
    with tab.page.expect_download() as download:
        tab.page.locator("[data-testid=stDownloadButton] button").first.click()
    saved = tmp_path / "saved.csv"
    download.value.save_as(saved)
    rows = list(csv.DictReader(saved.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) > 100
    assert {"kpi_id", "formula", "source"} <= rows[0].keys()


def test_axe_finds_nothing_serious(tab: Tab) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: pip install -e '.[browser]'")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    found: list[tuple[str, str]] = []
    for name in PAGES:
        tab.open(name)
        tab.page.wait_for_timeout(700)
        tab.page.evaluate(script)
        violations = tab.page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(result => result.violations)")
        found += [(name, each["id"]) for each in violations if each["impact"] in {"serious", "critical"}]
    assert found == []
