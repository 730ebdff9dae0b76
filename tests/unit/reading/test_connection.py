"""Every connection has the project's settings, and clears nothing away in passing."""

from pathlib import Path

import duckdb
import pytest

from reading.connection import SETTINGS, connected

ROWS = 400_000


@pytest.mark.parametrize("name", SETTINGS)
def test_a_connection_has_the_settings(name: str) -> None:
    with connected(":memory:", memory_limit="1GB") as connection:
        assert connection.execute("select cast(current_setting(?) as varchar)", [name]).fetchone() == (SETTINGS[name],)


def test_whoever_writes_a_row_does_not_clear_away_what_others_deleted(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"

    def places() -> int:
        with duckdb.connect(str(file), read_only=True) as connection:
            ((held,),) = connection.execute("select estimated_size from duckdb_tables() where table_name = 'figures'").fetchall()
            return int(held)

    with connected(file, memory_limit="1GB") as connection:
        connection.execute(f"create table figures as select range as figure from range({ROWS})")
        connection.execute("checkpoint")
        connection.execute("delete from figures where figure % 3 = 0")
    with connected(file, memory_limit="1GB") as connection:
        connection.execute("create table notes as select 'a row' as note")
    assert places() == ROWS
    # DuckDB by itself would.
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table more_notes as select 'a row' as note")
    assert places() < ROWS
