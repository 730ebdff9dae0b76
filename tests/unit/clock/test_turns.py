"""Turns of a conversation: what a customer writes until a person answers. All tickets stand in one help desk, so that it is built once.

Chats are to be answered within 180 seconds from 8:00 to 23:00, e-mails within an hour until 15 March and within half of one from then on,
from 22:00 to 2:00; further replies within 60 minutes, those on urgent tickets within 10. The office is open from 9:00 to 18:00.
"""

import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from tests.support.compiled_models import CompiledModel
from tests.support.ticket_clock import HelpDesk, at, one, rows_of
from tests.support.warehouse import PROJECT_ROOT

AS_OF = at("2025-03-20 12:00")
ROLES = {"ann": "human", "pat": "partner", "robot": "bot"}


def policy(policy_id: str, target: int, priority: str | None = None) -> dict[str, Any]:
    return {"policy_id": policy_id, "policy_name": policy_id, "metric": "next_reply", "priority": priority, "target_minutes": target,
            "clock": "calendar", "valid_from": "2023-01-01"}  # fmt: skip


def target(channel: str, seconds: int, opens: str, closes: str, valid_from: str, valid_to: str | None = None) -> dict[str, Any]:
    return {"channel": channel, "target_seconds": seconds, "opens_at": opens, "closes_at": closes, "valid_from": valid_from,
            "valid_to": valid_to}  # fmt: skip


@pytest.fixture(scope="module")
def desk(clock_models: list[CompiledModel]) -> Iterator[duckdb.DuckDBPyConnection]:
    help_desk = HelpDesk(as_of=AS_OF)
    help_desk.seeds = {
        "sla_policies": [policy("next", 60), policy("next_urgent", 10, "urgent")],
        "calendar_assignments": [{"source_system": "office", "calendar_code": "cn_office"}],
        "reply_targets": [
            target("chat", 180, "08:00", "23:00", "2020-01-01"),
            target("email", 3600, "22:00", "02:00", "2020-01-01", "2025-03-15"),
            target("email", 1800, "22:00", "02:00", "2025-03-15"),
        ],
    }
    for agent, role in ROLES.items():
        help_desk.agent("office", agent, role, team=f"{agent}s")
    help_desk.agent("office", "was_bot", "bot")
    help_desk.agent("office", "was_bot", "human", valid_from=at("2025-03-03 12:00"))
    help_desk.agent("mute", "ann", "human")
    for told in (*STORIES, *EDGES):
        tell(help_desk, *told)
    for ticket_id, opened, _ in MAILS:
        tell(help_desk, ticket_id, opened, channel="email")
    merged = help_desk.ticket("merged", at("2025-03-03 10:20"), merged_into="office:merged_into")
    help_desk.event(merged, at("2025-03-03 10:20"), "created")
    noted = help_desk.ticket("noted", at("2025-03-03 10:25"), merged_into="office:merged_into")
    help_desk.event(noted, at("2025-03-03 10:25"), "created", actor="ann")
    tell(help_desk, "handed_before", "2025-03-03T10:00; 10:10 ann")
    tell(help_desk, "handed_elsewhere", "2025-03-03T09:00; 09:05 robot; 09:15 ann", merged_into="office:handed_before")
    help_desk.event(help_desk.ticket("untold", at("2025-03-03 10:00"), source="mute"), at("2025-03-03 11:00"), "assigned", to_value="ann")
    with help_desk.build(clock_models) as connection:
        yield connection


def tell(help_desk: HelpDesk, ticket_id: str, story: str, **columns: Any) -> None:
    """Tell a ticket's story: its creation, then steps such as ``10:10 ann`` (a reply), ``10:04 customer`` and ``11:00 solved``."""
    created, *steps = (step.strip().split() for step in story.split(";"))
    ticket, day = help_desk.ticket(ticket_id, moment(created[0]), **columns), created[0][:10]
    if len(created) > 1:
        help_desk.event(ticket, moment(created[0]), "created", actor=created[1])
    status = "new"
    for when, what in steps:
        happened_at = moment(when if "T" in when else f"{day}T{when}")
        if what == "customer":
            help_desk.event(ticket, happened_at, "customer_reply")
        elif what in ("solved", "open", "closed", "pending"):
            help_desk.event(ticket, happened_at, "status_changed", from_value=status, to_value=what)
            status = what
        elif what in ("urgent", "low"):
            help_desk.event(ticket, happened_at, "priority_changed", from_value="normal", to_value=what)
        elif what.startswith("hold:"):
            help_desk.event(ticket, happened_at, "assigned", to_value=what.removeprefix("hold:"))
        else:
            help_desk.event(ticket, happened_at, "agent_reply" if what != "robot" else "bot_reply", actor=what)


def moment(text: str) -> datetime:
    return at(text.replace("T", " "))


BY_ANN = ("10:00", "answered", 600, "ann")
THANKS = ("10:30", "void", None, None)
# Ticket, its story, and its turns: opened, outcome, seconds until the reply, who answered.
GOLDEN: list[tuple[str, str, list[tuple[str, str, int | None, str | None]]]] = [
    (
        "of_the_catalogue",
        "2025-03-03T10:00; 10:04 customer; 10:10 ann; 10:11 customer; 10:12 pat",
        [BY_ANN, ("10:11", "answered", 60, "pat")],
    ),
    ("bot_between", "2025-03-03T10:00; 10:01 robot; 10:10 ann", [BY_ANN]),
    # What was a bot until noon neither closes nor counts, and does from noon on.
    (
        "by_a_bot_that_was",
        "2025-03-03T11:00; 11:59:59 was_bot; 12:00 was_bot",
        [("11:00", "answered", 3600, "was_bot")],
    ),
    ("closing_thanks", "2025-03-03T10:00; 10:10 ann; 10:20 customer; 11:00 solved", [BY_ANN, ("10:20", "void", None, None)]),
    # Solved without an answer, the creation is still not answered; it is by whoever replies later.
    ("solved_unanswered", "2025-03-03T10:00; 10:05 customer; 11:00 solved", [("10:00", "open", None, None)]),
    (
        "answered_when_solved",
        "2025-03-03T10:00; 11:00 solved; 11:10 customer; 11:30 ann; 11:40 customer",
        [("10:00", "answered", 5400, "ann"), ("11:40", "void", None, None)],
    ),
    # A reply and the solving of one moment: answered.
    (
        "solved_with_the_reply",
        "2025-03-03T10:00; 10:10 ann; 10:20 customer; 10:30 solved; 10:30 ann",
        [BY_ANN, ("10:20", "answered", 600, "ann")],
    ),
    # Thanks on a solved ticket ask for nothing, whether they are answered or not; what reopens it does, from when it was written.
    (
        "thanks_when_solved",
        "2025-03-03T10:00; 10:10 ann; 10:20 solved; 10:30 customer; 10:40 ann; 10:50 customer",
        [BY_ANN, THANKS, ("10:50", "void", None, None)],
    ),
    (
        "reopened_by_the_customer",
        "2025-03-03T10:00; 10:10 ann; 10:20 solved; 10:30 customer; 11:00 customer; 11:00:02 open; 11:15 ann",
        [BY_ANN, THANKS, ("11:00", "answered", 900, "ann")],
    ),
    ("reopened_first", "2025-03-03T10:00; 10:10 ann; 10:20 solved; 11:00 open; 11:00 customer", [BY_ANN, ("11:00", "open", None, None)]),
    ("closed_after_solved", "2025-03-03T10:00; 10:10 ann; 10:20 solved; 10:25 closed; 10:30 customer", [BY_ANN, THANKS]),
    # Somebody on no staff list may have been a person, or a bot.
    (
        "by_a_stranger",
        "2025-03-03T10:00; 10:10 eve; 10:20 customer; 10:30 ann",
        [("10:00", "unknown", None, None), ("10:20", "answered", 600, "ann")],
    ),
    ("answered_before", "2025-03-03T10:00; 09:50 ann", [("10:00", "unknown", None, None)]),
    ("of_staff", "2025-03-03T10:00 ann; 10:10 pat; 10:20 customer; 10:30 pat", [("10:20", "answered", 600, "pat")]),
    ("of_the_bot", "2025-03-03T10:00 robot; 10:10 ann", [BY_ANN]),
    ("merged_into", "2025-03-03T10:00; 10:10 ann; 10:30 ann", [BY_ANN, ("10:20", "answered", 600, "ann")]),
    ("over_night", "2025-03-03T17:50; 2025-03-04T09:20 ann", [("17:50", "answered", 55800, "ann")]),
]  # fmt: skip
STORIES = [(ticket, story) for ticket, story, _ in GOLDEN]
# Both sides of each edge: ticket, story and columns.
EDGES: list[tuple[str, str]] = [
    ("after_179", "2025-03-03T10:00:00; 10:02:59 ann"),
    ("after_180", "2025-03-03T10:00:00; 10:03:00 ann"),
    ("after_181", "2025-03-03T10:00:00; 10:03:01 ann"),
    ("before_service", "2025-03-03T07:59:59; 08:00:30 ann"),
    ("service_begins", "2025-03-03T08:00:00; 08:00:30 ann"),
    ("service_goes_on", "2025-03-03T22:59:59; 23:00:30 ann"),
    ("service_is_over", "2025-03-03T23:00:00; 23:00:30 ann"),
    ("just_a_day", "2025-03-03T10:00:00; 2025-03-04T10:00:00 ann"),
    ("over_a_day", "2025-03-03T10:00:00; 11:00 hold:pat; 2025-03-04T10:00:01 ann"),
    ("next_in_time", "2025-03-03T10:00; 10:05 ann; 11:00 customer; 12:00 ann"),
    ("next_too_late", "2025-03-03T10:00; 10:05 ann; 11:00 customer; 12:00:01 ann"),
    ("next_urgent_too_late", "2025-03-03T10:00; 10:05 ann; 11:00 customer; 11:05 urgent; 11:10:01 ann"),
    ("next_was_urgent", "2025-03-03T10:00; 10:05 ann; 10:06 urgent; 11:00 customer; 11:05 low; 11:30 ann"),
    ("next_running", "2025-03-20T10:00; 10:05 ann; 11:00 customer"),
    ("next_run_out", "2025-03-20T10:00; 10:05 ann; 10:59:59 customer"),
    ("open_at_as_of", "2025-03-20T11:57:01"),
    ("due_at_as_of", "2025-03-20T11:57:00"),
    ("handed_over", "2025-03-03T10:00; 10:01 robot; 10:05 robot; 10:15 ann; 10:20 robot; 10:50 pat"),
    ("handed_to_the_bot", "2025-03-03T10:00; 10:05 ann; 10:06 robot"),
]

MAILS = [
    ("before_the_night", "2025-03-14T21:59:59", None), ("the_night_begins", "2025-03-14T22:00:00", 3600),
    ("the_night_ends", "2025-03-15T01:59:59", 1800), ("after_the_night", "2025-03-15T02:00:00", None),
]  # fmt: skip


def turns_of(desk: duckdb.DuckDBPyConnection, ticket_id: str) -> list[dict[str, Any]]:
    return rows_of(desk, "select * from core.fct_ticket_turns where ticket_key = 'office:' || ? order by turn_number", ticket_id)


def last_turn(desk: duckdb.DuckDBPyConnection, ticket_id: str) -> dict[str, Any]:
    return turns_of(desk, ticket_id)[-1]


@pytest.mark.parametrize(("ticket_id", "turns"), [(ticket, turns) for ticket, _, turns in GOLDEN])
def test_a_conversation_has_these_turns(
    desk: duckdb.DuckDBPyConnection, ticket_id: str, turns: list[tuple[str, str, int | None, str | None]]
) -> None:
    found = turns_of(desk, ticket_id)
    assert [
        (f"{turn['opened_at'] + timedelta(hours=8):%H:%M}", turn["outcome"], turn["reply_seconds"], who_answered(turn)) for turn in found
    ] == turns
    assert [turn["turn_number"] for turn in found] == list(range(1, len(turns) + 1))


def who_answered(turn: dict[str, Any]) -> str | None:
    return turn["agent_key"].removeprefix("office:") if turn["outcome"] == "answered" else None


def test_a_turn_tells_its_messages_its_business_time_and_whom_it_is_credited_to(desk: duckdb.DuckDBPyConnection) -> None:
    assert [turn["message_count"] for turn in turns_of(desk, "of_the_catalogue")] == [2, 1]
    assert [turn["opened_by"] for turn in turns_of(desk, "of_the_catalogue")] == ["creation", "message"]
    # The office closes ten minutes after it was opened, and opens twenty before it was answered.
    assert last_turn(desk, "over_night")["reply_business_seconds"] == 30 * 60
    assert last_turn(desk, "of_the_catalogue")["agent_team"] == "pats"


def test_a_desk_that_tells_no_reply_has_no_turns(desk: duckdb.DuckDBPyConnection) -> None:
    assert one(desk, "select count(*) as n from core.fct_ticket_turns where source_system = 'mute'") == {"n": 0}
    assert one(desk, "select count(*) as n from core.fct_ticket_turns where ticket_key = 'office:merged'") == {"n": 0}


@pytest.mark.parametrize(
    ("ticket_id", "target_seconds", "is_within"),
    [
        ("after_179", 180, True), ("after_180", 180, True), ("after_181", 180, False), ("before_service", None, None),
        ("service_begins", 180, True), ("service_goes_on", 180, True), ("service_is_over", None, None), ("open_at_as_of", 180, False),
    ],
)  # fmt: skip
def test_a_turn_opened_in_service_hours_has_its_target(
    desk: duckdb.DuckDBPyConnection, ticket_id: str, target_seconds: int | None, is_within: bool | None
) -> None:
    turn = last_turn(desk, ticket_id)
    assert (turn["target_seconds"], turn["is_replied_within_target"]) == (target_seconds, is_within)


@pytest.mark.parametrize(("ticket_id", "target_seconds"), [(ticket_id, seconds) for ticket_id, _, seconds in MAILS])
def test_service_hours_may_run_past_midnight_and_targets_change_with_the_day(
    desk: duckdb.DuckDBPyConnection, ticket_id: str, target_seconds: int | None
) -> None:
    assert last_turn(desk, ticket_id)["target_seconds"] == target_seconds


@pytest.mark.parametrize(("ticket_id", "is_due"), [("due_at_as_of", True), ("open_at_as_of", False)])
def test_a_turn_is_judged_by_its_target_once_it_is_as_old_as_that(desk: duckdb.DuckDBPyConnection, ticket_id: str, is_due: bool) -> None:
    assert (last_turn(desk, ticket_id)["target_due_at"] <= AS_OF) == is_due


def test_a_reply_after_more_than_a_day_does_not_heal_and_stays_with_who_held_the_ticket_at_first(desk: duckdb.DuckDBPyConnection) -> None:
    assert last_turn(desk, "just_a_day")["is_answered_in_time"]
    late = last_turn(desk, "over_a_day")
    assert (late["is_answered_in_time"], late["agent_key"], late["holder_key"]) == (False, "office:ann", None)
    assert late["answer_due_at"] == at("2025-03-04 10:00")


@pytest.mark.parametrize(
    ("ticket_id", "policy_id", "is_in_time"),
    [
        ("after_181", None, None), ("next_in_time", "next", True), ("next_too_late", "next", False),
        ("next_urgent_too_late", "next_urgent", False), ("next_was_urgent", "next", True), ("next_running", "next", None),
        ("next_run_out", "next", False), ("closing_thanks", None, None),
    ],
)  # fmt: skip
def test_every_turn_but_the_first_has_its_next_reply_judged_by_the_policy_in_force(
    desk: duckdb.DuckDBPyConnection, ticket_id: str, policy_id: str | None, is_in_time: bool | None
) -> None:
    turn = last_turn(desk, ticket_id)
    assert (turn["next_reply_policy_id"], turn["is_next_reply_in_time"]) == (policy_id, is_in_time)


@pytest.mark.parametrize(
    ("ticket_id", "seconds"), [("handed_over", 600), ("handed_to_the_bot", None), ("bot_between", 540), ("handed_before", 600)]
)
def test_a_bot_hands_over_with_its_last_reply_before_a_person_takes_over(
    desk: duckdb.DuckDBPyConnection, ticket_id: str, seconds: int | None
) -> None:
    assert one(desk, "select bot_handoff_seconds from core.fct_tickets where ticket_id = ?", ticket_id) == {"bot_handoff_seconds": seconds}


@pytest.mark.parametrize(("ticket_id", "messages"), [("of_the_catalogue", 5), ("of_staff", 3), ("merged_into", 4), ("handed_over", 3)])
def test_messages_are_those_of_people_and_the_customer_and_their_creation(
    desk: duckdb.DuckDBPyConnection, ticket_id: str, messages: int
) -> None:
    assert one(desk, "select message_count from core.fct_tickets where ticket_id = ?", ticket_id) == {"message_count": messages}


def test_what_staff_opened_and_merged_away_is_no_message_of_the_customer(desk: duckdb.DuckDBPyConnection) -> None:
    found = one(desk, "select customer_reply_count from core.fct_tickets where ticket_id = 'merged_into'")
    assert found == {"customer_reply_count": 1}


def first_turns(desk: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    return rows_of(
        desk,
        "select tickets.ticket_id, tickets.first_reply_seconds, turns.reply_seconds, tickets.first_reply_business_seconds,"
        " turns.reply_business_seconds from core.fct_tickets as tickets inner join core.fct_ticket_turns as turns"
        " on tickets.ticket_key = turns.ticket_key and turns.opened_by = 'creation'",
    )


def test_the_first_turn_takes_as_long_as_the_first_reply(desk: duckdb.DuckDBPyConnection) -> None:
    assert len(first_turns(desk)) > 30
    for row in first_turns(desk):
        assert row["first_reply_seconds"] == row["reply_seconds"], row
        assert row["first_reply_business_seconds"] == row["reply_business_seconds"], row


def test_a_first_turn_of_another_length_stops_the_gate(desk: duckdb.DuckDBPyConnection) -> None:
    claim = (PROJECT_ROOT / "tests/data/singular/first_turn_takes_as_long_as_the_first_reply.sql").read_text(encoding="utf-8")
    query = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"core.\1", claim)
    assert rows_of(desk, query) == []
    for column in ("reply_seconds", "reply_business_seconds"):
        desk.execute("begin")
        desk.execute(f"update core.fct_ticket_turns set {column} = {column} + 1 where ticket_key = 'office:bot_between'")
        assert [row["ticket_key"] for row in rows_of(desk, query)] == ["office:bot_between"]
        desk.execute("rollback")


def naive_turns(
    created_by_staff: bool, story: list[tuple[datetime, str]], created_at: datetime
) -> list[tuple[datetime, str, datetime | None]]:
    """Turns walked event by event: opened, outcome, answered. The moments of a story are all different."""
    turns: list[tuple[datetime, str, datetime | None]] = []
    opened: datetime | None = None if created_by_staff else created_at
    is_first, is_solved, on_solved = not created_by_staff, False, list[datetime]()

    def void_thanks() -> None:
        if on_solved:
            turns.append((on_solved[0], "void", None))
            on_solved.clear()

    for place, (when, what) in enumerate(story):
        if what == "customer" and opened is None:
            if is_solved and (place + 1 == len(story) or story[place + 1][1] != "open"):
                on_solved.append(when)
            else:
                void_thanks()
                opened = when
        elif what in ("ann", "pat"):
            void_thanks()
            if opened is not None:
                turns.append((opened, "answered", when))
                opened = None
            is_first = False
        elif what in ("solved", "open"):
            if what == "solved" and not is_solved and opened is not None and not is_first:
                turns.append((opened, "void", None))
                opened = None
            if what == "open":
                void_thanks()
            is_solved = what == "solved"
    void_thanks()
    if opened is not None:
        turns.append((opened, "open", None))
    return turns


def test_turns_of_any_conversation_are_those_that_are_walked_event_by_event(clock_models: list[CompiledModel]) -> None:
    chance = random.Random(5)
    help_desk = HelpDesk(as_of=AS_OF)
    for agent, role in ROLES.items():
        help_desk.agent("office", agent, role)
    expected: dict[str, list[tuple[datetime, str, datetime | None]]] = {}
    for number in range(400):
        created_at, by_staff = at("2025-03-03 10:00"), chance.random() < 0.2
        ticket = help_desk.ticket(str(number), created_at)
        if by_staff:
            help_desk.event(ticket, created_at, "created", actor="ann")
        minutes = sorted(chance.sample(range(1, 5_000), chance.randint(0, 12)))
        story = [
            (created_at + timedelta(minutes=minute), chance.choice(["customer"] * 4 + ["ann", "ann", "pat", "robot", "solved", "open"]))
            for minute in minutes
        ]
        status = "new"
        for when, what in story:
            if what == "customer":
                help_desk.event(ticket, when, "customer_reply")
            elif what in ("solved", "open"):
                help_desk.event(ticket, when, "status_changed", from_value=status, to_value=what)
                status = what
            else:
                help_desk.event(ticket, when, "agent_reply" if what != "robot" else "bot_reply", actor=what)
        # What changes no status, and what a bot says, is nothing to a turn.
        told, status = list[tuple[datetime, str]](), "new"
        for when, what in story:
            is_change = what in ("solved", "open") and what != status
            if what == "robot" or (what in ("solved", "open") and not is_change) or (what == "open" and status == "new"):
                status = what if what in ("solved", "open") else status
                continue
            status = what if is_change else status
            told.append((when, what))
        expected[ticket] = naive_turns(by_staff, told, created_at)
    with help_desk.build(clock_models) as connection:
        found: dict[str, list[tuple[datetime, str, datetime | None]]] = {ticket: [] for ticket in expected}
        for row in rows_of(connection, "select * from core.fct_ticket_turns order by ticket_key, turn_number"):
            found[row["ticket_key"]].append((row["opened_at"], row["outcome"], row["answered_at"]))
        for row in first_turns(connection):
            assert row["first_reply_seconds"] == row["reply_seconds"], row
    assert found == expected
