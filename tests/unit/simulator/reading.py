"""Reads a simulated landing zone with plain DuckDB: every delivered row as text, then the current version of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import yaml

DECLARATION = Path(__file__).resolve().parents[3] / "models" / "staging" / "contract" / "_contract__sources.yml"


def declared_tables() -> dict[str, dict[str, Any]]:
    """The contract's tables by feed, as the dbt source YAML declares them."""
    source = yaml.safe_load(DECLARATION.read_text(encoding="utf-8"))["sources"][0]
    return {table["name"]: table for table in source["tables"]}


def meta_of(node: dict[str, Any]) -> dict[str, Any]:
    return (node.get("config") or {}).get("meta") or {}


def files_of(landing: Path, feed: str) -> list[Path]:
    folder = landing / "contract" / feed
    return sorted(folder.iterdir()) if folder.exists() else []


def header_of(path: Path) -> list[str]:
    """The columns of one extract, in its order."""
    with duckdb.connect() as connection:
        return [row[0] for row in connection.execute(f"describe select * exclude (filename) from {_scan([path])}").fetchall()]


def _scan(paths: list[Path], columns: list[str] | None = None) -> str:
    names = "[" + ", ".join(f"'{path}'" for path in paths) + "]"
    if paths[0].name.endswith(".parquet"):
        return f"read_parquet({names}, filename = true)"
    if ".jsonl" in paths[0].name:
        # As text, lest a moment with an offset lose it.
        typed = "" if columns is None else ", columns = {" + ", ".join(f"{column}: 'varchar'" for column in columns) + "}"
        return f"read_json({names}, format = 'newline_delimited', filename = true{typed})"
    return f"read_csv({names}, header = true, all_varchar = true, quote = '\"', escape = '\"', delim = ',', filename = true)"


def _moment(column: str, path: Path) -> str:
    """UTC seconds of a delivered moment: naive text is local to Shanghai."""
    if path.name.endswith(".parquet"):
        return f"epoch_us({column}) // 1000000"
    text = f"cast({column} as varchar)"
    naive = f"epoch_us(cast({text} as timestamp)) // 1000000 - 28800"
    offset = "'(Z|[+-][0-9][0-9]:[0-9][0-9])$'"
    return f"case when regexp_matches({text}, {offset}) then epoch_us(cast({text} as timestamptz)) // 1000000 else {naive} end"


def open_landing(landing: Path) -> duckdb.DuckDBPyConnection:
    """Per feed: `landed_<feed>` (all rows, with the day of their file), `delivered_<feed>` (without it), and `<feed>` (the current
    version of each row, withdrawn ones left out)."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.execute("set disabled_optimizers = 'common_subexpressions'")
    for feed, table in declared_tables().items():
        paths = files_of(landing, feed)
        if not paths:
            continue
        present = set(header_of(paths[0]))
        columns: list[str] = []
        for column in table["columns"]:
            name, kind = column["name"], column["data_type"]
            if name not in present:
                continue
            if kind == "timestamp":
                columns.append(f"{_moment(name, paths[0])} as {name}")
            else:
                target = {"text": "varchar", "integer": "bigint"}.get(kind, kind)
                columns.append(f"cast({name} as {target}) as {name}")
        arrived_on = "cast(regexp_extract(filename, '_([0-9]{4}-[0-9]{2}-[0-9]{2})[.]', 1) as date)"
        scan = _scan(paths, header_of(paths[0]))
        connection.execute(f"create table landed_{feed} as select {', '.join(columns)}, {arrived_on} as arrived_on from {scan}")
        connection.execute(f"create view delivered_{feed} as select * exclude (arrived_on) from landed_{feed}")
        key = ", ".join(table["config"]["meta"]["key"])
        newest = "updated_at desc" if "updated_at" in present else "1"
        kept = "where not coalesce(is_deleted, false)" if "is_deleted" in present else ""
        connection.execute(
            f"create table {feed} as select * exclude (newest) from (select *, row_number() over (partition by {key} order by {newest})"
            f" as newest from delivered_{feed}) where newest = 1"
        )
        if kept:
            connection.execute(f"delete from {feed} where coalesce(is_deleted, false)")
    return connection
