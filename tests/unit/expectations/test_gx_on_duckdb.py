"""Canary: what has to be patched in Great Expectations is still wrong without the patch, and right with it.

When the first test fails, the library keeps DuckDB's connections by itself: take the patch away and record it.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.project import PROJECT_ROOT

PROGRAM = """
import os, sys
os.environ["GX_ANALYTICS_ENABLED"] = "false"
{patch}
import great_expectations as gx
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {{"globally": False}}
source = context.data_sources.add_sql("db", connection_string="duckdb:///" + sys.argv[1])
batch = source.add_table_asset("t", table_name="t", schema_name="main").add_batch_definition_whole_table("b")
suite = context.suites.add(gx.ExpectationSuite("s", expectations=[gx.expectations.ExpectColumnValuesToNotBeNull(column="x")]))
result = context.validation_definitions.add(gx.ValidationDefinition(name="v", data=batch, suite=suite)).run()
raised = "'raised_exception': True" in str(result.results[0].to_json_dict())
print("success" if result.success else "failure", "raised" if raised else "quiet")
sys.stdout.flush()
os._exit(0)
"""
PATCH = """
from expectations.runner import load_library
load_library()
load_library()
# Nothing here compares distributions or draws them; whoever does finds what it takes.
assert not sys.modules.keys() & {"scipy", "altair", "pyspark"}
import altair, scipy
assert scipy.__version__ and altair.Chart
"""


@pytest.fixture
def good_table(tmp_path: Path) -> Path:
    from orchestration.connections import connected

    with connected(tmp_path / "good.duckdb") as connection:
        connection.execute("create table t as select 1 as x")
    return tmp_path / "good.duckdb"


def said(program: str, database: Path) -> str:
    finished = subprocess.run([sys.executable, "-c", program, str(database)], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_without_the_patch_a_good_table_looks_like_a_bad_one(good_table):
    assert said(PROGRAM.format(patch=""), good_table) == "failure raised"


def test_with_the_patch_a_good_table_is_good(good_table):
    assert said(PROGRAM.format(patch=PATCH), good_table) == "success quiet"


def test_every_name_is_quoted_since_a_column_may_be_called_like_a_word_of_sql() -> None:
    import duckdb

    from expectations.gx_on_duckdb import PlainDialect

    words = [word for (word,) in duckdb.sql("select keyword_name from duckdb_keywords()").fetchall()]
    preparer = PlainDialect().identifier_preparer
    assert {"at", "left", "select"} <= set(words)
    assert [word for word in words if preparer.quote(word) != f'"{word}"'] == []
