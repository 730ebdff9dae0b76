"""Opens DuckDB files. Every connection of the project's own is made here, so that all share one set of settings."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.settings import MEMORY_LIMIT

# UTC inside; and two different date additions in one SELECT come out equal when the common-subexpression optimizer
# is on (seen in DuckDB 1.5.6 and 2.0.0, guarded by a canary test). Deriving grouping sets from one another doubles what a roll-up costs.
SETTINGS = {
    # Written to the terminal by a query of more than two seconds, into the middle of what a command shows.
    "enable_progress_bar": "false",
    "TimeZone": "UTC",
    "disabled_optimizers": "common_subexpressions,grouping_sets",
}


def insist_memory_limit_is_usable() -> None:
    """Raise ``SettingError`` when DuckDB does not understand the memory limit or cannot even start within it."""
    if MEMORY_LIMIT.given is None:
        return
    try:
        with connected(":memory:") as connection:
            connection.execute("select sum(range) from range(1)").fetchall()
    except duckdb.Error:
        raise MEMORY_LIMIT.error() from None


@contextmanager
def connected(path: Path | str, *, read_only: bool = False) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection to the DuckDB file at ``path`` (``:memory:`` for none) that is closed at the end of the block.

    Raises ``duckdb.IOException`` when another process holds the file.
    """
    connection = duckdb.connect(str(path), read_only=read_only, config={"memory_limit": MEMORY_LIMIT.text})
    try:
        for name, value in SETTINGS.items():
            connection.execute(f"set {name} = '{value}'")
        yield connection
    finally:
        connection.close()
