"""What readers are told when there is nothing to read, as errors whose message a person can act on."""

from __future__ import annotations

from difflib import get_close_matches


class SnapshotError(RuntimeError):
    """Base of everything that keeps a snapshot from being read."""


class NoSnapshot(SnapshotError):
    """Nothing has been published yet."""


class DamagedSnapshot(SnapshotError):
    """The current snapshot is not what its manifest says."""


class LacksTable(SnapshotError):
    """The snapshot is whole, and was published without the tables that were asked for."""


class UnknownName(LookupError):
    """A KPI, dimension, member or ticket that the snapshot does not have."""


class NotOneReading(ValueError):
    """A text that is not one statement that reads."""


def unknown_name(what: str, name: str, known: list[str]) -> str:
    """A sentence that an unknown name deserves: the names near to it, else where to find them all."""
    near = get_close_matches(name, known, n=4, cutoff=0.5) or [other for other in known if name and name.lower() in other.lower()][:4]
    hint = f"Did you mean {', '.join(near)}?" if near else f"Known: {', '.join(known)}."
    return f"There is no {what} {name!r}. {hint}"
