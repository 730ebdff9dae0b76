"""What a refresh tells while it runs and when it ends. Plain data: no Dagster, no DuckDB, no rendering.

The command line renders these; the Dagster job fills them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from reading.check_results import CheckResult
from reading.manifest import AlertEntry, HeadlineEntry

EventKind = Literal["stage", "feed", "model", "check"]
EventStatus = Literal["started", "succeeded", "warned", "failed", "skipped"]
OutcomeStatus = Literal["published", "unchanged", "copies_failed", "gate_failed", "failed"]


@dataclass(frozen=True)
class RefreshEvent:
    """One thing that began or ended while a refresh runs.

    ``done`` and ``total`` count things of the same kind within the running stage; ``total`` is None while it is
    not known. ``detail`` is one short phrase for people ("20,000 rows", "3 rows failed"), empty when there is none.
    """

    kind: EventKind
    name: str
    status: EventStatus
    detail: str = ""
    done: int = 0
    total: int | None = None


@dataclass(frozen=True)
class FeedCount:
    """What one feed delivered in this refresh. ``read`` is always ``accepted`` + ``rejected``."""

    source: str
    feed: str
    files: int
    refused: int
    read: int
    accepted: int
    rejected: int


@dataclass(frozen=True)
class RefreshOutcome:
    """How a refresh ended.

    ``published``: a new snapshot stands. ``unchanged``: nothing was new, so the current one stands.
    ``copies_failed``: the snapshot stands, what is made from it (the report, the replica) does not.
    ``gate_failed``: a critical check failed, the last good snapshot is
    untouched. ``failed``: the refresh itself broke before it published, the last good snapshot is untouched.
    """

    status: OutcomeStatus
    as_of: datetime | None
    feeds: Sequence[FeedCount] = field(default_factory=tuple)
    warnings: Sequence[str] = field(default_factory=tuple)
    checks_passed: int = 0
    checks_failed: int = 0
    failed_checks: Sequence[CheckResult] = field(default_factory=tuple)
    headline: Sequence[HeadlineEntry] = field(default_factory=tuple)
    alerts: Sequence[AlertEntry] = field(default_factory=tuple)
    snapshot_path: Path | None = None
    next_steps: Sequence[str] = field(default_factory=tuple)
    # The landing zone that was looked into.
    landing: Path | None = None
