"""Who may read what of a home: everybody its snapshots, nobody but the owner anything else, whatever the umask was."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.home import Home


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_of_a_new_home_are_the_owners_alone_but_for_the_way_to_the_snapshots(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    assert {path.name: oct(mode(path)) for path in home.root.iterdir()} == {
        **dict.fromkeys(("archive", "dagster", "dbt", "data_docs", "landing", "published"), "0o700"),
    }
    assert mode(home.root) == 0o711


def test_whatever_is_made_after_that_is_the_owners_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create table customers as select 'x' as email")
        connection.execute("insert into customers values ('y')")
        beside = [path for path in home.root.iterdir() if path.name.startswith("warehouse.duckdb")]
        assert {path.name for path in beside} == {"warehouse.duckdb", "warehouse.duckdb.wal"}
        assert {mode(path) for path in beside} == {0o600}
    (home.root / "refresh.lock").touch()
    (home.dagster / "logs").mkdir()
    assert (mode(home.root / "refresh.lock"), mode(home.dagster / "logs")) == (0o600, 0o700)


def test_a_warehouse_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    write_ahead = home.root / "warehouse.duckdb.wal"
    for file in (home.warehouse, write_ahead):
        file.touch(mode=0o644)
        assert mode(file) == 0o644
    home.archive.mkdir(mode=0o755)
    home.create()
    assert (mode(home.warehouse), mode(write_ahead), mode(home.archive)) == (0o600, 0o600, 0o700)
