"""What a rule said of a table, in the fields of ``quality.check_results``, and the file that carries it to another process."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from expectations.suites import Severity, Stage

Status = Literal["passed", "failed", "error"]


@dataclass(frozen=True)
class CheckResult:
    """One rule on one table. ``error`` says nothing about the data: the check itself could not run."""

    stage: Stage
    subject: str
    rule: str
    severity: Severity
    status: Status
    rows_checked: int | None
    rows_failed: int | None
    message: str
    details: str


def write_results(results: Iterable[CheckResult], file: Path) -> None:
    """Write ``results`` as a JSON list; the file appears whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(file.suffix + ".part")
    unfinished.write_text(json.dumps([asdict(result) for result in results], ensure_ascii=False, indent=1), encoding="utf-8")
    unfinished.replace(file)
