"""How a refresh ended: its own snapshot stands once it is announced, whatever breaks after that."""

from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.runs import refresh
from orchestration.runs.copies import COPIES_BEHIND
from orchestration.runs.refresh_report import OutcomeStatus
from tests.support.publishing import publish_empty_snapshot


@pytest.mark.parametrize(
    ("published_by", "failure", "blocked", "ended"),
    [
        ("this run", None, False, "published"),
        ("another run", None, False, "unchanged"),
        ("this run", "No password.", False, "copies_failed"),
        ("another run", f"Build the models: {COPIES_BEHIND} No password.", False, "copies_failed"),
        ("another run", "No space left on device.", False, "failed"),
        ("another run", "A check failed.", True, "gate_failed"),
        (None, "No space left on device.", False, "failed"),
        (None, "A check failed.", True, "gate_failed"),
    ],
)
def test_a_run_has_published_when_its_snapshot_is_the_current_one(
    tmp_path: Path, published_by: str | None, failure: str | None, blocked: bool, ended: OutcomeStatus
) -> None:
    home = Home(tmp_path)
    if published_by is not None:
        publish_empty_snapshot(home, run_id=published_by)
    assert refresh._ending(home, "this run", failure=failure, blocked=blocked) == ended
