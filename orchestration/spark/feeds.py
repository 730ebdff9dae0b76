"""Writes what was loaded as Parquet, a folder per table, for Spark's catalogue (``macros/spark/register_feeds.sql``). Loads nothing.

``python -m orchestration.spark.feeds`` does it for the home that ``AFTERSALES_HOME`` names.
"""

from __future__ import annotations

from pathlib import Path

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.loading.current_rows import SCHEMA as CURRENT
from orchestration.sql_text import identifier, literal_list, path_literal


def write_feeds(warehouse: Path, folder: Path) -> None:
    """Write every table that the loader keeps in ``warehouse`` to ``folder/<schema>/<table>``, in place of what is there."""
    with connected(warehouse) as connection:
        tables = connection.execute(
            f"""
            select schema_name, table_name, list(column_name order by column_index), list(data_type order by column_index)
            from duckdb_columns()
            where database_name = current_database() and schema_name in ({literal_list(["raw", CURRENT])})
            group by schema_name, table_name
            """
        ).fetchall()
        for schema, table, columns, types in tables:
            selected = ", ".join(_as_spark_reads(column, data_type) for column, data_type in zip(columns, types, strict=True))
            file = folder / schema / table / "rows.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            # Under a name that Spark passes over: a killed process must not leave half a file.
            draft = file.with_name("_rows.parquet")
            connection.execute(f"copy (select {selected} from {identifier(schema, table)}) to {path_literal(draft)} (format parquet)")
            draft.replace(file)


def _as_spark_reads(column: str, data_type: str) -> str:
    """A moment without a zone would be of a type of its own there, and not the one of the models."""
    name = identifier(column)
    return f"{name} at time zone 'UTC' as {name}" if data_type == "TIMESTAMP" else name


if __name__ == "__main__":
    home = Home.from_environment()
    write_feeds(home.warehouse, home.spark / "feeds")
