"""How good the service on one ticket was, and what each of its scores is of, from the published outcomes. Computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from reading.figures import NOTHING
from reading.snapshot import said_when_lacking

_OUTCOMES = """
    select
        response_speed_score, problem_solving_score, attitude_score, communication_score, follow_up_score,
        scored_dimension_count, quality_score, quality_grade
    from core.fct_ticket_outcomes
    where ticket_key = ?
"""


@dataclass(frozen=True)
class Scores:
    """The scores of a ticket in scope; a dimension that nobody can judge, or not yet, has none."""

    response_speed: int | None
    problem_solving: int | None
    attitude: int | None
    communication: int | None
    follow_up: int | None
    scored_dimensions: int
    composite: float | None
    grade: str | None


def read_scores(connection: duckdb.DuckDBPyConnection, ticket_key: str) -> Scores | None:
    """The scores of a ticket; ``None`` out of scope."""
    with said_when_lacking("scores of tickets"):
        row = connection.execute(_OUTCOMES, [ticket_key]).fetchone()
    return None if row is None else Scores(*row)


def bands_of(scores: Scores, ticket: Mapping[str, Any]) -> list[tuple[str, int | None, str]]:
    """Each dimension with its score and what put it into its band, or why it has none."""
    minutes, code = ticket["first_reply_minutes"], ticket["resolution_code"]
    replied = (
        "no reply of a person" if minutes is None else f"first reply of a person after {minutes:,.2f}".rstrip("0").rstrip(".") + " min"
    )
    solved = (code or "resolved without a code") if ticket["is_resolved"] else "not resolved"
    answered = "the customer's newest valid answer"
    told = [
        ("response speed", scores.response_speed, replied, "may still be quick, or nobody knows who replied"),
        ("problem solving", scores.problem_solving, solved, f"{solved}: not judged, or not yet"),
        ("attitude", scores.attitude, answered, "no valid answer"),
        ("communication", scores.communication, answered, "no valid answer"),
        ("follow-up", scores.follow_up, "what came in the days after the resolution", "not resolved for long enough, or never told"),
    ]
    return [(name, score, why if score is not None else why_not) for name, score, why, why_not in told]


def composite_of(scores: Scores) -> str:
    """The composite in words."""
    if scores.composite is None:
        return f"{NOTHING}: {scores.scored_dimensions} of 5 dimensions are scored, three are needed"
    return f"{scores.composite:.2f}, {scores.grade}, of {scores.scored_dimensions} of 5 dimensions"
