"""Many look at one opened snapshot: each on its own, all on the version that is current, and none is disturbed by the next one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reading import shared as reading_shared
from reading.errors import NoSnapshot
from reading.shared import SharedSnapshot
from reading.snapshot import opened_snapshot

MARKER = "select distinct marker from satisfaction.kpi_satisfaction"


@pytest.fixture
def shared(shop: Any) -> Iterator[SharedSnapshot]:
    shop.publish()
    shared = SharedSnapshot(shop.published)
    yield shared
    shared.close()


def test_a_version_is_opened_once_for_all_who_look(shared: SharedSnapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    def counted(published: Path) -> Any:
        opened.append(published)
        return opened_snapshot(published)

    monkeypatch.setattr(reading_shared, "opened_snapshot", counted)
    with shared.look() as one, shared.look() as other:
        assert one.connection is not other.connection
        assert one.connection.execute(MARKER).fetchall() == other.connection.execute(MARKER).fetchall() == [(1,)]
    with shared.look():
        assert len(opened) == 1


def test_a_look_stays_on_its_version_and_the_next_is_of_the_newer_one(shared: SharedSnapshot, shop: Any) -> None:
    with shared.look() as old:
        shop.fill(marker=2)
        shop.publish(keep=1)
        with shared.look() as new:
            assert new.connection.execute(MARKER).fetchall() == [(2,)]
            assert new.path != old.path
        assert not old.path.exists()
        assert old.connection.execute(MARKER).fetchall() == [(1,)]


def test_a_look_can_neither_write_nor_reach_other_files_and_is_in_utc(shared: SharedSnapshot, tmp_path: Path) -> None:
    with shared.look() as look:
        assert look.connection.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)
        for statement in ("create table made as select 1", f"copy (select 1) to '{tmp_path}/out.csv'", "set threads = 1"):
            with pytest.raises(duckdb.Error):
                look.connection.execute(statement)


def test_where_nothing_is_published_a_look_says_so_and_finds_what_is_published_later(shop: Any) -> None:
    shared = SharedSnapshot(shop.published)
    with pytest.raises(NoSnapshot), shared.look():
        pass
    shop.publish()
    with shared.look() as look:
        assert look.connection.execute(MARKER).fetchall() == [(1,)]
    shared.close()
