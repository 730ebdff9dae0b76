"""The current version of a row among all that were delivered: the loader's merging and the macro ``current_rows`` on made-up deliveries."""

from pathlib import Path

import duckdb
import pytest

from orchestration.loading import merge_new_extracts, prepare_raw, read_declarations
from tests.support.dbt_project import built_database, dbt, prepared_project

# What is delivered of a key: updated_at (hour of a day), is_deleted, extract, line; and which of them is current, if any.
Version = tuple[int | None, bool | None, int, int]
CASES: dict[str, tuple[list[Version], int | None]] = {
    "a_single_version": ([(1, None, 1, 2)], 0),
    "the_newest_updated_at": ([(1, None, 1, 2), (2, None, 2, 2)], 1),
    "the_newest_updated_at_though_delivered_first": ([(2, None, 1, 2), (1, None, 2, 2)], 0),
    "no_updated_at_counts_as_oldest": ([(1, None, 1, 2), (None, None, 2, 2)], 0),
    "of_one_updated_at_the_newest_delivery": ([(1, None, 2, 2), (1, None, 1, 9)], 0),
    "of_none_with_updated_at_the_newest_delivery": ([(None, None, 1, 2), (None, None, 2, 2)], 1),
    "of_one_delivery_the_later_line": ([(1, None, 1, 3), (1, None, 1, 2)], 0),
    "a_line_number_is_no_text": ([(1, None, 1, 10), (1, None, 1, 9)], 0),
    "the_same_delivery_twice_leaves_one": ([(1, None, 1, 2), (1, None, 2, 2)], 1),
    "a_withdrawn_row_is_gone": ([(1, False, 1, 2), (2, True, 2, 2)], None),
    "a_withdrawal_that_is_older_does_not_count": ([(2, False, 1, 2), (1, True, 2, 2)], 0),
    "a_row_that_came_back": ([(1, True, 1, 2), (2, False, 2, 2)], 1),
    "a_withdrawal_unsaid_is_none": ([(1, True, 1, 2), (2, None, 2, 2)], 1),
}
DECLARATION = """
version: 2
sources:
  - name: shop
    schema: raw
    tables:
      - name: with_both
        identifier: shop__with_both
        config: {meta: {key: [a, b]}}
        columns:
          - {name: a, data_type: text}
          - {name: b, data_type: integer}
          - {name: version, data_type: integer}
          - {name: updated_at, data_type: timestamp}
          - {name: is_deleted, data_type: boolean}
      - name: without_updates
        identifier: shop__without_updates
        config: {meta: {key: [a, b]}}
        columns:
          - {name: a, data_type: text}
          - {name: b, data_type: integer}
          - {name: version, data_type: integer}
"""
FEEDS = ("with_both", "without_updates")
MODELS = {
    "_shop__sources.yml": DECLARATION,
    **{
        f"{feed}.sql": f"""{{{{ config(materialized='table') }}}}
            {{{{ current_rows(source('shop', '{feed}'), columns=['a', 'b', 'version']) }}}}"""
        for feed in FEEDS
    },
    # A unit test gives the rows that count, in the columns of the declaration.
    "_with_both.yml": """
version: 2
unit_tests:
  - name: rows_of_a_unit_test_are_current
    model: with_both
    given:
      - input: source('shop', 'with_both')
        rows:
          - {a: x, b: 1, version: 7}
    expect:
      rows:
        - {a: x, b: 1, version: 7}
""",
}


def deliver(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Load the versions as if each extract had come on a day of its own."""
    folder.mkdir()
    (folder / "_shop__sources.yml").write_text(DECLARATION, encoding="utf-8")
    sources = read_declarations(folder)
    prepare_raw(connection, sources)
    for extract in (1, 2):
        for feed in FEEDS:
            connection.execute(
                "insert into raw.extract_ledger (extract_id, source_system, feed, status) values (?, 'shop', ?, 'loaded')", [extract, feed]
            )
        for name, (versions, _) in CASES.items():
            for number, (hour, is_deleted, of_extract, line) in enumerate(versions):
                if of_extract != extract:
                    continue
                updated_at = None if hour is None else f"2024-01-01 {hour:02}:00:00"
                # A second key that differs in the last column only: it must keep versions of its own.
                for b, version in ((1, number), (2, 100 + number)):
                    values = [name, b, version, updated_at, is_deleted, extract, line]
                    connection.execute("insert into raw.shop__with_both values (?, ?, ?, ?, ?, ?, ?, null)", values)
                    connection.execute("insert into raw.shop__without_updates values (?, ?, ?, ?, ?, null)", [*values[:3], extract, line])
        merge_new_extracts(connection, sources["shop"])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    folder: Path = tmp_path_factory.mktemp("current_rows") / "project"
    project = prepared_project(folder, MODELS, lambda connection: deliver(connection, folder / "declarations"))
    return built_database(project)


@pytest.mark.parametrize("name", CASES)
def test_the_current_version_of_each_key_is(built: duckdb.DuckDBPyConnection, name: str) -> None:
    current = CASES[name][1]
    found = built.execute("select b, version from main.with_both where a = ? order by b", [name]).fetchall()
    assert found == ([] if current is None else [(1, current), (2, 100 + current)])


def test_the_rows_of_a_unit_test_are_taken_as_current(tmp_path: Path) -> None:
    project = prepared_project(tmp_path / "project", MODELS, lambda connection: deliver(connection, tmp_path / "declarations"))
    finished = dbt(project, "test", "--select", "test_type:unit")
    assert finished.returncode == 0, finished.stdout
    assert "PASS=1" in finished.stdout


@pytest.mark.parametrize("name", CASES)
def test_without_update_times_the_newest_delivery_and_then_the_later_line_counts(built: duckdb.DuckDBPyConnection, name: str) -> None:
    versions = CASES[name][0]
    current = max(range(len(versions)), key=lambda number: versions[number][2:])
    found = built.execute("select version from main.without_updates where a = ? and b = 1", [name]).fetchall()
    assert found == [(current,)]
