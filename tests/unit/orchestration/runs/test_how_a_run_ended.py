"""How a refresh ended: its own snapshot stands once it is announced, whatever breaks after that."""

from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.runs import refresh
from orchestration.runs.refresh_report import OutcomeStatus
from tests.support.publishing import publish_empty_snapshot


@pytest.mark.parametrize(
    ("published_by", "failed", "blocked", "ended"),
    [
        ("this run", False, False, "published"),
        ("another run", False, False, "unchanged"),
        ("this run", True, False, "copies_failed"),
        ("another run", True, False, "failed"),
        ("another run", True, True, "gate_failed"),
        (None, True, False, "failed"),
        (None, True, True, "gate_failed"),
    ],
)
def test_a_run_has_published_when_its_snapshot_is_the_current_one(
    tmp_path: Path, published_by: str | None, failed: bool, blocked: bool, ended: OutcomeStatus
) -> None:
    home = Home(tmp_path)
    if published_by is not None:
        publish_empty_snapshot(home, run_id=published_by)
    assert refresh._ending(home, "this run", failed=failed, blocked=blocked) == ended
