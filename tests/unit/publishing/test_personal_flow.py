"""A personal column stops what bears its name only where its values could really arrive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.publishing.errors import SelectionError
from orchestration.publishing.selection import published_marts
from tests.unit.publishing.shop import model

ACME = "source.aftersales.acme.customers"
SOURCE: dict[str, Any] = {"resource_type": "source", "schema": "raw", "path": "models/staging/acme/_acme__sources.yml"}


def node(path: str, code: str, reads: list[str], columns: dict[str, str] | None = None, macros: tuple[str, ...] = ()) -> dict[str, Any]:
    made = model(path, dict.fromkeys(columns or {}))
    for name, data_type in (columns or {}).items():
        made["columns"][name]["data_type"] = data_type
    return made | {"raw_code": code, "depends_on": {"nodes": reads, "macros": list(macros)}}


def acme(columns: tuple[str, ...]) -> dict[str, Any]:
    declared = {column: {"name": column, "config": {"meta": {"pii": True}}} for column in columns}
    return {ACME: SOURCE | {"source_name": "acme", "name": "customers", "columns": declared}}


def published(
    tmp_path: Path,
    staged: str,
    united: str,
    mart: dict[str, str],
    *,
    pii: str = "name",
    as_of: str = "",
    macros: dict[str, str] | None = None,
) -> None:
    """Select what is published of a mart that reads a union that reads a staging view of the feed with the personal column."""
    nodes = [
        node("staging/acme/stg_acme__customers.sql", staged, [ACME]),
        node("intermediate/int_customers__unioned.sql", united, ["model.aftersales.stg_acme__customers"], macros=tuple(macros or {})),
        node(
            "marts/core/dim_customers.sql",
            f"select {', '.join(f'unioned.{name}' for name in mart)} from {{{{ ref('int_customers__unioned') }}}} as unioned",
            ["model.aftersales.int_customers__unioned"],
            mart,
        ),
    ]
    content = {
        "metadata": {"project_name": "aftersales"},
        "nodes": {f"model.aftersales.{each['name']}": each for each in nodes},
        "sources": acme((pii,)),
        "macros": {name: {"package_name": "aftersales", "macro_sql": code} for name, code in (macros or {}).items()},
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    published_marts(path)


MERCHANT = {"customer_number": "bigint", "merchant_name": "varchar"}
READS = "select customers.id, customers.name as merchant_name from {{ source('acme', 'customers') }} as customers"
READS_NOT = "select customers.id from {{ source('acme', 'customers') }} as customers -- not its name\n{# nor name #}"
UNITES = "{{ union_of_sources('customers', {'customer_number': 'bigint', 'merchant_name': 'varchar'}) }}"


def test_a_value_that_could_arrive_is_told_with_its_way_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SelectionError) as error:
        published(tmp_path, READS, UNITES, MERCHANT)
    assert str(error.value) == (
        "models/marts/core/dim_customers.sql: column merchant_name bears the name of acme.customers.name, which is declared personal data, "
        "and its values could flow there (stg_acme__customers → int_customers__unioned → dim_customers). Give the source's column a "
        "name of its own in its declaration (header keeps the one in the file), leave it out of stg_acme__customers, or, where the mart's "
        "column does hold it, say meta publish: never."
    )


def test_a_column_that_no_staging_view_reads_stops_nothing(tmp_path: Path) -> None:
    published(tmp_path, READS_NOT, UNITES, MERCHANT)


def test_a_column_of_a_longer_name_is_another_column(tmp_path: Path) -> None:
    published(tmp_path, READS.replace("customers.name", "customers.full_name"), UNITES, MERCHANT)


def test_a_way_that_nothing_on_it_names_is_none(tmp_path: Path) -> None:
    # The marts read as_of, which reads a moment of every view and no name.
    published(
        tmp_path, READS, "select max(customers.registered_at) as as_of_at from {{ ref('stg_acme__customers') }} as customers", MERCHANT
    )


@pytest.mark.parametrize("everything", ["select * from", "select customers.* from", "select distinct * from", "select id, * from"])
def test_who_selects_everything_carries_everything(tmp_path: Path, everything: str) -> None:
    with pytest.raises(SelectionError, match="bears the name"):
        published(tmp_path, f"{everything} {{{{ source('acme', 'customers') }}}} as customers", UNITES, MERCHANT)
    with pytest.raises(SelectionError, match="bears the name"):
        published(tmp_path, READS, f"{everything} {{{{ ref('stg_acme__customers') }}}} as customers", MERCHANT)


def test_a_column_that_a_macro_writes_is_on_the_way_too(tmp_path: Path) -> None:
    code = {"macro.aftersales.customer_columns": "{% macro customer_columns() %}id, merchant_name{% endmacro %}"}
    with pytest.raises(SelectionError, match="bears the name"):
        published(tmp_path, READS, "select {{ customer_columns() }} from x", MERCHANT, macros=code)
    # An attribute of Jinja is no column.
    code = {"macro.aftersales.customer_columns": "{% macro customer_columns() %}{{ relation.name }}{% endmacro %}"}
    published(tmp_path, READS, "select {{ customer_columns() }} from x", MERCHANT, macros=code)


@pytest.mark.parametrize(
    ("pii", "column", "data_type", "stops"),
    [
        ("complaint", "is_complaint", "boolean", False),
        ("complaint", "complaint", "varchar", True),
        ("complaint", "complaint_count", "bigint", False),
        ("phone", "buyer_phone", "bigint", True),
        ("born", "born", "date", True),
        ("born", "born_on", "date", False),
        ("words", "key_words", "varchar[]", True),
    ],
)
def test_what_cannot_hold_the_value_stops_nothing(tmp_path: Path, pii: str, column: str, data_type: str, stops: bool) -> None:
    def select() -> None:
        published(tmp_path, f"select {pii} as {column} from x", f"select {column} from x", {"key": "varchar", column: data_type}, pii=pii)

    if stops:
        with pytest.raises(SelectionError, match="bears the name of acme"):
            select()
    else:
        select()


def test_every_feed_that_declares_the_name_is_asked(tmp_path: Path) -> None:
    mart = node("marts/core/dim_merchants.sql", "select name from x", ["model.aftersales.stg_b"], {"name": "varchar"})
    staged = node("staging/b/stg_b.sql", "select name from x", ["source.aftersales.b.people"])
    people = SOURCE | {"source_name": "b", "name": "people", "columns": {"name": {"name": "name", "config": {"meta": {"pii": True}}}}}
    content = {
        "metadata": {"project_name": "aftersales"},
        "nodes": {f"model.aftersales.{each['name']}": each for each in (mart, staged)},
        # The first feed of that name is read by nobody; the second one is.
        "sources": {**acme(("name",)), "source.aftersales.b.people": people},
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SelectionError, match=r"bears the name of b\.people\.name"):
        published_marts(path)
