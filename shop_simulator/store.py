"""Keeps the simulated rows as narrow tables of whole numbers in a scratch DuckDB file until the extracts are written.

Knows tables and columns, not what they mean: that stands in ``feeds``. Rows leave in the order in which they came, so
that the extracts do not depend on threads or memory.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np

from shop_simulator.draws import Columns, Ints

ROWS_PER_FLUSH = 60_000
MEMORY_LIMIT = "700MB"


class Store:
    """Tables that grow block by block."""

    def __init__(self, path: Path) -> None:
        self.connection = duckdb.connect(
            str(path), config={"threads": 1, "memory_limit": MEMORY_LIMIT, "temp_directory": str(path) + ".spill"}
        )
        self.connection.execute("set timezone = 'UTC'")
        # Two different date additions in one SELECT come out equal when this optimizer is on (DuckDB 2.0).
        self.connection.execute("set disabled_optimizers = 'common_subexpressions'")
        self._blocks: dict[str, list[dict[str, Ints]]] = {}
        self._waiting: dict[str, int] = {}
        self._sequence: dict[str, int] = {}
        self._made: set[str] = set()

    def add(self, table: str, columns: Columns) -> None:
        """Append rows; every block of a table has the same columns."""
        count = len(next(iter(columns.values())))
        if count == 0 and table in self._made:
            return
        first = self._sequence.get(table, 0)
        self._sequence[table] = first + count
        block = {name: np.ascontiguousarray(values, dtype=np.int64) for name, values in columns.items()}
        block["_sequence"] = np.arange(first, first + count, dtype=np.int64)
        self._blocks.setdefault(table, []).append(block)
        self._waiting[table] = self._waiting.get(table, 0) + count
        if self._waiting[table] >= ROWS_PER_FLUSH:
            self._flush(table)

    def rows(self, table: str) -> int:
        """How many rows the table has."""
        return self._sequence.get(table, 0)

    def finish(self) -> None:
        """Write what is still waiting."""
        for table in list(self._blocks):
            self._flush(table)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def _flush(self, table: str) -> None:
        blocks = self._blocks.pop(table, [])
        self._waiting[table] = 0
        if not blocks:
            return
        waiting_rows = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
        self.connection.register("waiting_rows", waiting_rows)
        if table in self._made:
            self.connection.execute(f"insert into {table} select * from waiting_rows")
        else:
            self.connection.execute(f"create table {table} as select * from waiting_rows")
            self._made.add(table)
        self.connection.unregister("waiting_rows")
