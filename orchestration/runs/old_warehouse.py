"""The warehouse file while a new one is made in its place: set aside, and put back or removed afterwards.

Knows files only, and is safe to be cut short anywhere: whoever holds the refresh lock next settles what was left open.
"""

from __future__ import annotations

from pathlib import Path

from orchestration.home import Home
from reading.errors import SnapshotError
from reading.manifest import read_manifest
from reading.versions import current_snapshot

_PREFIX = "warehouse.before-"
_ENDING = ".duckdb"
_LOG = ".wal"


def set_warehouse_aside(home: Home, *, run_id: str) -> None:
    """Give the warehouse file another name while ``run_id`` makes a new one. Call it with the refresh lock held."""
    aside = home.root / f"{_PREFIX}{run_id}{_ENDING}"
    if not home.warehouse.exists():
        # The log of a file that is lost is of no use, and would be taken for the new file's.
        _log_of(home.warehouse).unlink(missing_ok=True)
        return
    home.warehouse.rename(aside)
    if _log_of(home.warehouse).exists():
        _log_of(home.warehouse).rename(_log_of(aside))


def settle_rebuild(home: Home) -> None:
    """Remove the old warehouse when the run that replaced it has published, else put it back. Call it with the refresh lock held."""
    left = {path.name.removesuffix(_LOG) for path in home.root.glob(f"{_PREFIX}*")}
    for aside in (home.root / name for name in sorted(left)):
        if _published_run(home) == aside.name.removeprefix(_PREFIX).removesuffix(_ENDING):
            aside.unlink(missing_ok=True)
            _log_of(aside).unlink(missing_ok=True)
            continue
        if aside.exists():
            # Without a new file the log is still that of the old one: the process was killed between the two renamings.
            if home.warehouse.exists():
                _log_of(home.warehouse).unlink(missing_ok=True)
            aside.rename(home.warehouse)
        if _log_of(aside).exists():
            _log_of(aside).rename(_log_of(home.warehouse))


def _log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}{_LOG}")


def _published_run(home: Home) -> str | None:
    """The run whose snapshot readers see."""
    try:
        return read_manifest(current_snapshot(home.published)).run_id
    except (SnapshotError, FileNotFoundError):
        return None
