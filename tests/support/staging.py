"""The staging layer of the real project, built in a home of its own from whatever a test delivers."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb

from orchestration.connections import connected
from orchestration.loading import SourceDeclaration, merge_new_extracts, prepare_raw, read_declarations
from tests.support.warehouse import PROJECT_ROOT

SOURCES: dict[str, SourceDeclaration] = read_declarations(PROJECT_ROOT / "models")


def built_staging(home: Path, deliver: Callable[[duckdb.DuckDBPyConnection], object], select: str) -> duckdb.DuckDBPyConnection:
    """Let ``deliver`` fill the raw schema, build what dbt's ``select`` names with all its tests, and open the result for reading."""
    warehouse = home / "warehouse.duckdb"
    with connected(warehouse) as connection:
        prepare_raw(connection, SOURCES)
        deliver(connection)
        for source in SOURCES.values():
            merge_new_extracts(connection, source)
    finished = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt"), "build", "--quiet", "--select", select, "--indirect-selection", "cautious"),
            *("--project-dir", PROJECT_ROOT, "--profiles-dir", PROJECT_ROOT, "--log-path", home / "logs"),
        ],
        cwd=PROJECT_ROOT,
        env={
            **os.environ,
            "AFTERSALES_HOME": str(home),
            "AFTERSALES_WAREHOUSE": str(warehouse),
            "DBT_TARGET_PATH": str(home / "dbt"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return duckdb.connect(str(warehouse), read_only=True)
