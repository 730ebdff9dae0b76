"""What the one reader of dbt's manifest makes of it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from orchestration.project import Column, DataTest, DbtManifest, dbt_manifest, project_variables
from tests.support.manifests import manifest_of, model_node, unique_test

MART: dict[str, Any] = {
    "resource_type": "model",
    "package_name": "shop",
    "name": "fct_orders",
    "schema": "core",
    "path": "marts/core/fct_orders.sql",
    "original_file_path": "models/marts/core/fct_orders.sql",
    "description": "One row per order.",
    "columns": {"order_key": {"name": "order_key", "data_type": "text", "description": "Its key.", "meta": {"publish": "plain"}}},
    "config": {"meta": {"accounting": {"entity": "orders"}}},
    "meta": {},
}
STAGED = MART | {"name": "stg_shop__orders", "schema": "staging", "path": "staging/shop/stg_shop__orders.sql"}
SEED = MART | {"resource_type": "seed", "name": "channels", "schema": "reference", "path": "reference/channels.csv"}
OF_A_PACKAGE = MART | {"package_name": "somebody", "name": "theirs"}


def data_test(**given: Any) -> dict[str, Any]:
    node: dict[str, Any] = {"resource_type": "test", "name": "orders_are_unique", "config": {}, "depends_on": {"nodes": []}}
    return node | given


def manifest(**nodes: dict[str, Any]) -> DbtManifest:
    return DbtManifest({"metadata": {"project_name": "shop"}, "nodes": nodes})


def test_marts_are_the_models_below_their_folder_and_of_this_project() -> None:
    read = manifest(mart=MART, staged=STAGED, seed=SEED, theirs=OF_A_PACKAGE)
    assert [model.name for model in read.models] == ["fct_orders", "stg_shop__orders"]
    (mart,) = read.marts
    assert (mart.subject, mart.layer, mart.file) == ("core.fct_orders", "marts", "models/marts/core/fct_orders.sql")
    assert mart.meta == {"accounting": {"entity": "orders"}}
    assert mart.columns == (Column("order_key", "text", "Its key.", {"publish": "plain"}),)


def test_a_feed_is_a_source_table() -> None:
    feed = MART | {"resource_type": "source", "source_name": "shop", "name": "orders", "schema": "raw", "path": "models/_sources.yml"}
    read = DbtManifest({"nodes": {}, "sources": {"source.shop.orders": feed}})
    assert read.sources["shop.orders"].subject == "raw.orders"


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (data_test(attached_node="mart", column_name="order_key"), ("core.fct_orders", "order_key", "critical")),
        (data_test(depends_on={"nodes": ["gone", "staged", "mart"]}), ("staging.stg_shop__orders", None, "critical")),
        (data_test(config={"severity": "WARN"}), ("orders_are_unique", None, "warning")),
    ],
    ids=["of a model", "of several", "of none"],
)
def test_a_data_test_is_about_the_model_it_is_attached_to_else_the_first_it_reads(
    node: dict[str, Any], expected: tuple[str, str | None, str]
) -> None:
    test: DataTest = manifest(mart=MART, staged=STAGED, check=node).data_tests["check"]
    assert (test.subject, test.column, test.severity) == expected


def test_a_manifest_is_parsed_again_when_its_file_changes_and_not_before(tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"nodes": {"mart": MART}}), encoding="utf-8")
    first = dbt_manifest(tmp_path)
    assert dbt_manifest(tmp_path) is first
    file.write_text(json.dumps({"nodes": {"mart": STAGED}}), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert [model.name for model in dbt_manifest(tmp_path).models] == ["stg_shop__orders"]


@pytest.mark.parametrize("text", [None, "", '{"nodes": {'])
def test_a_manifest_that_is_not_whole_is_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises((FileNotFoundError, ValueError)):
        dbt_manifest(tmp_path)


def test_variables_are_those_of_the_project_file() -> None:
    assert project_variables()["business_time_zone"] == "Asia/Shanghai"


def test_a_relation_knows_the_feeds_it_reads_and_what_tells_its_rows_apart() -> None:
    together = unique_test("fct_orders", "x") | {
        "name": "t",
        "test_metadata": {"name": "unique_combination", "kwargs": {"columns": ["a", "b"]}},
    }
    read = DbtManifest(
        manifest_of(
            model_node("staging/shop/stg_shop__orders.sql", reads=["shop.sales", "shop.customers"]),
            unique_test("stg_shop__orders", "order_key"),
            model_node("marts/core/fct_orders.sql"),
            unique_test("fct_orders", "order_key"),
            together,
            model_node("marts/core/fct_others.sql"),
            feeds=["shop.sales", "shop.customers"],
        )
    )
    assert [(model.feeds, model.grain) for model in read.models] == [
        (("shop.sales", "shop.customers"), ("order_key",)),
        ((), ("a", "b")),
        ((), ()),
    ]
