"""Declarations: what is read from the YAML, and what every mistake in it is told."""

from pathlib import Path

import pytest

from orchestration.loading import DeclarationError, SourceDeclaration, read_declarations
from tests.support.warehouse import PROJECT_ROOT
from tests.unit.loading.shop import ORDERS


def read(tmp_path: Path, text: str) -> object:
    folder = tmp_path / "staging" / "shop"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_shop__sources.yml").write_text(text, encoding="utf-8")
    return read_declarations(tmp_path)["shop"]


def test_a_feed_has_what_its_source_says_unless_it_says_otherwise(tmp_path: Path) -> None:
    source = read(
        tmp_path,
        """
sources:
  - name: shop
    description: A shop.
    config: {meta: {time_zone: Europe/Berlin, encoding: GB18030, delimiter: ";", null_markers: [0, N/A], timestamp_formats: ["%d.%m.%Y"]}}
    tables:
      - name: orders
        identifier: shop__orders
        description: One row per order.
        config:
          meta:
            key: [order_id]
            time_zone: UTC
            moments: [[ordered_at, paid_at]]
            freshness: {column: paid_at, warn_after_hours: 48}
        columns:
          - {name: order_id, data_type: text, description: The number., config: {meta: {header: "Order no "}}}
          - {name: ordered_at, data_type: TIMESTAMP, config: {meta: {required: true, pii: true}}}
          - {name: paid_at, data_type: timestamp}
          - {name: amount, data_type: "decimal(18, 2)"}
          - {name: kind, data_type: integer, config: {meta: {accepted_values: [1, 2]}}}
""",
    )
    feed = source.feeds["orders"]  # type: ignore[attr-defined]
    assert (feed.raw_table, feed.key, feed.time_zone, feed.encoding, feed.delimiter) == (
        "raw.shop__orders",
        ("order_id",),
        "UTC",
        "gb18030",
        ";",
    )
    assert (feed.null_markers, feed.timestamp_formats, feed.date_formats) == (("0", "N/A"), ("%d.%m.%Y",), ())
    assert (feed.moments, feed.freshness.column, feed.freshness.warn_after_hours) == ((("ordered_at", "paid_at"),), "paid_at", 48)
    assert [(column.name, column.sql_type, column.required, column.header) for column in feed.columns] == [
        ("order_id", "varchar", True, "Order no"),
        ("ordered_at", "timestamp", True, "ordered_at"),
        ("paid_at", "timestamp", False, "paid_at"),
        ("amount", "decimal(18,2)", False, "amount"),
        ("kind", "bigint", False, "kind"),
    ]
    assert feed.column("order_id").is_key
    assert feed.column("ordered_at").pii
    assert feed.column("kind").accepted_values == ("1", "2")


def test_defaults_are_those_of_the_extract_contract(tmp_path: Path) -> None:
    feed = read(tmp_path, ORDERS.replace("time_zone: Asia/Shanghai", "null_markers:")).feeds["orders"]  # type: ignore[attr-defined]
    assert (feed.time_zone, feed.encoding, feed.delimiter, feed.null_markers) == ("Asia/Shanghai", "utf-8", ",", ("",))
    assert (feed.globs, feed.format, feed.timestamp_formats, feed.moments, feed.freshness) == ((), None, (), (), None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: shop", "name: ../shop", "a source has the name '../shop'"),
        ("name: orders", "name: Orders", "a table has the name 'Orders'"),
        ("name: order_id", "name: order id", "table 'orders': a column has the name 'order id'"),
        ("schema: raw", "schema: main", "source 'shop': schema is 'main'"),
        ("identifier: shop__orders", "identifier: orders", "table 'orders': identifier is 'orders'"),
        (
            "identifier: shop__orders",
            "description: x",
            "table 'orders': has no identifier, so that dbt would look for the raw table 'orders'",
        ),
        ("key: [order_id]", "key: order_id", "config.meta.key: says which columns make a row unique, such as [order_id], or line"),
        (
            "key: [order_id]",
            "key: line",
            "table 'orders': key: line needs replaces, which says what an extract takes the place of: nothing, all",
        ),
        (
            "key: [order_id]",
            "key: line\n            replaces: some",
            "config.meta.replaces: says what an extract takes the place of: nothing",
        ),
        ("key: [order_id]", "key: line\n            replaces: {dates: due_at}", "replaces names column 'due_at', which is not declared"),
        ("key: [order_id]", "key: line\n            replaces: {dates: due_on}", "replaces names column 'due_on', which may be empty"),
        (
            "key: [order_id]",
            "key: [order_id]\n            replaces: {dates: order_id}",
            "'order_id', which is text; days are told by a date",
        ),
        ("key: [order_id]", "key: [order_id]\n            replaces: nothing", "replaces: nothing goes with key: line"),
        ("key: [order_id]", "key: [order_id]\n            repeated_key_share: 2", "config.meta.repeated_key_share"),
        (
            "data_type: integer",
            "data_type: integer, config: {meta: {is_plan: true}}",
            "column 'quantity': is_plan only goes with timestamp",
        ),
        ("time_zone: Asia/Shanghai", "clock_tolerance_minutes: -1", "config.meta.clock_tolerance_minutes"),
        ("key: [order_id]", "key: []", "table 'orders': has no key"),
        ("key: [order_id]", "key: [order_ids]", "key names column 'order_ids', which is not declared (did you mean 'order_id'?)"),
        ("key: [order_id]", "keys: [order_id]", "'keys', which the loader does not know (did you mean 'key'?)"),
        ("key: [order_id]", "key: [order_id]\n            moments: [[ordered_at, sent_at]]", "moments names column 'sent_at'"),
        ("key: [order_id]", "key: [order_id]\n            freshness: {column: x, warn_after_hours: 1}", "freshness names column 'x'"),
        ("key: [order_id]", "key: [order_id]\n            freshness: {column: note, warn_after_hours: 0}", "freshness.warn_after_hours"),
        ("key: [order_id]", "key: [order_id]\n            keeps_versions: true", "keeps_versions names column 'updated_at'"),
        ("key: [order_id]", 'key: [order_id]\n            globs: ["../*.csv"]', "leaves the folder of its source"),
        ("key: [order_id]", 'key: [order_id]\n            globs: ["/etc/*"]', "leaves the folder of its source"),
        ("key: [order_id]", "key: [order_id]\n            format: xlsx", "table 'orders': config.meta.format"),
        ("time_zone: Asia/Shanghai", "time_zone: Asia/Beijing", "'Asia/Beijing' is no time zone"),
        ("time_zone: Asia/Shanghai", "encoding: utf-ate", "'utf-ate' is no encoding"),
        ("time_zone: Asia/Shanghai", 'delimiter: ", "', "a delimiter is one ASCII character"),
        ("data_type: integer", "data_type: int", "table 'orders', column 'quantity': data_type is 'int'"),
        ("data_type: integer", "datatype: integer", "column 'quantity': data_type is ''"),
        ('"decimal(18,2)"', '"decimal(39,2)"', "column 'amount': data_type is 'decimal(39,2)'; the precision is 1 to 38"),
        (
            "data_type: boolean",
            "data_type: boolean, config: {meta: {accepted_values: [true]}}",
            "column 'is_gift': accepted_values only go with text",
        ),
        ("accepted_values: [new, paid]", "accepted_value: [new]", "column 'status': config.meta has 'accepted_value'"),
        ("pii: true", "pii: perhaps", "column 'note': config.meta.pii"),
        ("name: weight", "name: quantity", "column 'quantity' is declared twice"),
        ("{name: weight,", "{name: weight, meta: {pii: true},", "column 'weight': has 'meta' beside 'config'"),
        ("{name: weight, data_type: double}", "weight", "an entry of 'columns': is str, expected a mapping"),
        ("data_type: double}", "data_type: double, config: {meta: {header: note}}}", "header 'note' is declared twice"),
        ("sources:", "source:", "has no list 'sources'"),
        ("tables:", "feeds:", "source 'shop': has no tables"),
        ("columns:", "fields:", "table 'orders': has no columns"),
        ("version: 2", "version: [2", "is not readable as YAML"),
    ],
)
def test_every_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in ORDERS
    with pytest.raises(DeclarationError) as error:
        read(tmp_path, ORDERS.replace(old, new))
    assert message in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "staging" / "shop" / "_shop__sources.yml"))


def test_the_loaders_own_columns_cannot_be_declared(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="a name is made of a-z"):
        read(tmp_path, ORDERS.replace("name: weight", "name: _line"))


def test_a_source_is_declared_once(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "_other__sources.yml").write_text(ORDERS)
    with pytest.raises(DeclarationError, match=r"source 'shop' is declared in .*_other__sources\.yml already"):
        read(tmp_path, ORDERS)


@pytest.mark.parametrize(
    ("meta", "message"),
    [("globs: '*.csv'", r"config\.meta\.globs: has to be a list, such as \[a, b\]"), ("delimiter: 9", "has to be text; put it in quotes")],
)
def test_a_value_of_another_kind_is_told_in_words(tmp_path: Path, meta: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        read(tmp_path, ORDERS.replace("key: [order_id]", f"key: [order_id]\n            {meta}"))


def test_meta_of_other_tools_is_left_alone(tmp_path: Path) -> None:
    read(tmp_path, ORDERS.replace("key: [order_id]", "key: [order_id]\n            dagster: {asset_key: [x]}"))


def test_the_projects_own_declarations_can_be_read() -> None:
    sources = read_declarations(PROJECT_ROOT / "models")
    assert {"contract", "olist"} <= set(sources)
    assert len(sources["contract"].feeds) == 18


DESK = """
sources:
  - name: desk
    tables:
      - name: tickets
        identifier: desk__tickets
        config: {meta: {key: [ticket_id]}}
        columns:
          - {name: ticket_id, data_type: text}
          - {name: order_id, data_type: text, config: {meta: {refers_to: shop.orders}}}
"""
ONE_SHOP = "vars: {shops: {store: [shop, desk]}}\n"


def read_desk(tmp_path: Path, desk: str = DESK, project: str | None = ONE_SHOP) -> SourceDeclaration:
    models = tmp_path / "models"
    models.mkdir()
    (models / "_desk__sources.yml").write_text(desk, encoding="utf-8")
    (models / "_shop__sources.yml").write_text(ORDERS, encoding="utf-8")
    if project is not None:
        (tmp_path / "dbt_project.yml").write_text(project, encoding="utf-8")
    return read_declarations(models)["desk"]


def test_a_column_may_hold_the_ids_of_another_system_of_its_shop(tmp_path: Path) -> None:
    assert read_desk(tmp_path).feeds["tickets"].column("order_id").refers_to == "shop.orders"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("shop.orders", "shop.order", r"column 'order_id': .* no declared feed \(did you mean 'shop\.orders'\?\); say <source>\.<feed>"),
        ("shop.orders", "store.orders", "'store.orders', which is no declared feed"),
        (
            "ticket_id, data_type: text",
            "ticket_id, data_type: text, config: {meta: {refers_to: shop.orders}}",
            "is the key of its own feed",
        ),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        read_desk(tmp_path, DESK.replace(old, new, 1))


@pytest.mark.parametrize("project", [None, "vars: {}\n", "vars: {shops: {store: [shop], help: [desk]}}\n"])
def test_a_reference_stays_within_its_shop(tmp_path: Path, project: str | None) -> None:
    with pytest.raises(DeclarationError, match=r"shop and desk are not run as one shop; list both under one shop in vars: shops"):
        read_desk(tmp_path, project=project)
