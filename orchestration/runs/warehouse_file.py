"""Looks at the warehouse file before a run: is it there, does it open, can everything that was loaded be read. Mends nothing."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb

from orchestration.connections import connected, insist_memory_limit_is_usable
from orchestration.home import Home
from orchestration.runs.fault_advice import FaultKind, advice, kind_of
from orchestration.sql_text import identifier

# Long enough for a query that somebody runs on the wrong file, too short to make a night late.
HELD_PATIENCE_SECONDS = 35.0
_POLL_SECONDS = 0.5


class WarehouseUnusable(RuntimeError):
    """The warehouse file is damaged or gone. The message says what to do next."""


def insist_warehouse_opens(home: Home) -> None:
    """Raise ``WarehouseUnusable`` when the warehouse file cannot be opened because of its content, or has been lost.

    A home that was never refreshed has none, which is no fault. A full disk and missing rights are not the file's fault either:
    they are raised as they are, and a memory limit that is none as ``SettingError``. Nor is another program that holds the file: the
    run waits for it to let go.
    """
    try:
        _insist(home, reads_rows=False)
    except duckdb.Error as error:
        if kind_of(error) is not FaultKind.HELD:
            raise


def insist_warehouse_is_sound(home: Home, *, wait_seconds: float = HELD_PATIENCE_SECONDS) -> None:
    """As ``insist_warehouse_opens``, and read everything that was loaded: each block of it is checked against its checksum.

    Costs one scan of the raw tables. What is built from them is built anew in each run and need not be read. A program that holds
    the file has ``wait_seconds`` to let go of it; after that DuckDB's error, which names the process, is raised.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            _insist(home, reads_rows=True)
            return
        except duckdb.Error as error:
            if kind_of(error) is not FaultKind.HELD or time.monotonic() >= deadline:
                raise
        time.sleep(_POLL_SECONDS)


def _insist(home: Home, *, reads_rows: bool) -> None:
    log = _log_file(home.warehouse)
    if not home.warehouse.exists():
        if log.exists():
            raise WarehouseUnusable(
                f"{home.warehouse} is gone, and {log.name}, which is only its latest part, is still there. Put the warehouse back from a "
                f"backup, or build it anew from the archived extracts: aftersales rebuild --home {home.root}"
            )
        return
    try:
        with connected(home.warehouse) as connection:
            if reads_rows:
                _read_raw(connection)
    except duckdb.Error as error:
        kind = kind_of(error)
        if kind is FaultKind.UNKNOWN:
            insist_memory_limit_is_usable()
            # Nothing was asked but to open the file and read plain tables, so whatever the engine cannot do is the file's fault.
            kind = FaultKind.DAMAGED
        if kind not in (FaultKind.DAMAGED, FaultKind.STALE_LOG):
            raise
        said = str(error).strip().splitlines()[0]
        # Nothing hangs on to the engine's error: people are told the innermost cause of a failed run, and this message says more.
        raise WarehouseUnusable(f"The warehouse cannot be used: {said} {advice(kind, home)}") from None


def _log_file(warehouse: Path) -> Path:
    return warehouse.with_name(f"{warehouse.name}.wal")


def _read_raw(connection: duckdb.DuckDBPyConnection) -> None:
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where schema_name = 'raw' and database_name = current_database()"
    ).fetchall()
    for schema, table in tables:
        # A hash needs every value; a count or an extreme is answered from statistics, without reading a block.
        connection.execute(f"select bit_xor(hash(every_row)) from {identifier(schema, table)} as every_row").fetchall()
