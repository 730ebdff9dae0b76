"""What is counted at each stage, on a few rows made by hand: every name by which rows are left out, and every way to lose one."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.accounting import Entity, RowCount, Stage, counted_rows, read_accounting
from orchestration.accounting.declarations import OfPeer, OneRowPer, StagedModel
from orchestration.loading import SourceDeclaration, prepare_raw, read_declarations
from orchestration.project import PROJECT_ROOT, manifest_in
from tests.support.compiled_models import compiled_project

DECLARATION = """
version: 2
sources:
  - name: shop
    schema: raw
    tables:
      - name: orders
        identifier: shop__orders
        config: {meta: {key: [order_id]}}
        columns:
          - {name: order_id, data_type: text}
          - {name: customer, data_type: text}
          - {name: status, data_type: text}
          - {name: ordered_at, data_type: timestamp}
          - {name: updated_at, data_type: timestamp}
          - {name: is_deleted, data_type: boolean}
"""
AS_OF = datetime(2024, 3, 1, 20)
ORDERS = Entity(
    name="orders",
    key="order_key",
    unioned="intermediate.int_orders",
    left_out={"not_yet_known": "ordered_at > {as_of_at}"},
    staged={"shop": StagedModel(feed="orders")},
    mart="core.fct_orders",
    left_out_of_mart={"test_order": "customer = 'test'"},
)


class Books:
    """A warehouse whose raw rows a test writes, and in which every later stage is made by a query of the test's."""

    def __init__(self, folder: Path) -> None:
        (folder / "_shop__sources.yml").write_text(DECLARATION, encoding="utf-8")
        self.sources: dict[str, SourceDeclaration] = read_declarations(folder)
        self.connection = duckdb.connect()
        prepare_raw(self.connection, self.sources)
        for schema in ("staging", "intermediate", "core"):
            self.connection.execute(f"create schema {schema}")

    def extract(self, number: int, *, read: int, rejected: int = 0, run: str = "run-1") -> None:
        self.connection.execute(
            "insert into raw.extract_ledger "
            "(extract_id, run_id, source_system, feed, file_name, status, rows_read, rows_accepted, rows_rejected) "
            "values (?, ?, 'shop', 'orders', 'f', 'loaded', ?, ?, ?)",
            [number, run, read, read - rejected, rejected],
        )
        for line in range(rejected):
            self.connection.execute(
                "insert into raw.rejects (extract_id, source_system, feed, line, row_key) values (?, 'shop', 'orders', ?, ?)",
                [number, 1000 + line, f"rejected-{line}"],
            )

    def row(self, extract: int, line: int, order_id: str, ordered: str = "2024-03-01", **columns: str) -> None:
        names = ["order_id", "ordered_at", "_extract_id", "_line", *columns]
        values = [order_id, ordered, extract, line, *columns.values()]
        self.connection.execute(f"insert into raw.shop__orders ({', '.join(names)}) values ({', '.join('?' for _ in names)})", values)

    def build(
        self,
        *,
        staging: str,
        intermediate: str = "select * from staging.stg_shop__orders",
        core: str = "select * from intermediate.int_orders",
    ) -> None:
        self.connection.execute(f"create or replace view staging.stg_shop__orders as {staging}")
        self.connection.execute(
            f"create or replace table intermediate.int_orders as select *, 'shop' as source_system from ({intermediate})"
        )
        self.connection.execute(f"create or replace table core.fct_orders as {core}")

    def count(self, entity: Entity = ORDERS, as_of: datetime | None = AS_OF, **more: Entity) -> dict[Stage, RowCount]:
        entities: Mapping[str, Entity] = {"orders": entity, **more}
        counts = counted_rows(self.connection, self.sources, entities, as_of=as_of, time_zone="Asia/Shanghai")
        return {count.stage: count for count in counts if count.entity == "orders"}


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    books = Books(tmp_path)
    yield books
    books.connection.close()


CURRENT = "select order_id as order_key, * from raw.shop__orders where true"


@pytest.fixture
def balanced(books: Books) -> Books:
    """Six orders and what can become of their rows: two rejected, two superseded, one withdrawn, one late, one of a test."""
    books.extract(1, read=6, rejected=2)
    books.extract(2, read=5, run="run-2")
    for line, order_id in enumerate(["a", "b", "c", "rejected-1"], start=2):
        books.row(1, line, order_id, updated_at="2024-03-01")
    books.row(2, 2, "a", updated_at="2024-03-02")
    books.row(2, 3, "b", updated_at="2024-03-02", is_deleted="true")
    books.row(2, 4, "late", "2024-03-02", updated_at="2024-03-02")
    books.row(2, 5, "t", customer="test")
    books.row(2, 6, "rejected-0", updated_at="2024-03-02")
    books.build(
        staging=f"{CURRENT} and not (_extract_id = 1 and order_id in ('a', 'b')) and not coalesce(is_deleted, false)",
        intermediate="select * from staging.stg_shop__orders where ordered_at <= timestamp '2024-03-01 20:00'",
        core="select * from intermediate.int_orders where customer is distinct from 'test'",
    )
    return books


def test_books_that_balance_name_every_row_that_is_left_out(balanced: Books) -> None:
    counts = balanced.count()
    assert [(count.rows_in, dict(count.left_out), count.rows_out) for count in counts.values()] == [
        (11, {"rejected_open": 1, "rejected_since_replaced": 1}, 9),
        (9, {"superseded": 2, "withdrawn": 1}, 6),
        (6, {"not_yet_known": 1}, 5),
        (5, {"test_order": 1}, 4),
    ]
    assert list(counts) == list(Stage)
    assert all(count.is_balanced for count in counts.values())


@pytest.mark.parametrize(
    ("stage", "change", "difference", "doubled"),
    [
        (Stage.LOAD, "delete from raw.shop__orders where order_id = 'c'", 1, 0),
        (Stage.LOAD, "insert into raw.shop__orders select * from raw.shop__orders where order_id = 'c'", -1, 0),
        (Stage.LOAD, "delete from raw.rejects where line = 1001", 1, 0),
        (
            Stage.STAGING,
            "create or replace view staging.stg_shop__orders as select order_id as order_key, * from raw.shop__orders limit 0",
            6,
            0,
        ),
        (Stage.INTERMEDIATE, "delete from intermediate.int_orders where order_id = 'a'", 1, 0),
        (Stage.INTERMEDIATE, "insert into intermediate.int_orders select * from intermediate.int_orders where order_id = 'a'", -1, 1),
        (Stage.CORE, "delete from core.fct_orders where order_id = 'a'", 1, 0),
        (Stage.CORE, "insert into core.fct_orders select * from core.fct_orders where order_id = 'a'", -1, 1),
        # A row without a key is nobody's, and one too many.
        (Stage.CORE, "update core.fct_orders set order_key = null where order_id = 'a'", 0, 1),
        # As many rows as there should be, and yet one is lost.
        (Stage.CORE, "update core.fct_orders set order_key = 'c', order_id = 'c' where order_id = 'a'", 0, 1),
    ],
)
def test_a_fault_shows_at_its_own_stage(balanced: Books, stage: Stage, change: str, difference: int, doubled: int) -> None:
    balanced.connection.execute(change)
    count = balanced.count()[stage]
    assert (count.difference, count.rows_doubled, count.is_balanced) == (difference, doubled, False)


def test_keys_that_have_one_hash_are_told_apart_by_themselves(balanced: Books) -> None:
    balanced.connection.execute("create macro hash(key) as 7")
    assert all(count.is_balanced for count in balanced.count().values())


def test_two_runs_whose_faults_cancel_out_do_not_balance(balanced: Books) -> None:
    balanced.connection.execute("update raw.shop__orders set _extract_id = 2, _line = 99 where order_id = 'c'")
    count = balanced.count()[Stage.LOAD]
    assert (count.difference, count.rows_astray, count.is_balanced) == (0, 2, False)


def test_rows_of_an_extract_that_the_ledger_does_not_know_are_too_many(balanced: Books) -> None:
    balanced.row(7, 2, "stray")
    assert balanced.count()[Stage.LOAD].difference == -1


def test_rows_of_another_source_in_a_mart_come_from_nowhere(balanced: Books) -> None:
    balanced.connection.execute(
        "insert into core.fct_orders select * replace (null as source_system, 'x' as order_key) from core.fct_orders limit 1"
    )
    counts = counted_rows(balanced.connection, balanced.sources, {"orders": ORDERS}, as_of=AS_OF, time_zone="Asia/Shanghai")
    stray = [count for count in counts if not count.is_balanced]
    assert [(count.stage, count.source_system, count.difference) for count in stray] == [(Stage.CORE, "no source", -1)]


def test_a_feed_that_was_never_delivered_balances_at_nothing(books: Books) -> None:
    books.build(staging=CURRENT)
    counts = books.count(as_of=None)
    assert [(count.rows_in, count.rows_out, count.is_balanced) for count in counts.values()] == [(0, 0, True)] * 4


def test_the_day_the_marts_speak_of_is_that_of_the_business_zone(books: Books) -> None:
    # 20:00 UTC on 1 March is 2 March in Shanghai.
    books.extract(1, read=2)
    books.row(1, 2, "known", "2024-03-02")
    books.row(1, 3, "later", "2024-03-03")
    books.build(staging=CURRENT, intermediate="select * from staging.stg_shop__orders where order_id = 'known'")
    entity = Entity(**{**ORDERS.__dict__, "left_out": {"not_yet_known": "cast(ordered_at as date) > {as_of_on}"}})
    assert books.count(entity)[Stage.INTERMEDIATE].is_balanced


def test_a_row_waits_for_the_row_of_another_entity(books: Books) -> None:
    books.extract(1, read=3)
    for line, (order_id, customer) in enumerate([("1", "known"), ("2", "later"), ("3", "never came")], start=2):
        books.row(1, line, order_id, customer=customer)
    books.build(staging=CURRENT, intermediate="select * from staging.stg_shop__orders where customer <> 'later'")
    books.connection.execute(
        "create view staging.stg_shop__people as select unnest(['known', 'later']) as customer, unnest([1, 9]) as since"
    )
    books.connection.execute("create table intermediate.int_people as select *, 'shop' as source_system from staging.stg_shop__people")
    people = Entity("people", "customer", "intermediate.int_people", {}, {"shop": StagedModel(feed="orders")}, None, {})
    waiting = OfPeer(of="people", by="customer", where="since > 5")
    entity = Entity(**{**ORDERS.__dict__, "left_out": {"customer_not_yet_known": waiting}})
    count = books.count(entity, people=people)[Stage.INTERMEDIATE]
    assert (count.left_out, count.is_balanced) == ({"customer_not_yet_known": 1}, True)


def test_rows_without_a_peer_entity_wait_for_nothing(books: Books) -> None:
    books.extract(1, read=1)
    books.row(1, 2, "1")
    books.build(staging=CURRENT)
    people = Entity("people", "customer", "intermediate.int_people", {}, {}, None, {})
    books.connection.execute("create table intermediate.int_people (customer text, source_system text)")
    entity = Entity(**{**ORDERS.__dict__, "left_out": {"later": OfPeer(of="people", by="customer", where="true")}})
    assert books.count(entity, people=people)[Stage.INTERMEDIATE].is_balanced


def test_of_rows_that_agree_one_is_taken_and_the_others_are_named(books: Books) -> None:
    books.extract(1, read=5)
    for line, (order_id, customer, status) in enumerate(
        [("1", "x", "new"), ("2", "x", "new"), ("3", "y", "new"), ("4", "y", "void"), ("5", "z", "void")], start=2
    ):
        books.row(1, line, order_id, customer=customer, status=status)
    books.build(
        staging="select distinct customer as order_key, timestamp '2024-01-01' as ordered_at, customer "
        "from raw.shop__orders where status = 'new'"
    )
    model = StagedModel(
        feed="orders", left_out={"void": "status = 'void'"}, one_row_per=OneRowPer(columns=("customer",), others="known_customer")
    )
    count = books.count(Entity(**{**ORDERS.__dict__, "staged": {"shop": model}}))[Stage.STAGING]
    assert (count.rows_in, count.left_out, count.rows_out) == (5, {"superseded": 0, "withdrawn": 0, "void": 2, "known_customer": 1}, 2)
    assert count.is_balanced


def test_the_updates_of_an_incident_are_told_apart_as_the_staging_model_does(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Five updates that the unit test of stg_incidents__ticket_events turns into seven events."""
    sources = read_declarations(PROJECT_ROOT / "models")
    entities = read_accounting(manifest_in(compiled_project(tmp_path_factory).manifest))
    with duckdb.connect() as connection:
        prepare_raw(connection, sources)
        updates = [
            ("I1", 0, "08:00", "New", "3 - Moderate", None),
            ("I1", 2, "09:00", "Resolved", "3 - Moderate", "R1"),
            ("I1", 1, "09:00", "Active", "1 - Critical", "R1"),
            ("I1", 3, "10:00", "-100", "1 - Critical", "R1"),
            ("I2", 0, "08:00", "Awaiting User Info", "3 - Moderate", None),
        ]
        for line, (number, count, time, state, priority, assigned) in enumerate(updates, start=2):
            connection.execute(
                "insert into raw.incidents__incident_updates "
                "(number, sys_mod_count, sys_updated_at, incident_state, priority, assigned_to, _extract_id, _line) "
                "values (?, ?, ?, ?, ?, ?, 1, ?)",
                [number, count, f"2016-03-01 {time}", state, priority, assigned, line],
            )
        connection.execute("create schema staging; create schema intermediate")
        connection.execute(
            "create view staging.stg_incidents__ticket_events as "
            "select 'e' || n as event_key, timestamp '2016-03-01' as occurred_at from range(7) as events (n)"
        )
        connection.execute(
            "create table intermediate.events as select *, 'incidents' as source_system from staging.stg_incidents__ticket_events"
        )
        events = entities["ticket_events"]
        entity = Entity(
            events.name, events.key, "intermediate.events", events.left_out, {"incidents": events.staged["incidents"]}, None, {}
        )
        only = {"incidents": sources["incidents"]}
        counts = list(counted_rows(connection, only, {"ticket_events": entity}, as_of=datetime(2016, 4, 1), time_zone="UTC"))
    (staging,) = [count for count in counts if count.stage is Stage.STAGING]
    assert (staging.rows_in, staging.left_out, staging.rows_out) == (
        15,
        {"superseded": 0, "withdrawn": 0, "not_told": 3, "told_before": 5},
        7,
    )
    assert staging.is_balanced
