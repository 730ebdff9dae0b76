"""How snapshots are named and which is the current one. Making, swapping and pruning them is publishing's.

A version is ``v<number>-<UTC time>``. The number rises by one with each snapshot, so the order of versions does not
depend on the clock.
"""

from __future__ import annotations

import re
from pathlib import Path

from reading.errors import DamagedSnapshot, NoSnapshot

CURRENT = "current"
VERSION = re.compile(r"v([0-9]{6,})-[0-9]{8}T[0-9]{6}Z")


def versions(published: Path) -> list[str]:
    """The names of the whole snapshots in ``published``, oldest first."""
    numbered = [(int(match[1]), path.name) for path in published.iterdir() if (match := VERSION.fullmatch(path.name)) and path.is_dir()]
    return [name for _, name in sorted(numbered)]


def current_version(published: Path) -> str | None:
    """The name ``current`` points to, or None when there is no such link."""
    current = published / CURRENT
    return str(current.readlink()) if current.is_symlink() else None


def current_snapshot(published: Path) -> Path:
    """The real path of the current snapshot. Raises ``NoSnapshot`` or, when the link is lost, ``DamagedSnapshot``."""
    version = current_version(published)
    if version is None:
        current = published / CURRENT
        if current.exists() or (published.is_dir() and versions(published)):
            what = "is no link to a snapshot, as publishing makes it" if current.exists() else "is gone, though snapshots are there"
            raise DamagedSnapshot(f"{current} {what}. Run aftersales refresh again: it makes the link anew.")
        raise NoSnapshot(f"Nothing has been published in {published} yet. Run: aftersales refresh")
    return (published / version).resolve()
