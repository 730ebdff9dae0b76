"""Whose key an id makes and which shop a row belongs to, rendered and run through dbt; what vars: shops may not say."""

import json
from pathlib import Path

import duckdb
import pytest

from tests.support.dbt_project import dbt, prepared_project

SYSTEMS = {"staged_entities": {"store": [], "desk": [], "polls": []}}
SHOPS = "select source_system, {{ shop_of('source_system') }} as shop, {{ shop_of('source_system', 'shop_id') }} as store from " + (
    "(values ('store', null), ('desk', '07'), ('polls', null), ('polls', '7')) as told (source_system, shop_id)"
)
SOURCES = """
sources:
  - name: desk
    schema: main
    tables:
      - name: tickets
        columns:
          - {name: ticket_id, data_type: text}
          - {name: order_id, data_type: text, config: {meta: {refers_to: store.orders}}}
          - {name: agent_id, data_type: text}
      - name: requests
        columns:
          - {name: order_id, data_type: text}
"""
TICKETS = "select {columns} from (select 't1' as ticket_id, 'o1' as order_id, 'a1' as agent_id) as current_tickets"


def run(folder: Path, files: dict[str, str], variables: object) -> tuple[Path, str | None]:
    """The project's database, and what dbt said when it failed."""
    project = prepared_project(folder / "project", files)
    finished = dbt(project, "run", "--quiet", "--vars", json.dumps(variables))
    return project / "cases.duckdb", finished.stdout if finished.returncode else None


@pytest.mark.parametrize(
    ("shops", "expected"),
    [
        ({}, [("desk", "desk", "desk/07"), ("polls", "polls", "polls"), ("polls", "polls", "polls/7"), ("store", "store", "store")]),
        (
            {"acme": ["store", "desk"]},
            [("desk", "acme", "acme/07"), ("polls", "polls", "polls"), ("polls", "polls", "polls/7"), ("store", "acme", "acme")],
        ),
    ],
)
def test_a_row_belongs_to_what_runs_its_system_or_to_its_store_of_it(
    tmp_path: Path, shops: dict[str, list[str]], expected: list[tuple[str, str, str]]
) -> None:
    database, said = run(tmp_path, {"told.sql": SHOPS}, {**SYSTEMS, "shops": shops})
    assert said is None
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute("select * from main.told order by all").fetchall() == expected


@pytest.mark.parametrize(
    ("shops", "message"),
    [
        ({"acme": ["stroe"]}, "shop 'acme' lists 'stroe', which is no source system of vars: staged_entities (store, desk, polls)"),
        ({"acme": ["store"], "best": ["desk", "store"]}, "source system 'store' is listed by 'acme' and by 'best'"),
        ({"acme": ["store", "store"]}, "source system 'store' is listed by 'acme' and by 'acme'"),
        ({"desk": ["store"]}, "'desk' is the name of a source system that is not of this shop"),
        ({"acme/1": ["store"]}, "'acme/1' is no name for a shop"),
    ],
)
def test_shops_that_cannot_be_told_apart_are_a_compile_error(tmp_path: Path, shops: dict[str, list[str]], message: str) -> None:
    _, said = run(tmp_path, {"told.sql": SHOPS}, {**SYSTEMS, "shops": shops})
    assert said is not None
    assert message in said


def keys(folder: Path, *expressions: str, reads: tuple[str, ...] = ("tickets",)) -> tuple[Path, str | None]:
    columns = ", ".join(f"{{{{ {expression} }}}} as key_{number}" for number, expression in enumerate(expressions))
    read = "".join(f"-- {{{{ source('desk', '{feed}') }}}}\n" for feed in reads)
    return run(folder, {"keys.sql": read + TICKETS.format(columns=columns), "_desk__sources.yml": SOURCES}, SYSTEMS)


def test_an_id_of_another_system_makes_that_systems_key(tmp_path: Path) -> None:
    database, said = keys(
        tmp_path,
        "entity_key('desk', ['current_tickets.ticket_id'])",
        "entity_key('desk', ['current_tickets.order_id'])",
        "entity_key('desk', [\"'x' || current_tickets.order_id\"], told_by='tickets.order_id')",
        # A key of several parts is one of the system's own rows.
        "entity_key('desk', ['current_tickets.order_id', 'current_tickets.agent_id'])",
        "entity_key('desk', ['cast(null as varchar)'])",
    )
    assert said is None
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute("select * from main.keys").fetchall() == [("desk:t1", "store:o1", "store:xo1", "desk:o1|a1", None)]


def test_a_column_of_two_feeds_that_disagree_has_to_be_told(tmp_path: Path) -> None:
    _, said = keys(tmp_path / "untold", "entity_key('desk', ['current_tickets.order_id'])", reads=("tickets", "requests"))
    assert said is not None
    assert "told_by='<feed>.order_id'" in said
    database, said = keys(
        tmp_path / "told",
        "entity_key('desk', ['current_tickets.order_id'], told_by='tickets.order_id')",
        "entity_key('desk', ['current_tickets.order_id'], told_by='requests.order_id')",
        reads=("tickets", "requests"),
    )
    assert said is None
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute("select * from main.keys").fetchall() == [("store:o1", "desk:o1")]
