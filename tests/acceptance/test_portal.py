"""The portal's pages on the simulated shop's snapshot: each opens, in each language, and shows what the scoreboard has."""

import json
import os
import shutil
from pathlib import Path

import pytest

from orchestration.home import Home
from portal.words import LANGUAGES, Words, texts_of
from reading.kpis import Grain, kpi_definition, kpi_definitions, kpi_dimensions, kpi_figures
from reading.snapshot import opened_snapshot
from tests.support.portal import chosen_names, opened_page

PAGES = ("", "merchants", "agents", "compare", "ticket", "dictionary", "data-quality")


@pytest.fixture(scope="module")
def published(shop_home: Path) -> Path:
    return Home(shop_home).published


@pytest.fixture(scope="module")
def families(published: Path) -> list[str]:
    with opened_snapshot(published) as snapshot:
        return sorted({definition.family for definition in kpi_definitions(snapshot)})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_opens_in_every_language(published: Path, families: list[str], language: str) -> None:
    words = Words(language, texts_of(language), {})
    for name in PAGES:
        page = opened_page(published, name, lang=language)
        assert [error.message for error in page.exception] == [], name
        assert [title.value for title in page.title] == [words(f"page_{name or 'overview'}")]
    for family in families:
        page = opened_page(published, f"family-{family}", lang=language)
        assert [error.message for error in page.exception] == [], family
        assert [title.value for title in page.title] == [words.name("families", family)]


def test_every_kpi_with_a_value_is_shown_and_every_other_says_why_not(published: Path) -> None:
    with opened_snapshot(published) as snapshot:
        definitions = kpi_definitions(snapshot)
    for definition in [*definitions[::20], *(each for each in definitions if each.why_empty)]:
        page = opened_page(published, "dictionary", kpi=definition.kpi_id)
        assert not page.exception, definition.kpi_id
        said = " ".join(part.value for part in [*page.markdown, *page.info])
        assert f"`{definition.kpi_id}`" in said
        assert (definition.why_empty or "Worked example") in said


def test_a_choice_changes_the_number_to_that_of_the_scoreboard(published: Path) -> None:
    with opened_snapshot(published) as snapshot:
        headline = min((each for each in kpi_definitions(snapshot) if each.headline_place), key=lambda each: each.headline_place or 0)
        dimension = next(name for name, count in kpi_dimensions(snapshot, headline.kpi_id, grain=Grain.MONTH).items() if count > 3)
        figures = kpi_figures(snapshot, headline.kpi_id, grain=Grain.MONTH, dimension=dimension, member=None)
    words = Words("en", texts_of("en"), {})
    page = opened_page(published, "compare", kpi=headline.kpi_id, dimension=dimension)
    shown = {choice.label: choice for choice in page.selectbox}
    period = shown["First period"].value
    others = [each for each in figures if f"{each.period_start:%Y-%m}" == period and each.member != shown["First member"].value]
    for figure in others[:2]:
        page = {choice.label: choice for choice in page.selectbox}["First member"].select(figure.member).run()
        page = {choice.label: choice for choice in page.selectbox}["First period"].select(period).run()
        assert page.metric[0].value == words.figure(figure.value, headline.unit)


def test_what_was_chosen_is_in_the_address_and_the_address_shows_it_again(published: Path) -> None:
    page = opened_page(published, "family-satisfaction")
    first = chosen_names(page)
    choices = {choice.label: choice for choice in page.selectbox}
    other = choices["KPI"].options[1]
    page = choices["KPI"].set_value(_id_of(published, other)).run()
    page = {choice.label: choice for choice in page.selectbox}["Split by"].select("issue_type").run()
    address = {key: values[0] if isinstance(values, list) else values for key, values in page.query_params.items()}
    assert address["dimension"] == "issue_type"
    again = opened_page(published, "family-satisfaction", **address)
    assert chosen_names(again) == chosen_names(page) != first


def _id_of(published: Path, name: str) -> str:
    with opened_snapshot(published) as snapshot:
        return next(each.kpi_id for each in kpi_definitions(snapshot) if each.name_en == name)


def test_an_address_that_asks_for_what_is_not_there_shows_what_is_usual(published: Path) -> None:
    usual = opened_page(published, "family-returns")
    asked = opened_page(published, "family-returns", kpi="nonsense", dimension="moon", period="1999-01", lang="xx")
    assert not asked.exception
    assert chosen_names(asked) == chosen_names(usual)


def test_a_figure_lists_as_many_rows_as_its_n(published: Path) -> None:
    with opened_snapshot(published) as snapshot:
        definition = kpi_definition(snapshot, "complaint_share")
        figures = kpi_figures(snapshot, definition.kpi_id, grain=Grain.MONTH, dimension="channel", member="phone")
    figure = next(figure for figure in reversed(figures) if figure.n)
    period = f"{figure.period_start:%Y-%m}"
    page = opened_page(
        published, f"family-{definition.family}", kpi=definition.kpi_id, dimension="channel", member="phone", period=period, rows="1"
    )
    (listed,) = [frame.value for frame in page.dataframe if "explanation" in frame.value.columns]
    assert len(listed) == figure.n
    assert all(link.startswith("ticket?ticket=") for link in listed["explanation"])
    explained = opened_page(published, "ticket", ticket=listed["ticket_key"].iloc[0])
    assert not explained.exception and not explained.error
    assert listed["ticket_key"].iloc[0] in [part.value for part in explained.subheader]


def test_a_ticket_that_is_not_there_is_said_not_to_be(published: Path) -> None:
    page = opened_page(published, "ticket", ticket="nobody")
    assert "There is no ticket 'nobody'" in page.error[0].value


def test_a_new_snapshot_shows_when_the_page_is_loaded_anew(published: Path, tmp_path: Path) -> None:
    first = (published / "current").resolve()
    older, newer = tmp_path / first.name, tmp_path / "v999999-20260101T000000Z"
    shutil.copytree(first, older, copy_function=os.link, ignore=shutil.ignore_patterns("parquet"))
    shutil.copytree(older, newer)
    manifest = json.loads((newer / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {"version": newer.name, "as_of": "2025-12-24T10:00:00Z"}
    (newer / "manifest.json").unlink()
    (newer / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    current = tmp_path / "current"
    current.symlink_to(older.name)
    page = opened_page(tmp_path)
    assert not any("2025-12-24 18:00" in part.value for part in page.markdown)
    current.unlink()
    current.symlink_to(newer.name)
    assert any("2025-12-24 18:00" in part.value for part in page.run().markdown)


def test_where_nothing_is_published_the_page_says_so(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    page = opened_page(tmp_path / "published")
    assert not page.exception
    assert "Nothing has been published" in page.error[0].value
