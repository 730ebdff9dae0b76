"""The portal's pages on the simulated shop's snapshot: each opens, in each language, and shows what the scoreboard has."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.home import Home
from portal.words import LANGUAGES, Words, texts_of
from reading.kpis import Grain, kpi_definition, kpi_definitions, kpi_figures, kpi_members
from reading.marts import family_marts, find_mart, mart_rows
from reading.snapshot import opened_snapshot
from tests.support.portal import chosen_names, opened_page, said_on

PAGES = ("", "merchants", "agents", "initiatives", "forecast", "compare", "ticket", "dictionary", "data-quality")
# Words that are written so in Chinese too, and columns whose cells are ids, or what somebody called a thing of theirs.
LATIN = {"APP", "CES", "CSAT", "CSV", "NPS", "ROI", "SLA", "UTC", "VIP", "Asia", "Shanghai", "English", "Zendesk", "Gorgias", "Freshdesk"}
NAMED_BY_OTHERS = re.compile(
    "(_key|_id|_name|^member|^name|^source|^date_basis|^source_system|^shop|^policy_name|^region|^currency|^entity|^feed|^actor|^left_out|^scope|^to_value|^explanation|^figures)$"
)


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


def _latin(text: str) -> set[str]:
    """Words in Latin letters, but those in code or between brackets, where the name of a thing is."""
    named_by_code = re.sub(r"`[^`]*`|\*\*英文名：\*\* .*|\([a-z0-9_]+\)|[\w-]+:[A-Z]\w+|:material/\w+:", " ", text)
    return set(re.findall(r"[A-Za-z]{2,}", named_by_code)) - LATIN


def _in_chinese(published: Path, families: list[str]) -> Iterator[tuple[str, str, str]]:
    """What the Chinese pages say: page, kind and text."""
    with opened_snapshot(published) as snapshot:
        ticket = snapshot.connection.execute("select min(ticket_key) from core.fct_tickets where reopen_count > 0").fetchone()
    assert ticket is not None
    for name in [*PAGES, *(f"family-{family}" for family in [*families, "segments"])]:
        address = {"rows": "1"} if name == "family-efficiency" else {"ticket": ticket[0]} if name == "ticket" else {}
        page = opened_page(published, name, lang="zh", **address)
        yield from ((name, kind, text) for kind, text in said_on(page, leaving_out=NAMED_BY_OTHERS))


def test_the_chinese_pages_say_nothing_in_latin_letters_but_ids_and_names(published: Path, families: list[str]) -> None:
    said = list(_in_chinese(published, families))
    assert {(name, kind, text) for name, kind, text in said if _latin(text)} == set()
    assert {kind for _, kind, _ in said} >= {"title", "header", "caption", "column", "cell", "option", "chart"}


def test_each_column_and_mart_that_a_family_has_beyond_kpis_has_a_chinese_name(published: Path) -> None:
    words = Words("zh", texts_of("zh"), {})
    with opened_snapshot(published) as snapshot:
        families = sorted({table.schema_name for table in snapshot.manifest.tables} - {"core", "scoreboard"})
        marts = [mart for family in families for mart in family_marts(snapshot, family)]
    assert len(marts) > 20
    names = [words.name("marts", mart.name) for mart in marts] + [words.name("columns", column) for mart in marts for column in mart.types]
    assert sorted({name for name in names if _latin(name)}) == []


def test_the_page_of_initiatives_shows_effect_interval_placebo_and_verdict_as_published(published: Path) -> None:
    with opened_snapshot(published) as snapshot:
        mart = find_mart(snapshot, "kpi_initiative_effects")
        assert mart is not None
        told = {row["initiative_key"]: row for row in mart_rows(snapshot, mart, {}, limit=100).records}
    measured = next(row for row in told.values() if row["effect"] is not None and row["change_kind"] == "difference")
    page = opened_page(published, "initiatives", initiative=measured["initiative_key"])
    listed = next(frame.value for frame in page.dataframe if "verdict" in frame.value.columns)
    assert sorted(listed["verdict"]) == sorted(row["verdict"].replace("_", " ").capitalize() for row in told.values())
    shown = listed[listed["initiative_name"] == measured["initiative_name"]].iloc[0]
    for column, value in (
        ("effect", measured["effect"]),
        ("interval", measured["effect_lower"]),
        ("placebo_effect", measured["placebo_effect"]),
    ):
        assert shown[column].startswith(Words("en", texts_of("en"), {}).difference(value, "ratio"))
    assert any(shown["effect"] in part.value and shown["interval"] in part.value for part in page.header)
    unmeasured = next(row for row in told.values() if row["verdict"] == "cannot_be_measured")
    page = opened_page(published, "initiatives", initiative=unmeasured["initiative_key"])
    assert unmeasured["why"] in [part.value for part in page.info]


def test_the_page_of_forecasts_shows_what_is_expected_how_good_it_was_and_what_is_off(published: Path) -> None:
    with opened_snapshot(published) as snapshot:
        days, total = snapshot.connection.execute(
            "select count(*), sum(expected_count) from forecast.forecast_daily where series = 'tickets' and dimension = 'overall'"
        ).fetchall()[0]
        errors = snapshot.connection.execute(
            "select error_rate from forecast.forecast_backtest where series = 'tickets' and dimension = 'overall'"
            " and verdict in ('shown', 'baseline') order by error_rate"
        ).fetchall()
        alerts = snapshot.connection.execute("select kpi_id, driver_member from forecast.kpi_alerts").fetchall()
    page = opened_page(published, "forecast")
    said = " ".join(part.value for part in page.header)
    assert days == 28
    assert f"about {total:,.0f} expected in 28 days" in said
    assert len(errors) == 2
    assert all(f"{error * 100:.1f} %" in said for (error,) in errors)
    listed = [frame.value for frame in page.dataframe if "open_since" in frame.value.columns]
    assert sum(len(frame) for frame in listed) == len(alerts)


def test_every_kpi_with_a_value_is_shown_and_every_other_says_why_not(published: Path) -> None:
    with opened_snapshot(published) as snapshot:
        definitions = kpi_definitions(snapshot)
    for definition in [*definitions[::20], *(each for each in definitions if each.why_empty)]:
        page = opened_page(published, "dictionary", kpi=definition.kpi_id)
        assert not page.exception, definition.kpi_id
        said = " ".join(part.value for part in [*page.markdown, *page.info])
        assert f"`{definition.kpi_id}`" in said
        assert (definition.why_empty or "Worked example") in said


def test_the_dictionary_offers_the_docs_of_all_tables_once_they_were_written(published: Path, tmp_path: Path) -> None:
    version = (published / "current").resolve()
    shutil.copytree(version, tmp_path / version.name, copy_function=os.link)
    (tmp_path / "current").symlink_to(version.name)
    page = opened_page(tmp_path, "dictionary")
    assert not page.exception
    assert any("make docs" in part.value for part in page.caption)
    (tmp_path / "docs.html").write_text("<html></html>", encoding="utf-8")
    page = opened_page(tmp_path, "dictionary")
    assert not any("make docs" in part.value for part in page.caption)
    assert "The docs of every table and column, in one file" in [part.label for part in page.download_button]


def test_a_choice_changes_the_number_to_that_of_the_scoreboard(published: Path) -> None:
    with opened_snapshot(published) as snapshot:
        headline = min((each for each in kpi_definitions(snapshot) if each.headline_place), key=lambda each: each.headline_place or 0)
        dimension = next(name for name, members in kpi_members(snapshot, headline.kpi_id)["month"].items() if len(members) > 3)
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
    assert listed["ticket_key"].iloc[0] in [part.value for part in explained.header]


def test_a_ticket_that_is_not_there_is_said_not_to_be(published: Path) -> None:
    page = opened_page(published, "ticket", ticket="nobody")
    assert "There is no ticket “nobody”" in page.error[0].value


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
