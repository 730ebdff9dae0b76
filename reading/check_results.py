"""What a check said: a row of ``quality.check_results``, from the process that ran the check to those who read of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Stage = Literal["inbound", "dbt", "outbound"]
Severity = Literal["critical", "warning"]
Status = Literal["passed", "failed", "error"]


@dataclass(frozen=True)
class CheckResult:
    """One rule on one table. ``error`` says nothing about the data: the check itself could not run.

    ``details`` may quote rows. They stay in the warehouse.
    """

    stage: Stage
    subject: str
    rule: str
    severity: Severity
    status: Status
    rows_checked: int | None
    rows_failed: int | None
    message: str
    details: str = ""

    @property
    def examples(self) -> Sequence[str]:
        """The rows that the details quote."""
        if not self.details.startswith("{"):
            return []
        examples: list[str] = json.loads(self.details).get("examples", [])
        return examples
