"""A rebuild starts only where the archive has all that was loaded and is not left out on purpose.

What it ends in is shown in tests/integration/test_thirty_daily_refreshes.py; here the loader stands for the whole job.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.home import Home
from orchestration.loading import Archive, ArchiveError, SourceLoad, Status, load_source, prepare_raw
from orchestration.loading.retention import remove_superseded
from orchestration.runs import rebuild
from orchestration.runs.old_warehouse import set_warehouse_aside
from orchestration.runs.rebuild import (
    UnknownFile,
    archived_extract_count,
    extracts_named,
    insist_archive_is_whole,
    leave_out,
    left_out_extracts,
    run_rebuild,
)
from orchestration.runs.refresh_report import RefreshOutcome
from orchestration.runs.run_lock import RefreshAlreadyRunning, refresh_lock
from tests.unit.loading.shop import Shop, csv_file, order


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr("orchestration.loading.discovery.SETTLE_SECONDS", 0.0)
    shop = Shop(tmp_path)
    for number in (1, 2):
        shop.deliver(f"orders-{number}.csv", csv_file(order(number)))
    load_source(shop.connection, shop.source, shop.landing, run_id="x", archive=Archive(tmp_path / "archive", own_landing=shop.landing))
    yield shop
    shop.connection.close()


def test_a_whole_archive_is_what_a_rebuild_starts_from(shop: Shop) -> None:
    shop.connection.close()
    insist_archive_is_whole(Home(shop.folder))
    assert archived_extract_count(Home(shop.folder)) == 2


def test_nothing_archived_is_nothing_to_build_from(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="holds no extract"):
        insist_archive_is_whole(Home(tmp_path))


def test_missing_bytes_are_named(shop: Shop) -> None:
    for path in (shop.folder / "archive" / "shop" / "orders").iterdir():
        path.unlink()
    with pytest.raises(
        ArchiveError, match=r"2 of the archived extracts are missing: shop/orders-1.csv \(.*archive/shop/orders/.*--without FILE"
    ):
        insist_archive_is_whole(Home(shop.folder))


def test_what_was_loaded_and_never_archived_is_named(shop: Shop) -> None:
    shop.deliver("orders-3.csv", csv_file(order(3)))
    shop.load()
    shop.connection.close()
    with pytest.raises(ArchiveError, match=r"lacks 1 extracts that were loaded, .*: shop/orders-3.csv\. .*--without FILE"):
        insist_archive_is_whole(Home(shop.folder))


def test_a_removal_does_not_answer_for_bytes_that_were_loaded_again_after_it(shop: Shop) -> None:
    source = Archive(shop.folder / "archive").of_source("shop")
    source.remove(source.extracts[0], datetime(2026, 11, 29))
    shop.connection.execute("update raw.extract_ledger set extract_id = 3 where extract_id = 1")
    shop.connection.close()
    with pytest.raises(ArchiveError, match=r"lacks 1 extracts that were loaded, .*: shop/orders-1.csv\."):
        insist_archive_is_whole(Home(shop.folder))


def test_a_damaged_warehouse_cannot_be_asked_and_is_no_obstacle(shop: Shop) -> None:
    shop.connection.close()
    Home(shop.folder).warehouse.write_bytes(b"damaged" * 1000)
    insist_archive_is_whole(Home(shop.folder))
    Home(shop.folder).warehouse.unlink()
    insist_archive_is_whole(Home(shop.folder))


# Leaving a file out ---------------------------------------------------------------------------------------------------


class Rebuilding:
    """The home of a shop, whose rebuild is the loader on an empty warehouse."""

    def __init__(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shop, self.home = shop, Home(shop.folder)
        self.archive = Archive(self.home.archive, own_landing=shop.landing)
        self.status = "published"
        monkeypatch.setattr(rebuild, "run_refresh", self._refresh)
        monkeypatch.setattr(rebuild, "MODELS_FOLDER", shop.folder / "models")

    def _refresh(self, home: Home, **_: object) -> RefreshOutcome:
        if self.status == "published":
            self.shop.connection.close()
            home.warehouse.unlink()
            self.open()
            self.load()
        return RefreshOutcome(status=self.status, as_of=None)  # type: ignore[arg-type]

    def open(self) -> None:
        self.shop.connection = duckdb.connect(str(self.home.warehouse))
        prepare_raw(self.shop.connection, {"shop": self.shop.source})

    def load(self) -> SourceLoad:
        return load_source(self.shop.connection, self.shop.source, self.shop.landing, run_id="x", archive=self.archive)

    def delivered(self, name: str, content: bytes) -> SourceLoad:
        self.shop.deliver(name, content)
        return self.load()

    def rebuild(self, *without: str) -> None:
        # The command is a process of its own: nobody else has the file open.
        self.shop.connection.close()
        try:
            run_rebuild(self.home, on_event=lambda _: None, without=without)
        finally:
            self.open()

    def loaded(self) -> list[tuple[int, str]]:
        return [(number, name) for number, name, status in self.shop.ledger("extract_id, file_name, status") if status == "loaded"]


@pytest.fixture
def rebuilding(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Rebuilding:
    return Rebuilding(shop, monkeypatch)


def test_a_file_that_should_never_have_come_is_left_out_and_all_else_keeps_its_number(rebuilding: Rebuilding) -> None:
    wrong = csv_file(order(1, quantity="99"), order(8))
    rebuilding.delivered("orders-3.csv", wrong)
    rebuilding.delivered("orders-4.csv", csv_file(order(4)))
    rebuilding.rebuild("shop/orders-3.csv")
    assert rebuilding.loaded() == [(1, "shop/orders-1.csv"), (2, "shop/orders-2.csv"), (4, "shop/orders-4.csv")]
    assert rebuilding.shop.rows("order_id, quantity, _extract_id") == [("1", None, 1), ("2", None, 2), ("4", None, 4)]
    assert archived_extract_count(rebuilding.home) == 3
    (left_out,) = left_out_extracts(rebuilding.home)
    assert (left_out.file_name, left_out.extract_id, left_out.rows_read) == ("shop/orders-3.csv", 3, 2)
    assert left_out.left_out_at is not None
    assert datetime.now(UTC).replace(tzinfo=None) - left_out.left_out_at < timedelta(minutes=5)
    # Nothing is lost: the bytes are where they were.
    assert rebuilding.archive.of_source("shop").path_of(left_out).read_bytes() == wrong
    # It stays out: neither a refresh nor another rebuild finds anything to do or to complain of.
    assert rebuilding.load().extracts == []
    rebuilding.rebuild()
    assert [number for number, _ in rebuilding.loaded()] == [1, 2, 4]
    rebuilding.shop.assert_books_balance()


@pytest.mark.parametrize("name", ["orders-3.csv", "orders-5.csv"])
def test_the_bytes_of_a_left_out_file_are_a_duplicate_under_any_name(rebuilding: Rebuilding, name: str) -> None:
    wrong = csv_file(order(8))
    rebuilding.delivered("orders-3.csv", wrong)
    rebuilding.rebuild("shop/orders-3.csv")
    (result,) = rebuilding.delivered(name, wrong).extracts
    assert (result.status, result.extract_id) == (Status.DUPLICATE, 4)
    assert result.message.startswith("the same bytes came before as shop/orders-3.csv (extract 3) and are left out on purpose since 20")
    assert not (rebuilding.shop.landing / "shop" / name).exists()
    assert rebuilding.shop.rows("order_id") == [("1",), ("2",)]
    rebuilding.rebuild()
    assert rebuilding.shop.rows("order_id") == [("1",), ("2",)]


def test_leaving_out_is_taken_back_by_deleting_its_line(rebuilding: Rebuilding) -> None:
    rebuilding.delivered("orders-3.csv", csv_file(order(3)))
    rebuilding.rebuild("shop/orders-1.csv")
    rebuilding.delivered("orders-1.csv", csv_file(order(1)))
    index = rebuilding.home.archive / "shop" / "extracts.jsonl"
    lines = index.read_text(encoding="utf-8").splitlines(keepends=True)
    index.write_text("".join(lines[:-1]), encoding="utf-8")
    rebuilding.load()
    assert rebuilding.loaded() == [(number, f"shop/orders-{number}.csv") for number in (1, 2, 3)]


def test_several_files_are_left_out_by_name_and_hash(rebuilding: Rebuilding) -> None:
    sha256 = hashlib.sha256(csv_file(order(2))).hexdigest()
    rebuilding.rebuild("shop/orders-1.csv", sha256)
    assert rebuilding.loaded() == []
    assert [extract.extract_id for extract in left_out_extracts(rebuilding.home)] == [1, 2]


def test_bytes_that_are_lost_can_be_gone_without(rebuilding: Rebuilding) -> None:
    archive = rebuilding.archive.of_source("shop")
    archive.path_of(archive.extracts[0]).unlink()
    with pytest.raises(ArchiveError, match="1 of the archived extracts are missing"):
        rebuilding.rebuild("shop/orders-2.csv")
    assert left_out_extracts(rebuilding.home) == [], "all that was named is left out, or nothing is"
    rebuilding.rebuild("shop/orders-1.csv")
    assert rebuilding.loaded() == [(2, "shop/orders-2.csv")]


def test_what_was_never_archived_can_be_gone_without(rebuilding: Rebuilding) -> None:
    rebuilding.shop.deliver("orders-3.csv", csv_file(order(3)))
    rebuilding.shop.load()
    (rebuilding.shop.landing / "shop" / "orders-3.csv").unlink()
    rebuilding.rebuild("shop/orders-3.csv")
    assert rebuilding.loaded() == [(1, "shop/orders-1.csv"), (2, "shop/orders-2.csv")]
    (result,) = rebuilding.delivered("orders-3.csv", csv_file(order(3))).extracts
    assert result.status is Status.DUPLICATE


def test_a_name_that_was_not_loaded_is_an_error_with_those_near_to_it(rebuilding: Rebuilding) -> None:
    rebuilding.shop.connection.close()
    with pytest.raises(UnknownFile, match=r"No file 'orders-1.csv' was loaded. Did you mean .*shop/orders-1.csv"):
        run_rebuild(rebuilding.home, on_event=lambda _: None, without=["shop/orders-2.csv", "orders-1.csv"])
    with pytest.raises(UnknownFile, match=r"No file 'x' was loaded. The names are those of the ledger"):
        extracts_named(rebuilding.home, ["x"])
    assert left_out_extracts(rebuilding.home) == []


def test_a_name_of_two_files_asks_for_the_hash(rebuilding: Rebuilding) -> None:
    other = csv_file(order(5))
    rebuilding.delivered("orders-1.csv", other)
    sha256 = hashlib.sha256(other).hexdigest()
    rebuilding.shop.connection.close()
    with pytest.raises(UnknownFile, match=rf"'shop/orders-1.csv' stands for 2 loaded extracts: .*extract 1, .*extract 3, sha256 {sha256}"):
        extracts_named(rebuilding.home, ["shop/orders-1.csv"])
    assert [extract.extract_id for extract in extracts_named(rebuilding.home, [sha256])] == [3]


def test_a_file_of_several_feeds_is_left_out_of_each(rebuilding: Rebuilding) -> None:
    index = rebuilding.home.archive / "shop" / "extracts.jsonl"
    first = json.loads(index.read_text(encoding="utf-8").splitlines()[0])
    with index.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({**first, "feed": "lines", "extract_id": 9}) + "\n")
    rebuilding.shop.connection.close()
    named = extracts_named(rebuilding.home, [first["file_name"]])
    assert [(extract.feed, extract.extract_id) for extract in named] == [("orders", 1), ("lines", 9)]


def test_a_rebuild_that_does_not_publish_leaves_the_note_and_the_first_moment_counts(rebuilding: Rebuilding) -> None:
    rebuilding.status = "failed"
    rebuilding.rebuild("shop/orders-1.csv")
    before = left_out_extracts(rebuilding.home)
    assert [number for number, _ in rebuilding.loaded()] == [1, 2], "the old warehouse is back"
    assert rebuilding.load().extracts == []
    rebuilding.status = "published"
    rebuilding.rebuild("shop/orders-1.csv")
    assert left_out_extracts(rebuilding.home) == before
    assert rebuilding.loaded() == [(2, "shop/orders-2.csv")]


def test_nothing_is_noted_while_a_refresh_runs(rebuilding: Rebuilding) -> None:
    with refresh_lock(rebuilding.home, run_id="x"), pytest.raises(RefreshAlreadyRunning):
        rebuilding.rebuild("shop/orders-1.csv")
    assert left_out_extracts(rebuilding.home) == []


# Leaving out, and what retention has removed --------------------------------------------------------------------------


def thinned(rebuilding: Rebuilding, *, at: datetime) -> list[str]:
    archive = rebuilding.archive.of_source("shop")
    removed = remove_superseded(rebuilding.shop.connection, rebuilding.shop.source, archive, now=at, days=30)
    return [extract.file_name for extract in removed]


LATER = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=31)


def test_the_file_that_replaced_removed_rows_is_not_left_out(rebuilding: Rebuilding) -> None:
    rebuilding.delivered("orders-3.csv", csv_file(order(1, quantity="99")))
    assert thinned(rebuilding, at=LATER) == ["shop/orders-1.csv"]
    with pytest.raises(ArchiveError, match=r"Without shop/orders-3.csv, rows would count again that came in shop/orders-1.csv"):
        rebuilding.rebuild("shop/orders-3.csv")
    assert left_out_extracts(rebuilding.home) == []
    # The advice holds: with those rows in a new file nothing that was removed is needed.
    rebuilding.delivered("orders-4.csv", csv_file(order(1, quantity="1")))
    rebuilding.rebuild("shop/orders-3.csv")
    assert rebuilding.shop.rows("order_id, quantity") == [("2", None), ("1", 1)]


def test_the_file_that_answered_a_removed_reject_is_not_left_out(rebuilding: Rebuilding) -> None:
    rebuilding.delivered("orders-3.csv", csv_file(order(7, quantity="x")))
    rebuilding.delivered("orders-4.csv", csv_file(order(7, quantity="7")))
    assert thinned(rebuilding, at=LATER) == ["shop/orders-3.csv"]
    with pytest.raises(ArchiveError, match=r"rows would count again that came in shop/orders-3.csv"):
        rebuilding.rebuild("shop/orders-4.csv")


def test_after_a_killed_rebuild_the_old_warehouse_is_asked(rebuilding: Rebuilding) -> None:
    rebuilding.delivered("orders-3.csv", csv_file(order(1, quantity="99")))
    thinned(rebuilding, at=LATER)
    rebuilding.shop.connection.close()
    set_warehouse_aside(rebuilding.home, run_id="killed")
    duckdb.connect(str(rebuilding.home.warehouse)).close()
    with pytest.raises(ArchiveError, match="rows would count again"):
        leave_out(rebuilding.home, extracts_named(rebuilding.home, ["shop/orders-3.csv"]))
    assert not list(rebuilding.home.root.glob("warehouse.before-*"))


def test_a_left_out_file_is_kept_for_as_many_days_after_that_as_any(rebuilding: Rebuilding) -> None:
    archive = rebuilding.archive.of_source("shop")
    archive.leave_out(archive.extracts[0], LATER)
    rebuilding.rebuild()
    assert thinned(rebuilding, at=LATER + timedelta(days=29)) == []
    assert thinned(rebuilding, at=LATER + timedelta(days=31)) == ["shop/orders-1.csv"]
    (result,) = rebuilding.delivered("orders-1.csv", csv_file(order(1))).extracts
    assert result.status is Status.DUPLICATE
    assert "left out on purpose" in result.message
