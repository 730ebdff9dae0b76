"""One refresh at a time per home. A lock of the operating system: it goes when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

from orchestration.home import Home

_POLL_SECONDS = 0.1

# Whoever only asks whether a refresh is running holds the lock for a moment; that moment must not turn a refresh away.
_PATIENCE_SECONDS = 0.3


class RefreshAlreadyRunning(RuntimeError):
    """Another process is refreshing this home."""


@contextmanager
def refresh_lock(home: Home, *, run_id: str, wait_seconds: float = 0.0) -> Generator[None]:
    """Hold the home's refresh lock for the block.

    Raises ``RefreshAlreadyRunning`` with the holder's process and start when it is not free within ``wait_seconds``.
    """
    lock_path = home.root / "refresh.lock"
    deadline = time.monotonic() + max(wait_seconds, _PATIENCE_SECONDS)
    with lock_path.open("a+", encoding="utf-8") as lock_file:
        while True:
            try:
                fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise RefreshAlreadyRunning(_holder_message(home, lock_path.read_text(encoding="utf-8"))) from None
                time.sleep(_POLL_SECONDS)
        lock_file.seek(0)
        lock_file.truncate()
        json.dump({"process": os.getpid(), "run_id": run_id, "since": datetime.now(UTC).isoformat(timespec="seconds")}, lock_file)
        lock_file.flush()
        yield


def is_refresh_running(home: Home) -> bool:
    """Whether some process holds the home's refresh lock at this moment."""
    lock_path = home.root / "refresh.lock"
    if not lock_path.exists():
        return False
    with lock_path.open("a+", encoding="utf-8") as lock_file:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _holder_message(home: Home, holder_text: str) -> str:
    try:
        holder = json.loads(holder_text)
        who = f"process {holder['process']} since {holder['since']}"
    except (ValueError, KeyError):
        who = "another process"
    return f"A refresh of {home.root} is already running ({who}). Wait for it to end, or stop that process, and run again."
