"""The warehouse file while it is rebuilt: wherever a process is killed, the next one finds the old file or the new one, never a mixture."""

import contextlib
from pathlib import Path
from typing import Any

import pytest

from orchestration.home import Home
from orchestration.runs import old_warehouse
from orchestration.runs.old_warehouse import set_warehouse_aside, settle_rebuild

OLD = {"warehouse.duckdb": "old", "warehouse.duckdb.wal": "old log"}
NEW = {"warehouse.duckdb": "new", "warehouse.duckdb.wal": "new log"}


class Killed(BaseException):
    """What a test raises where a process would be killed."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def write(home: Home, files: dict[str, str]) -> None:
    for name, content in files.items():
        (home.root / name).write_text(content)


def files(home: Home) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(home.root.iterdir())}


def published_by(monkeypatch: pytest.MonkeyPatch, run_id: str | None) -> None:
    monkeypatch.setattr(old_warehouse, "_published_run", lambda _: run_id)


def killing(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the process be killed before its ``step``-th change of a file."""
    done = 0

    def counted(real: Any) -> Any:
        def change(self: Path, *arguments: Any, **options: Any) -> Any:
            nonlocal done
            if done == step:
                raise Killed
            done += 1
            return real(self, *arguments, **options)

        return change

    monkeypatch.setattr(Path, "rename", counted(Path.rename))
    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))


@pytest.mark.parametrize("log", [True, False])
def test_a_rebuild_that_did_not_publish_gives_the_old_warehouse_back(home: Home, monkeypatch: pytest.MonkeyPatch, log: bool) -> None:
    old = OLD if log else {"warehouse.duckdb": "old"}
    published_by(monkeypatch, "an earlier run")
    write(home, old)
    set_warehouse_aside(home, run_id="run-1")
    assert not home.warehouse.exists()
    write(home, NEW)
    settle_rebuild(home)
    assert files(home) == old


def test_a_rebuild_that_published_removes_the_old_warehouse(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, OLD)
    set_warehouse_aside(home, run_id="run-1")
    write(home, NEW)
    published_by(monkeypatch, "run-1")
    settle_rebuild(home)
    assert files(home) == NEW


@pytest.mark.parametrize("step", range(3))
@pytest.mark.parametrize("log", [True, False])
def test_killed_while_it_is_set_aside(home: Home, monkeypatch: pytest.MonkeyPatch, step: int, log: bool) -> None:
    old = OLD if log else {"warehouse.duckdb": "old"}
    published_by(monkeypatch, None)
    write(home, old)
    with monkeypatch.context() as patch:
        killing(patch, step)
        with contextlib.suppress(Killed):
            set_warehouse_aside(home, run_id="run-1")
    settle_rebuild(home)
    assert files(home) == old


@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize("published", ["run-1", "an earlier run"])
@pytest.mark.parametrize("log", [True, False])
def test_killed_while_it_is_settled(home: Home, monkeypatch: pytest.MonkeyPatch, step: int, published: str, log: bool) -> None:
    old = OLD if log else {"warehouse.duckdb": "old"}
    write(home, old)
    set_warehouse_aside(home, run_id="run-1")
    write(home, NEW)
    published_by(monkeypatch, published)
    with monkeypatch.context() as patch:
        killing(patch, step)
        with contextlib.suppress(Killed):
            settle_rebuild(home)
    settle_rebuild(home)
    assert files(home) == (NEW if published == "run-1" else old)


def test_the_log_of_a_lost_warehouse_is_not_taken_for_the_new_ones(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    published_by(monkeypatch, None)
    write(home, {"warehouse.duckdb.wal": "of a lost file"})
    set_warehouse_aside(home, run_id="run-1")
    assert files(home) == {}
    write(home, NEW)
    settle_rebuild(home)
    assert files(home) == NEW


def test_without_a_rebuild_nothing_is_touched(home: Home) -> None:
    write(home, OLD)
    settle_rebuild(home)
    assert files(home) == OLD
