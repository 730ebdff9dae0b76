"""What holds for every ticket: random histories and random calendars, against a second clock that walks minute by minute."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.compiled_models import CompiledModel
from tests.support.ticket_clock import HelpDesk, rows_of
from tests.unit.clock.naive_clock import NaiveCalendar, NaiveTicket

# Around the nights in which clocks go forward in London (30 March) and back in Auckland and Lord Howe (6 April).
START = datetime(2025, 3, 25)
DAYS = 20
AS_OF = START + timedelta(days=DAYS)
MOMENTS = st.integers(0, DAYS * 1440).map(lambda minutes: START + timedelta(minutes=minutes))
ROLES = {"ann": "human", "pat": "partner", "robot": "bot"}
ZONES = ["Asia/Shanghai", "Europe/London", "Pacific/Auckland", "Australia/Lord_Howe", "Pacific/Tongatapu", "Asia/Kolkata", "UTC"]
QUARTERS = [f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in range(96)]
CONTACTS = ["agent_reply", "bot_reply", "assigned", "result_feedback", "internal_note"]
STATUSES = ["new", "open", "pending", "on_hold", "solved", "closed"]

EVENTS = st.lists(
    st.one_of(
        st.fixed_dictionaries({
            "occurred_at": MOMENTS, "event_type": st.just("status_changed"), "actor": st.just("ann"), "to_value": st.sampled_from(STATUSES),
        }),
        st.fixed_dictionaries({
            "occurred_at": MOMENTS, "event_type": st.sampled_from(CONTACTS),
            "actor": st.sampled_from([*ROLES, "stranger"]), "to_value": st.just(None),
        }),
    ),
    max_size=14,
)  # fmt: skip
TICKETS = st.lists(st.tuples(MOMENTS, EVENTS), min_size=1, max_size=12)
SHIFTS = st.lists(st.tuples(st.sampled_from(QUARTERS), st.sampled_from([*QUARTERS, "24:00"])), max_size=3)


@st.composite
def calendars(draw: st.DrawFn, code: str) -> NaiveCalendar:
    """Any zone, any shifts on quarters of an hour, also overlapping, past midnight, changing and with exceptional days."""
    change = draw(st.one_of(st.none(), st.integers(0, DAYS).map(lambda days: START.date() + timedelta(days=days))))
    spells: list[tuple[date, date | None]] = [(date(2020, 1, 1), change)]
    if change is not None:
        spells.append((change, None))
    hours = [
        {"calendar_code": code, "weekday": weekday, "opens_at": opens, "closes_at": closes, "valid_from": valid_from, "valid_to": valid_to}
        for valid_from, valid_to in spells
        for weekday in range(1, 8)
        for opens, closes in draw(SHIFTS)
    ]
    exceptions: list[dict[str, Any]] = []
    for offset in draw(st.sets(st.integers(0, DAYS), max_size=4)):
        row: dict[str, Any] = {"exception_set": code, "exception_on": START.date() + timedelta(days=offset), "like_weekday": None,
                               "opens_at": None, "closes_at": None}  # fmt: skip
        kind = draw(st.sampled_from(["closed", "like_weekday", "open"]))
        row["exception_type"] = kind
        if kind == "like_weekday":
            row["like_weekday"] = draw(st.integers(1, 7))
        if kind == "open":
            row["opens_at"], row["closes_at"] = draw(st.sampled_from(QUARTERS)), draw(st.sampled_from(QUARTERS))
        exceptions.append(row)
    calendar = {
        "calendar_code": code, "calendar_name": code, "time_zone": draw(st.sampled_from(ZONES)), "exception_set": code,
        "valid_from": date(2020, 1, 1), "valid_to": None,
    }  # fmt: skip
    return NaiveCalendar(calendar, hours, exceptions)


def desk_with(tickets: Sequence[tuple[datetime, list[dict[str, Any]]]], calendar: NaiveCalendar) -> HelpDesk:
    desk = HelpDesk(as_of=AS_OF)
    desk.seeds = {
        "business_calendars": [dict(calendar.calendar)],
        "business_hours": [dict(row) for row in calendar.hours]
        or [{"calendar_code": "none", "weekday": 1, "opens_at": "09:00", "closes_at": "10:00", "valid_from": date(2020, 1, 1)}],
        "calendar_exceptions": [dict(row) for row in calendar.exceptions]
        or [{"exception_set": "none", "exception_on": date(2020, 1, 1), "exception_type": "closed"}],
        "calendar_assignments": [{"source_system": "office", "calendar_code": "drawn"}],
    }
    for agent, role in ROLES.items():
        desk.agent("office", agent, role)
    # One ticket makes sure that the source tells replies and statuses.
    witness = desk.ticket("witness", START)
    desk.event(witness, START, "status_changed", to_value="open")
    desk.event(witness, START, "agent_reply", actor="ann")
    for number, (created_at, events) in enumerate(tickets):
        key = desk.ticket(f"t{number:02}", created_at)
        for place, event in enumerate(events):
            event["event_id"] = f"t{number:02}e{place:02}"
            desk.event(key, event["occurred_at"], event["event_type"], actor=event["actor"], event_id=event["event_id"],
                       to_value=event["to_value"])  # fmt: skip
    return desk


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(tickets=TICKETS, calendar=calendars("drawn"))
def test_the_models_agree_with_a_clock_that_walks_minute_by_minute(
    clock_models: list[CompiledModel], tickets: list[tuple[datetime, list[dict[str, Any]]]], calendar: NaiveCalendar
) -> None:
    desk = desk_with(tickets, calendar)
    with desk.build(clock_models) as connection:
        measured = {row["ticket_id"]: row for row in rows_of(connection, "select * from core.fct_tickets")}
    walked = calendar.walk(START, AS_OF)
    for number, (created_at, events) in enumerate(tickets):
        ticket = measured[f"t{number:02}"]
        naive = NaiveTicket(created_at, AS_OF, events, ROLES).run()
        for name in ("first_reply_at", "first_bot_reply_at", "first_assigned_at", "first_resolved_at", "resolved_at", "result_feedback_at",
                     "reopen_count", "status"):  # fmt: skip
            assert ticket[name] == getattr(naive, name), name
        spans = {
            "first_reply": (created_at, naive.first_reply_at),
            "first_bot_reply": (created_at, naive.first_bot_reply_at),
            "queue": (created_at, naive.first_assigned_at),
            "first_resolution": (created_at, naive.first_resolved_at),
            "resolution": (created_at, naive.resolved_at),
            "result_feedback": (naive.resolved_at, naive.result_feedback_at),
        }
        for name, (started, stopped) in spans.items():
            if started is None or stopped is None:
                assert ticket[f"{name}_minutes"] is None, name
                assert ticket[f"{name}_business_minutes"] is None, name
            else:
                assert ticket[f"{name}_minutes"] == (stopped - started) / timedelta(minutes=1), name
                assert ticket[f"{name}_business_minutes"] == walked.open_minutes(started, stopped), name
        for name, statuses in {
            "agent_work": ("new", "open"), "waiting_on_customer": ("pending",), "on_hold": ("on_hold",),
        }.items():  # fmt: skip
            assert ticket[f"{name}_minutes"] == naive.minutes_in(statuses), name
            assert ticket[f"{name}_business_minutes"] == naive.minutes_in(statuses, walked), name


DURATIONS = {
    "queue": "is_before_assignment",
    "first_reply": "is_before_first_reply",
    "first_bot_reply": "is_before_first_bot_reply",
    "first_resolution": "is_before_first_resolution",
    "resolution": "is_before_resolution",
    "result_feedback": "is_between_resolution_and_feedback",
    "agent_work": "activity = 'agent_work'",
    "waiting_on_customer": "activity = 'waiting_on_customer'",
    "on_hold": "activity = 'on_hold'",
}


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(tickets=TICKETS, calendar=calendars("drawn"))
def test_intervals_fill_a_life_and_add_up_to_every_duration(
    clock_models: list[CompiledModel], tickets: list[tuple[datetime, list[dict[str, Any]]]], calendar: NaiveCalendar
) -> None:
    with desk_with(tickets, calendar).build(clock_models) as connection:
        intervals = rows_of(connection, "select * from core.fct_ticket_intervals order by ticket_key, interval_number")
        measured = rows_of(connection, "select * from core.fct_tickets")
        sums = ", ".join(
            f"coalesce(sum({seconds}) filter (where {condition}), 0) / 60.0 as {name}{column}"
            for name, condition in DURATIONS.items()
            for column, seconds in {"_minutes": "calendar_seconds", "_business_minutes": "business_seconds"}.items()
        )
        summed = {
            row["ticket_key"]: row for row in rows_of(connection, f"select ticket_key, {sums} from core.fct_ticket_intervals group by all")
        }
    for ticket in measured:
        life = [interval for interval in intervals if interval["ticket_key"] == ticket["ticket_key"]]
        assert [interval["interval_number"] for interval in life] == list(range(1, len(life) + 1))
        reached = ticket["created_at"]
        for interval in life:
            assert interval["started_at"] == reached
            assert interval["ended_at"] > reached
            reached = interval["ended_at"]
            assert 0 <= interval["business_seconds"] <= interval["calendar_seconds"]
            assert interval["calendar_seconds"] == (interval["ended_at"] - interval["started_at"]) / timedelta(seconds=1)
        assert reached == ticket["ends_at"]
        for name in DURATIONS:
            for column in (f"{name}_minutes", f"{name}_business_minutes"):
                if ticket[column] is not None:
                    assert ticket[column] == (summed[ticket["ticket_key"]][column] if life else 0), column
