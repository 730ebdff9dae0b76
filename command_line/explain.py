"""``aftersales explain``: why one ticket's numbers are what they are, from the published facts of the ticket clock.

Lists the ticket's events, what each of them started or stopped, the intervals of its life, which of them each duration sums, and the
service-level verdicts. Computes nothing: the rules stand in the models and in docs/ticket-clock.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
import typer
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from command_line.shared import HomeOption, failed, home_folder, misused, output_console, reading_snapshot

NOTHING = "–"

Row = Mapping[str, Any]

# Each duration of a ticket: its name for people, and the flag or activity of the intervals that it sums.
_DURATIONS: Mapping[str, tuple[str, str]] = {
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
_VERDICT_STYLES = {"met": "green", "breached": "red", "running": "yellow"}
_RESOLVED = ("solved", "closed")


@dataclass(frozen=True)
class Explanation:
    """Everything the published facts say of one ticket."""

    ticket: Row
    events: Sequence[Row]
    intervals: Sequence[Row]
    verdicts: Sequence[Row]


def explain(
    ticket_id: Annotated[str, typer.Argument(metavar="TICKET_ID", help="The ticket's id, or its key such as contract:T00001.")],
    zone: Annotated[str | None, typer.Option("--zone", help="Time zone to show moments in.", show_default="the business zone")] = None,
    home: HomeOption = None,
) -> None:
    """Explain a ticket: its events, the intervals they make, what each duration sums and how its service levels were judged.

    Example: aftersales explain T00001
    """
    asked_for = None if zone is None else _time_zone(zone)
    with reading_snapshot(home_folder(home)) as snapshot:
        try:
            explanation = read_explanation(snapshot.connection, ticket_id)
        except duckdb.CatalogException as error:
            raise failed(f"The snapshot has no ticket facts ({str(error).splitlines()[0]}). Run: aftersales refresh") from error
        except LookupError as error:
            raise misused(str(error.args[0])) from error
    console = output_console()
    for part in rendered(explanation, asked_for or ZoneInfo(snapshot.manifest.business_time_zone)):
        console.print(part)


def _time_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise misused(f"There is no time zone {name!r}. Give an IANA name such as Asia/Shanghai.") from error


def read_explanation(connection: duckdb.DuckDBPyConnection, ticket_id: str) -> Explanation:
    """Read a ticket and all that explains it. ``LookupError`` when no ticket, or more than one, has that id."""
    tickets = _rows(connection, "select * from core.fct_tickets where ticket_key = $id or ticket_id = $id order by ticket_key", ticket_id)
    if not tickets:
        raise LookupError(f"There is no ticket {ticket_id!r}. The newest tickets: {_newest(connection)}.")
    if len(tickets) > 1:
        keys = ", ".join(str(ticket["ticket_key"]) for ticket in tickets)
        raise LookupError(f"Several sources have a ticket {ticket_id!r}. Give one of the keys: {keys}.")
    key = str(tickets[0]["ticket_key"])
    return Explanation(
        ticket=tickets[0],
        events=_rows(connection, "select * from core.fct_ticket_events where ticket_key = $id order by event_number", key),
        intervals=_rows(connection, "select * from core.fct_ticket_intervals where ticket_key = $id order by interval_number", key),
        verdicts=_rows(connection, "select * from core.fct_ticket_sla where ticket_key = $id order by started_at nulls last, metric", key),
    )


def _rows(connection: duckdb.DuckDBPyConnection, query: str, parameter: str) -> list[Row]:
    result = connection.execute(query, {"id": parameter})
    names = [str(column[0]) for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _newest(connection: duckdb.DuckDBPyConnection) -> str:
    rows = connection.execute("select ticket_key from core.fct_tickets order by created_at desc, ticket_key limit 3").fetchall()
    return ", ".join(str(key) for (key,) in rows) or "none at all"


def rendered(explanation: Explanation, zone: ZoneInfo) -> list[RenderableType]:
    """The explanation as headings and tables, moments in ``zone``."""
    return [
        _heading(explanation.ticket, zone),
        _events_table(explanation, zone),
        _intervals_table(explanation, zone),
        _durations_table(explanation),
        _verdicts_table(explanation.verdicts, zone),
    ]


def _heading(ticket: Row, zone: ZoneInfo) -> Text:
    lines = [
        f"Ticket {ticket['ticket_key']}: {ticket['issue_type']} by {ticket['channel']}, priority {ticket['priority'] or 'unknown'}",
        f"Opened {_moment(ticket['created_at'], zone)} ({zone.key}), status {ticket['status'] or 'unknown'}, {_scope(ticket)}",
        f"With {ticket['agent_key'] or 'nobody'}{_of_team(ticket)}, business minutes by {ticket['calendar_code'] or 'no calendar'}",
    ]
    return Text("\n".join(lines))


def _of_team(ticket: Row) -> str:
    return f" of {ticket['agent_team']}" if ticket["agent_team"] else ""


def _scope(ticket: Row) -> str:
    if ticket["is_merged"]:
        return f"merged into {ticket['merged_into_ticket_key']}: its events count there, it is no ticket of its own"
    if ticket["is_spam"]:
        return "spam: out of scope"
    if ticket["is_pre_sale"]:
        return "before a purchase: out of scope"
    return "in scope"


def _events_table(explanation: Explanation, zone: ZoneInfo) -> Table:
    table = Table(title="Events that count", title_justify="left", caption=None)
    table.add_column("#", justify="right")
    table.add_column("When", no_wrap=True)
    table.add_column("What")
    table.add_column("Who")
    table.add_column("Change")
    table.add_column("What it means", overflow="fold")
    for event in explanation.events:
        table.add_row(
            str(event["event_number"]),
            _moment(event["occurred_at"], zone),
            str(event["event_type"]),
            escape(_actor(event)),
            escape(_change(event)),
            escape("; ".join(meaning_of(event, explanation.ticket)) or NOTHING),
        )
    return table


def _actor(event: Row) -> str:
    if not event["actor_key"]:
        return NOTHING
    return f"{event['actor_key']} ({event['actor_role'] or 'not on the staff list'})"


def _change(event: Row) -> str:
    if event["to_value"] is None:
        return NOTHING
    return f"{event['from_value'] or '?'} → {event['to_value']}"


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


def _intervals_table(explanation: Explanation, zone: ZoneInfo) -> Table:
    table = Table(title="Intervals of its life", title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("From", no_wrap=True)
    table.add_column("To", no_wrap=True)
    table.add_column("Status")
    table.add_column("Activity")
    table.add_column("Calendar", justify="right", no_wrap=True)
    table.add_column("Business", justify="right", no_wrap=True)
    table.add_column("Counts in", overflow="fold")
    for interval in explanation.intervals:
        table.add_row(
            str(interval["interval_number"]),
            _moment(interval["started_at"], zone),
            _moment(interval["ended_at"], zone),
            str(interval["status"] or NOTHING),
            str(interval["activity"]),
            _length(interval["calendar_seconds"]),
            _length(interval["business_seconds"]),
            ", ".join(name for name in _DURATIONS if _counts(interval, name) and explanation.ticket[f"{name}_minutes"] is not None)
            or NOTHING,
        )
    return table


def _counts(interval: Row, duration: str) -> bool:
    if duration in _ACTIVITIES:
        return interval["activity"] == duration
    return bool(interval[_DURATIONS[duration][1]])


def _durations_table(explanation: Explanation) -> Table:
    table = Table(title="Durations", title_justify="left")
    table.add_column("Duration")
    table.add_column("What it measures")
    table.add_column("Calendar minutes", justify="right")
    table.add_column("Business minutes", justify="right")
    table.add_column("Sum of intervals")
    for name, (words, _) in _DURATIONS.items():
        calendar, business = explanation.ticket[f"{name}_minutes"], explanation.ticket[f"{name}_business_minutes"]
        numbers = [int(interval["interval_number"]) for interval in explanation.intervals if _counts(interval, name)]
        table.add_row(
            name, words, _minutes(calendar), _minutes(business), (_listed(numbers) or "none") if calendar is not None else "has not stopped"
        )
    return table


def _listed(numbers: Sequence[int]) -> str:
    """Numbers with runs written as from–to: 1–3, 5."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _verdicts_table(verdicts: Sequence[Row], zone: ZoneInfo) -> Table:
    table = Table(title="Service levels", title_justify="left")
    for title in ("Metric", "Verdict", "Policy", "Priority then"):
        table.add_column(title)
    for title in ("Target", "Ran", "Paused"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Clock")
    table.add_column("From", no_wrap=True)
    table.add_column("To", no_wrap=True)
    for row in verdicts:
        policy = NOTHING if row["policy_id"] is None else f"{row['policy_id']}: {row['policy_name']}"
        if row["tied_policy_id"] is not None:
            policy += f" (ties with {row['tied_policy_id']})"
        verdict = str(row["verdict"])
        table.add_row(
            str(row["metric"]),
            Text(verdict, style=_VERDICT_STYLES.get(verdict, "")),
            escape(policy),
            str(row["priority"] or NOTHING),
            _minutes(row["target_minutes"]),
            _minutes(row["elapsed_minutes"]),
            _minutes(row["paused_minutes"]),
            str(row["calendar_code"] or row["clock"] or NOTHING),
            _moment(row["started_at"], zone),
            _moment(row["stopped_at"], zone) if row["stopped_at"] is not None else "running",
        )
    return table


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    if moment is None:
        return NOTHING
    return moment.replace(tzinfo=UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _length(seconds: int | None) -> str:
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,}:{minutes:02}:{rest:02}"


def _minutes(minutes: float | None) -> str:
    return NOTHING if minutes is None else f"{minutes:,.2f}".rstrip("0").rstrip(".")
