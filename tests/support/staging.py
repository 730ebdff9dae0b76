"""The staging layer of the real project, built in a home of its own from whatever a test delivers."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from orchestration.connections import connected
from orchestration.loading import SourceDeclaration, merge_new_extracts, prepare_raw, read_declarations
from tests.support.warehouse import PROJECT_ROOT, dbt_of_the_project

SOURCES: dict[str, SourceDeclaration] = read_declarations(PROJECT_ROOT / "models")


def built_staging(home: Path, deliver: Callable[[duckdb.DuckDBPyConnection], object], select: str) -> duckdb.DuckDBPyConnection:
    """Let ``deliver`` fill the raw schema, build what dbt's ``select`` names with all its tests, and open the result for reading."""
    warehouse = home / "warehouse.duckdb"
    with connected(warehouse) as connection:
        prepare_raw(connection, SOURCES)
        deliver(connection)
        for source in SOURCES.values():
            merge_new_extracts(connection, source)
    finished = dbt_of_the_project(home, "build", "--quiet", "--select", select, "--indirect-selection", "cautious")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return duckdb.connect(str(warehouse), read_only=True)
