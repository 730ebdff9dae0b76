"""What the library's own expectations find is what the condition beside each of them names, on both sides of each edge."""

import json
import subprocess

import pytest

from orchestration.project import PROJECT_ROOT
from tests.support.warm import warm_python

# A table with a good row, one on each edge and nulls; then what is claimed of it, and a change that breaks the claim and names its rows.
TABLE = """
    create schema core;
    create table core.t as
        select * from (values
            ('a', 'x', 1, 0.0, 5, 7, date '2026-01-31'), ('b', null, 2, 1.0, 7, 7, date '2026-01-01'), ('c', 'y', null, null, null, 1, null)
        ) as rows (key, word, number, share, lower, higher, day)
"""
CLAIMS = {
    "not_null": ("not_null('t', 'key')", "update core.t set key = null where key = 'b'", ["no key"]),
    "in_set": ("in_set('t', 'word', ['x', 'y'])", "update core.t set word = 'z' where key = 'a'", ["another word"]),
    "in_set_of_numbers": ("in_set('t', 'number', [1, 2])", "update core.t set number = 3 where key = 'c'", ["another number"]),
    "at_least": ("at_least('t', 'share', 0)", "update core.t set share = -0.01 where key = 'a'", ["share below 0"]),
    "between": ("between('t', 'share', 0, 1, 'no share')", "update core.t set share = 1.01 where key = 'b'", ["no share"]),
    "between_and_not_a_number": ("between('t', 'share', 0, 1, 'no share')", "update core.t set share = 'nan'", ["no share"] * 3),
    "not_after": ("not_after('t', 'day', date(2026, 1, 31), 'late')", "update core.t set day = '2026-02-01' where key = 'a'", ["late"]),
    "not_above": ("not_above('t', 'lower', 'higher')", "update core.t set lower = 8 where key = 'a'", ["lower above higher"]),
    "unique": ("unique(['key'])", "update core.t set key = 'a' where key = 'b'", None),
    "unique_together": ("unique(['share', 'word'])", "update core.t set share = 0, word = 'x' where key = 'b'", None),
    "row_count": ("row_count(3)", "delete from core.t where key = 'c'", None),
    "columns": (
        "columns_in_order(['key', 'word', 'number', 'share', 'lower', 'higher', 'day'])",
        "alter table core.t add column more text",
        None,
    ),
}
PROGRAM = """
import json, os, sys
from datetime import date
from pathlib import Path
from expectations.own import *
from expectations.runner import run_suites
from expectations.sql import first_true
from expectations.suites import Rule, Suite

said = {}
for name, (claim, file) in json.loads(sys.argv[1]).items():
    own = eval(claim)
    named = f"select {first_true([own.case])} as example from core.t as t where {own.broken}"
    failing = named if own.broken else "select 'it' as example where false"
    rule = Rule(name, "critical", "it holds.", "select count(*) from core.t", failing, ("core.t",), own=(own,))
    (result,) = run_suites(Path(file), [Suite("core.t", "All of it.", (rule,))], stage="outbound")
    said[name + " " + Path(file).stem] = [result.status, result.rows_checked, result.rows_failed, json.loads(result.details)["examples"]]
print(json.dumps(said))
sys.stdout.flush()
os._exit(0)
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list]:
    """Status, rows checked, rows failed and examples of each claim, of the good table and of the broken one."""
    import duckdb

    asked = {}
    for name, (claim, fault, _) in CLAIMS.items():
        for state in ("good", "broken"):
            file = tmp_path_factory.mktemp(name) / f"{state}.duckdb"
            with duckdb.connect(str(file)) as connection:
                connection.execute(TABLE)
                connection.execute("alter table core.t alter share type double")
                if state == "broken":
                    connection.execute(fault)
            asked[f"{name}-{state}"] = (claim, str(file))
    finished = subprocess.run(
        [warm_python().python, "-c", PROGRAM, json.dumps(asked)], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_that_holds_passes_on_its_edges_and_with_nulls(said, name):
    status, _, failed, examples = said[f"{name}-good good"]
    assert (status, failed, examples) == ("passed", 0, [])


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_that_is_broken_fails_and_its_rows_are_those_of_its_condition(said, name):
    status, _, failed, examples = said[f"{name}-broken broken"]
    words = CLAIMS[name][2]
    assert status == "failed"
    if words is None:
        assert failed >= 1
    else:
        assert (failed, examples) == (len(words), sorted(set(words)))


def test_it_says_how_many_rows_or_columns_were_looked_at(said):
    assert {name: said[f"{name}-good good"][1] for name in ("not_null", "unique_together", "row_count", "columns")} == {
        "not_null": 3,
        "unique_together": 3,
        "row_count": 3,
        "columns": 7,
    }
