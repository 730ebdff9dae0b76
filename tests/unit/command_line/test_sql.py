"""``aftersales sql`` answers from the snapshot, in three formats, and does nothing else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from reading.statements import neutralised

Run = Callable[..., Any]

NOTES = "select note_number, note, amount, noted_at from core.fct_notes order by note_number"


def test_a_table_is_the_default(run: Run, published_home: Any) -> None:
    result = run("sql", NOTES, "--home", published_home.root)
    assert result.exit_code == 0
    assert "note_number" in result.stdout
    assert "plain" in result.stdout


def test_a_long_table_is_cut_and_says_so(run: Run, published_home: Any) -> None:
    result = run("sql", "select range from range(201)", "--home", published_home.root)
    assert "199" in result.stdout
    assert "│   200 │" not in result.stdout
    assert "Only the first 200 rows are shown" in result.stderr


def test_csv_cells_that_a_spreadsheet_would_run_are_neutralised(run: Run, published_home: Any) -> None:
    result = run("sql", NOTES, "--format", "csv", "--home", published_home.root)
    assert list(csv.reader(io.StringIO(result.stdout))) == [
        ["note_number", "note", "amount", "noted_at"],
        ["1", "'=1+1", "-1.50", "2026-01-01 00:00:00"],
        ["2", "'@sum", "0.25", ""],
        ["3", "plain", "", ""],
    ]


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "\ta", " =1", "\u00a0=1", "\ufeff=1", "＝1", "＋1", "－1", "＠a", "\u3000＝1"]
)
def test_each_formula_start_is_neutralised(text: str) -> None:
    assert neutralised(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a;=1", "a;'=1"),
        ("a\t=1", "a\t'=1"),
        ("a| \u00a0-1", "a| \u00a0'-1"),
        (";@a", ";'@a"),
        ("=1;+2;＝3", "'=1;'+2;'＝3"),
        ("a;=1;=2", "a;'=1;'=2"),
    ],
)
def test_a_formula_start_behind_what_a_spreadsheet_may_split_at_is_neutralised(text: str, safe: str) -> None:
    assert neutralised(text) == safe


@pytest.mark.parametrize("cell", [None, True, -1, -1.5, Decimal("-1.5"), "plain", " plain", "a=1", "a, =1", "a; b", "a;b=1", "", " "])
def test_numbers_and_plain_text_stay_as_they_are(cell: object) -> None:
    assert neutralised(cell) == cell


def test_a_csv_header_is_neutralised_too(run: Run, published_home: Any) -> None:
    result = run("sql", 'select 1 as "=cmd"', "--format", "csv", "--home", published_home.root)
    assert result.stdout.splitlines()[0] == "'=cmd"


def test_json_is_a_list_of_objects(run: Run, published_home: Any) -> None:
    result = run("sql", NOTES, "--format", "json", "--home", published_home.root)
    assert json.loads(result.stdout)[0] == {"note_number": 1, "note": "=1+1", "amount": -1.5, "noted_at": "2026-01-01T00:00:00"}


def test_json_of_no_rows_is_an_empty_list(run: Run, published_home: Any) -> None:
    result = run("sql", "select 1 where false", "--format", "json", "--home", published_home.root)
    assert json.loads(result.stdout) == []


def test_json_keeps_what_a_json_number_would_round(run: Run, published_home: Any) -> None:
    statement = "select cast('9999999999999999.99' as decimal(18, 2)) as large, cast('nan' as double) as nothing, [1, 2] as list"
    result = run("sql", statement, "--format", "json", "--home", published_home.root)
    assert json.loads(result.stdout) == [{"large": "9999999999999999.99", "nothing": None, "list": [1, 2]}]


def test_the_statement_can_come_from_standard_input(run: Run, published_home: Any) -> None:
    result = run("sql", "-", "--format", "csv", "--home", published_home.root, standard_input="select 7 as seven")
    assert result.stdout == "seven\n7\n"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("create table core.mine as select 1", "aftersales sql only reads; this is a statement of type CREATE."),
        ("attach ':memory:' as other", "aftersales sql only reads"),
        ("copy core.fct_notes to '/tmp/notes.csv'", "aftersales sql only reads"),
        ("set enable_external_access = true", "aftersales sql only reads"),
        ("select 1; select 2", "One statement at a time, please: this is 2."),
        ("", "One statement at a time, please: this is 0."),
        ("selec 1", "syntax error"),
        ("select * from core.fct_note", "fct_note"),
        ("select * from read_csv('/etc/passwd')", "Permission Error"),
        ("select * from '/etc/passwd'", "/etc/passwd"),
    ],
)
def test_anything_but_reading_the_snapshot_is_wrong_usage(run: Run, published_home: Any, statement: str, message: str) -> None:
    result = run("sql", statement, "--home", published_home.root)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "statement", ["show all tables", "describe core.fct_notes", "explain select 1", "pivot core.fct_notes on note using count(*)"]
)
def test_looking_around_is_reading_too(run: Run, published_home: Any, statement: str) -> None:
    assert run("sql", statement, "--home", published_home.root).exit_code == 0
