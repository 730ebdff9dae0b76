"""What the models say of their rows: complete for the project, and refused with file and place when it is wrong."""

from pathlib import Path

import pytest

from orchestration.accounting import read_accounting
from orchestration.accounting.declarations import OfPeer
from orchestration.loading import DeclarationError, read_declarations
from orchestration.project import MODELS_FOLDER, PROJECT_ROOT, project_variables

# Marts whose rows are no rows of an entity: they are cut out of tickets, or stand for what is agreed on and not delivered.
DERIVED_MARTS = {
    *("dim_channel", "dim_customer_joins", "dim_date", "dim_issue_type", "fct_agent_days", "fct_backlog_changes", "fct_customer_needs"),
    *("fct_problem_judgements", "fct_ticket_intervals", "fct_ticket_sla"),
}
PROJECT_FILE = "vars:\n  source_systems: [shop]\n  staged_entities: {shop: [orders]}\n"
MODELS = {
    "staging/shop/stg_shop__orders.yml": "models:\n  - name: stg_shop__orders\n    config: {meta: {accounting: {feed: sales}}}\n",
    "intermediate/orders/int_orders__unioned.yml": (
        "models:\n  - name: int_orders__unioned\n    config: {meta: {accounting: {entity: orders, key: order_key}}}\n"
    ),
    "marts/core/fct_orders.yml": "models:\n  - name: fct_orders\n    config: {meta: {accounting: {entity: orders}}}\n",
}


def project_with(folder: Path, **changed: tuple[str, str]) -> Path:
    (folder / "dbt_project.yml").write_text(PROJECT_FILE, encoding="utf-8")
    for name, text in MODELS.items():
        path = folder / "models" / name
        path.parent.mkdir(parents=True)
        old, new = changed.get(name.split("/", maxsplit=1)[0], ("", ""))
        assert old in text
        path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return folder


def test_every_staged_entity_is_accounted_for_from_every_source() -> None:
    variables = project_variables()
    entities = read_accounting(PROJECT_ROOT)
    # Versions of an entity are its rows told once more.
    staged = {
        (source, entity) for source, listed in variables["staged_entities"].items() for entity in listed if not entity.endswith("_versions")
    }
    assert {(source, entity.name) for entity in entities.values() for source in entity.staged} == staged


def test_what_a_staging_model_takes_is_a_declared_feed() -> None:
    sources = read_declarations(MODELS_FOLDER)
    for entity in read_accounting(PROJECT_ROOT).values():
        for source, model in entity.staged.items():
            assert model.feed in sources[source].feeds, f"stg_{source}__{entity.name}"


def test_every_core_mart_holds_an_entity_or_is_derived_from_one() -> None:
    core = {path.stem for path in (MODELS_FOLDER / "marts" / "core").glob("*.sql")}
    held = {entity.mart.removeprefix("core.") for entity in read_accounting(PROJECT_ROOT).values() if entity.mart is not None}
    assert core - held == DERIVED_MARTS


def test_a_staging_model_that_says_nothing_takes_the_feed_of_its_name() -> None:
    entities = read_accounting(PROJECT_ROOT)
    assert entities["orders"].staged["contract"].feed == "orders"
    assert entities["merchants"].staged["olist"].feed == "sellers"
    assert isinstance(entities["order_items"].left_out["order_not_yet_known"], OfPeer)


def test_an_entity_knows_its_tables(tmp_path: Path) -> None:
    (entity,) = read_accounting(project_with(tmp_path)).values()
    assert (entity.name, entity.key, entity.unioned, entity.mart) == (
        "orders",
        "order_key",
        "intermediate.int_orders__unioned",
        "core.fct_orders",
    )
    assert entity.staged["shop"].feed == "sales"


@pytest.mark.parametrize(
    ("layer", "change", "message"),
    [
        ("intermediate", (", key: order_key", ""), r"int_orders__unioned.yml: config.meta.accounting.key: Field required"),
        ("intermediate", ("order_key}", "order_key, left_out: {Not Known: x}}"), r"'Not Known' is no name made of a-z, 0-9 and _"),
        ("intermediate", ("order_key}", "order_key, left_out: {later: {of: orders, by: k}}}"), r"config.meta.accounting.left_out.later"),
        ("staging", ("feed: sales", "feed: sales, unfold: [a]"), r"stg_shop__orders.yml: config.meta.accounting.unfold: Extra inputs"),
        ("marts", ("entity: orders", "entity: [orders]"), r"fct_orders.yml: config.meta.accounting.entity"),
    ],
)
def test_a_declaration_that_cannot_be_used_names_file_and_place(tmp_path: Path, layer: str, change: tuple[str, str], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        read_accounting(project_with(tmp_path, **{layer: change}))
