"""The case table of macros/engine and macros/keys on DuckDB, rendered and run through dbt."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from tests.support.dbt_project import built_database, prepared_project
from tests.support.warehouse import PROJECT_ROOT
from tests.unit.macros.engine_cases import CASES, NUMBERED, assert_is, cases_as_one_row

MODELS = {f"{macro}_cases.sql": "{{ config(materialized='table') }}\n" + cases_as_one_row(macro) for macro in CASES}
# A canary: with DuckDB's common-subexpression optimizer on, the second addition of two comes out equal to the first.
TWO_ADDITIONS = """{{ config(materialized='table') }}
select
    {{ add_days_to_date('days.day_on', 30) }} as thirty_days_later,
    {{ add_months_to_date('days.day_on', 1) }} as a_month_later,
    {{ add_days('days.day_on', 30) }} as thirty_times_a_day_later,
    {{ add_seconds('days.day_on', 60) }} as a_minute_later
from ({{ day_spine("cast('2024-01-31' as date)", "cast('2024-01-31' as date)") }}) as days
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    folder = tmp_path_factory.mktemp("engine_macros") / "project"
    return built_database(prepared_project(folder, {**MODELS, "two_additions.sql": TWO_ADDITIONS}))


@pytest.mark.parametrize(("macro", "number", "expected"), NUMBERED, ids=[f"{macro}-{number}" for macro, number, _ in NUMBERED])
def test_a_macro_gives_what_its_case_says(built: duckdb.DuckDBPyConnection, macro: str, number: int, expected: object) -> None:
    (found,) = built.execute(f"select case_{number} from main.{macro}_cases").fetchall()[0]
    assert_is(found, expected, CASES[macro][number][0])


def test_two_additions_to_one_date_are_not_taken_for_each_other(built: duckdb.DuckDBPyConnection) -> None:
    assert built.execute("select * from main.two_additions").fetchall() == [
        (dt.date(2024, 3, 1), dt.date(2024, 2, 29), dt.datetime(2024, 3, 1), dt.datetime(2024, 1, 31, 0, 1))
    ]


# What these say depends on declarations and variables: test_keys.py, and tests/unit/kpi/test_shops.py of the last.
READ_FROM_THE_PROJECT = {"checked_shops", "referred_system", "shop_of", "of_shops_with"}


def test_every_macro_of_the_engines_and_keys_has_cases() -> None:
    folders = (PROJECT_ROOT / "macros" / "engine", PROJECT_ROOT / "macros" / "keys")
    assert {path.stem for folder in folders for path in folder.glob("*.sql")} - READ_FROM_THE_PROJECT == set(CASES)


@pytest.mark.parametrize("path", sorted((PROJECT_ROOT / "macros" / "engine").glob("*.sql")), ids=lambda path: path.stem)
def test_a_macro_that_differs_by_engine_has_a_variant_for_each(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if "adapter.dispatch(" in text:
        assert f"macro default__{path.stem}(" in text
        assert f"macro spark__{path.stem}(" in text
    assert f"{{% macro {path.stem}(" in text
