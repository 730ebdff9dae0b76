"""What the last refresh said when it did not publish, kept until one does: who asks for the status has not seen its terminal.

A file beside the warehouse, since a refresh may fail before there is one. Refreshes that Dagster starts are told by Dagster, and one
that could not even begin leaves no home behind.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from orchestration.home import Home
from orchestration.runs.refresh_report import RefreshOutcome

_DONE = ("published", "unchanged")


@dataclass(frozen=True)
class LastFailure:
    """When a refresh ended without a snapshot, whether a check stopped it, and what it said."""

    ended_at: str
    is_of_gate: bool
    said: Sequence[str]


def note_outcome(home: Home, outcome: RefreshOutcome) -> None:
    """Keep what a refresh says that did not publish; forget what an earlier one said once a refresh is done."""
    if outcome.status in _DONE:
        home.last_failure.unlink(missing_ok=True)
        return
    checks = [check.message for check in outcome.failed_checks if check.severity == "critical"]
    failure = LastFailure(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", outcome.status == "gate_failed", [*checks, *outcome.next_steps])
    if not home.root.is_dir():
        return
    draft = home.last_failure.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(failure), ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(home.last_failure)


def last_failure(home: Home) -> LastFailure | None:
    """What the last refresh said, if it did not publish; None also where that cannot be read."""
    try:
        return LastFailure(**json.loads(home.last_failure.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
