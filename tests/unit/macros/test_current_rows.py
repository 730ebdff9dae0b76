"""The current version of a row among all that were delivered: macros/staging/current_rows on made-up deliveries."""

from pathlib import Path

import duckdb
import pytest

from tests.support.dbt_project import built_database, prepared_project

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
MODELS = {
    "with_both.sql": "{{ config(materialized='table') }} {{ current_rows('main.versions', key=['a', 'b'], columns=['version']) }}",
    "without_updates.sql": """{{ config(materialized='table') }}
        {{ current_rows('main.versions', key=['a', 'b'], columns=['version'], updated_at=none, is_deleted=none) }}""",
}


def deliver(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        create table versions (
            a varchar, b bigint, version bigint, updated_at timestamp, is_deleted boolean, _extract_id bigint, _line bigint
        )
        """
    )
    for name, (versions, _) in CASES.items():
        for number, (hour, is_deleted, extract, line) in enumerate(versions):
            updated_at = None if hour is None else f"2024-01-01 {hour:02}:00:00"
            # A second key that differs in the last column only: it must keep versions of its own.
            for b, version in ((1, number), (2, 100 + number)):
                connection.execute(
                    "insert into versions values (?, ?, ?, ?, ?, ?, ?)", [name, b, version, updated_at, is_deleted, extract, line]
                )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    folder: Path = tmp_path_factory.mktemp("current_rows") / "project"
    return built_database(prepared_project(folder, MODELS, deliver))


@pytest.mark.parametrize("name", CASES)
def test_the_current_version_of_each_key_is(built: duckdb.DuckDBPyConnection, name: str) -> None:
    current = CASES[name][1]
    found = built.execute("select b, version from main.with_both where a = ? order by b", [name]).fetchall()
    assert found == ([] if current is None else [(1, current), (2, 100 + current)])


@pytest.mark.parametrize("name", CASES)
def test_without_update_times_the_newest_delivery_and_then_the_later_line_counts(built: duckdb.DuckDBPyConnection, name: str) -> None:
    versions = CASES[name][0]
    current = max(range(len(versions)), key=lambda number: versions[number][2:])
    found = built.execute("select version from main.without_updates where a = ? and b = 1", [name]).fetchall()
    assert found == [(current,)]
