"""Two tables are compared by the hashes of their rows first; nothing that differs may pass for equal."""

import duckdb
import pytest

from tests.support.warehouse import differing_rows


@pytest.mark.parametrize(
    ("one", "other", "rows"),
    [
        ("values (1, 'a'), (2, null)", "values (2, null), (1, 'a')", 0),
        ("select 1 as n where false", "select 1 as n where false", 0),
        ("select 1 as n where false", "values (null)", 1),
        ("values (1, 'a'), (2, 'b')", "values (1, 'b'), (2, 'a')", 4),
        ("values (null, 1)", "values (1, null)", 2),
        ("values (1), (1)", "values (1)", 1),
        ("values (1), (1), (2)", "values (1), (2), (2)", 2),
        # The same value of another type is the same.
        ("values (1)", "values (cast(1 as bigint))", 0),
    ],
)
def test_as_many_rows_differ_as_only_one_of_two_tables_has(one: str, other: str, rows: int) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"create table one as {one}")
        connection.execute(f"create table other as {other}")
        assert differing_rows(connection, "one", "other") == differing_rows(connection, "other", "one") == rows
