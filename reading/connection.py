"""Opens DuckDB files with the settings that every connection of the project has. Reads no setting: limits are handed in."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import duckdb

# UTC inside; and two different date additions in one SELECT come out equal when the common-subexpression optimizer
# is on (seen in DuckDB 1.5.6 and 2.0.0, guarded by a canary test). Deriving grouping sets from one another doubles what a roll-up costs.
SETTINGS = {
    # Written to the terminal by a query of more than two seconds, into the middle of what a command shows.
    "enable_progress_bar": "false",
    "TimeZone": "UTC",
    "disabled_optimizers": "common_subexpressions,grouping_sets",
    # When deleted rows are cleared away is for builds to say: whoever writes three rows after one would do in passing what it put off.
    "max_vacuum_tasks": "0",
}


@contextmanager
def connected(path: Path | str, *, read_only: bool = False, memory_limit: str) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection to the DuckDB file at ``path`` (``:memory:`` for none) that is closed at the end of the block.

    Raises ``duckdb.IOException`` when another process holds the file.
    """
    connection = duckdb.connect(str(path), read_only=read_only, config={"memory_limit": memory_limit})
    try:
        for name, value in SETTINGS.items():
            connection.execute(f"set {name} = '{value}'")
        yield connection
    finally:
        connection.close()
