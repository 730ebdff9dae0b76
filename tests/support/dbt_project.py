"""A tiny dbt project in a temporary folder that uses the project's own macros and generic tests on made-up rows."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb

from tests.support.warehouse import PROJECT_ROOT
from tests.support.warm import warm_python

PROJECT_FILE = """
name: aftersales
version: "1.0.0"
profile: cases
model-paths: [models]
macro-paths: [macros]
test-paths: [tests]
vars: {business_time_zone: Asia/Shanghai, minimum_sample: 30}
flags: {send_anonymous_usage_stats: false}
"""
PROFILES_FILE = """
cases:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: cases.duckdb, threads: 1, settings: {TimeZone: UTC, disabled_optimizers: common_subexpressions}}
"""


def prepared_project(folder: Path, files: dict[str, str], prepare: Callable[[duckdb.DuckDBPyConnection], None] | None = None) -> Path:
    """Write a project with ``files`` (paths below ``models/``) into ``folder``; ``prepare`` may fill its database first."""
    (folder / "tests").mkdir(parents=True)
    (folder / "macros").symlink_to(PROJECT_ROOT / "macros")
    (folder / "tests" / "generic").symlink_to(PROJECT_ROOT / "tests" / "data" / "generic")
    (folder / "dbt_project.yml").write_text(PROJECT_FILE, encoding="utf-8")
    (folder / "profiles.yml").write_text(PROFILES_FILE, encoding="utf-8")
    for name, text in files.items():
        path = folder / "models" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with duckdb.connect(str(folder / "cases.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        if prepare is not None:
            prepare(connection)
    return folder


def dbt(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt on the project in ``folder``; the caller judges its exit code."""
    return subprocess.run(
        [warm_python().dbt, *arguments, "--profiles-dir", str(folder), "--project-dir", str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def built_database(folder: Path) -> duckdb.DuckDBPyConnection:
    """Run every model of the project in ``folder``, insist that it worked, and open its database for reading."""
    finished = dbt(folder, "run", "--quiet")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return duckdb.connect(str(folder / "cases.duckdb"), read_only=True)


def data_test_results(folder: Path) -> dict[str, tuple[str, int]]:
    """Build models and run their data tests; by name, the status of each test (pass, fail, error) and how many rows it found."""
    dbt(folder, "build", "--quiet")
    results = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    tests = [result for result in results if result["unique_id"].startswith("test.")]
    return {result["unique_id"].split(".")[2]: (result["status"], result["failures"]) for result in tests}
