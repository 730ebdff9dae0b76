"""Opens DuckDB files for the warehouse's side: as ``reading.connection`` does, within the memory that the setting allows."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import duckdb

from orchestration.settings import MEMORY_LIMIT
from reading.connection import connected as connected_within


def connected(path: Path | str, *, read_only: bool = False) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """A connection to the DuckDB file at ``path`` (``:memory:`` for none) that is closed at the end of the block.

    Raises ``duckdb.IOException`` when another process holds the file.
    """
    return connected_within(path, read_only=read_only, memory_limit=MEMORY_LIMIT.text)


def insist_memory_limit_is_usable() -> None:
    """Raise ``SettingError`` when DuckDB does not understand the memory limit or cannot even start within it."""
    if MEMORY_LIMIT.given is None:
        return
    try:
        with connected(":memory:") as connection:
            connection.execute("select sum(range) from range(1)").fetchall()
    except duckdb.Error:
        raise MEMORY_LIMIT.error() from None
