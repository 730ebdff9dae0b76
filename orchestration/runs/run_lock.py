"""One refresh at a time per home. A lock of the operating system: it goes when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

from orchestration.home import Home

_POLL_SECONDS = 0.1
_ASKED_POLL_SECONDS = 0.001


class RefreshAlreadyRunning(RuntimeError):
    """Another process is refreshing this home."""


@contextmanager
def refresh_lock(home: Home, *, run_id: str, wait_seconds: float = 0.0) -> Generator[None]:
    """Hold the home's refresh lock for the block.

    Raises ``RefreshAlreadyRunning`` with the holder's process and start when it is not free within ``wait_seconds``.
    """
    lock_path = home.root / "refresh.lock"
    deadline = time.monotonic() + wait_seconds
    with lock_path.open("a+", encoding="utf-8") as lock_file:
        while not _taken(lock_file, fcntl.LOCK_EX):
            if is_refresh_running(home):
                if time.monotonic() >= deadline:
                    raise RefreshAlreadyRunning(_holder_message(home, lock_path.read_text(encoding="utf-8")))
                time.sleep(_POLL_SECONDS)
            else:
                time.sleep(_ASKED_POLL_SECONDS)
        lock_file.seek(0)
        lock_file.truncate()
        json.dump({"process": os.getpid(), "run_id": run_id, "since": datetime.now(UTC).isoformat(timespec="seconds")}, lock_file)
        lock_file.flush()
        yield


def is_refresh_running(home: Home) -> bool:
    """Whether some process holds the home's refresh lock at this moment. Others may ask at the same time: a shared lock answers."""
    if not (home.root / "refresh.lock").exists():
        return False
    with no_refresh_begins(home) as none_runs:
        return not none_runs


@contextmanager
def no_refresh_begins(home: Home) -> Generator[bool]:
    """Keep refreshes of the home from beginning for the block, which must be short. Yields False, and keeps none, when one is running.

    A refresh that is asked for meanwhile is not turned away but waits the block out: this is the shared lock of a question.
    """
    with (home.root / "refresh.lock").open("a+", encoding="utf-8") as lock_file:
        yield _taken(lock_file, fcntl.LOCK_SH)


def _taken(lock_file: IO[str], operation: int) -> bool:
    """Whether ``lock_file`` could be locked at once. Closing it gives the lock back."""
    try:
        fcntl.flock(lock_file, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder_message(home: Home, holder_text: str) -> str:
    try:
        holder = json.loads(holder_text)
        who = f"process {holder['process']} since {holder['since']}"
    except (ValueError, KeyError):
        who = "another process"
    return f"A refresh of {home.root} is already running ({who}). Wait for it to end, or stop that process, and run again."
