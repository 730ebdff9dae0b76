"""How a feed declares where its records stand in JSON documents, and in those of another feed. Taking them out is ``records``'s."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from orchestration.loading.json_paths import enclosing_key

_PATH = re.compile(r"""\$(?:\.(?:[A-Za-z_][A-Za-z0-9_-]*|"[^"\\]+")|\[\*\])*""")


def wrong_records(path: str) -> str | None:
    """Why a path to records is none, and what to do; None: it is one."""
    if _PATH.fullmatch(path):
        return None
    return f"'{path}' is no path to records; say $ for the document itself, $.data, $.data[*] or $[*], made of names and [*]"


def wrong_surroundings(headers: Iterable[str], *, where: bool, unfolds: bool) -> str | None:
    """What a feed says of what is around its records, where they stand in nothing, and what to do."""
    around = next((header for header in headers if enclosing_key(header)), None)
    if unfolds or (around is None and not where):
        return None
    what = "where" if around is None else f"the header '{around}'"
    return f"{what} speaks of what is around a record; say where in a document the records are, such as records: $.data[*]"


def wrong_within(feed: str, outer: str, *, outer_is_within: bool) -> str | None:
    """Why records of ``feed`` cannot be looked for in the files of ``outer``, and what to do."""
    if feed != outer and not outer_is_within:
        return None
    return f"within names '{outer}', which has no files of its own; name the feed whose files hold the records"


def paths_within(outer: Sequence[str], path: str) -> tuple[str, ...]:
    """Where in a document records are that stand at ``path`` in the records of another feed."""
    return tuple(f"{each}{path.removeprefix('$')}" for each in outer or ("$",))
