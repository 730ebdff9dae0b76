"""One person under three ids: a customer of the store, a user of the help desk, a contact of the polls; and another of another shop.

One survey names its contact only, so that nothing but who that is tells its region. What each figure should be is worked out beside the
test.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.accounting.counting import counted_rows
from orchestration.accounting.declarations import read_accounting
from orchestration.loading import read_declarations
from orchestration.project import manifest_in, project_variables
from orchestration.publishing.customer_key import CustomerKey
from tests.unit.kpi.shop_of_systems import DealtOut, Files, Systems, dealt_out

KEY = CustomerKey(b"0123456789abcdef", "")
OTHER_KEY = CustomerKey(b"fedcba9876543210", "")
SYSTEMS = Systems(
    feeds={
        "store": ["customers", "customer_versions", "merchants", "orders"],
        "desk": ["customers", "agents", "tickets", "ticket_events"],
        "polls": ["customers", "survey_invitations", "survey_responses", "survey_answers"],
    },
    meta={
        "desk.tickets": {"order_id": {"refers_to": "store.orders"}, "merchant_id": {"refers_to": "store.merchants"}},
        "polls.survey_invitations": {"ticket_id": {"refers_to": "desk.tickets"}},
        "store.customers": {"phone": {"country_prefix": "86"}},
    },
    shops={"acme": ["store", "desk", "polls"]},
    variables={"as_of": "2025-04-02 00:00:00"},
)
# March 2025. Ann orders and writes to the desk; what the polls asked about her ticket is answered with a 5, what they asked her with a 1.
ACME: Files = {
    "store/customers": ["customer_id,region,customer_tier,email,phone", "c1,north,gold,Ann@Example.org,138 0000 0000", "c2,west,,,"],
    "store/merchants": ["merchant_id,merchant_name", "m1,Shoes & Co"],
    "store/orders": [
        "order_id,customer_id,merchant_id,ordered_at,paid_at",
        "o1,c1,m1,2025-03-03T10:00:00,",
        "o2,c1,m1,2025-03-06T10:00:00,2025-03-06T10:01:00",
    ],
    "desk/customers": ["customer_id,region,email", "u1,Europe, ann@example.org ", "u2,,"],
    "desk/tickets": ["ticket_id,customer_id,order_id,channel,issue_type,created_at", "t1,u1,o1,chat,payment,2025-03-04T10:00:00"],
    "desk/ticket_events": [
        "event_id,ticket_id,occurred_at,event_type,actor_id,from_value,to_value",
        "e1,t1,2025-03-04T10:10:00,agent_reply,a1,,",
        "e2,t1,2025-03-05T11:00:00,status_changed,a1,open,solved",
    ],
    "desk/agents": ["agent_id,valid_from,agent_role,team", "a1,2025-01-01T00:00:00,human,returns"],
    "polls/customers": ["customer_id,phone", "k1,+86 138-0000-0000"],
    "polls/survey_invitations": [
        "invitation_id,survey_type,ticket_id,customer_id,channel,sent_at",
        "i1,service,t1,,,2025-03-04T12:00:00",
        "i2,service,,k1,email,2025-03-06T12:00:00",
    ],
    "polls/survey_responses": [
        "response_id,invitation_id,submitted_at",
        "r1,i1,2025-03-05T12:00:00",
        "r2,i2,2025-03-07T12:00:00",
    ],
    "polls/survey_answers": ["response_id,question_code,score", "r1,overall,5", "r2,overall,1"],
}
# A shop with the same address, the same number and the same ids.
OTHER: Files = {
    "contract/customers": ["customer_id,region,email,phone", "c1,south,ann@example.org,13800000000"],
    "contract/orders": ["order_id,customer_id,ordered_at", "o1,c1,2025-03-03T10:00:00"],
    "contract/tickets": ["ticket_id,customer_id,channel,issue_type,created_at", "t1,c1,chat,payment,2025-03-04T10:00:00"],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> DealtOut:
    return dealt_out(tmp_path_factory.mktemp("people"), SYSTEMS)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def warehouse(project: DealtOut, home: Path) -> duckdb.DuckDBPyConnection:
    return project.built(home, {**ACME, **OTHER}, key=KEY)


def rows(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(query).fetchall()


def figure(warehouse: duckdb.DuckDBPyConnection, kpi_id: str, dimension: str, member: str) -> object:
    """Numerator and denominator of March."""
    return warehouse.execute(
        "select numerator, denominator from scoreboard.kpi_scoreboard where kpi_id = ? and dimension = ? and member = ?"
        " and period_grain = 'month' and period_start = '2025-03-01'",
        [kpi_id, dimension, member],
    ).fetchone()


def unbalanced(project: DealtOut, warehouse: duckdb.DuckDBPyConnection) -> list[object]:
    """The stages of the row accounting that do not add up."""
    return [
        count
        for count in counted_rows(
            warehouse,
            read_declarations(project.folder / "models"),
            read_accounting(manifest_in(project.compiled.manifest), project_variables(project.folder / "dbt_project.yml")),
            as_of=None,
            time_zone="Asia/Shanghai",
        )
        if count.stage == "core" and not count.is_balanced
    ]


def test_three_ids_are_one_customer_of_the_shop_and_the_other_shops_is_another(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert rows(warehouse, "select customer_key, source_system, shop, region, customer_tier from core.dim_customers order by all") == [
        ("contract:c1", "contract", "contract", "south", None),
        ("desk:u2", "desk", "acme", None, None),
        ("store:c1", "store", "acme", "north", "gold"),
        ("store:c2", "store", "acme", "west", None),
    ]
    for table, expected in {
        "fct_orders": [("contract:c1",), ("store:c1",), ("store:c1",)],
        "fct_tickets": [("contract:c1",), ("store:c1",)],
        "fct_survey_invitations": [("store:c1",), ("store:c1",)],
        "fct_survey_responses": [("store:c1",), ("store:c1",)],
        "fct_customer_needs": [("store:c1",)],
    }.items():
        assert rows(warehouse, f"select customer_key from core.{table} order by all") == expected, table


def test_it_is_told_which_systems_were_joined_by_what(warehouse: duckdb.DuckDBPyConnection) -> None:
    joins = "select customer_key, source_system, join_rule, account_count from core.dim_customer_joins order by source_system"
    assert rows(warehouse, joins) == [
        ("store:c1", "desk", "email", 1),
        ("store:c1", "polls", "phone", 1),
        ("store:c1", "store", "first", 1),
    ]


def test_a_person_is_counted_once_and_under_where_they_live(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert figure(warehouse, "customer_problem_rate", "shop", "acme") == (1, 1)
    assert figure(warehouse, "csat_rate", "merchant", "store:m1") == (1, 1)
    # The second response knows its contact only.
    assert figure(warehouse, "csat_rate", "region", "north") == (1, 2)
    assert figure(warehouse, "csat_rate", "customer_tier", "gold") == (1, 2)
    assert figure(warehouse, "csat_rate", "region", "south") is None


def test_an_order_in_the_store_is_assisted_by_the_reply_to_the_same_person_at_the_desk(warehouse: duckdb.DuckDBPyConnection) -> None:
    for dimension, member in (("shop", "acme"), ("source_system", "store"), ("agent", "desk:a1"), ("customer_tier", "gold")):
        assert figure(warehouse, "assisted_order_count", dimension, member) == (1, None), dimension
    assert rows(warehouse, "select order_key, ticket_key from core.fct_assisted_orders") == [("store:o2", "desk:t1")]
    assert rows(warehouse, "select next_ordered_at > served_at from core.fct_ticket_next_orders where ticket_key = 'desk:t1'") == [(True,)]


def test_the_rows_of_customers_add_up(project: DealtOut, warehouse: duckdb.DuckDBPyConnection) -> None:
    assert unbalanced(project, warehouse) == []


def test_nothing_of_a_person_stands_in_a_mart(warehouse: duckdb.DuckDBPyConnection) -> None:
    for (table,) in rows(warehouse, "select table_name from duckdb_tables() where schema_name = 'core'"):
        text = " ".join(str(row) for row in rows(warehouse, f"select * from core.{table}")).lower()
        assert "ann@example.org" not in text, table
        assert "13800000000" not in text, table


def test_what_later_runs_tell_changes_no_key_and_a_new_customer_key_changes_nobody(
    project: DealtOut, home: Path, warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    people = "select customer_key, person_key, join_rule, account_number from intermediate.int_customers__joined order by all"
    before = rows(warehouse, people)
    later_home = tmp_path / "home"
    shutil.copytree(home, later_home)
    later: Files = {
        # The desk's second user turns out to be the store's second customer: too late. A third is recognised at once.
        "desk/customers": ["customer_id,email", "u2,bob@example.org", "u3,bob@example.org"],
        "store/customers": ["customer_id,region,email", "c2,west,bob@example.org"],
    }
    with project.built(later_home, later, key=OTHER_KEY, schemas=["core"]) as second_build:
        assert rows(second_build, people) == sorted([*before, ("desk:u3", "store:c2", "email", 2), ("store:c2", "store:c2", None, 1)])
        assert unbalanced(project, second_build) == []
    # Whose first account is withdrawn keeps the key; another account speaks for them.
    withdrawn: Files = {"store/customers": ["customer_id,region,email,is_deleted", "c1,north,Ann@Example.org,true"]}
    with project.built(later_home, withdrawn, key=OTHER_KEY, schemas=["core"]) as third_build:
        assert rows(third_build, "select source_system, region from core.dim_customers where customer_key = 'store:c1'") == [
            ("desk", "Europe")
        ]
        assert rows(third_build, "select customer_key from core.fct_tickets where ticket_key = 'desk:t1'") == [("store:c1",)]
        assert unbalanced(project, third_build) == []
