"""Canary: why the tables of by_period are emptied with their types in full, and not as a select of typed nulls that finds no row."""

from pathlib import Path

import duckdb
import pytest

# More than one group of rows, ordered, by several threads, into a table that the same transaction made: else all is well.
ROWS = 130_000
MADE_EMPTY = {
    "create table numbers as select cast(null as bigint) as digit where 1 = 0": 0,
    "create table numbers (digit bigint)": 10,
}


@pytest.mark.parametrize(("made", "groups"), MADE_EMPTY.items(), ids=["as a select", "with its types"])
def test_a_table_made_by_a_select_without_rows_seems_empty_until_the_file_is_opened_anew(tmp_path: Path, made: str, groups: int) -> None:
    file, grouped = str(tmp_path / "warehouse.duckdb"), "select digit, count(*) from numbers group by digit"
    with duckdb.connect(file, config={"threads": 2}) as connection:
        connection.begin()
        connection.execute(made)
        connection.execute(f"insert into numbers select i % 10 from range({ROWS}) as counted (i) order by i % 10")
        connection.commit()
        assert connection.execute("select count(*) from numbers").fetchall() == [(ROWS,)]
        assert len(connection.execute(grouped).fetchall()) == groups
    with duckdb.connect(file) as connection:
        assert len(connection.execute(grouped).fetchall()) == 10
