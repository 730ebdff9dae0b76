"""The extracts keep to the contract: feeds, columns, words, moments."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shop_simulator import SimulationReport, simulate
from shop_simulator.asking import QUESTION_CODES
from shop_simulator.extracts import FORMATS
from shop_simulator.feeds import FEEDS
from tests.unit.simulator.reading import declared_tables, files_of, header_of, meta_of, open_landing

TABLES = declared_tables()
SHAPE: dict[str, Any] = {"orders": 300, "days": 12, "until": date(2024, 6, 18), "seed": 3}
QUESTIONS = Path(__file__).resolve().parents[3] / "seeds" / "reference" / "survey_questions.csv"


def test_every_feed_of_the_contract_is_written() -> None:
    assert sorted(feed.name for feed in FEEDS) == sorted(TABLES)


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)
def test_columns_are_declared_and_no_required_one_is_missing(feed: Any, shop: SimulationReport) -> None:
    declared = {column["name"]: meta_of(column) for column in TABLES[feed.name]["columns"]}
    key = meta_of(TABLES[feed.name])["key"]
    required = {name for name, meta in declared.items() if meta.get("required") or name in key}

    delivered = header_of(files_of(shop.out, feed.name)[0])

    assert set(delivered) <= set(declared)
    assert required <= set(delivered)
    assert {column.name for column in feed.columns if column.is_required} == required
    words = {name for name, meta in declared.items() if meta.get("accepted_values")}
    assert {column.name for column in feed.columns if column.has_accepted_values} == words & set(delivered)


@pytest.mark.parametrize("feed", sorted(TABLES))
def test_every_value_is_accepted_and_every_required_one_there(feed: str, landed: duckdb.DuckDBPyConnection) -> None:
    key = meta_of(TABLES[feed])["key"]
    present = {row[0] for row in landed.execute(f"describe delivered_{feed}").fetchall()}
    for column in TABLES[feed]["columns"]:
        name, meta = column["name"], meta_of(column)
        if name not in present:
            continue
        if meta.get("required") or name in key:
            assert landed.execute(f"select count(*) from delivered_{feed} where {name} is null").fetchone() == (0,)
        if meta.get("accepted_values"):
            found = {row[0] for row in landed.execute(f"select distinct {name} from delivered_{feed}").fetchall()} - {None}
            assert found <= set(meta["accepted_values"]), name
            assert found, name


@pytest.mark.parametrize("feed", sorted(TABLES))
def test_moments_of_a_row_come_in_the_declared_order(feed: str, landed: duckdb.DuckDBPyConnection) -> None:
    for earlier, later in meta_of(TABLES[feed]).get("moments", []):
        wrong = landed.execute(f"select count(*) from delivered_{feed} where {later} < {earlier}").fetchone()
        assert wrong == (0,), (earlier, later)


def test_questions_are_those_of_the_seed() -> None:
    with QUESTIONS.open(encoding="utf-8") as lines:
        seed = {row["question_code"] for row in csv.DictReader(lines)}

    # Help desks that ask no more than good or bad are no part of the contract's shop.
    assert {*QUESTION_CODES, "satisfied"} == seed


def test_valid_scores_lie_on_their_scales(landed: duckdb.DuckDBPyConnection) -> None:
    outside = landed.execute(
        f"""
        select answers.question_code, count(*)
        from survey_answers as answers
        inner join read_csv('{QUESTIONS}', header = true) as questions on answers.question_code = questions.question_code
        where answers.score < questions.scale_minimum or answers.score > questions.scale_maximum
            or (questions.is_whole_number and answers.score <> floor(answers.score))
        group by answers.question_code
        """
    ).fetchall()

    # Only the overall question is scored outside its scale, on purpose.
    assert [question for question, _ in outside] == ["overall"]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    out = tmp_path_factory.mktemp("mixed")
    simulate(out, **SHAPE)
    with open_landing(out) as connection:
        yield connection


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_format_carries_the_same_rows(file_format: str, mixed: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    report = simulate(tmp_path, **SHAPE, formats=file_format)

    with open_landing(tmp_path) as one:
        for feed in TABLES:
            if report.rows[feed]:
                sql = f"select * from landed_{feed} order by all"
                assert mixed.execute(sql).fetchall() == one.execute(sql).fetchall(), feed


def test_feeds_can_be_given_formats_of_their_own(tmp_path: Path) -> None:
    report = simulate(tmp_path, orders=200, days=5, until=date(2024, 6, 18), seed=3, formats={"orders": "parquet", "tickets": "csv.gz"})

    assert {path.name.partition(".")[2] for path in files_of(tmp_path, "orders")} == {"parquet"}
    assert {path.name.partition(".")[2] for path in files_of(tmp_path, "tickets")} == {"csv.gz"}
    assert report.files["orders"] == 5


def test_a_day_without_rows_has_no_file(shop: SimulationReport) -> None:
    assert shop.files["orders"] == shop.days
    assert shop.files["merchants"] == 1
    assert shop.files["initiatives"] < 6
    for feed, count in shop.files.items():
        assert len(files_of(shop.out, feed)) == count + shop.repeated_files[feed]


def test_people_are_recognisably_made_up(landed: duckdb.DuckDBPyConnection) -> None:
    real = landed.execute(
        "select count(*) from delivered_customers where email not like '%@example.com' or phone not like '000%'"
    ).fetchone()

    assert real == (0,)
