"""By what customers of several systems are recognised: what is hashed, in which normal form, and as told with which delivery."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.loading import (
    Archive,
    ColumnDeclaration,
    DeclarationError,
    SourceDeclaration,
    identify_customers,
    load_source,
    prepare_raw,
    read_declarations,
)
from orchestration.loading.identities import LINES, normalised
from orchestration.loading.retention import remove_superseded
from orchestration.project import project_variables
from orchestration.publishing.customer_key import CustomerKey

KEY = CustomerKey(b"0123456789abcdef", "")
OTHER_KEY = CustomerKey(b"fedcba9876543210", "")
SHOPS = "vars: {shops: {outdoor: [store, desk]}}\n"
STORE = """
sources:
  - name: store
    tables:
      - name: customers
        identifier: store__customers
        config: {meta: {key: [customer_id]}}
        columns:
          - {name: customer_id, data_type: text}
          - {name: email, data_type: text, config: {meta: {pii: true, identifies: email}}}
          - {name: phone, data_type: text, config: {meta: {pii: true, identifies: phone, country_prefix: "86"}}}
"""
DESK = """
sources:
  - name: desk
    tables:
      - name: users
        identifier: desk__users
        config: {meta: {key: [user_id]}}
        columns:
          - {name: user_id, data_type: text}
          - {name: store_id, data_type: text, config: {meta: {refers_to: store.customers, identifies: customer}}}
"""
DESK_ALONE = DESK.replace(", config: {meta: {refers_to: store.customers, identifies: customer}}", "")


class Systems:
    """The systems of a home, each with a folder to deliver to; ``load`` is one run."""

    def __init__(self, folder: Path, shops: str = SHOPS, **declarations: str) -> None:
        self.folder = folder
        self.connection = duckdb.connect(str(folder / "warehouse.duckdb"))
        self.archive = Archive(folder / "archive", own_landing=folder / "landing")
        self.key = KEY
        self.runs = 0
        (folder / "models").mkdir()
        self.declare(shops, **{"store": STORE, "desk": DESK, **declarations})

    def declare(self, shops: str, **declarations: str) -> None:
        (self.folder / "dbt_project.yml").write_text(shops, encoding="utf-8")
        for source, text in declarations.items():
            (self.folder / "models" / f"_{source}__sources.yml").write_text(text, encoding="utf-8")
        project_variables.cache_clear()
        self.sources: dict[str, SourceDeclaration] = read_declarations(self.folder / "models")
        prepare_raw(self.connection, self.sources)

    def deliver(self, path: str, *lines: str) -> None:
        file = self.folder / "landing" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([*lines, ""]), encoding="utf-8")

    def load(self, *sources: str) -> None:
        self.runs += 1
        for name in sources or ("desk", "store"):
            source = self.sources[name]
            load_source(self.connection, source, self.folder / "landing", run_id=f"run-{self.runs}", archive=self.archive)
            identify_customers(self.connection, source, self.key)

    def told(self, columns: str = "customer_key, rule, value_hash") -> list[tuple[Any, ...]]:
        return self.connection.execute(f"select {columns} from raw.customer_identities order by all").fetchall()


@pytest.fixture
def systems(tmp_path: Path) -> Iterator[Systems]:
    systems = Systems(tmp_path)
    yield systems
    systems.connection.close()


def hashed(text: str, key: CustomerKey = KEY) -> str:
    return hmac.new(key.secret, text.encode(), hashlib.sha256).hexdigest()


def test_each_value_is_kept_as_its_keyed_hash_and_nothing_in_clear(systems: Systems) -> None:
    systems.deliver("store/customers.csv", "customer_id,email,phone", "1, Ann@Example.org ,138 0000 0000", "2,,")
    systems.deliver("desk/users.csv", "user_id,store_id", "u1,1")
    systems.load()
    assert systems.told() == sorted(
        [
            ("store:1", "id", hashed("id:store:1")),
            ("store:1", "email", hashed("email:ann@example.org")),
            ("store:1", "phone", hashed("phone:8613800000000")),
            ("store:2", "id", hashed("id:store:2")),
            ("desk:u1", "id", hashed("id:desk:u1")),
            ("desk:u1", "id", hashed("id:store:1")),
        ]
    )


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        (" Ann.Lee@Example.ORG\t", "ann.lee@example.org"),
        ("ann+shop@example.org", "ann+shop@example.org"),  # another mailbox for all that anybody here knows
        ("a@b", "a@b"),
        ("@example.org", None),
        ("ann@", None),
        ("ann@home@example.org", None),
        ("ann lee@example.org", None),
        ("none", None),
        ("", None),
    ],
)
def test_an_email_address_is_trimmed_and_in_lower_case(value: str, normal: str | None) -> None:
    assert normal_form("email", value) == normal


@pytest.mark.parametrize(
    ("value", "without_prefix", "with_86"),
    [
        ("+86 138-0000-0000", "8613800000000", "8613800000000"),
        ("0086 138 0000 0000", "8613800000000", "8613800000000"),
        ("00 86 138 0000 0000", "8613800000000", "8613800000000"),
        ("13800000000", "13800000000", "8613800000000"),
        ("(010) 6552-9988", "1065529988", "861065529988"),
        ("+49 (0)30 901820", "4930901820", "4930901820"),
        ("+491234", None, None),  # six digits are no number, seven are
        ("+4912345", "4912345", "4912345"),
        ("12345", None, "8612345"),
        ("+123456789012345", "123456789012345", "123456789012345"),
        ("+1234567890123456", None, None),
        ("unknown", None, None),
        ("", None, None),
    ],
)
def test_a_telephone_number_is_its_digits_from_the_country_on(value: str, without_prefix: str | None, with_86: str | None) -> None:
    assert normal_form("phone", value) == without_prefix
    assert normal_form("phone", value, country_prefix="86") == with_86


def normal_form(identifies: str, value: str, country_prefix: str | None = None) -> str | None:
    column = ColumnDeclaration.model_validate(
        {"name": "x", "data_type": "text", "header": "x", "identifies": identifies, "country_prefix": country_prefix}
    )
    with duckdb.connect() as connection:
        return connection.execute(f"select {normalised(column, 'told.value')} from (select ? as value) as told", [value]).fetchall()[0][0]


def test_a_value_keeps_the_delivery_that_told_it_first(systems: Systems) -> None:
    systems.deliver("store/customers-1.csv", "customer_id,email", "1,old@example.org", "1,new@example.org")
    systems.load()
    systems.deliver("store/customers-2.csv", "customer_id,email", "2,b@example.org", "1,old@example.org")
    systems.load()
    assert systems.told("customer_key, rule, run_id, delivery_number // 10000000000, delivery_number % 10000000000") == [
        ("store:1", "email", "run-1", 1, 2),
        ("store:1", "email", "run-1", 1, 3),
        ("store:1", "id", "run-1", 1, 2),
        ("store:2", "email", "run-2", 2, 2),
        ("store:2", "id", "run-2", 2, 2),
    ]
    first, second = systems.connection.execute("select started_at from raw.extract_ledger order by extract_id").fetchall()
    assert {row[0] for row in systems.told("delivered_at")} == {first[0], second[0]}


def test_an_extract_that_comes_back_under_its_old_number_told_first(systems: Systems) -> None:
    systems.deliver("store/customers-1.csv", "customer_id,email", "1,a@example.org")
    systems.load()
    systems.deliver("store/customers-2.csv", "customer_id,email", "0,z@example.org", "1,a@example.org")
    systems.load()
    expected = systems.told("customer_key, rule, run_id, delivery_number")
    # As in a warehouse whose first extract was restored after the second one had been loaded.
    for table in ("raw.extract_ledger where extract_id = 1", "raw.store__customers where _extract_id = 1", "raw.customer_identities"):
        systems.connection.execute(f"delete from {table}")
    systems.connection.execute("delete from raw.identified_extracts")
    identify_customers(systems.connection, systems.sources["store"], KEY)
    assert systems.told("delivery_number // 10000000000") == [(2,)] * 4
    systems.load("store")
    assert systems.told("customer_key, rule, run_id, delivery_number") == expected


def test_another_key_makes_every_hash_anew_from_what_raw_holds(systems: Systems) -> None:
    systems.deliver("store/customers.csv", "customer_id,email", "1,a@example.org")
    systems.load()
    before = systems.told("customer_key, rule, run_id, delivery_number, delivered_at")
    systems.key = OTHER_KEY
    systems.load()
    assert systems.told() == sorted(
        [("store:1", "email", hashed("email:a@example.org", OTHER_KEY)), ("store:1", "id", hashed("id:store:1", OTHER_KEY))]
    )
    assert systems.told("customer_key, rule, run_id, delivery_number, delivered_at") == before


def test_another_declaration_makes_every_hash_anew(systems: Systems) -> None:
    systems.deliver("store/customers.csv", "customer_id,phone", "1,13800000000")
    systems.load()
    systems.declare(SHOPS, store=STORE.replace('country_prefix: "86"', 'country_prefix: "49"'))
    systems.load()
    assert ("store:1", "phone", hashed("phone:4913800000000")) in systems.told()
    assert len(systems.told()) == 2


def test_a_source_that_is_a_shop_by_itself_has_nobody_to_recognise(tmp_path: Path) -> None:
    systems = Systems(tmp_path, shops="vars: {shops: {outdoor: [store]}}", desk=DESK_ALONE)
    systems.deliver("store/customers.csv", "customer_id,email", "1,a@example.org")
    assert systems.sources["store"].customer_feeds == ()
    systems.load("store")
    identify_customers(systems.connection, systems.sources["store"], None)
    assert systems.told() == []
    # Taken into a shop, it tells what it was told before.
    systems.declare(SHOPS)
    systems.load()
    assert {row[0] for row in systems.told("customer_key")} == {"store:1"}
    # And taken out of it, no more.
    systems.declare("vars: {shops: {}}", desk=DESK_ALONE)
    systems.load()
    assert systems.told() == []
    systems.connection.close()


def test_without_a_key_nobody_can_be_recognised(systems: Systems) -> None:
    with pytest.raises(ValueError, match="'store' has customers of other sources; identifying them needs the customer key"):
        identify_customers(systems.connection, systems.sources["store"], None)


def test_customers_that_another_source_names_are_customers_to_recognise(tmp_path: Path) -> None:
    bare = STORE.replace("pii: true, identifies: email", "pii: true").replace(
        'pii: true, identifies: phone, country_prefix: "86"', "pii: true"
    )
    systems = Systems(tmp_path, store=bare)
    assert (systems.sources["store"].customer_feeds, systems.sources["desk"].customer_feeds) == (("customers",), ("users",))
    systems.connection.close()


def test_retention_keeps_what_told_something_of_a_customer_first(systems: Systems) -> None:
    for number, email in enumerate(["a@example.org", "b@example.org", "b@example.org"]):
        systems.deliver(f"store/customers-{number}.csv", "customer_id,email,phone", f"1,{email},{number}")
        systems.load()
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=2)
    store = systems.sources["store"]
    # The last one is the current row; the first told the customer and the address first, the second another address.
    assert remove_superseded(systems.connection, store, systems.archive.of_source("store"), now=later, days=1) == []
    systems.connection.execute("delete from raw.customer_identities")
    removed = remove_superseded(systems.connection, store, systems.archive.of_source("store"), now=later, days=1)
    assert [extract.extract_id for extract in removed] == [1, 2]


def test_a_number_of_a_delivery_has_room_for_every_line() -> None:
    assert LINES > 2**32


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "pii: true, identifies: email",
            "identifies: email",
            "column 'email': config.meta: a column that identifies",
        ),
        ("identifies: email", "identifies: name", "column 'email': config.meta.identifies"),
        ("identifies: email", "identifies: customer", "identifies: customer goes with refers_to"),
        ("identifies: email", 'country_prefix: "86"', "country_prefix goes with identifies: phone"),
        ('country_prefix: "86"', 'country_prefix: "+86"', "column 'phone': config.meta.country_prefix"),
        ("{name: email, data_type: text", "{name: email, data_type: integer", "identifies only goes with text, not with integer"),
        ("key: [customer_id]", "key: [customer_id, email]", "table 'customers': has a column with identifies, but a key of 2 columns"),
    ],
)
def test_a_mistake_about_who_somebody_is_is_told_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in STORE
    (tmp_path / "_store__sources.yml").write_text(STORE.replace(old, new), encoding="utf-8")
    with pytest.raises(DeclarationError) as error:
        read_declarations(tmp_path)
    assert message in str(error.value)
