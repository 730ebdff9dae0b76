"""The report of a refreshed shop: says what the scoreboard says, in both languages, in one file that asks nobody for anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from command_line.app import build_app
from orchestration.assets.report import report_assets
from orchestration.publishing.reports import publish_report
from portal.report.page import report_of
from portal.words import Words, texts_of
from reading import figures
from reading.kpis import Grain, kpi_definitions, overall_figures
from reading.snapshot import OpenSnapshot, opened_snapshot


@pytest.fixture(scope="module")
def snapshot(shop_home: Path) -> Iterator[OpenSnapshot]:
    with opened_snapshot(shop_home / "published") as opened:
        yield opened


@pytest.fixture(scope="module")
def report(snapshot: OpenSnapshot) -> str:
    return report_of(snapshot)


def in_language(report: str, language: str) -> str:
    found = re.search(rf'<main lang="{language}">(.*?)</main>', report, re.DOTALL)
    assert found is not None
    return found[1]


class _Tags(HTMLParser):
    """Every tag with its attributes, and whether each that has to be was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_is_one_file_that_runs_nothing_and_asks_for_nothing(report: str) -> None:
    tags = _Tags()
    tags.feed(report)
    assert tags.open == []
    assert {tag for tag, _ in tags.seen}.isdisjoint({"script", "link", "img", "iframe", "object", "form"})
    addresses = [value for _, attributes in tags.seen for name, value in attributes.items() if name in {"src", "href", "action"}]
    assert addresses == [] and "url(" not in report and "@import" not in report
    assert "default-src 'none'" in report
    assert len(report) < 500_000


def test_each_headline_is_there_with_the_scoreboards_figure_in_both_languages(report: str, snapshot: OpenSnapshot) -> None:
    headlines = [each for each in kpi_definitions(snapshot) if each.headline_place is not None]
    told = overall_figures(snapshot, grain=Grain.MONTH)
    (of_month,) = re.findall(r"<h2>(\d{4}-\d{2}): ", report)
    for language in ("en", "zh"):
        words, page, shown = Words(language, texts_of(language), {}), in_language(report, language), 0
        for each in headlines:
            month = next((figure for figure in told.get(each.kpi_id, ()) if figures.period(figure.period_start, "month") == of_month), None)
            if month is not None and month.value is not None:
                tile = re.search(rf"<h3>{re.escape(words.kpi(each))}</h3><div class=\"value\">(.*?)</div>", page)
                assert tile is not None, each.kpi_id
                assert tile[1] == words.figure(month.value, each.unit)
                shown += 1
        assert shown > 12
        assert page.count('class="card tile"') == shown
        families = {each.family for each in headlines}
        assert all(f"<h2>{words.name('families', family)}</h2>" in page for family in families)


def test_it_opens_in_the_language_that_is_asked_for_and_says_of_which_snapshot_it_is(snapshot: OpenSnapshot) -> None:
    chinese = report_of(snapshot, language="zh")
    assert chinese.startswith('<!doctype html>\n<html lang="zh">')
    assert '<input class="choice" type="radio" name="language" id="in-zh" checked>' in chinese
    assert f"快照 {snapshot.manifest.version}" in in_language(chinese, "zh")
    assert f"Snapshot {snapshot.manifest.version}" in in_language(chinese, "en")


def test_the_command_writes_it_where_it_is_told_to(shop_home: Path, tmp_path: Path, report: str) -> None:
    said = CliRunner().invoke(build_app(), ["report", "--to", str(tmp_path / "new" / "november.html"), "--home", str(shop_home)])
    assert said.exit_code == 0, said.output
    assert (tmp_path / "new" / "november.html").read_text(encoding="utf-8") == report
    assert (tmp_path / "new" / "november.html").stat().st_mode & 0o777 == 0o644


def test_beside_the_snapshots_the_newest_has_a_name_of_its_own_and_those_of_pruned_ones_go(shop_home: Path, tmp_path: Path) -> None:
    version = (shop_home / "published" / "current").resolve().name
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "v000000-20250101T000000Z.html").touch()
    (tmp_path / version).symlink_to(shop_home / "published" / version)
    (tmp_path / "current").symlink_to(version)
    for _ in range(2):
        file = publish_report(tmp_path, language="en")
    assert [path.name for path in (tmp_path / "reports").iterdir()] == [f"{version}.html"]
    assert (tmp_path / "report.html").resolve() == file
    assert "Service efficiency" in file.read_text(encoding="utf-8")


def test_a_refresh_writes_it_unless_it_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERSALES_REPORT", "")
    assert report_assets() == []
    monkeypatch.delenv("AFTERSALES_REPORT")
    (asset,) = report_assets()
    assert asset.asset_deps[dg.AssetKey("report")] == {dg.AssetKey("published_snapshot")}
