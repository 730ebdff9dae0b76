"""Every generic data test of tests/data/generic: rows that it lets through, and for each way to break it a row that does."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.dbt_project import data_test_results, prepared_project
from tests.support.warehouse import PROJECT_ROOT

# Of each test: its arguments, rows as SQL, and how many it must find.
Case = tuple[str, dict[str, Any], list[str], int]
CASES: dict[str, list[Case]] = {
    "unique_combination": [
        ("rows_that_differ_in_one_column", {"columns": ["a", "b"]}, ["1 as a, 'x' as b", "1, 'y'", "2, 'x'"], 0),
        ("a_null_beside_a_value", {"columns": ["a", "b"]}, ["1 as a, cast(null as varchar) as b", "1, 'x'"], 0),
        ("the_same_pair_twice", {"columns": ["a", "b"]}, ["1 as a, 'x' as b", "1, 'x'", "2, 'x'"], 1),
        ("the_same_pair_with_a_null_twice", {"columns": ["a", "b"]}, ["1 as a, cast(null as varchar) as b", "1, null"], 1),
    ],
    "never_null": [
        ("a_value_everywhere", {"columns": ["a", "b"]}, ["1 as a, '' as b", "0, 'x'"], 0),
        ("the_second_column_missing_once", {"columns": ["a", "b"]}, ["1 as a, cast(null as varchar) as b", "1, 'x'"], 1),
        ("both_missing_in_one_row", {"columns": ["a", "b"]}, ["cast(null as int) as a, cast(null as varchar) as b", "1, 'x'"], 1),
    ],
    "not_negative": [
        ("zero_and_null", {"columns": ["a", "b"]}, ["0 as a, cast(null as decimal(18, 2)) as b", "1, 0.01"], 0),
        ("the_first_column_below_zero", {"columns": ["a", "b"]}, ["-1 as a, 1 as b"], 1),
        ("the_second_column_below_zero", {"columns": ["a", "b"]}, ["cast(null as int) as a, -0.01 as b", "1, 1"], 1),
    ],
    "in_order": [
        (
            "the_same_moment_and_unknown_ones",
            {"earlier": "a", "later": "b"},
            ["timestamp '2024-01-01 00:00:00' as a, timestamp '2024-01-01 00:00:00' as b", "timestamp '2024-01-01 00:00:00', null"],
            0,
        ),
        (
            "the_later_one_a_microsecond_early",
            {"earlier": "a", "later": "b"},
            ["timestamp '2024-01-01 00:00:00.000001' as a, timestamp '2024-01-01 00:00:00' as b"],
            1,
        ),
    ],
    "intervals_never_overlap": [
        (
            "one_begins_where_the_other_ends",
            {"starts": "s", "ends": "e", "key": ["k"]},
            ["'x' as k, date '2024-01-01' as s, date '2024-02-01' as e", "'x', date '2024-02-01', null", "'y', date '2024-01-15', null"],
            0,
        ),
        (
            "one_begins_a_day_before_the_other_ends",
            {"starts": "s", "ends": "e", "key": ["k"]},
            ["'x' as k, date '2024-01-01' as s, date '2024-02-02' as e", "'x', date '2024-02-01', null"],
            1,
        ),
        (
            "a_long_one_reaches_over_a_short_one",
            {"starts": "s", "ends": "e", "key": ["k"]},
            [
                "'x' as k, date '2024-01-01' as s, date '2024-12-01' as e",
                "'x', date '2024-12-01', date '2025-01-01'",
                "'x', date '2024-02-01', date '2024-03-01'",
                "'x', date '2024-04-01', date '2024-05-01'",
            ],
            2,
        ),
        ("an_open_one_is_not_the_last", {"starts": "s", "ends": "e"}, ["1 as s, cast(null as int) as e", "5, 6"], 1),
        ("without_a_key", {"starts": "s", "ends": "e"}, ["1 as s, 3 as e", "3, 5"], 0),
        ("the_same_one_twice", {"starts": "s", "ends": "e"}, ["1 as s, 3 as e", "1, 3"], 1),
    ],
}
NUMBERED = [(test, name, found) for test, cases in CASES.items() for name, _, _, found in cases]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, int]]:
    files: dict[str, str] = {}
    for test, cases in CASES.items():
        for name, arguments, rows, _ in cases:
            files[f"{test}/{name}.sql"] = "\nunion all\n".join(f"select {row}" for row in rows)
            properties = {
                "version": 2,
                "models": [{"name": name, "data_tests": [{test: {"name": f"{test}_{name}", "arguments": arguments}}]}],
            }
            files[f"{test}/{name}.yml"] = json.dumps(properties)
    folder = prepared_project(tmp_path_factory.mktemp("generic_tests") / "project", files)
    return data_test_results(folder)


@pytest.mark.parametrize(("test", "name", "expected"), NUMBERED, ids=[f"{test}-{name}" for test, name, _ in NUMBERED])
def test_a_generic_test_finds_the_rows_that_break_it_and_no_others(
    results: dict[str, tuple[str, int]], test: str, name: str, expected: int
) -> None:
    assert results[f"{test}_{name}"] == ("fail" if expected else "pass", expected)


def test_every_generic_test_has_rows_that_pass_and_rows_that_break_it() -> None:
    names = {path.stem for path in (PROJECT_ROOT / "tests" / "data" / "generic").glob("*.sql")}
    assert names == set(CASES)
    for test, cases in CASES.items():
        assert {bool(found) for _, _, _, found in cases} == {True, False}, test


def test_the_folder_of_generic_tests_holds_one_test_a_file() -> None:
    for path in Path(PROJECT_ROOT / "tests" / "data" / "generic").glob("*.sql"):
        assert path.read_text(encoding="utf-8").count("{% test ") == 1, path
