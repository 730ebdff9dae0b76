"""The current snapshot for many readers in one process: a version is opened once, and each look has a connection of its own to it.

Opening takes as long as a query or two. A version is held until a newer one is looked at, and its looks have ended; that a version which is
held has been pruned hinders neither side, since what is open is read on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from reading.snapshot import CATALOG, OpenSnapshot, opened_snapshot
from reading.versions import current_snapshot


@dataclass
class _Held:
    """A version that is open. Closing it would end the looks at it, so it is closed after the last of them."""

    snapshot: OpenSnapshot
    close: Callable[[], None]
    looks: int = 0


class SharedSnapshot:
    """The current snapshot of a folder of published ones."""

    def __init__(self, published: Path) -> None:
        self._published = published
        self._lock = Lock()
        self._newest: _Held | None = None

    @contextmanager
    def look(self) -> Generator[OpenSnapshot]:
        """The snapshot that is current now, until the end of the block. Raises what ``opened_snapshot`` does."""
        with self._lock:
            held = self._current()
            held.looks += 1
        try:
            with held.snapshot.connection.cursor() as connection:
                connection.execute(f"use {CATALOG}")
                yield replace(held.snapshot, connection=connection)
        finally:
            with self._lock:
                held.looks -= 1
                if held is not self._newest and not held.looks:
                    held.close()

    def close(self) -> None:
        """Let go of the version that is held."""
        with self._lock:
            self._let_go()

    def _current(self) -> _Held:
        if self._newest is None or self._newest.snapshot.path != current_snapshot(self._published):
            self._let_go()
            stack = ExitStack()
            self._newest = _Held(stack.enter_context(opened_snapshot(self._published)), stack.close)
        return self._newest

    def _let_go(self) -> None:
        held, self._newest = self._newest, None
        if held is not None and not held.looks:
            held.close()
