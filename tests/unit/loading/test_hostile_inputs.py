"""What is delivered with ill intent, or looks like it: names that are SQL, names that forge a log, people where column names should be."""

import hashlib
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from expectations.inbound.feed import feeds_of
from expectations.inbound.suites import inbound_suites
from orchestration.loading import DeclarationError, ExtractResult, SourceLoad, Status
from orchestration.loading.discovery import printable
from tests.support.hostile_inputs import DECLARATION, MAKERS, SECRET, HostileInput, hostile_input
from tests.unit.loading.shop import ORDERS, Shop, csv_file, order

# `make test-fuzz` runs 10,000. Input n is the same whatever their number.
FUZZ_INPUTS = int(os.environ.get("AFTERSALES_FUZZ_INPUTS", "750"))
FUZZ_SEED = int(os.environ.get("AFTERSALES_FUZZ_SEED", "20251121"))
FILES_AT_ONCE = 250

# Somebody who must never be met in a message.
PERSON = ("Mei Lin 梅林", "mei.lin@example.com", "+86 139 1234 5678", "C-00417")


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


# People where column names should be ------------------------------------------------------------------------------------


def assert_nobody_is_named(shop: Shop) -> None:
    said = repr(shop.connection.execute("select message, unknown_columns, refusal_reason from raw.extract_ledger").fetchall())
    for known in PERSON:
        assert known not in said, said


def test_a_file_without_a_header_names_nobody(shop: Shop) -> None:
    result = shop.load_one("orders.csv", ",".join(PERSON) + "\n" + ",".join(PERSON) + "\n")
    assert result.refusal_reason == "missing_required_column"
    assert "which has none of the declared columns (is its first line a row?) but 4 others" in result.message
    assert_nobody_is_named(shop)


def test_a_header_that_repeats_a_person_names_nobody(shop: Shop) -> None:
    for place, person in enumerate(PERSON):
        shop.deliver(f"orders-{place}.csv", f"order_id,ordered_at,{person},{person}\n1,2024-03-01,x,y\n")
    assert {extract.refusal_reason for extract in shop.load().extracts} == {"duplicate_header"}
    assert_nobody_is_named(shop)


def test_json_keyed_by_people_names_nobody(shop: Shop) -> None:
    lines = (f'{{"order_id": "{number}", "ordered_at": "2024-03-01", "{key}": 1}}\n' for number, key in enumerate(PERSON[1:3]))
    result = shop.load_one("orders.jsonl", "".join(lines))
    assert result.unknown_columns == ("a name of 17 characters", "a name of 19 characters")
    assert_nobody_is_named(shop)


def test_a_column_that_is_merely_unknown_is_named(shop: Shop) -> None:
    result = shop.load_one("orders.csv", "order_id,ordered_at,loyalty_points,客户等级\n1,2024-03-01,3,金\n")
    assert result.unknown_columns == ("loyalty_points", "客户等级")


def test_many_unknown_columns_are_counted(shop: Shop) -> None:
    headers = ",".join(f"extra_{number}" for number in range(1_000))
    result = shop.load_one("orders.csv", f"order_id,ordered_at,{headers}\n1,2024-03-01{',x' * 1_000}\n")
    assert (len(result.unknown_columns), result.unknown_columns[-1]) == (31, "and 970 more")


def test_a_column_written_a_little_differently_is_named_in_the_refusal(shop: Shop) -> None:
    result = shop.load_one("orders.csv", "order_id,Ordered_at,mei.lin@example.com\n1,2024-03-01,x\n")
    assert "which has 'order_id', 'Ordered_at', 1 more that are not declared" in result.message
    assert_nobody_is_named(shop)


def test_parquet_that_does_not_convert_names_nobody(shop: Shop) -> None:
    path = shop.folder / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select '{PERSON[1]}' as order_id, '{PERSON[2]}' as ordered_at, '{PERSON[0]}' as amount) to '{path}'")
    result = shop.load_one("orders.parquet", path.read_bytes())
    assert (result.rows_accepted, result.rows_rejected) == (0, 1)
    assert_nobody_is_named(shop)
    # The reject itself keeps the row: it stays in the warehouse, to be corrected.
    assert PERSON[1] in shop.rejects("raw_text")[0][0]


def test_copies_and_their_folder_are_the_owners_alone(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.loading import bytes_scan

    shop.declare(ORDERS.replace("time_zone: Asia/Shanghai", "time_zone: Asia/Shanghai\n        encoding: gb18030"))
    modes: list[int] = []
    make = bytes_scan.tempfile.mkstemp

    def noted(**options: str) -> tuple[int, str]:
        handle, name = make(**options)
        modes.extend((os.fstat(handle).st_mode & 0o777, Path(name).parent.stat().st_mode & 0o777))
        return handle, name

    monkeypatch.setattr(bytes_scan.tempfile, "mkstemp", noted)
    before = os.umask(0o022)
    try:
        shop.load_one("orders.csv", csv_file(order(1, note="退货")).decode().encode("gb18030"))
    finally:
        os.umask(before)
    assert modes == [0o600, 0o700]
    assert list((shop.folder / "loading").iterdir()) == []


# Everything at once -----------------------------------------------------------------------------------------------------


class World:
    """A home to load in, and around it whatever a loader could reach that it must not touch."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.homes = folder / "homes"
        self.outside = folder / "outside"
        for name in ("homes", "outside", "user", "temporary", "working"):
            (folder / name).mkdir()
        (self.outside / "secret.csv").write_text(f"order_id,ordered_at,note\n1,2024-03-01,{SECRET}\n")
        (folder / "working" / "orders-1.csv").write_bytes(csv_file(order(1, note=SECRET)))
        monkeypatch.setenv("HOME", str(folder / "user"))
        monkeypatch.setenv("TMPDIR", str(folder / "temporary"))
        monkeypatch.setattr(tempfile, "tempdir", None)
        monkeypatch.chdir(folder / "working")

    def surroundings(self) -> dict[str, str]:
        """Every file outside the homes with the hash of its bytes."""
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            for path in sorted(self.folder.rglob("*"))
            if not path.is_relative_to(self.homes)
        }

    def load(self, name: str, inputs: Sequence[HostileInput]) -> tuple[Shop, SourceLoad]:
        """A new home that the inputs were delivered to and loaded into."""
        (self.homes / name).mkdir()
        shop = Shop(self.homes / name, DECLARATION)
        for hostile in inputs:
            hostile.put(shop.landing / "shop", self.outside)
        return shop, shop.load()

    def crashes(self, inputs: Sequence[HostileInput]) -> list[str]:
        """Which of the inputs end the loader alone, and how."""
        found: list[str] = []
        for hostile in inputs:
            try:
                self.load(f"alone-{hostile.number}", [hostile])[0].connection.close()
            except Exception as error:  # noqa: BLE001 - whatever ends it is what is asked for
                found.append(f"input {hostile.number} of seed {FUZZ_SEED} ({hostile.kind}, {hostile.name!r}): {error!r}")
        return found


def outcome(result: ExtractResult) -> str:
    if result.status is Status.LOADED:
        return "loaded, rows rejected" if result.rows_rejected else "loaded"
    return f"refused: {result.refusal_reason}" if result.status is Status.REFUSED else str(result.status)


def assert_all_is_accounted_for(shop: Shop, load: SourceLoad, inputs: Sequence[HostileInput]) -> Counter[tuple[str, str]]:
    """Each file has one outcome with a message, each row is accepted or rejected, and well-made files lose none."""
    shop.assert_books_balance()
    by_name = {f"shop/{hostile.name}": hostile for hostile in inputs}
    figures: Counter[tuple[str, str]] = Counter()
    met = [*load.left_for_next_run, *(path.relative_to(shop.landing).as_posix() for path in load.unclaimed_files)]
    for result in load.extracts:
        hostile = by_name.get(result.file_name)
        assert result.message, result
        for shown in (result.message, result.file_name, *result.unknown_columns):
            assert shown == printable(shown).replace("\\\\", "\\"), result
        assert (result.refusal_reason is not None) == (result.status is Status.REFUSED), result
        if hostile is not None and hostile.rows is not None:
            if hostile.kind.startswith("parquet"):
                assert result.status is not Status.LOADED or result.rows_read == hostile.rows, result
            elif result.status is not Status.DUPLICATE:
                assert (result.status, result.rows_read) == (Status.LOADED, hostile.rows), result
        figures["names" if hostile is None else hostile.kind, outcome(result)] += 1
    for name in met:
        hostile = by_name.get(name)
        figures["names" if hostile is None else hostile.kind, "left for the next run, or of no feed"] += 1
    files = [
        path
        for path in (shop.landing / "shop").rglob("*")
        if (path.is_symlink() or not path.is_dir())
        and not any(part.startswith(".") for part in path.relative_to(shop.landing / "shop").parts)
    ]
    assert len(load.extracts) + len(met) == len(files)
    hidden = len([hostile for hostile in inputs if hostile.instead != "folder"]) - len(files)
    figures["names", "hidden, passed over"] += hidden
    figures["links", "a folder, no file"] += len([hostile for hostile in inputs if hostile.instead == "folder"])
    return figures


def test_of_hostile_inputs_every_file_and_row_is_accounted_for_and_nothing_outside_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, monkeypatch)
    inputs = [hostile_input(FUZZ_SEED, number) for number in range(FUZZ_INPUTS)]
    before = world.surroundings()
    figures: Counter[tuple[str, str]] = Counter()
    rows: Counter[str] = Counter()
    for start in range(0, len(inputs), FILES_AT_ONCE):
        batch = inputs[start : start + FILES_AT_ONCE]
        try:
            shop, load = world.load(f"home-{start}", batch)
        except Exception as error:
            raise AssertionError("\n".join(world.crashes(batch)) or f"only together: {error!r}") from error
        figures += assert_all_is_accounted_for(shop, load, batch)
        for result in load.extracts:
            rows.update(read=result.rows_read, accepted=result.rows_accepted, rejected=result.rows_rejected)
        for table in ("raw.shop__orders", "raw.shop__legacy", "raw.shop__dump", "raw.rejects"):
            assert shop.connection.execute(
                f"select count(*) from {table} as rows where contains(rows::varchar, ?)", [SECRET]
            ).fetchone() == (0,)
        shop.connection.close()
    assert world.surroundings() == before
    assert rows["read"] == rows["accepted"] + rows["rejected"]
    assert sum(figures.values()) == len(inputs)
    assert {kind for kind, _ in figures} == set(MAKERS)
    for (kind, what), count in sorted(figures.items()):
        sys.stdout.write(f"{count:6,}  {kind:16}{what}\n")
    sys.stdout.write(f"{len(inputs):6,}  inputs; rows {dict(rows)}\n")
