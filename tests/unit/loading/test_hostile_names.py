"""Names that are SQL, paths, keywords or forged lines, and links that lead elsewhere: data at most, and never obeyed."""

import json
from pathlib import Path

import duckdb
import pytest

from expectations.inbound.feed import feeds_of
from expectations.inbound.suites import inbound_suites
from orchestration.loading import DeclarationError, Status
from tests.unit.loading.shop import ORDERS, Shop, csv_file, order

# Names ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["\n", "\r", "\t", "\x1b[2J", "\x7f", "\x9b", "\u2028", "\u202e", "\\"])
def test_a_name_that_could_forge_a_line_of_a_log_is_refused_and_spelled_out(shop: Shop, sign: str) -> None:
    result = shop.load_one(f"orders.{sign}.csv", csv_file(order(1)))
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "not_allowed")
    assert "rename it" in result.message
    assert result.file_name.isprintable()
    assert shop.rows() == []


@pytest.mark.parametrize(
    "name", ["x$path", "$moment", "$extract_id", 'a"b', "it's", "{1}", "%s", "a;drop table raw.rejects;--", "退货", "x" * 300]
)
def test_a_parquet_column_of_any_name_is_data_and_never_sql(shop: Shop, name: str) -> None:
    path = shop.folder / "made.parquet"
    quoted = name.replace('"', '""')
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select unnest(['1', '2']) as order_id, unnest(['2024-03-01', 'never']) as ordered_at, 'x' as \"{quoted}\") to '{path}'"
        )
    result = shop.load_one("orders.parquet", path.read_bytes())
    assert (result.status, result.rows_accepted, result.rows_rejected) == (Status.LOADED, 1, 1)
    assert shop.rejects() == [(2, "ordered_at", "wrong_type")]


@pytest.mark.parametrize("name", ["x$path", "$moment", 'a"b', "it's", "a';drop table raw.rejects;--", "\\", "\\u0000x", "\u202e"])
@pytest.mark.parametrize("file_name", ["orders.csv", "orders.jsonl"])
def test_a_column_of_any_name_in_a_text_file_is_data_and_never_sql(shop: Shop, name: str, file_name: str) -> None:
    if file_name.endswith("csv"):
        quoted = '"' + name.replace('"', '""') + '"'
        content = f"order_id,ordered_at,{quoted}\n1,2024-03-01,x\n2,never,x\n"
    else:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        content = "".join(
            f'{{"order_id": "{key}", "ordered_at": "{day}", "{escaped}": "x"}}\n' for key, day in ((1, "2024-03-01"), (2, "never"))
        )
    result = shop.load_one(file_name, content)
    assert (result.status, result.rows_accepted, result.rows_rejected) == (Status.LOADED, 1, 1)
    assert shop.rejects("column_name, reason") == [("ordered_at", "wrong_type")]


@pytest.mark.parametrize("header", ["x$path", 'a"b', "it's", "a';drop table raw.rejects;--", "退货 原因", "$moment"])
@pytest.mark.parametrize("file_name", ["orders.csv", "orders.jsonl"])
def test_a_declared_header_of_any_name_is_found(tmp_path: Path, header: str, file_name: str) -> None:
    quoted = "'" + header.replace("'", "''") + "'"
    declaration = ORDERS.replace(
        "name: note, data_type: text, config: {meta: {", f"name: note, data_type: text, config: {{meta: {{header: {quoted}, "
    )
    shop = Shop(tmp_path, declaration)
    named = header.replace('"', '""' if file_name.endswith("csv") else '\\"')
    content = (
        f'order_id,ordered_at,"{named}"\n1,2024-03-01,kept\n2,never,x\n'
        if file_name.endswith("csv")
        else f'{{"order_id": "1", "ordered_at": "2024-03-01", "{named}": "kept"}}\n{{"order_id": "2", "ordered_at": "never"}}\n'
    )
    result = shop.load_one(file_name, content)
    assert (result.rows_accepted, result.rows_rejected, result.unknown_columns) == (1, 1, ())
    assert shop.rows("order_id, note") == [("1", "kept")]
    shop.connection.close()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: shop", 'name: "../../etc"'),
        ("name: shop", 'name: "/etc"'),
        ("name: shop", 'name: "shop\'; drop table raw.rejects; --"'),
        ("name: orders", 'name: "orders/../../x"'),
        ("name: orders", "name: 'orders\"'"),
        ("name: orders", 'name: "orders\\n"'),
        ("name: weight", "name: 'weight\"; drop table raw.rejects; --'"),
        ("name: weight", 'name: ""'),
        ("data_type: double", "data_type: 'double); drop table raw.rejects; --'"),
        ("key: [order_id]", 'key: [order_id]\n            globs: ["../**"]'),
        ("key: [order_id]", 'key: [order_id]\n            globs: ["/etc/*"]'),
        ("key: [order_id]", 'key: [order_id]\n            globs: ["orders[z-a].csv"]'),
        ("time_zone: Asia/Shanghai", "time_zone: ../../../etc/passwd"),
        ("time_zone: Asia/Shanghai", 'delimiter: "\'x"'),
    ],
)
def test_a_declaration_whose_names_are_sql_or_paths_is_refused(tmp_path: Path, old: str, new: str) -> None:
    assert old in ORDERS
    with pytest.raises(DeclarationError):
        Shop(tmp_path, ORDERS.replace(old, new, 1))


KEYWORDS = """
sources:
  - name: select
    schema: raw
    tables:
      - name: table
        identifier: select__table
        config:
          meta:
            key: [order, from]
            moments: [[between, end]]
            freshness: {column: end, warn_after_hours: 48}
        columns:
          - {name: order, data_type: text}
          - {name: from, data_type: text}
          - {name: group, data_type: integer, config: {meta: {required: true}}}
          - name: where
            data_type: text
            config: {meta: {accepted_values: ["it's", 'a"b', "x'; drop table raw.rejects; --", "$path", "a:b"]}}
          - {name: between, data_type: timestamp}
          - {name: end, data_type: timestamp, config: {meta: {header: 'end''s "end"'}}}
          - {name: updated_at, data_type: timestamp}
"""


def test_names_that_are_words_of_sql_are_loaded_and_checked(tmp_path: Path) -> None:
    shop = Shop(tmp_path, KEYWORDS)
    shop.deliver(
        "table-1.csv",
        """order,from,group,where,between,"end's ""end\"""
1,a,1,it's,2024-03-02,2024-03-01
2,b,2,x'; drop table raw.rejects; --,2024-03-01,2024-03-02
3,c,many,$path,,
4,d,1,y,,
""",
    )
    last = {"order": "5", "from": "e", "group": 1, "where": "a:b", 'end\'s "end"': "2024-03-01"}
    shop.deliver("table-2.jsonl", json.dumps(last) + "\n")
    load = shop.load()
    shop.assert_books_balance()
    assert [(extract.rows_accepted, extract.rows_rejected) for extract in load.extracts] == [(2, 2), (1, 0)]
    broken: dict[str, int] = {}
    for suite in inbound_suites(feeds_of([shop.source])):
        for rule in suite.rules:
            ((_, failed, _),) = shop.connection.execute(rule.query).fetchall()
            broken[rule.name] = failed
    assert {name: failed for name, failed in broken.items() if failed} == {
        "moments_are_in_order": 1,
        "no_row_is_rejected": 2,
        "rejected_rows_are_few": 2,
    }
    shop.connection.close()


# Links ------------------------------------------------------------------------------------------------------------------


def test_nothing_outside_the_landing_zone_is_read_whatever_leads_there(shop: Shop) -> None:
    outside = shop.folder / "outside"
    outside.mkdir()
    (outside / "orders.csv").write_bytes(csv_file(order("secret")))
    feed = shop.landing / "shop" / "orders"
    feed.mkdir(parents=True)
    (feed / "straight.csv").symlink_to(outside / "orders.csv")
    (feed / "dotted.csv").symlink_to(Path("../../../outside/orders.csv"))
    (feed / "first.csv").symlink_to(feed / "second.csv")
    (feed / "second.csv").symlink_to(outside / "orders.csv")
    (feed / "round.csv").symlink_to(feed / "round.csv")
    (feed / "device.csv").symlink_to("/dev/zero")
    (feed / "process.csv").symlink_to("/proc/self/environ")
    load = shop.load()
    assert {(extract.file_name, extract.refusal_reason) for extract in load.extracts} == {
        (f"shop/orders/{name}.csv", "not_allowed") for name in ("straight", "dotted", "first", "second", "round", "device", "process")
    }
    assert shop.rows() == []


def test_a_linked_folder_is_not_walked_into_and_reported(shop: Shop) -> None:
    shop.deliver("orders.csv", csv_file(order(1)))
    outside = shop.folder / "outside"
    outside.mkdir()
    (outside / "orders-2.csv").write_bytes(csv_file(order("secret")))
    (shop.landing / "shop" / "orders").symlink_to(outside, target_is_directory=True)
    load = shop.load()
    assert shop.rows("order_id") == [("1",)]
    assert list(load.unclaimed_files) == [shop.landing / "shop" / "orders"]
    assert ["is a link to a folder, which is not followed" in line for line in load.warnings] == [True]


def test_a_source_folder_that_leads_elsewhere_is_not_read(shop: Shop) -> None:
    outside = shop.folder / "outside"
    outside.mkdir()
    (outside / "orders.csv").write_bytes(csv_file(order("secret")))
    (shop.landing / "shop").symlink_to(outside, target_is_directory=True)
    assert [extract.refusal_reason for extract in shop.load().extracts] == ["not_allowed"]
    assert shop.rows() == []


def test_a_link_that_is_turned_around_while_it_is_read_brings_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.loading import extract_loader as loader_module

    outside = shop.folder / "secret.csv"
    outside.write_bytes(csv_file(order("secret")))
    inside = shop.deliver("kept/plain.csv", csv_file(order("plain")))
    link = shop.landing / "shop" / "orders.csv"
    link.symlink_to(inside)
    marks = loader_module.fingerprint

    def turn_around(path: Path, **options: bool) -> object:
        link.unlink()
        link.symlink_to(outside)
        return marks(path, **options)

    monkeypatch.setattr(loader_module, "fingerprint", turn_around)
    assert list(shop.load().left_for_next_run) == ["shop/orders.csv"]
    assert (shop.rows(), shop.ledger()) == ([], [])
