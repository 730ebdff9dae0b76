"""A second ticket clock, as plain as it can be: it walks through a calendar minute by minute and through a ticket event by event.

Shares nothing with the models: no slots, no sums of sums, no SQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
UTC = ZoneInfo("UTC")
RESOLVED = ("solved", "closed")


def minute_of(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


@dataclass(frozen=True)
class NaiveCalendar:
    """One calendar out of rows like those of the seeds."""

    calendar: Mapping[str, Any]
    hours: Iterable[Mapping[str, Any]]
    exceptions: Iterable[Mapping[str, Any]]
    start: datetime = datetime.min
    open_by_minute: Sequence[bool] = ()

    def shifts_of(self, day: date) -> list[tuple[int, int]]:
        """The shifts that begin on a local date, in minutes after its midnight."""
        if day < self.calendar["valid_from"] or (self.calendar["valid_to"] is not None and day >= self.calendar["valid_to"]):
            return []
        weekday: int | None = day.isoweekday()
        rows: list[tuple[str, str]] = []
        todays = [row for row in self.exceptions if row["exception_on"] == day]
        if todays:
            weekday = next((row["like_weekday"] for row in todays if row["exception_type"] == "like_weekday"), None)
            rows += [(row["opens_at"], row["closes_at"]) for row in todays if row["exception_type"] == "open"]
        rows += [
            (row["opens_at"], row["closes_at"])
            for row in self.hours
            if row["weekday"] == weekday and row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])
        ]
        return [(minute_of(opens), minute_of(closes) + (1440 if minute_of(closes) <= minute_of(opens) else 0)) for opens, closes in rows]

    def is_open(self, moment: datetime) -> bool:
        """Whether the wall clock at a moment (UTC, without zone) stands inside a shift of today or in the tail of one of yesterday."""
        local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.calendar["time_zone"]))
        minute = local.hour * 60 + local.minute
        today = local.date()
        if any(opens <= minute < closes for opens, closes in self.shifts_of(today)):
            return True
        return any(opens <= minute + 1440 < closes for opens, closes in self.shifts_of(today - timedelta(days=1)))

    def walk(self, start: datetime, end: datetime) -> "NaiveCalendar":
        """Look at every minute of a span once and remember whether it is open."""
        minutes = range((end - start) // MINUTE)
        return replace(self, start=start, open_by_minute=[self.is_open(start + minute * MINUTE) for minute in minutes])

    def open_minutes(self, earlier: datetime, later: datetime) -> int:
        """Count the open minutes between two moments of the span that was walked through."""
        return sum(self.open_by_minute[(earlier - self.start) // MINUTE : (later - self.start) // MINUTE])


@dataclass
class NaiveTicket:
    """What the clock of one ticket should read, in minutes."""

    created_at: datetime
    as_of: datetime
    events: list[dict[str, Any]]
    roles: Mapping[str, str]
    first_reply_at: datetime | None = None
    first_bot_reply_at: datetime | None = None
    first_assigned_at: datetime | None = None
    first_resolved_at: datetime | None = None
    resolved_at: datetime | None = None
    result_feedback_at: datetime | None = None
    reopen_count: int = 0
    status: str = "new"
    stretches: list[tuple[datetime, datetime, str]] = field(default_factory=list)

    def run(self) -> "NaiveTicket":
        """Walk through the events in order, once."""
        since = self.created_at
        stranger_replied_at: datetime | None = None
        for event in sorted(self.events, key=lambda event: (event["occurred_at"], event["event_id"])):
            moment, kind = event["occurred_at"], event["event_type"]
            is_early = moment < self.created_at
            role = self.roles.get(event["actor"])
            # Who a stranger is nobody knows: what comes after their reply may not be the first of its kind.
            if kind == "agent_reply" and role is None and not is_early:
                stranger_replied_at = stranger_replied_at or moment
            is_first = stranger_replied_at is None or stranger_replied_at >= moment
            if kind == "agent_reply" and role in ("human", "partner") and not is_early and is_first:
                self.first_reply_at = self.first_reply_at or moment
            if (kind == "bot_reply" or (kind == "agent_reply" and role == "bot")) and not is_early and is_first:
                self.first_bot_reply_at = self.first_bot_reply_at or moment
            if kind == "assigned" and not is_early:
                self.first_assigned_at = self.first_assigned_at or moment
            if kind == "status_changed" and event["to_value"] != self.status:
                entered = max(moment, self.created_at)
                self.stretches.append((since, entered, self.status))
                self._enter(event["to_value"], entered)
                since = entered
        if self.status not in RESOLVED:
            self.stretches.append((since, self.as_of, self.status))
        # A feedback before the last solution was about an earlier one.
        feedbacks = [event["occurred_at"] for event in self.events if event["event_type"] == "result_feedback"]
        if self.resolved_at is not None:
            self.result_feedback_at = min((moment for moment in feedbacks if moment >= self.resolved_at), default=None)
        return self

    def _enter(self, status: str, moment: datetime) -> None:
        before, self.status = self.status, status
        if before in RESOLVED and status not in RESOLVED:
            self.reopen_count += 1
            self.resolved_at = None
        if status == "solved" or (status == "closed" and before not in RESOLVED):
            self.first_resolved_at = self.first_resolved_at or moment
            self.resolved_at = moment

    def minutes_in(self, statuses: Iterable[str], calendar: NaiveCalendar | None = None) -> float:
        """Minutes spent in some statuses, open ones only if a calendar is given."""
        total = 0.0
        for started, ended, status in self.stretches:
            if status in statuses:
                total += (ended - started) / MINUTE if calendar is None else calendar.open_minutes(started, ended)
        return total
