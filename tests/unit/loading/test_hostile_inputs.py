"""What is delivered with ill intent, or looks like it: names that are SQL, names that forge a log, people where column names should be."""

import hashlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from orchestration.loading import ExtractResult, SourceLoad, Status
from orchestration.loading.discovery import printable
from tests.support.hostile_inputs import DECLARATION, MAKERS, SECRET, HostileInput, hostile_input
from tests.unit.loading.shop import ORDERS, Shop, csv_file, order

# `make test-fuzz` runs 10,000. Input n is the same whatever their number.
FUZZ_INPUTS = int(os.environ.get("AFTERSALES_FUZZ_INPUTS", "750"))
FUZZ_SEED = int(os.environ.get("AFTERSALES_FUZZ_SEED", "20251121"))
FILES_AT_ONCE = 250

# Somebody who must never be met in a message.
PERSON = ("Mei Lin 梅林", "mei.lin@example.com", "+86 139 1234 5678", "C-00417")


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
