"""Writes into a manifest of dbt's, for its docs, of which columns each column is made, and of which columns of the feeds in the end.

``python docs/column_lineage.py var/docs/manifest.json``: `make docs` does that, in a minute, to the copy that the docs are made of.
It reads compiled SQL, no data. Conditions and joins decide which rows there are, not what stands in a column: they are not told.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

# A table and one of its columns.
Column = tuple[str, str]
_DIALECT = "duckdb"
_MOST_NAMED = 12


def main(manifest_file: Path) -> None:
    """Add a sentence to the description of each column."""
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    nodes: dict[str, Any] = {**manifest["nodes"], **manifest["sources"]}
    tables = {_name(node["schema"], node.get("identifier") or node.get("alias") or node["name"]): key for key, node in nodes.items()}
    tabular = {"model", "seed", "source"}
    made_of = column_lineage({name: nodes[key] for name, key in tables.items() if nodes[key]["resource_type"] in tabular})
    for name, key in tables.items():
        for column, told in nodes[key].get("columns", {}).items():
            if (name, column.lower()) in made_of:
                parts, ends = made_of[name, column.lower()], feeds_of((name, column.lower()), made_of)
                told["description"] = f"{told['description']}\n\n{in_words(parts, ends)}".strip()
    manifest_file.write_text(json.dumps(manifest), encoding="utf-8")


def column_lineage(tables: Mapping[str, Mapping[str, Any]]) -> dict[Column, set[Column]]:
    """Of each column of a table that is made by SQL, the columns it is made of."""
    by_key = {node["unique_id"]: name for name, node in tables.items()}
    needs = {name: [by_key[key] for key in node.get("depends_on", {}).get("nodes", []) if key in by_key] for name, node in tables.items()}
    made_of: dict[Column, set[Column]] = {}
    for name in TopologicalSorter(needs).static_order():
        if tables[name]["resource_type"] == "model" and (sql := tables[name].get("compiled_code")):
            made_of |= {(name, column): parts for column, parts in of_query(sql).items()}
    return made_of


def of_query(sql: str) -> dict[str, set[Column]]:
    """Of each column that a query yields, the columns of tables it is made of."""
    query = qualify(parse_one(sql, dialect=_DIALECT), dialect=_DIALECT, validate_qualify_columns=False, identify=False)
    scope = build_scope(query)
    found: dict[str, set[Column]] = {}
    for column in query.named_selects:
        nodes = lineage(column, query, schema=None, scope=scope, dialect=_DIALECT).walk()
        found[column.lower()] = {part for node in nodes if (part := _leaf(node))}
    return found


def _leaf(node: Node) -> Column | None:
    if node.downstream or not isinstance(node.source, exp.Table) or not node.source.db:
        return None
    return _name(node.source.db, node.source.name), node.name.split(".")[-1].strip('"').lower()


def feeds_of(column: Column, made_of: Mapping[Column, set[Column]]) -> set[Column]:
    """The columns that nothing else is known to be behind: those of feeds and of seeds."""
    seen, ends, ahead = {column}, set[Column](), [column]
    while ahead:
        parts = made_of.get(ahead.pop(), set())
        ends |= parts - made_of.keys()
        ahead += parts - seen
        seen |= parts
    return ends


def in_words(parts: Iterable[Column], ends: Iterable[Column]) -> str:
    """What is written under a column's description."""
    return f"Made of {_listed(parts)}. In the end of {_listed(ends)}." if parts else "Made of no column: a constant, or a count of rows."


def _listed(columns: Iterable[Column]) -> str:
    named = sorted(f"`{table}.{column}`" for table, column in columns)
    more = len(named) - _MOST_NAMED
    return (", ".join(named[:_MOST_NAMED]) or "counts of rows") + (f" and {more} more" if more > 0 else "")


def _name(schema: str, table: str) -> str:
    return f"{schema}.{table}".lower()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
