"""Names and descriptions of marts that are SQL themselves are published as names and descriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestration.connections import connected
from orchestration.sql_text import identifier
from reading.snapshot import damage, opened_snapshot

NAMES = ("select", "a b", 'a"b', "a'b", "a;drop table core.fct_orders;--", "a)--", "$customer_key_inner", "退货", "%s", "{0}", "a\nb")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_sql_is_a_name(shop: Any, describe_model: Callable[..., Any], name: str) -> None:
    node = describe_model("marts/core/fct_odd.sql", {name: None, "customer_key": "pseudonym"})
    node["columns"][name]["description"] = f"What '{name}' means; --"
    node["description"] = f"One row per '{name}'."
    table = f"fct {name}".replace("/", "_")
    node |= {"name": table, "schema": f"core {name}"}
    shop.describe(node)
    with connected(shop.warehouse) as connection:
        connection.execute(f"create schema {identifier(node['schema'])}")
        target = identifier(node["schema"], table)
        connection.execute(f"create table {target} as select 'value' as {identifier(name)}, 'contract:1' as customer_key")
    published = shop.publish()
    assert damage(published.path) == []
    with opened_snapshot(shop.published) as snapshot:
        rows = snapshot.connection.execute(f"select {identifier(name)} from {target}").fetchall()
        assert rows == [("value",)]
        described = snapshot.connection.execute("select comment from duckdb_columns() where column_name = ?", [name]).fetchall()
        assert described == [(f"What '{name}' means; --",)]
        assert snapshot.connection.execute("select count(*) from duckdb_tables() where schema_name = 'core'").fetchone() == (0,)
