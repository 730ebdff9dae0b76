"""``aftersales rebuild`` shows the job and turns its outcome into an exit code. The job itself is replaced here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from orchestration.loading import ArchiveError
from orchestration.runs.refresh_report import RefreshEvent, RefreshOutcome
from orchestration.runs.run_lock import RefreshAlreadyRunning

Run = Callable[..., Any]

PUBLISHED = RefreshOutcome(status="published", as_of=datetime(2026, 2, 1), snapshot_path=Path("/srv/published/v000002"))
FAILED = RefreshOutcome(status="failed", as_of=None, next_steps=["Load contract: the bytes are damaged."])

LEFT_OUT = SimpleNamespace(left_out_at=datetime(2026, 11, 29, 1, 2), file_name="shop/orders[2].csv", extract_id=2, rows_read=1200)


class UnknownFile(ValueError):
    """Stands where the rebuild's own stands."""


class Job:
    """Stands where the rebuild stands."""

    def __init__(self) -> None:
        self.answer: RefreshOutcome | Exception = PUBLISHED
        self.without: list[str] = []

    def run_rebuild(self, home: Any, *, on_event: Callable[[RefreshEvent], None], without: list[str]) -> RefreshOutcome:
        self.without = without
        on_event(RefreshEvent("stage", "Load contract", "started"))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Job:
    made, module = Job(), ModuleType("orchestration.runs.rebuild")
    module.run_rebuild = made.run_rebuild  # type: ignore[attr-defined]
    module.archived_extract_count = lambda _: 1234  # type: ignore[attr-defined]
    module.left_out_extracts = lambda _: [LEFT_OUT] if made.without else []  # type: ignore[attr-defined]
    module.UnknownFile = UnknownFile  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "orchestration.runs.rebuild", module)
    return made


def test_a_rebuild_that_published_ends_with_zero(run: Run, job: Job, tmp_path: Path) -> None:
    result = run("rebuild", "--home", tmp_path)
    assert result.exit_code == 0
    assert "Load contract ..." in result.stdout
    assert "Published: /srv/published/v000002" in result.stdout
    assert "The warehouse was made anew from 1,234 archived extracts." in result.stdout


def test_a_rebuild_that_did_not_publish_says_that_nothing_changed(run: Run, job: Job, tmp_path: Path) -> None:
    job.answer = FAILED
    result = run("rebuild", "--home", tmp_path)
    assert result.exit_code == 1
    assert "→ Load contract: the bytes are damaged." in result.stdout
    assert "The old warehouse is back in its place." in result.stdout


def test_files_that_are_left_out_are_told(run: Run, job: Job, tmp_path: Path) -> None:
    result = run("rebuild", "--home", tmp_path, "--without", "shop/orders[2].csv", "--without", "abc")
    assert result.exit_code == 0
    assert job.without == ["shop/orders[2].csv", "abc"]
    assert "Left out on purpose since 2026-11-29 01:02 UTC: shop/orders[2].csv (extract 2, 1,200 rows)" in result.stdout
    assert "Left out" not in run("rebuild", "--home", tmp_path).stdout


def test_a_rebuild_without_a_file_that_did_not_publish_says_what_the_next_one_does(run: Run, job: Job, tmp_path: Path) -> None:
    job.answer = FAILED
    result = run("rebuild", "--home", tmp_path, "--without", "shop/orders.csv")
    assert result.exit_code == 1
    assert "It still has what was to be left out; the next rebuild that publishes goes without it." in result.stdout


def test_a_file_that_was_not_loaded_is_wrong_usage(run: Run, job: Job, tmp_path: Path) -> None:
    job.answer = UnknownFile("No file 'x' was loaded. Did you mean shop/x.csv?")
    result = run("rebuild", "--home", tmp_path, "--without", "x")
    assert result.exit_code == 2
    assert "No file 'x' was loaded. Did you mean shop/x.csv?" in result.stderr


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ArchiveError("3 of the archived extracts are missing"), "3 of the archived extracts are missing"),
        (RefreshAlreadyRunning("A refresh is already running (process 7)."), "already running (process 7)"),
        (OSError(28, "No space left on device"), "The rebuild broke off: [Errno 28] No space left on device"),
    ],
)
def test_what_stands_in_the_way_is_a_sentence(run: Run, job: Job, tmp_path: Path, error: Exception, message: str) -> None:
    job.answer = error
    result = run("rebuild", "--home", tmp_path)
    assert result.exit_code == 1
    assert message in result.stderr


def test_a_home_that_is_none_is_wrong_usage(run: Run, job: Job, tmp_path: Path) -> None:
    result = run("rebuild", "--home", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "There is no home" in result.stderr
