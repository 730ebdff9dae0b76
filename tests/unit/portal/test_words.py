"""Every language says everything, and nothing in the pages is said without a word for it."""

import re
import string
from pathlib import Path

import pytest

from portal.around import widget_words
from portal.words import LANGUAGES, Words, texts_of
from reading.kpis import KpiDefinition

PORTAL = Path(__file__).resolve().parents[3] / "portal"
# Tables in which a language may name more than English, whose names are the ids themselves.
MAY_HAVE_MORE = {"members", "actions", "columns", "endings", "marts", "said", "written"}


def definition(**given: object) -> KpiDefinition:
    columns = {"kpi_id": "some_rate", "family": "some", "name_en": "Some rate", "name_zh": "某率", "unit": "ratio", "good_direction": "up",
               "date_basis": "created_at", "numerator": "a", "denominator": "b", "formula_en": "a ÷ b", "why_empty": None,
               "formula_zh": "甲 ÷ 乙", "source": "S1", "headline_place": 1}  # fmt: skip
    return KpiDefinition(**(columns | given))  # type: ignore[arg-type]


def words(language: str, **members: dict[str, tuple[str, str]]) -> Words:
    return Words(language, texts_of(language), members)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_no_language_lacks_a_word_and_none_has_one_that_is_not_english_too(language: str) -> None:
    english, other = texts_of("en"), texts_of(language)
    assert english.keys() == other.keys()
    for table in english:
        lacking = english[table].keys() - other[table].keys()
        more = set() if table in MAY_HAVE_MORE else other[table].keys() - english[table].keys()
        assert (table, lacking, more) == (table, set(), set())


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_sentences_are_filled_with_the_same_values_in_each_language(language: str) -> None:
    english, other = texts_of("en")["interface"], texts_of(language)["interface"]
    assert {key: placeholders(text) for key, text in english.items()} == {key: placeholders(text) for key, text in other.items()}


def test_every_word_that_a_page_asks_for_is_there_and_none_is_there_for_nobody() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in PORTAL.rglob("*.py"))
    asked = set(re.findall(r'words\(\s*["\']([a-z_-]+)["\']', code))
    assert asked and asked <= texts_of("en")["interface"].keys()
    # Ids that are put together when they are asked for: page_<name>, column_<name>, direction_<way>, …
    begun = set(re.findall(r'words\(\s*f["\']([a-z_]+)\{', code))
    quoted = set(re.findall(r'["\']([a-z_-]+)["\']', code))
    unused = {key for key in texts_of("en")["interface"] if key not in quoted and not any(key.startswith(start) for start in begun)}
    assert unused == set()


def test_what_streamlit_says_is_said_in_the_language_of_the_page_and_back() -> None:
    assert widget_words("zh")["Show data"] == "显示数据"
    assert widget_words("en")["显示数据"] == "Show data"
    assert "Show data" not in widget_words("en")


def test_no_tag_is_written_in_the_script_of_a_page_which_would_keep_it_from_running() -> None:
    assert re.findall(r"<[/!\w]", (PORTAL / "page.js").read_text(encoding="utf-8")) == []


def test_a_family_or_column_that_is_new_is_called_by_its_id() -> None:
    assert words("en").name("families", "brand_new") == "Brand new"
    assert words("zh").name("columns", "kpi_brand_new") == "Brand new"
    assert words("zh").name("families", "returns") == "退货、退款与维修"


def test_kpis_and_members_are_called_as_the_snapshot_calls_them() -> None:
    named = {"channel": {"phone": ("Phone", "电话")}}
    assert (words("en").kpi(definition()), words("zh").kpi(definition())) == ("Some rate", "某率")
    assert (words("en").formula(definition()), words("zh").formula(definition(formula_zh=None))) == ("a ÷ b", "a ÷ b")
    assert (words("en", **named).member("channel", "phone"), words("zh", **named).member("channel", "phone")) == ("Phone", "电话")
    assert words("zh", **named).member("channel", "pigeon") == "pigeon"
    assert words("zh").member("priority", "urgent") == "紧急"


def test_numbers_and_lengths_of_time_are_written_in_the_language() -> None:
    assert [words(language).figure(12.34, "minutes") for language in ("en", "zh")] == ["12.3 min", "12.3 分钟"]
    assert [words(language).change(0.028, "points") for language in ("en", "zh")] == ["+2.8 points", "+2.8 个百分点"]
    assert [words(language).figure(0.143, "points") for language in ("en", "zh")] == ["+14.3 points", "+14.3 点"]
    assert words("zh").age("2 days 1 hour") == "2 天 1 小时"
    assert words("zh").age("36 minutes") == "36 分钟"


def test_what_a_snapshot_says_in_english_is_said_in_the_language_where_it_is_known() -> None:
    assert words("zh").said("agent work") == "客服处理"
    assert words("zh").said("No rows of: tickets, brand_new.") == "没有以下数据：工单、brand_new"
    assert words("zh").said("beyond 6 spreads of its weekday") == "超出同一星期几的 6 个离散度"
    assert words("zh").said("beyond 4 spreads of fewer than 5 cases: at most a notice") == "超出 4 个离散度，但不足 5 个样本：至多提示"
    assert words("zh").said("something new") == "something new"
    assert words("en").said("agent work") == "agent work"


def test_what_is_told_of_a_figure_in_several_columns_is_named_by_the_figure() -> None:
    assert words("zh").name("columns", "acceptance_rate_lower") == "采纳率下限"
    assert words("zh").name("columns", "elsewhere_after_n") == "范围外之后样本数"
    assert words("en").name("columns", "csat_rate_lower") == "CSAT rate lower"


def test_other_desks_are_quoted_of_the_same_kpis_in_each_language_and_only_of_kpis_that_there_are() -> None:
    definitions = (PORTAL.parent / "seeds" / "reference" / "kpi_definitions.csv").read_text(encoding="utf-8").splitlines()
    kpi_ids = {line.split(",", 1)[0] for line in definitions[1:]}
    told = {language: [ids.split() for ids in texts_of(language)["other_desks"]] for language in LANGUAGES}
    assert told["en"] == told["zh"]
    assert {kpi_id for ids in told["en"] for kpi_id in ids} <= kpi_ids
    assert "Zendesk" in (words("en").other_desks("csat_mean") or "")
    assert words("en").other_desks("suggestion_count") is None
