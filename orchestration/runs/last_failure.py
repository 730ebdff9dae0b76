"""What the last refresh said when it did not publish, kept until one does: who asks for the status has not seen its terminal.

A file beside the warehouse, since a refresh may fail before there is one. Of refreshes that Dagster starts the sensor writes it that
Dagster asks of failed runs. One that could not even begin leaves no home behind.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from orchestration.home import Home
from orchestration.runs.refresh_report import RefreshOutcome
from reading.manifest import read_manifest
from reading.versions import current_version

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
        forget_failure(home)
        return
    checks = [check.message for check in outcome.failed_checks if check.severity == "critical"]
    _keep(home, LastFailure(_in_words(datetime.now(UTC)), outcome.status == "gate_failed", [*checks, *outcome.next_steps]))


def note_failed_run(home: Home, *, ended_at: datetime, is_of_gate: bool, said: Sequence[str]) -> None:
    """Keep what a run of Dagster's said, which failed at ``ended_at``, unless a refresh has told or done better since."""
    version = current_version(home.published)
    published_at = None if version is None else read_manifest(home.published / version).created_at
    failure, known = LastFailure(_in_words(ended_at), is_of_gate, said), last_failure(home)
    if (published_at is None or published_at < ended_at) and (known is None or known.ended_at < failure.ended_at):
        _keep(home, failure)


def forget_failure(home: Home) -> None:
    """A refresh is done: nothing that an earlier one said holds any more."""
    home.last_failure.unlink(missing_ok=True)


def _in_words(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _keep(home: Home, failure: LastFailure) -> None:
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
