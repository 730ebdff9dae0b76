"""What the models say of their rows: complete for the project, and refused with file and place when it is wrong."""

from collections.abc import Sequence
from typing import Any

import pytest

from orchestration.accounting import Entity, read_accounting
from orchestration.accounting.declarations import OfPeer
from orchestration.loading import DeclarationError, read_declarations
from orchestration.project import MODELS_FOLDER, DbtManifest, manifest_in, project_variables
from tests.support.compiled_models import compiled_project
from tests.support.manifests import manifest_of, model_node

# Marts whose rows are no rows of an entity: they are cut out of tickets, or stand for what is agreed on and not delivered.
DERIVED_MARTS = {
    *("dim_channel", "dim_customer_joins", "dim_date", "dim_issue_type", "fct_agent_days", "fct_backlog_changes", "fct_customer_needs"),
    *("fct_problem_judgements", "fct_ticket_intervals", "fct_ticket_outcomes", "fct_ticket_sla", "fct_ticket_turns"),
    *("fct_assisted_orders", "fct_expectation_items", "fct_expected_reply_times", "fct_ticket_next_orders"),
}
VARIABLES = {"source_systems": ["shop"], "staged_entities": {"shop": ["orders"]}}
SAID: dict[str, Any] = {
    "staging": {"feed": "sales"},
    "intermediate": {"entity": "orders", "key": "order_key"},
    "marts": {"entity": "orders"},
}
PATHS = {
    "staging": "staging/shop/stg_shop__orders.sql",
    "intermediate": "intermediate/orders/int_orders__unioned.sql",
    "marts": "marts/core/fct_orders.sql",
}


def entities_of(reads: Sequence[str] = ("shop.sales",), **said: Any) -> dict[str, Entity]:
    """The entities of a project of three models, of which a layer may say something else."""
    nodes = [
        model_node(path, meta={"accounting": {**SAID, **said}[layer]}, reads=reads if layer == "staging" else ())
        for layer, path in PATHS.items()
    ]
    return read_accounting(DbtManifest(manifest_of(*nodes, feeds=reads)), VARIABLES)


@pytest.fixture(scope="module")
def entities(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Entity]:
    """Those of the project."""
    return read_accounting(manifest_in(compiled_project(tmp_path_factory).manifest))


def test_every_staged_entity_is_accounted_for_from_every_source(entities: dict[str, Entity]) -> None:
    variables = project_variables()
    # Versions of an entity are its rows told once more.
    staged = {
        (source, entity)
        for source in variables["source_systems"]
        for entity in variables["staged_entities"][source]
        if not entity.endswith("_versions")
    }
    assert {(source, entity.name) for entity in entities.values() for source in entity.staged} == staged


def test_what_a_staging_model_takes_is_a_declared_feed(entities: dict[str, Entity]) -> None:
    sources = read_declarations(MODELS_FOLDER)
    for entity in entities.values():
        for source, model in entity.staged.items():
            assert model.feed in sources[source].feeds, f"stg_{source}__{entity.name}"


def test_every_core_mart_holds_an_entity_or_is_derived_from_one(entities: dict[str, Entity]) -> None:
    core = {path.stem for path in (MODELS_FOLDER / "marts" / "core").glob("*.sql")}
    held = {entity.mart.removeprefix("core.") for entity in entities.values() if entity.mart is not None}
    assert core - held == DERIVED_MARTS


def test_a_staging_model_that_says_nothing_takes_the_one_feed_it_reads_else_the_feed_of_its_name(entities: dict[str, Entity]) -> None:
    assert entities["merchants"].staged["olist"].feed == "sellers"
    assert entities["orders"].staged["olist"].feed == "orders"
    assert isinstance(entities["order_items"].left_out["order_not_yet_known"], OfPeer)


def test_an_entity_knows_its_tables() -> None:
    (entity,) = entities_of().values()
    assert (entity.name, entity.key, entity.unioned, entity.mart) == (
        "orders",
        "order_key",
        "intermediate.int_orders__unioned",
        "core.fct_orders",
    )
    assert entity.staged["shop"].feed == "sales"


@pytest.mark.parametrize(
    ("reads", "staging", "feed"),
    [
        (["shop.sales"], {}, "sales"),
        (["shop.sales"], {"left_out": {"void": "is_void"}}, "sales"),
        (["shop.orders", "shop.customers"], {}, "orders"),
        (["shop.sales", "shop.customers"], {"feed": "customers"}, "customers"),
    ],
)
def test_the_feed_whose_rows_a_view_takes_is_plain_from_what_it_reads(reads: list[str], staging: dict[str, Any], feed: str) -> None:
    (entity,) = entities_of(reads, staging=staging).values()
    assert entity.staged["shop"].feed == feed


@pytest.mark.parametrize(
    ("reads", "staging", "message"),
    [
        (
            ["shop.sales", "shop.customers"],
            {},
            r"models/staging/shop/stg_shop__orders\.sql: which feed gives the rows of orders\? .*sales, customers",
        ),
        (
            ["shop.sales"],
            {"feed": "slaes"},
            r"which feed gives the rows of orders\? It reads sales, and none of the name slaes\. Say in .*\{feed",
        ),
        ([], {}, r"It reads no feed"),
    ],
)
def test_a_view_whose_feed_is_not_plain_is_told_where_to_say_it(reads: list[str], staging: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        entities_of(reads, staging=staging)


def test_a_listed_entity_without_a_view_is_told() -> None:
    node = model_node(PATHS["intermediate"], meta={"accounting": SAID["intermediate"]})
    with pytest.raises(
        DeclarationError, match=r"staged_entities lists orders of shop, and there is no view stg_shop__orders\. Write models/staging"
    ):
        read_accounting(DbtManifest(manifest_of(node)), VARIABLES)


@pytest.mark.parametrize(
    ("layer", "said", "message"),
    [
        ("intermediate", {"entity": "orders"}, r"int_orders__unioned.yml: config.meta.accounting.key: Field required"),
        ("intermediate", SAID["intermediate"] | {"left_out": {"Not Known": "x"}}, r"'Not Known' is no name made of a-z, 0-9 and _"),
        (
            "intermediate",
            SAID["intermediate"] | {"left_out": {"later": {"of": "orders", "by": "k"}}},
            r"config.meta.accounting.left_out.later",
        ),
        ("staging", {"feed": "sales", "unfold": ["a"]}, r"stg_shop__orders.yml: config.meta.accounting.unfold: Extra inputs"),
        ("marts", {"entity": ["orders"]}, r"fct_orders.yml: config.meta.accounting.entity"),
    ],
)
def test_a_declaration_that_cannot_be_used_names_file_and_place(layer: str, said: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        entities_of(**{layer: said})
