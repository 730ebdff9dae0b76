"""The archive: where loaded files go from which landing zone, what a kill or a change in between leaves, and loading from it again."""

import errno
import json
import os
import shutil
from contextlib import nullcontext
from pathlib import Path

import duckdb
import pytest

from orchestration.loading import Archive, ArchiveError, Status, load_source, prepare_raw, read_declarations
from orchestration.loading import archive as archive_module
from tests.unit.loading.keeping import UPDATED_ORDERS, Keeping, updated, updated_file
from tests.unit.loading.shop import ORDERS, Shop, csv_file, order

# Where files go -------------------------------------------------------------------------------------------------------


def test_a_loaded_file_moves_out_of_the_own_landing_zone(own: Keeping) -> None:
    content = csv_file(order(1))
    path = own.shop.deliver("orders.csv", content)
    inode = path.stat().st_ino
    own.load()
    assert own.kept() == own.expected(content)
    assert own.landed() == []
    (kept,) = (own.folder / "shop" / "orders").iterdir()
    assert (kept.stat().st_ino, kept.stat().st_mode & 0o777) == (inode, 0o600)


def test_a_file_of_another_landing_zone_is_copied_and_left_as_it_was(foreign: Keeping) -> None:
    content = csv_file(order(1))
    path = foreign.shop.deliver("orders.csv", content)
    before = path.stat()
    foreign.load()
    after = path.stat()
    assert foreign.kept() == foreign.expected(content)
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns, after.st_nlink) == (
        before.st_ino, before.st_mtime_ns, before.st_ctime_ns, before.st_nlink,
    )  # fmt: skip
    assert foreign.load().known_files == 1


def test_refused_and_unfinished_files_stay_where_they_were(own: Keeping) -> None:
    own.shop.deliver("orders-1.csv", "order_id\n1\n")
    own.shop.deliver("orders-2.csv.part", csv_file(order(2)))
    own.shop.deliver("customers.csv", "x\n")
    load = own.load()
    assert own.landed() == ["customers.csv", "orders-1.csv", "orders-2.csv.part"]
    assert own.kept() == {}
    assert list(load.files_left) == ["shop/orders-1.csv"]


def test_the_same_bytes_again_leave_the_landing_zone_and_change_nothing(own: Keeping) -> None:
    content = csv_file(order(1))
    own.shop.deliver("orders.csv", content)
    own.load()
    own.shop.deliver("orders.csv", content)
    own.shop.deliver("orders-2.csv", content)
    load = own.load()
    assert [extract.status for extract in load.extracts] == [Status.DUPLICATE]
    assert (own.landed(), own.kept()) == ([], own.expected(content))
    assert own.shop.rows("count(*)", order_by="1") == [(1,)]


def test_other_bytes_of_the_same_name_size_and_time_are_not_taken_for_those_that_were_loaded(own: Keeping) -> None:
    first, second = csv_file(order(1)), csv_file(order(2))
    state = own.shop.deliver("orders.csv", first).stat()
    own.load()
    path = own.shop.deliver("orders.csv", second)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    own.load()
    assert own.shop.rows("order_id") == [("1",), ("2",)]
    assert (own.landed(), own.kept()) == ([], dict(sorted(own.expected(first, second).items())))


def test_the_same_bytes_of_two_feeds_are_kept_for_each(tmp_path: Path) -> None:
    declaration = (
        ORDERS
        + """
      - name: order_items
        identifier: shop__order_items
        config: {meta: {key: [order_id]}}
        columns:
          - {name: order_id, data_type: text}
"""
    )
    own = Keeping(Shop(tmp_path, declaration), is_own_landing=True)
    content = b"order_id,ordered_at\n1,2024-03-01\n"
    own.shop.deliver("orders.csv", content)
    own.shop.deliver("order_items.csv", content)
    own.load()
    assert sorted(name.split("/")[0] for name in own.kept()) == ["order_items", "orders"]
    rebuilt = own.rebuilt()
    assert rebuilt.ledger("extract_id, feed, rows_read") == own.shop.ledger("extract_id, feed, rows_read")


def test_a_link_is_kept_as_what_it_leads_to(own: Keeping) -> None:
    target = own.shop.landing / "kept.csv"
    target.write_bytes(csv_file(order(1)))
    (own.shop.landing / "shop").mkdir()
    (own.shop.landing / "shop" / "orders.csv").symlink_to(target)
    own.load()
    assert own.kept() == own.expected(target.read_bytes())
    assert own.landed() == ["kept.csv"]


# What goes wrong in between -------------------------------------------------------------------------------------------


class Killed(BaseException):
    """What a test raises where a process would be killed."""


@pytest.mark.parametrize("place", ["_is_moved", "_take_out", "_note"])
@pytest.mark.parametrize("is_own_landing", [True, False])
def test_a_process_killed_between_commit_and_archive_is_mended_by_the_next_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, place: str, is_own_landing: bool
) -> None:
    keeping = Keeping(shop, is_own_landing=is_own_landing)
    contents = [csv_file(order(number)) for number in (1, 2)]
    for number, content in enumerate(contents):
        shop.deliver(f"orders-{number}.csv", content)

    def kill(*_: object) -> bool:
        raise Killed

    of = archive_module.SourceArchive if place == "_note" else archive_module
    with monkeypatch.context() as patch, pytest.raises(Killed) if is_own_landing or place == "_note" else nullcontext():
        patch.setattr(of, place, kill)
        keeping.load()
    keeping.load()
    assert keeping.kept() == dict(sorted(keeping.expected(*contents).items()))
    assert keeping.landed() == ([] if is_own_landing else ["orders-0.csv", "orders-1.csv"])
    assert [extract.extract_id for extract in keeping.archive.of_source("shop").extracts] == [1, 2]
    assert keeping.rebuilt().rows("order_id, _extract_id, _line, _loaded_at") == shop.rows("order_id, _extract_id, _line, _loaded_at")


def test_half_a_copy_and_half_a_line_of_the_index_are_mended(foreign: Keeping) -> None:
    content = csv_file(order(1))
    foreign.shop.deliver("orders.csv", content)
    foreign.load()
    index = foreign.folder / "shop" / "extracts.jsonl"
    index.write_bytes(index.read_bytes()[:-20])
    (foreign.folder / "shop" / "orders" / "aaaa.csv.part").write_bytes(b"half")
    foreign.load()
    assert foreign.kept() == foreign.expected(content)
    assert [json.loads(line)["extract_id"] for line in index.read_text(encoding="utf-8").splitlines()] == [1]


def test_a_file_that_changes_after_it_was_loaded_is_not_kept_under_its_old_hash(own: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    path = own.shop.deliver("orders.csv", csv_file(order(1)))
    keep = archive_module.SourceArchive.keep

    def change_and_keep(self: archive_module.SourceArchive, *arguments: object, **options: bool) -> str | None:
        path.write_bytes(csv_file(order(1), order(2)))
        return keep(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(archive_module.SourceArchive, "keep", change_and_keep)
    load = own.load()
    assert list(load.not_archived) == ["shop/orders.csv"]
    assert any("the archive lacks what was loaded" in line for line in load.warnings)
    assert (own.landed(), own.kept()) == (["orders.csv"], {})
    monkeypatch.setattr(archive_module.SourceArchive, "keep", keep)
    own.load()
    assert own.shop.rows("order_id, _extract_id") == [("1", 1), ("1", 2), ("2", 2)]
    assert own.landed() == []


def test_a_file_that_vanishes_after_it_was_loaded_is_said_to_be_lacking(foreign: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    path = foreign.shop.deliver("orders.csv", csv_file(order(1)))
    keep = archive_module.SourceArchive.keep

    def lose_and_keep(self: archive_module.SourceArchive, *arguments: object, **options: bool) -> str | None:
        path.unlink()
        return keep(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(archive_module.SourceArchive, "keep", lose_and_keep)
    assert "it vanished after it was loaded" in foreign.load().not_archived["shop/orders.csv"]


@pytest.mark.parametrize("error", [errno.EXDEV, errno.EACCES, errno.EROFS])
def test_a_landing_zone_on_another_disk_or_without_the_right_to_move_is_copied_from(
    own: Keeping, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    content = csv_file(order(1))
    path = own.shop.deliver("orders.csv", content)
    rename, unlink = Path.rename, Path.unlink

    def refuse_the_landed(self: Path, *arguments: object, **options: bool) -> Path | None:
        if self == path:
            raise OSError(error, os.strerror(error))
        return (rename if arguments else unlink)(self, *arguments, **options)  # type: ignore[arg-type, return-value]

    monkeypatch.setattr(Path, "rename", refuse_the_landed)
    if error != errno.EXDEV:
        monkeypatch.setattr(Path, "unlink", refuse_the_landed)
    own.load()
    assert own.kept() == own.expected(content)
    assert own.landed() == ([] if error == errno.EXDEV else ["orders.csv"])
    assert own.load().extracts == []


def test_a_full_disk_is_raised_and_the_next_run_goes_on(own: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    content = csv_file(order(1))
    own.shop.deliver("orders.csv", content)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(archive_module.SourceArchive, "_note", full)
        own.load()
    own.load()
    assert (own.landed(), own.kept()) == ([], own.expected(content))


# Loading again --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_own_landing", [True, False])
def test_a_new_warehouse_is_made_from_the_archive_row_by_row(tmp_path: Path, is_own_landing: bool) -> None:
    keeping = Keeping(Shop(tmp_path, UPDATED_ORDERS), is_own_landing=is_own_landing)
    shop = keeping.shop
    # Late, corrected, withdrawn, rejected, repeated and refused: what the ledger of a living warehouse has been through.
    days = [
        {"orders-1.csv": updated_file(updated(1, "2024-03-02"), updated(2, "2024-03-02"), updated(3, "2024-03-02", quantity="x"))},
        {"orders-2.csv": updated_file(updated(1, "2024-03-01", note="late")), "orders-3.csv": b"order_id\n9\n"},
        {"orders-4.csv": updated_file(updated(2, "2024-03-04", is_deleted="true"), updated(3, "2024-03-04", quantity="3"))},
        {"orders-5.csv": updated_file(updated(1, "2024-03-02", note="tie")), "orders-1-again.csv": b""},
    ]
    days[3]["orders-1-again.csv"] = days[0]["orders-1.csv"]
    for files in days:
        for name, content in files.items():
            shop.deliver(name, content)
        keeping.load()
    rebuilt = keeping.rebuilt()
    assert rebuilt.rows() == shop.rows()
    assert rebuilt.rejects("*") == shop.rejects("*")
    loaded = [row for row in shop.ledger("*") if "loaded" in row]
    assert rebuilt.ledger("*") == loaded
    assert len(loaded) == 4
    rebuilt.connection.close()


def test_an_older_warehouse_that_was_put_back_gets_what_it_lacks(own: Keeping) -> None:
    own.shop.deliver("orders-1.csv", csv_file(order(1)))
    own.load()
    own.shop.connection.execute("checkpoint")
    shutil.copyfile(own.shop.folder / "warehouse.duckdb", own.shop.folder / "backup.duckdb")
    own.shop.deliver("orders-2.csv", csv_file(order(2)))
    own.load()
    with duckdb.connect(str(own.shop.folder / "backup.duckdb")) as restored:
        own.load(restored)
        assert restored.execute("select order_id, _extract_id from raw.shop__orders order by all").fetchall() == [("1", 1), ("2", 2)]


def test_a_number_that_is_taken_is_not_given_twice(own: Keeping) -> None:
    own.shop.deliver("orders-1.csv", csv_file(order(1)))
    own.load()
    with duckdb.connect() as other:
        prepare_raw(other, read_declarations(own.shop.folder / "models"))
        load_source(other, own.shop.source, own.shop.landing, run_id="x")
        (own.shop.landing / "shop" / "orders-2.csv").write_bytes(csv_file(order(2)))
        load_source(other, own.shop.source, own.shop.landing, run_id="x")
        own.load(other)
        assert other.execute("select order_id, _extract_id from raw.shop__orders order by all").fetchall() == [("1", 2), ("2", 1)]


def test_new_files_of_one_source_take_no_number_of_another_that_is_loaded_again_later(tmp_path: Path) -> None:
    alpha_folder, beta_folder = tmp_path / "alpha", tmp_path / "beta"
    alpha_folder.mkdir()
    beta_folder.mkdir()
    alpha = Shop(alpha_folder, ORDERS.replace("name: shop", "name: alpha").replace("shop__", "alpha__"))
    beta = Shop(beta_folder, ORDERS.replace("name: shop", "name: beta").replace("shop__", "beta__"), alpha.connection)
    archive = Archive(tmp_path / "archive", own_landing=alpha.landing)
    beta.landing = alpha.landing

    def load(connection: duckdb.DuckDBPyConnection) -> None:
        for shop in (alpha, beta):
            load_source(connection, shop.source, alpha.landing, run_id="x", archive=archive)

    alpha.deliver("orders-1.csv", csv_file(order(1)))
    beta.deliver("orders-1.csv", csv_file(order(2)))
    load(alpha.connection)
    alpha.deliver("orders-2.csv", csv_file(order(3)))
    with duckdb.connect() as new:
        prepare_raw(new, {"alpha": alpha.source, "beta": beta.source})
        load(new)
        numbers = new.execute("select extract_id, file_name from raw.extract_ledger order by extract_id").fetchall()
        assert numbers == [(1, "alpha/orders-1.csv"), (2, "beta/orders-1.csv"), (3, "alpha/orders-2.csv")]
        assert archive.of_source("alpha").extracts[-1].extract_id == 3
    alpha.connection.close()


def test_missing_bytes_are_an_error_that_says_what_to_do(archived: Keeping) -> None:
    (path,) = (archived.folder / "shop" / "orders").iterdir()
    path.unlink()
    assert [extract.file_name for extract in archived.archive.of_source("shop").missing] == ["shop/orders.csv"]
    with pytest.raises(
        ArchiveError, match=r"the bytes of shop/orders.csv, is missing: restore it from a backup, or go without it: aftersales rebuild"
    ):
        archived.rebuilt()
    assert archived.load().extracts == []


@pytest.mark.parametrize("is_own_landing", [True, False])
def test_lost_bytes_that_come_again_are_kept_again(shop: Shop, is_own_landing: bool) -> None:
    keeping = Keeping(shop, is_own_landing=is_own_landing)
    content = csv_file(order(1))
    shop.deliver("orders.csv", content)
    keeping.load()
    index = (keeping.folder / "shop" / "extracts.jsonl").read_bytes()
    shutil.rmtree(keeping.folder / "shop" / "orders")
    shop.deliver("orders-again.csv", content)
    assert [extract.status for extract in keeping.load().extracts] == [Status.DUPLICATE]
    assert keeping.kept() == keeping.expected(content)
    assert (keeping.folder / "shop" / "extracts.jsonl").read_bytes() == index
    assert keeping.rebuilt().rows() == shop.rows()


def test_damaged_bytes_are_an_error(archived: Keeping) -> None:
    (path,) = (archived.folder / "shop" / "orders").iterdir()
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(ArchiveError, match=r"the bytes of shop/orders.csv, is damaged"):
        archived.rebuilt()


def test_an_index_that_cannot_be_read_names_its_line(archived: Keeping) -> None:
    index = archived.folder / "shop" / "extracts.jsonl"
    index.write_bytes(index.read_bytes() + b"{}\n")
    with pytest.raises(ArchiveError, match=r"extracts.jsonl, line 2, cannot be read"):
        archived.load()


def test_an_extract_that_would_be_refused_now_is_an_error(archived: Keeping) -> None:
    archived.shop.declare(ORDERS + "          - {name: region, data_type: text, config: {meta: {required: true}}}\n")
    with pytest.raises(
        ArchiveError, match=r"shop/orders.csv was loaded before and would be refused now: .*'region'.*Correct the declaration"
    ):
        archived.rebuilt()


def test_a_feed_that_is_no_longer_declared_is_an_error(archived: Keeping) -> None:
    archived.shop.declare(ORDERS.replace("orders", "invoices"))
    with pytest.raises(ArchiveError, match=r"into the feed 'orders', which 'shop' does not declare any more"):
        archived.rebuilt()
