"""``aftersales explain``: why one ticket's numbers are what they are, from the published facts of the ticket clock; who one customer is.

Shows the ticket's events, what each of them started or stopped, the intervals of its life, which of them each duration sums, the turns
of the conversation, the service-level verdicts, its scores, and what was booked on it. What they mean is said in ``reading.tickets``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from command_line.explained_costs import rendered_costs
from command_line.shared import HomeOption, command, home_folder, misused, output_console, reading_snapshot
from reading.customers import RULES, Customer, is_customer_key, read_customer
from reading.figures import NOTHING
from reading.scores import Scores, bands_of, composite_of, read_scores
from reading.ticket_costs import read_costs
from reading.tickets import DURATIONS, Explanation, Row, counts_in, meaning_of, outcome_of, read_explanation

_WIDE = 150
_VERDICT_STYLES = {"met": "green", "breached": "red", "running": "yellow"}


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="TICKET_ID|CUSTOMER_KEY",
            help="A ticket's id, or its key such as contract:T00001; or a customer's key as published, 64 hexadecimal digits.",
        ),
    ],
    zone: Annotated[str | None, typer.Option("--zone", help="Time zone to show moments in.", show_default="the business zone")] = None,
    home: HomeOption = None,
) -> None:
    """Explain a ticket: its events, the intervals they make, what each duration sums, its turns, its service levels, its scores.

    Explain a customer: which systems' accounts they are, and by what those were recognised as one person's.

    Example: aftersales explain T00001
    """
    asked_for = None if zone is None else _time_zone(zone)
    place = home_folder(home)
    with reading_snapshot(place) as snapshot:
        zone_shown = asked_for or ZoneInfo(snapshot.manifest.business_time_zone)
        if is_customer_key(name):
            parts = rendered_customer(read_customer(snapshot.connection, name), zone_shown)
        else:
            explanation = read_explanation(snapshot.connection, name)
            parts = rendered(explanation, zone_shown)
            if snapshot.has_table("core", "fct_ticket_outcomes"):
                parts += rendered_scores(read_scores(snapshot.connection, str(explanation.ticket["ticket_key"])), explanation.ticket)
            parts += rendered_costs(read_costs(snapshot.connection, str(explanation.ticket["ticket_key"])))
    console = output_console()
    for part in parts:
        console.print(part)
    if console.width < _WIDE and not is_customer_key(name):
        whole = f"{command(f'explain {name}', place)} | less -S"
        console.print(
            f"Cut where it is too wide; a terminal of {_WIDE} columns shows all, and so does: {whole}", markup=False, soft_wrap=True
        )


def _time_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise misused(f"There is no time zone {name!r}. Give an IANA name such as Asia/Shanghai.") from error


def rendered(explanation: Explanation, zone: ZoneInfo) -> list[RenderableType]:
    """The explanation as headings and tables, moments in ``zone``."""
    return [
        _heading(explanation.ticket, zone),
        _events_table(explanation, zone),
        _intervals_table(explanation, zone),
        _durations_table(explanation),
        _turns_table(explanation.turns, zone),
        _verdicts_table(explanation.verdicts, zone),
    ]


def rendered_scores(scores: Scores | None, ticket: Row) -> list[RenderableType]:
    """The ticket's score on each dimension, and altogether; nothing out of scope."""
    if scores is None:
        return []
    table = Table(title="Service quality", title_justify="left", caption=f"Composite: {composite_of(scores)}", caption_justify="left")
    table.add_column("Dimension")
    table.add_column("Score", justify="right")
    table.add_column("Of what", overflow="fold")
    for name, score, reason in bands_of(scores, ticket):
        table.add_row(name, NOTHING if score is None else str(score), escape(reason))
    return [table]


def rendered_customer(customer: Customer, zone: ZoneInfo) -> list[RenderableType]:
    """A customer's systems and what joined them, moments in ``zone``."""
    heading = Text(f"Customer {customer.key} of shop {customer.shop}")
    if not customer.joins:
        return [heading, Text(f"One account, in {customer.source_system}: nobody of another system was recognised as them.")]
    table = Table(title=f"Accounts ({zone.key})", title_justify="left", caption=f"Region and tier are those of {customer.source_system}")
    for title in ("System", "Recognised by", "Accounts", "First delivered"):
        table.add_column(title, overflow="fold", justify="right" if title == "Accounts" else "left")
    for joined in customer.joins:
        table.add_row(joined.source_system, RULES[joined.rule], str(joined.account_count), _moment(joined.delivered_at, zone))
    return [heading, table]


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
            ", ".join(name for name in DURATIONS if counts_in(interval, name) and explanation.ticket[f"{name}_minutes"] is not None)
            or NOTHING,
        )
    return table


def _durations_table(explanation: Explanation) -> Table:
    table = Table(title="Durations", title_justify="left")
    table.add_column("Duration")
    table.add_column("What it measures")
    table.add_column("Calendar minutes", justify="right")
    table.add_column("Business minutes", justify="right")
    table.add_column("Sum of intervals")
    for name, (words, _) in DURATIONS.items():
        calendar, business = explanation.ticket[f"{name}_minutes"], explanation.ticket[f"{name}_business_minutes"]
        numbers = [int(interval["interval_number"]) for interval in explanation.intervals if counts_in(interval, name)]
        table.add_row(
            name, words, _minutes(calendar), _minutes(business), (_listed(numbers) or "none") if calendar is not None else "has not stopped"
        )
    return table


def _turns_table(turns: Sequence[Row], zone: ZoneInfo) -> Table:
    table = Table(title="Turns of the conversation", title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("Opened", no_wrap=True)
    table.add_column("By")
    table.add_column("Messages", justify="right")
    table.add_column("What came of it", overflow="fold")
    for title in ("Calendar", "Business", "Target"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Within")
    table.add_column("Next reply", overflow="fold")
    for turn in turns:
        table.add_row(
            str(turn["turn_number"]),
            _moment(turn["opened_at"], zone),
            str(turn["opened_by"]),
            str(turn["message_count"]),
            escape(outcome_of(turn)),
            _length(turn["reply_seconds"]),
            _length(turn["reply_business_seconds"]),
            _length(turn["target_seconds"]),
            _yes_or_no(turn["is_replied_within_target"]),
            NOTHING
            if turn["next_reply_policy_id"] is None
            else escape(f"{turn['next_reply_policy_id']}: {_yes_or_no(turn['is_next_reply_in_time'], 'met', 'breached', 'running')}"),
        )
    return table


def _yes_or_no(truth: bool | None, yes: str = "yes", no: str = "no", unknown: str = NOTHING) -> str:
    return unknown if truth is None else yes if truth else no


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
