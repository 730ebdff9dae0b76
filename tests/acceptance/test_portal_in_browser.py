"""The portal in a real browser: no request beyond this machine, choices, languages, downloads, addresses, keys, and what axe-core finds.

Skipped, saying so, where Playwright (the extra ``browser``) or Chromium is not there.
"""

import csv
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from orchestration.home import Home
from reading.kpis import Grain, kpi_definitions, kpi_figures
from reading.snapshot import opened_snapshot
from tests.support.warehouse import PROJECT_ROOT

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: make browser")
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")

# Each page is looked at once, in one of these by turns.
LOOKS = (("light", "en"), ("dark", "zh"), ("light", "zh"), ("dark", "en"))
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)


@pytest.fixture(scope="module")
def home(shop_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of its own with the shop's snapshot, beside which a test can publish another."""
    home = tmp_path_factory.mktemp("portal")
    published = Home(home).published
    published.mkdir()
    current = (Home(shop_home).published / "current").resolve()
    shutil.copytree(current, published / current.name, copy_function=os.link, ignore=shutil.ignore_patterns("parquet"))
    (published / "current").symlink_to(current.name)
    return home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from command_line.app import main; main()", "portal", "--home", str(home), "--port", str(port)]
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
        yield Tab(browser.new_page(viewport={"width": 1400, "height": 900}, locale="en-GB", accept_downloads=True), address)
        browser.close()


@dataclass
class Seen:
    """What was found on the pages that were looked at."""

    pages: set[str] = field(default_factory=set[str])
    broken: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    violations: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])


@pytest.fixture(scope="module")
def seen(tab: Tab) -> Seen:
    """All pages, opened one after the other as people do, each with what axe-core says of it."""
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: make browser")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    seen = Seen()
    for place, (theme, language) in enumerate(LOOKS):
        tab.page.emulate_media(color_scheme=theme)
        tab.open(f"{'' if place == 0 else 'ticket'}?lang={language}")
        tab.page.evaluate(script)
        links = tab.page.locator("[data-testid=stSidebar] [data-testid=stPageLink] a")
        for number in range(place, links.count(), len(LOOKS)):
            links.nth(number).click()
            tab.settle()
            page = tab.page.url.removeprefix(tab.address).split("?")[0]
            tab.page.wait_for_timeout(300)
            seen.pages.add(page)
            errors = tab.page.locator("[data-testid=stException], [data-testid=stAlertContentError]")
            seen.broken += [(page, theme, language)] * errors.count()
            for _ in range(2):
                found = tab.page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(result => result.violations)")
                if not found:
                    break
                # What is still fading in has another contrast than it will have: what is found is looked at once more.
                tab.page.wait_for_timeout(2000)
                tab.settle()
            seen.violations += [(page, theme, language, each["impact"], each["id"], str(each["nodes"][0]["target"])) for each in found]
    tab.page.emulate_media(color_scheme="light")
    return seen


def test_every_page_opens_without_an_error_and_asks_no_other_machine(tab: Tab, seen: Seen, home: Path) -> None:
    with opened_snapshot(Home(home).published) as snapshot:
        families = {f"family-{definition.family}" for definition in kpi_definitions(snapshot)}
    others = {"", "merchants", "agents", "initiatives", "forecast", "compare", "ticket", "dictionary", "data-quality"}
    assert seen.pages >= others | families
    assert seen.broken == []
    assert tab.errors == []
    assert tab.asked_elsewhere == []


def test_axe_finds_nothing_light_or_dark_in_either_language(seen: Seen) -> None:
    assert seen.violations == []


def test_a_choice_is_in_the_address_which_shows_it_again(tab: Tab) -> None:
    tab.open("family-satisfaction?lang=en")
    tab.page.get_by_role("button", name="Week", exact=True).or_(tab.page.get_by_role("radio", name="Week", exact=True)).first.click()
    tab.page.wait_for_url("**grain=week**")
    tab.settle()
    title, asked = tab.page.locator("[data-testid=stMain] h2").first.inner_text(), tab.page.url
    assert "-W" in title
    tab.open(asked.removeprefix(tab.address))
    assert tab.page.locator("[data-testid=stMain] h2").first.inner_text() == title


def test_a_filter_changes_the_number_to_that_of_the_scoreboard_and_it_leads_to_as_many_rows_as_its_n(tab: Tab, home: Path) -> None:
    with opened_snapshot(Home(home).published) as snapshot:
        told = kpi_figures(snapshot, "complaint_share", grain=Grain.MONTH, dimension="channel", member="phone")
    figure = next(each for each in reversed(told) if each.n and each.value)
    period = f"{figure.period_start:%Y-%m}"
    tab.open("compare?lang=en&kpi=complaint_share&dimension=channel")
    _choose(tab, "First member", "Phone")
    _choose(tab, "First period", period)
    shown = f"{(figure.value or 0) * 100:.1f} %"
    assert tab.page.locator("[data-testid=stMetricValue]").first.inner_text().strip() == shown
    tab.page.get_by_role("link", name="Rows behind it").first.click()
    tab.page.wait_for_selector("h1:has-text('Resolution')")
    tab.settle()
    assert tab.page.get_by_text(f"Behind {shown} in {period}, Phone").count() == 1
    assert tab.page.get_by_text(re.compile(rf"^{figure.n} of {figure.n} rows of")).count() == 1


def _choose(tab: Tab, label: str, option: str) -> None:
    tab.page.get_by_role("combobox", name=re.compile(label)).click()
    tab.page.get_by_role("option", name=option, exact=True).click()
    tab.page.wait_for_timeout(200)
    tab.settle()


def test_the_language_is_switched_and_kept_on_the_next_page(tab: Tab) -> None:
    tab.open("?lang=en")
    tab.page.get_by_role("button", name="Download as PNG").first.wait_for(state="attached")
    tab.page.get_by_text("中文", exact=True).click()
    tab.page.wait_for_selector("h1:has-text('总览')")
    tab.page.wait_for_selector("html[lang=zh]", state="attached")
    tab.settle()
    # What Streamlit says itself is in that language too, and in the former one once that is back.
    tab.page.get_by_role("button", name="下载为 PNG").first.wait_for(state="attached")
    assert tab.page.get_by_role("button", name="Download as PNG").count() == 0
    tab.page.get_by_text("English", exact=True).click()
    tab.page.wait_for_selector("h1:has-text('Overview')")
    tab.page.wait_for_selector("html[lang=en]", state="attached")
    tab.settle()
    assert tab.page.get_by_role("button", name="下载为 PNG").count() == 0
    tab.page.get_by_text("中文", exact=True).click()
    tab.page.wait_for_selector("h1:has-text('总览')")
    tab.page.get_by_role("link", name="商家").click()
    tab.page.wait_for_selector("h1:has-text('商家')")
    tab.settle()
    assert "lang=zh" in tab.page.url


def test_links_and_choices_are_reached_by_keys_and_seen_when_they_are(tab: Tab) -> None:
    tab.open("?lang=en")
    reached: list[str] = []
    for _ in range(40):
        tab.page.keyboard.press("Tab")
        name, is_seen = tab.page.evaluate(FOCUSED)
        if not is_seen:
            # On a busy machine the style comes a moment after the focus.
            tab.settle()
            name, is_seen = tab.page.evaluate(FOCUSED)
        assert is_seen, name
        reached.append(name)
        if name == "Merchants":
            break
    assert {"Overview", "Satisfaction"} <= set(reached)
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_selector("h1:has-text('Merchants')")
    tab.settle()


# What has the focus, and whether a border, a shadow or another ground than its neighbours' shows that it has.
FOCUSED = """() => {
    const focused = document.activeElement, style = getComputedStyle(focused);
    const isSeen = style.outlineStyle !== 'none' || style.boxShadow !== 'none' || style.backgroundColor !== 'rgba(0, 0, 0, 0)';
    return [(focused.getAttribute('aria-label') || focused.innerText || focused.tagName).split('\\n').pop().trim(), isSeen];
}"""


def _saved(tab: Tab, path: Path, button: Any) -> Path:
    with tab.page.expect_download() as download:
        button.focus()
        tab.page.keyboard.press("Enter")
    download.value.save_as(path)
    return path


def test_a_table_is_downloaded_as_csv(tab: Tab, tmp_path: Path) -> None:
    tab.open("dictionary?lang=en")
    saved = _saved(tab, tmp_path / "saved.csv", tab.page.locator("[data-testid=stDownloadButton] button").first)
    rows = list(csv.DictReader(saved.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) > 100
    assert {"kpi_id", "formula", "source"} <= rows[0].keys()


def test_of_more_rows_than_are_listed_all_are_in_the_file_and_a_chart_is_saved_as_a_picture(tab: Tab, home: Path, tmp_path: Path) -> None:
    with opened_snapshot(Home(home).published) as snapshot:
        (year,) = kpi_figures(snapshot, "ticket_count", grain=Grain.YEAR, dimension="overall", member=None)
    assert year.n
    assert year.n > 1_000
    tab.open("family-efficiency?lang=en&kpi=ticket_count&grain=year&rows=1")
    assert tab.page.get_by_text(f"The list stops at 1,000 rows; the file has all {year.n:,}.").count() == 1
    saved = _saved(tab, tmp_path / "all.csv", tab.page.get_by_role("button", name="All rows as CSV"))
    assert len(saved.read_text(encoding="utf-8-sig").splitlines()) == year.n + 1
    picture = _saved(tab, tmp_path / "chart.png", tab.page.get_by_role("button", name="Download as PNG").first).read_bytes()
    width, height = (int.from_bytes(picture[place : place + 4], "big") for place in (16, 20))
    assert picture.startswith(b"\x89PNG")
    assert width > 800
    assert height > 400


def test_a_new_snapshot_shows_when_the_page_is_loaded_anew(tab: Tab, home: Path) -> None:
    published = Home(home).published
    first, newer = (published / "current").resolve(), published / "v999999-20260101T000000Z"
    shutil.copytree(first, newer, copy_function=os.link)
    manifest = json.loads((first / "manifest.json").read_text(encoding="utf-8")) | {"version": newer.name, "as_of": "2025-12-24T10:00:00Z"}
    (newer / "manifest.json").unlink()
    (newer / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    tab.open("?lang=en")
    assert tab.page.get_by_text("2025-12-24 18:00").count() == 0
    (published / "next").symlink_to(newer.name)
    (published / "next").replace(published / "current")
    tab.open("?lang=en")
    assert tab.page.get_by_text("2025-12-24 18:00").count() == 1
