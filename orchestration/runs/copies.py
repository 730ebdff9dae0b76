"""Makes up for copies of the current snapshot (the report, the replica) that the refresh which published it could not make.

Each copy says itself which snapshot it is of, so nothing is noted when one fails: the next refresh, also one that finds nothing new, looks.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestration.home import Home
from orchestration.publishing.reports import is_report_of_current, publish_report
from orchestration.settings import MEMORY_LIMIT, REPLICA_URL, report_language

# By which the outcome of a refresh knows that the snapshot stands and only its copies do not.
COPIES_BEHIND = "The snapshot stands, a copy of it is behind."


class CopiesBehind(Exception):
    """A copy could still not be made."""


def make_up_for_copies(home: Home) -> Sequence[str]:
    """Bring to the current snapshot what is behind it; returns what was done, for the log. Raises ``CopiesBehind``."""
    done, troubles = list[str](), list[str]()
    for copy in (_report, _replica):
        try:
            if said := copy(home):
                done.append(said)
        # Whatever hinders one copy is told, and hinders no other.
        except Exception as error:  # noqa: BLE001
            troubles.append(str(error))
    if troubles:
        # Its words are all there is to tell; what a server says is not hidden behind it.
        raise CopiesBehind(f"{COPIES_BEHIND} {' '.join(troubles)}") from None
    return done


def _report(home: Home) -> str | None:
    language = report_language()
    if not language or is_report_of_current(home.published):
        return None
    return f"The report was behind and is {publish_report(home.published, language=language, memory_limit=MEMORY_LIMIT.text)} now."


def _replica(home: Home) -> str | None:
    address = REPLICA_URL.value
    if not address:
        return None
    # psycopg is an extra that only those with a replica need.
    from orchestration.publishing.replica.replicating import is_behind, replicate_home

    if not is_behind(home, address):
        return None
    return f"The replica was behind and has {replicate_home(home, address).version} now."
