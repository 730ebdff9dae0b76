"""One refresh in a process of its own, as the command line runs it; tells its events as JSON lines: ``python -m … HOME LANDING``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from orchestration.home import Home
from orchestration.runs.child_processes import end_with_parent
from orchestration.runs.refresh import run_refresh
from orchestration.runs.refresh_report import RefreshEvent

EXECUTABLE_VARIABLE = "FAULT_HARNESS_PYTHON"


def main(home: Path, landing: Path) -> None:
    """Refresh and tell; what the refresh itself prints goes to standard error."""
    end_with_parent()
    events = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    if EXECUTABLE_VARIABLE in os.environ:
        # The children of the refresh are started by the Python that this names, with dbt beside it.
        sys.executable = os.environ[EXECUTABLE_VARIABLE]

    def tell(event: RefreshEvent) -> None:
        if event.kind == "stage":
            events.write(json.dumps({"stage": event.name, "status": event.status, "detail": event.detail}) + "\n")

    outcome = run_refresh(Home(home), landing=landing, sources=[], as_of=None, full=False, on_event=tell)
    said = {"outcome": outcome.status, "next_steps": list(outcome.next_steps), "checks": [check.rule for check in outcome.failed_checks]}
    events.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
