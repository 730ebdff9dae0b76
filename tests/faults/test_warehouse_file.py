"""A warehouse file that is damaged, lost, or lies beside a stale log is recognised before a run, and the message says what to do."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.runs.refresh import run_refresh
from orchestration.runs.warehouse_file import WarehouseUnusable, insist_warehouse_is_sound, insist_warehouse_opens
from tests.support.fault_world import background_python, python

ROWS = 20_000
BLOCK_BYTES = 262_144
FIRST_BLOCK_AT = 12_288

# Leaves a log behind, as a process does that is killed between a commit and the next checkpoint.
KILLED_AFTER_COMMIT = """
import os, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("pragma disable_checkpoint_on_shutdown")
connection.execute("set checkpoint_threshold = '1TB'")
connection.execute("insert into raw.shop__orders select range, 'late' from range(5)")
os._exit(9)
"""

HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("holding", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose warehouse has a raw table of several blocks and a mart."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    with connected(home.warehouse) as connection:
        connection.execute("create schema raw; create schema core")
        connection.execute(f"create table raw.shop__orders as select range as order_id, md5(range::text) as note from range({ROWS})")
        connection.execute("create table core.fct_orders as select order_id from raw.shop__orders")
    return home


def overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def cut(path: Path, keep: Callable[[int], int]) -> None:
    os.truncate(path, keep(path.stat().st_size))


def damage_a_loaded_block(warehouse: Path) -> None:
    with connected(warehouse, read_only=True) as connection:
        (block,) = connection.execute("select max(block_id) from pragma_storage_info('raw.shop__orders')").fetchone() or (None,)
    overwrite(warehouse, FIRST_BLOCK_AT + block * BLOCK_BYTES + 4_000, b"damage")


DAMAGES: dict[str, Callable[[Path], None]] = {
    "an empty file": lambda path: cut(path, lambda _: 0),
    "a file cut in its header": lambda path: cut(path, lambda _: 1_000),
    "a file of another kind": lambda path: overwrite(path, 0, b"PK\x03\x04" * 1_000),
    "a broken header": lambda path: overwrite(path, 4_096, b"\xff" * 8_192),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_warehouse_that_cannot_be_opened_is_named_with_what_to_do(home: Home, damage: str) -> None:
    DAMAGES[damage](home.warehouse)
    before = home.warehouse.read_bytes()
    with pytest.raises(WarehouseUnusable) as raised:
        insist_warehouse_opens(home)
    assert str(raised.value).startswith("The warehouse cannot be used: ")
    assert f"The file {home.warehouse} is damaged" in str(raised.value)
    assert f"aftersales rebuild --home {home.root}" in str(raised.value)
    assert home.warehouse.read_bytes() == before


@pytest.mark.parametrize("damage", [damage_a_loaded_block, lambda path: cut(path, lambda size: size // 2)], ids=["damaged", "cut off"])
def test_a_lost_block_of_loaded_rows_is_found_before_the_run_although_the_file_opens(home: Home, damage: Callable[[Path], None]) -> None:
    damage(home.warehouse)
    insist_warehouse_opens(home)
    with pytest.raises(WarehouseUnusable, match=r"(checksum .* in block at|Could not read enough bytes).*aftersales rebuild"):
        insist_warehouse_is_sound(home)


def test_a_sound_warehouse_passes_and_is_left_as_it_was(home: Home) -> None:
    before = home.warehouse.read_bytes()
    insist_warehouse_is_sound(home)
    assert home.warehouse.read_bytes() == before


def test_a_home_without_a_warehouse_is_new_and_gets_none_by_being_looked_at(tmp_path: Path) -> None:
    insist_warehouse_is_sound(Home(tmp_path))
    assert list(tmp_path.iterdir()) == []


def rows(home: Home) -> int:
    with connected(home.warehouse) as connection:
        (count,) = connection.execute("select count(*) from raw.shop__orders").fetchone() or (0,)
    return count


def log_of(home: Home) -> Path:
    return home.root / "warehouse.duckdb.wal"


def test_the_log_of_a_killed_process_is_taken_up(home: Home) -> None:
    assert python(KILLED_AFTER_COMMIT, home.warehouse).returncode == 9
    assert log_of(home).exists()
    insist_warehouse_is_sound(home)
    assert rows(home) == ROWS + 5
    assert not log_of(home).exists()


def test_a_log_that_was_cut_off_in_the_middle_of_a_commit_loses_only_that_commit(home: Home) -> None:
    for _ in range(2):
        assert python(KILLED_AFTER_COMMIT, home.warehouse).returncode == 9
    cut(log_of(home), lambda size: size - 20)
    insist_warehouse_is_sound(home)
    assert rows(home) == ROWS + 5


def test_a_stale_log_beside_a_restored_warehouse_is_refused_and_moving_it_away_is_enough(home: Home, tmp_path: Path) -> None:
    shutil.copyfile(home.warehouse, tmp_path / "backup.duckdb")
    with connected(home.warehouse) as connection:
        connection.execute("insert into raw.shop__orders values (-1, 'after the backup')")
    assert python(KILLED_AFTER_COMMIT, home.warehouse).returncode == 9
    shutil.copyfile(tmp_path / "backup.duckdb", home.warehouse)
    with pytest.raises(
        WarehouseUnusable, match=r"warehouse\.duckdb\.wal was written for another state of warehouse\.duckdb\..*move .* away"
    ):
        insist_warehouse_opens(home)
    log_of(home).rename(tmp_path / "stale.wal")
    insist_warehouse_is_sound(home)
    assert rows(home) == ROWS


def test_the_log_of_another_warehouse_is_refused(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    shutil.copytree(home.root, other.root)
    with connected(other.warehouse) as connection:
        connection.execute("create or replace table raw.shop__orders as select 1::bigint as order_id, 'x' as note")
    with duckdb.connect(str(tmp_path / "third.duckdb")) as connection:
        connection.execute("create schema raw; create table raw.shop__orders (order_id bigint, note text)")
    assert python(KILLED_AFTER_COMMIT, tmp_path / "third.duckdb").returncode == 9
    shutil.copyfile(tmp_path / "third.duckdb.wal", log_of(other))
    with pytest.raises(WarehouseUnusable, match="was written for another state"):
        insist_warehouse_opens(other)


def test_a_damaged_log_is_refused(home: Home) -> None:
    assert python(KILLED_AFTER_COMMIT, home.warehouse).returncode == 9
    overwrite(log_of(home), log_of(home).stat().st_size // 2, b"damage")
    with pytest.raises(WarehouseUnusable, match=r"replaying WAL.*aftersales rebuild"):
        insist_warehouse_opens(home)


def test_a_log_without_its_warehouse_is_no_new_home(home: Home) -> None:
    assert python(KILLED_AFTER_COMMIT, home.warehouse).returncode == 9
    home.warehouse.unlink()
    with pytest.raises(WarehouseUnusable, match=r"is gone, and warehouse\.duckdb\.wal.*backup.*aftersales rebuild"):
        insist_warehouse_opens(home)
    assert log_of(home).exists()


def test_a_warehouse_that_another_program_holds_is_no_damaged_one_and_is_waited_for(home: Home) -> None:
    with background_python(HOLDER, home.warehouse) as holder:
        insist_warehouse_opens(home)
        with pytest.raises(duckdb.IOException, match=rf"PID {holder.pid}"):
            insist_warehouse_is_sound(home, wait_seconds=0.1)
        threading.Timer(1.0, holder.kill).start()
        insist_warehouse_is_sound(home, wait_seconds=60)


def test_a_refresh_of_a_damaged_warehouse_ends_before_it_begins_and_says_what_to_do(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AFTERSALES_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(variable, "")
    DAMAGES["a broken header"](home.warehouse)
    before = home.warehouse.read_bytes()
    outcome = run_refresh(home, landing=None, sources=[], as_of=None, full=False, on_event=lambda _: None)
    assert outcome.status == "failed"
    assert any("aftersales rebuild" in step for step in outcome.next_steps)
    assert home.warehouse.read_bytes() == before
    assert not list(home.dbt_target.iterdir()), "nothing was done yet"
