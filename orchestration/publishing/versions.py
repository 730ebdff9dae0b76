"""The folder of published snapshots while it changes: the next version, the link ``current``, pruning, leftovers. Knows no DuckDB.

How versions are named and which is the current one is said in ``reading.versions``.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from reading.versions import CURRENT, VERSION, current_version, versions

_BUILDING_PREFIX = ".building-"
_REFUSED_PREFIX = ".refused-"
_SWAPPING_PREFIX = ".current-"
_REMOVING_PREFIX = ".removing-"
_LOCK_FILE = ".lock"


@contextmanager
def publishing_lock(published: Path) -> Generator[None]:
    """Hold the folder's lock for the block, waiting for it. It goes with its process, however that ends."""
    published.mkdir(parents=True, exist_ok=True)
    published.chmod(0o755)
    with (published / _LOCK_FILE).open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        yield


def next_version(published: Path, created_at: datetime) -> str:
    """The name of the snapshot after all that are there."""
    existing = versions(published)
    newest = VERSION.fullmatch(existing[-1]) if existing else None
    number = int(newest[1]) + 1 if newest else 1
    return f"v{number:06d}-{created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def building_folder(published: Path, version: str) -> Path:
    """Where ``version`` is built before it gets its name."""
    return published / f"{_BUILDING_PREFIX}{version}"


def building_folders(published: Path) -> list[Path]:
    """Where something is built or was left half built."""
    return sorted(published.glob(f"{_BUILDING_PREFIX}*"))


def set_aside(published: Path, building: Path, version: str) -> Path:
    """Give a snapshot that was refused a name that says so: somebody may look at it until the next one is built. Returns the new path."""
    refused = published / f"{_REFUSED_PREFIX}{version}"
    building.rename(refused)
    return refused


def was_refused(published: Path) -> bool:
    """Whether the last snapshot that was built was set aside."""
    return any(published.glob(f"{_REFUSED_PREFIX}*"))


def remove_leftovers(published: Path) -> list[str]:
    """Remove what a crashed publish left behind and return the names; refused snapshots go too. Call it with the lock held."""
    removed: list[str] = []
    for path in sorted(published.iterdir()):
        if path.name.startswith(_REFUSED_PREFIX):
            shutil.rmtree(path)
        elif path.name.startswith((_BUILDING_PREFIX, _REMOVING_PREFIX)):
            shutil.rmtree(path)
            removed.append(path.name)
        elif path.name.startswith(_SWAPPING_PREFIX):
            path.unlink()
            removed.append(path.name)
    return removed


def announce(published: Path, building: Path, version: str) -> Path:
    """Give ``building`` its final name, on disk for good, and return the new path."""
    snapshot = published / version
    sync_tree(building)
    building.rename(snapshot)
    sync(published)
    return snapshot


def point_current_to(published: Path, version: str) -> str | None:
    """Swap ``current`` onto ``version`` in one step: a reader sees the old one or the new one, never none.

    A folder called ``current`` (a copy that followed the link, most likely) is first moved aside; returns its new name.
    """
    current = published / CURRENT
    aside = None
    if current.exists() and not current.is_symlink():
        aside = f"{CURRENT}-before-{version}"
        current.rename(published / aside)
    link = published / f"{_SWAPPING_PREFIX}{version}"
    link.symlink_to(version, target_is_directory=True)
    link.replace(current)
    sync(published)
    return aside


def prune(published: Path, keep: int) -> list[str]:
    """Remove the oldest snapshots beyond ``keep`` and return their names. Never the current one."""
    current = current_version(published)
    existing = versions(published)
    superseded = [version for version in existing[: max(len(existing) - keep, 0)] if version != current]
    for version in superseded:
        # Renamed first: a removal that is cut short leaves no half snapshot under a version's name.
        doomed = published / f"{_REMOVING_PREFIX}{version}"
        (published / version).rename(doomed)
        shutil.rmtree(doomed)
    return superseded


def sync_tree(folder: Path) -> None:
    """Write every file and folder under ``folder``, and itself, through to the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Write one file or folder through to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
