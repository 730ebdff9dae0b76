"""The last look: what is not what it was built from, or not the same in both forms, is not announced. What it goes by stays inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publishing import building, copying
from orchestration.publishing.errors import SpoiltSnapshot
from reading.snapshot import damage
from tests.unit.publishing.large_shop import EVERYTHING, ONE_OF_FEBRUARY, PARTS, large_shop, rows_of, written
from tests.unit.publishing.shop import Shop, opened


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop whose orders are cut by month, published once."""
    return large_shop(tmp_path)


def insist_refused(shop: Shop, said: str) -> None:
    before = (shop.published / "current").resolve()
    with pytest.raises(SpoiltSnapshot, match=said):
        shop.publish()
    assert (shop.published / "current").resolve() == before
    assert damage(before) == []


def test_a_part_that_was_spoilt_while_it_was_taken_over_is_not_announced(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def copies_with_a_fault(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes())
        with duckdb.connect(str(target)) as connection:
            connection.execute(f"update core.fct_orders set order_amount = 8 where {ONE_OF_FEBRUARY}")

    with monkeypatch.context() as patched:
        patched.setattr(building.shutil, "copyfile", copies_with_a_fault)
        insist_refused(shop, r"core\.fct_orders, part 2026-02, has other rows in the snapshot than it was built from")
    # What was refused is nothing to begin with.
    assert written(shop.publish()) == EVERYTHING


def test_a_changed_row_that_was_not_written_is_not_announced(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.change(f"update core.fct_orders set order_amount = 7 where {ONE_OF_FEBRUARY}")
    monkeypatch.setattr(copying, "_replace_rows", lambda *_, **__: None)
    insist_refused(shop, r"core\.fct_orders, part 2026-02, has other rows in the snapshot than it was built from")


@pytest.mark.parametrize(
    "other",
    ["select * replace (order_amount + 1 as order_amount) from {0}", "select * from {0} limit 671", "select * from {0} limit 0"],
)
def test_a_parquet_file_that_has_other_rows_than_the_table_is_not_announced(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    write_parquet = copying._write_parquet  # pyright: ignore[reportPrivateUsage]

    def writes_with_a_fault(connection: Any, copy: Any, part: str, file: Path) -> None:
        write_parquet(connection, copy, part, file)
        if part == "2026-02":
            right = file.rename(file.with_suffix(".right"))
            rows = other.format(f"read_parquet('{right}')")
            duckdb.execute(f"copy ({rows}) to '{file}' (format parquet)")
            right.unlink()

    shop.change(f"update core.fct_orders set order_amount = 7 where {ONE_OF_FEBRUARY}")
    monkeypatch.setattr(copying, "_write_parquet", writes_with_a_fault)
    insist_refused(shop, r"parquet/core/fct_orders/2026-02\.parquet has other rows than core\.fct_orders")


def test_what_parts_are_known_by_in_the_warehouse_is_nowhere_in_what_is_published(shop: Shop) -> None:
    shop.change(f"update core.fct_orders set order_amount = 7 where {ONE_OF_FEBRUARY}")
    published = shop.publish()
    with duckdb.connect(str(shop.warehouse), read_only=True) as connection:
        sums = "select part, fingerprint, sum(cast(fingerprint as hugeint)) over (partition by version, part) from quality.snapshot_parts"
        found = connection.execute(f"{sums} where table_name = 'fct_orders'").fetchall()
    # Two versions of 3,000 hours, which are 125 days; the open order is a day of its own part.
    assert (len(found), {part for part, _, _ in found}) == (2 * 126, set(PARTS))
    secret = {fingerprint for _, *fingerprints in found for fingerprint in map(str, fingerprints)}
    with opened(published.path) as connection:
        assert ("snapshot_parts",) not in connection.execute("select table_name from duckdb_tables()").fetchall()
    texts = [(published.path / "manifest.json").read_text(), *rows_of(published.path).values()]
    assert not [fingerprint for fingerprint in secret if fingerprint in str(texts)]


def test_what_is_remembered_is_of_the_versions_that_are_there(shop: Shop) -> None:
    for _ in range(4):
        shop.publish(keep=2)
    shop.build()
    with duckdb.connect(str(shop.warehouse), read_only=True) as connection:
        found = connection.execute("select distinct version from quality.snapshot_parts order by version").fetchall()
    assert [version[:7] for (version,) in found] == ["v000004", "v000005", "v000006"]
