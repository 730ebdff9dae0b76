"""Why a ticket's numbers are what they are: its events and what each did, its intervals, the sums they make, the verdicts.

From the published facts of the ticket clock. Computes nothing: the rules stand in the models and in docs/ticket-clock.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from reading.errors import UnknownName
from reading.snapshot import said_when_lacking

Row = Mapping[str, Any]

# Each duration of a ticket: its name for people, and the flag or activity of the intervals that it sums.
DURATIONS: Mapping[str, tuple[str, str]] = {
    "queue": ("until first assigned", "is_before_assignment"),
    "first_reply": ("until the first human reply", "is_before_first_reply"),
    "first_bot_reply": ("until the first bot reply", "is_before_first_bot_reply"),
    "first_resolution": ("until first resolved", "is_before_first_resolution"),
    "resolution": ("until resolved for good", "is_before_resolution"),
    "result_feedback": ("from resolution to result feedback", "is_between_resolution_and_feedback"),
    "agent_work": ("agent work", "agent_work"),
    "waiting_on_customer": ("waiting on the customer", "waiting_on_customer"),
    "on_hold": ("on hold", "on_hold"),
}
_ACTIVITIES = ("agent_work", "waiting_on_customer", "on_hold")
_RESOLVED = ("solved", "closed")


@dataclass(frozen=True)
class Explanation:
    """Everything the published facts say of one ticket."""

    ticket: Row
    events: Sequence[Row]
    intervals: Sequence[Row]
    verdicts: Sequence[Row]
    turns: Sequence[Row]


def read_explanation(connection: duckdb.DuckDBPyConnection, ticket_id: str) -> Explanation:
    """Read a ticket and all that explains it. ``UnknownName`` when no ticket, or more than one, has that id."""
    with said_when_lacking("ticket facts"):
        tickets = _rows(
            connection, "select * from core.fct_tickets where ticket_key = $id or ticket_id = $id order by ticket_key", ticket_id
        )
        if not tickets:
            raise UnknownName(f"There is no ticket {ticket_id!r}. The newest tickets: {_newest(connection)}.")
        if len(tickets) > 1:
            keys = ", ".join(str(ticket["ticket_key"]) for ticket in tickets)
            raise UnknownName(f"Several sources have a ticket {ticket_id!r}. Give one of the keys: {keys}.")
        key = str(tickets[0]["ticket_key"])
        return Explanation(
            ticket=tickets[0],
            events=_rows(connection, "select * from core.fct_ticket_events where ticket_key = $id order by event_number", key),
            intervals=_rows(connection, "select * from core.fct_ticket_intervals where ticket_key = $id order by interval_number", key),
            verdicts=_rows(
                connection, "select * from core.fct_ticket_sla where ticket_key = $id order by started_at nulls last, metric", key
            ),
            turns=_rows(connection, "select * from core.fct_ticket_turns where ticket_key = $id order by turn_number", key),
        )


def _rows(connection: duckdb.DuckDBPyConnection, query: str, parameter: str) -> list[Row]:
    result = connection.execute(query, {"id": parameter})
    names = [str(column[0]) for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _newest(connection: duckdb.DuckDBPyConnection) -> str:
    rows = connection.execute("select ticket_key from core.fct_tickets order by created_at desc, ticket_key limit 3").fetchall()
    return ", ".join(str(key) for (key,) in rows) or "none at all"


def meaning_of(event: Row, ticket: Row) -> list[str]:
    """What an event did to the ticket's clocks, or why it did nothing."""
    kind, moment = event["event_type"], event["occurred_at"]
    said: list[str] = []
    if event["is_from_merged_ticket"]:
        said.append(f"happened on {event['own_ticket_key']}, merged into this one: a contact")
    if event["is_before_creation"]:
        said.append("dated before the creation: stops no clock")
    elif event["is_human_reply"]:
        said.append("first human reply" if moment == ticket["first_reply_at"] else "human reply, not the first")
    elif event["is_bot_reply"]:
        said.append("first bot reply" if moment == ticket["first_bot_reply_at"] else "bot reply, not the first")
    elif kind == "assigned" and not event["is_from_merged_ticket"]:
        said.append("first assignment" if moment == ticket["first_assigned_at"] else "assignment, not the first")
    if kind == "agent_reply" and event["actor_role"] is None:
        said.append("by nobody on the staff list: counts as no reply")
    if kind == "status_changed" and not event["is_from_merged_ticket"]:
        said += _meaning_of_status(event, ticket)
    if kind == "result_feedback":
        said.append("reports the result" if moment == ticket["result_feedback_at"] else "not the first report after the resolution")
    return said


def _meaning_of_status(event: Row, ticket: Row) -> list[str]:
    moment = max(event["occurred_at"], ticket["created_at"])
    if event["to_value"] in _RESOLVED:
        said = [words for column, words in (("first_resolved_at", "first resolution"), ("resolved_at", "resolution for good"))
                if ticket[column] == moment]  # fmt: skip
        return said or [
            "resolved, and reopened later" if ticket["resolved_at"] is None or moment < ticket["resolved_at"] else "was resolved before"
        ]
    if event["from_value"] in _RESOLVED:
        return ["reopened: the clock runs again"]
    return {"pending": ["waits on the customer from here"], "on_hold": ["waits on a third party from here"]}.get(
        str(event["to_value"]), ["the agents' time from here"]
    )


def outcome_of(turn: Row) -> str:
    """What came of a turn, and why it counts or does not."""
    if turn["outcome"] == "answered":
        return f"answered by {turn['agent_key'] or 'somebody'}" + ("" if turn["is_answered_in_time"] else ", too late to count as answered")
    return {
        "open": "nobody has answered",
        "void": "void: solved without an answer, or written when it was solved",
        "unknown": "unknown: who answered had no role, or when is not told",
    }[str(turn["outcome"])]


def counts_in(interval: Row, duration: str) -> bool:
    """Whether an interval is part of the sum that ``duration`` is."""
    if duration in _ACTIVITIES:
        return interval["activity"] == duration
    return bool(interval[DURATIONS[duration][1]])
