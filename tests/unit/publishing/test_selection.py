"""What leaves the warehouse is what a mart's YAML declares, and nothing that looks like a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.publishing.errors import SelectionError
from orchestration.publishing.selection import PublishedTable, published_marts

Describe = Callable[..., dict[str, Any]]


@pytest.fixture
def selected(tmp_path: Path, describe_manifest: Describe) -> Callable[..., tuple[PublishedTable, ...]]:
    def select(*nodes: dict[str, Any]) -> tuple[PublishedTable, ...]:
        path = tmp_path / "manifest.json"
        path.write_text(json.dumps(describe_manifest(*nodes)), encoding="utf-8")
        return published_marts(path)

    return select


def test_marts_are_published_and_other_layers_are_not(selected: Callable[..., Any], describe_model: Describe) -> None:
    tables = selected(
        describe_model("marts/core/dim_date.sql", {"date_on": None}),
        describe_model("marts/satisfaction/kpi_satisfaction.sql", {"period_start": None}),
        describe_model("intermediate/orders/int_orders__valued.sql", {"order_key": None}),
        describe_model("staging/contract/stg_contract__orders.sql", {"order_key": None}),
    )
    assert [table.full_name for table in tables] == ["core.dim_date", "satisfaction.kpi_satisfaction"]


def test_a_model_of_another_dbt_package_is_not_published(selected: Callable[..., Any], describe_model: Describe) -> None:
    foreign = describe_model("marts/other/fct_foreign.sql", {"key": None}) | {"package_name": "guest"}
    tables = selected(describe_model("marts/core/dim_date.sql", {"date_on": None}), foreign)
    assert [table.name for table in tables] == ["dim_date"]


def test_columns_marked_never_stay_and_pseudonyms_are_marked(selected: Callable[..., Any], describe_model: Describe) -> None:
    (table,) = selected(
        describe_model("marts/core/fct_orders.sql", {"order_key": None, "customer_key": "pseudonym", "internal_note": "never"})
    )
    assert [(column.name, column.treatment) for column in table.columns] == [("order_key", "plain"), ("customer_key", "pseudonym")]


def test_a_whole_mart_can_be_kept_back(selected: Callable[..., Any], describe_model: Describe) -> None:
    tables = selected(
        describe_model("marts/core/dim_date.sql", {"date_on": None}),
        describe_model("marts/core/fct_private.sql", {"key": None}, publish="never"),
    )
    assert [table.name for table in tables] == ["dim_date"]


def test_a_seed_is_not_published(selected: Callable[..., Any], describe_model: Describe) -> None:
    seed = describe_model("marts/core/agent_names.csv", {"agent_id": None}) | {"resource_type": "seed"}
    tables = selected(describe_model("marts/core/dim_date.sql", {"date_on": None}), seed)
    assert [table.full_name for table in tables] == ["core.dim_date"]


def test_the_older_place_of_meta_counts_too(selected: Callable[..., Any], describe_model: Describe) -> None:
    node = describe_model("marts/core/fct_orders.sql", {"order_key": None, "customer_key": None})
    node["columns"]["customer_key"] = {"name": "customer_key", "meta": {"publish": "pseudonym"}, "config": {}}
    (table,) = selected(node)
    assert table.columns[1].treatment == "pseudonym"


@pytest.mark.parametrize("column", ["customer_key", "customer_id", "CUSTOMER_KEY", "first_customer_key"])
def test_a_customer_column_must_say_what_becomes_of_it(selected: Callable[..., Any], describe_model: Describe, column: str) -> None:
    with pytest.raises(SelectionError, match=f"fct_orders.sql: column {column} names a customer"):
        selected(describe_model("marts/core/fct_orders.sql", {"order_key": None, column: None}))


@pytest.mark.parametrize("treatment", [None, "pseudonym"])
def test_a_column_named_like_personal_data_is_refused(
    selected: Callable[..., Any], describe_model: Describe, treatment: str | None
) -> None:
    with pytest.raises(SelectionError, match=r"full_name bears the name of contract\.customers\.full_name"):
        selected(describe_model("marts/core/dim_customers.sql", {"key": None, "full_name": treatment}))


def test_a_column_named_like_personal_data_may_be_kept_back(selected: Callable[..., Any], describe_model: Describe) -> None:
    (table,) = selected(describe_model("marts/core/dim_customers.sql", {"key": None, "full_name": "never"}))
    assert [column.name for column in table.columns] == ["key"]


@pytest.mark.parametrize("column", ["buyer_full_name", "full_name_of_buyer", "FULL_NAME_2", "last_comment_text"])
def test_a_column_whose_name_holds_that_of_personal_data_is_refused(
    selected: Callable[..., Any], describe_model: Describe, column: str
) -> None:
    with pytest.raises(SelectionError, match=rf"{column} bears the name of contract\.customers\."):
        selected(describe_model("marts/core/dim_customers.sql", {"key": None, column: "plain"}))


@pytest.mark.parametrize("column", ["customer_email", "E_MAIL", "contact_phone", "home_address", "agent_remarks", "ticket_subject", "note"])
def test_a_column_that_sounds_personal_must_say_what_becomes_of_it(
    selected: Callable[..., Any], describe_model: Describe, column: str
) -> None:
    with pytest.raises(SelectionError, match=f"fct_orders.sql: column {column} sounds like personal data"):
        selected(describe_model("marts/core/fct_orders.sql", {"order_key": None, column: None}))
    for treatment, published in (("never", []), ("plain", [column]), ("pseudonym", [column])):
        (table,) = selected(describe_model("marts/core/fct_orders.sql", {"order_key": None, column: treatment}))
        assert [each.name for each in table.columns if each.name != "order_key"] == published


@pytest.mark.parametrize(
    ("column", "data_type"),
    [
        *(
            ("merchant_name", "string"),
            ("name_en", "string"),
            ("is_addressed", "boolean"),
            ("phones_sold", "bigint"),
            ("noted_at", "timestamp"),
        ),
        *(("phone_ticket_count", "bigint"), ("email_share", "double"), ("message_is_late", "boolean")),
    ],
)
def test_a_column_that_only_resembles_such_a_name_says_nothing(
    selected: Callable[..., Any], describe_model: Describe, column: str, data_type: str
) -> None:
    node = describe_model("marts/core/fct_orders.sql", {"order_key": None, column: None})
    node["columns"][column]["data_type"] = data_type
    (table,) = selected(node)
    assert [(each.name, each.treatment) for each in table.columns] == [("order_key", "plain"), (column, "plain")]


@pytest.mark.parametrize(("column", "data_type"), [("phone", "bigint"), ("date_of_birth", "date"), ("email_domain", "string")])
def test_neither_a_type_nor_a_longer_name_hides_personal_data(
    selected: Callable[..., Any], describe_model: Describe, column: str, data_type: str
) -> None:
    node = describe_model("marts/core/fct_orders.sql", {"order_key": None, column: None})
    node["columns"][column]["data_type"] = data_type
    with pytest.raises(SelectionError, match=f"column {column} sounds like personal data"):
        selected(node)


@pytest.mark.parametrize("column", ["customer_key", "customer_id"])
def test_a_customer_is_never_published_in_clear_whatever_the_yaml_says(
    selected: Callable[..., Any], describe_model: Describe, column: str
) -> None:
    with pytest.raises(SelectionError, match=f"column {column} names a customer"):
        selected(describe_model("marts/core/fct_orders.sql", {"order_key": None, column: "plain"}))


def test_a_misspelt_treatment_is_refused(selected: Callable[..., Any], describe_model: Describe) -> None:
    with pytest.raises(SelectionError, match="column customer_key says publish: 'pseudonim'"):
        selected(describe_model("marts/core/fct_orders.sql", {"customer_key": "pseudonim"}))


def test_a_misspelt_treatment_of_a_table_is_refused(selected: Callable[..., Any], describe_model: Describe) -> None:
    with pytest.raises(SelectionError, match="meta publish is 'nevr'"):
        selected(describe_model("marts/core/fct_orders.sql", {"order_key": None}, publish="nevr"))


def test_a_mart_without_declared_columns_is_refused(selected: Callable[..., Any], describe_model: Describe) -> None:
    with pytest.raises(SelectionError, match="no column is declared"):
        selected(describe_model("marts/core/fct_orders.sql", {}))


def test_a_project_without_marts_is_refused(selected: Callable[..., Any]) -> None:
    with pytest.raises(SelectionError, match="nothing to publish"):
        selected()


def test_two_marts_of_one_name_are_refused(selected: Callable[..., Any], describe_model: Describe) -> None:
    one = describe_model("marts/core/fct_orders.sql", {"order_key": None})
    other = describe_model("marts/core/sub/fct_orders_again.sql", {"order_key": None}) | {"alias": "fct_orders", "schema": "core"}
    with pytest.raises(SelectionError, match=r"Two marts are called core\.fct_orders"):
        selected(one, other)


def test_a_missing_manifest_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SelectionError, match=r"does not exist.*Run the refresh"):
        published_marts(tmp_path / "manifest.json")


def test_a_broken_manifest_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(SelectionError, match="is not JSON"):
        published_marts(tmp_path / "manifest.json")
