"""Tickets whose numbers were worked out by hand, one for each case that a ticket clock can get wrong.

All stand in one help desk, so that the models are built once. A ticket's source system names the calendar that measures it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest

from tests.support.compiled_models import CompiledModel
from tests.support.ticket_clock import HelpDesk, at, one, rows_of

NEW_YORK = "America/New_York"
TONGA = "Pacific/Tongatapu"
AS_OF = at("2026-01-15 12:00")

CALENDAR_OF_SOURCE = {
    "office": "cn_office",
    "split": "cn_split_shift",
    "late": "cn_late_shift",
    "always": "always_open",
    "night": "us_east_night",
    "newyork": "us_east_office",
    "tonga": "to_office",
    "merging": "cn_office",
}


@pytest.fixture(scope="module")
def desk(clock_models: list[CompiledModel]) -> Iterator[duckdb.DuckDBPyConnection]:
    help_desk = HelpDesk(as_of=AS_OF)
    help_desk.seeds = {
        "calendar_assignments": [{"source_system": source, "calendar_code": calendar} for source, calendar in CALENDAR_OF_SOURCE.items()],
    }
    for source in [*CALENDAR_OF_SOURCE, "nocalendar"]:
        help_desk.agent(source, "ann", "human")
        help_desk.agent(source, "pat", "partner")
        help_desk.agent(source, "robot", "bot")
    for fill in (replies, lives, merges):
        fill(help_desk)
    connection = help_desk.build(clock_models)
    yield connection
    connection.close()


def replied(desk: HelpDesk, ticket_id: str, source: str, created_at: datetime, replied_at: datetime, **columns: Any) -> str:
    key = desk.ticket(ticket_id, created_at, source=source, **columns)
    desk.statuses(key, (created_at, "open"))
    desk.event(key, replied_at, "agent_reply", actor="ann")
    return key


def replies(desk: HelpDesk) -> None:
    replied(desk, "weekend", "office", at("2025-03-07 17:50"), at("2025-03-10 09:20"))
    replied(desk, "holiday", "office", at("2025-09-30 17:30"), at("2025-10-09 09:15"))
    replied(desk, "makeup", "office", at("2025-09-28 10:00"), at("2025-09-28 11:00"))
    replied(desk, "sunday", "office", at("2025-09-21 10:00"), at("2025-09-21 11:00"))
    replied(desk, "shifts", "split", at("2025-03-05 11:50"), at("2025-03-05 19:10"))
    replied(desk, "shifts_2024", "split", at("2024-03-05 11:50"), at("2024-03-05 19:10"))
    replied(desk, "midnight", "late", at("2025-03-05 23:30"), at("2025-03-06 18:15"))
    replied(desk, "clocks_forward", "night", at("2025-03-08 22:00", NEW_YORK), at("2025-03-09 06:00", NEW_YORK))
    replied(desk, "clocks_back", "night", at("2025-11-01 22:00", NEW_YORK), at("2025-11-02 06:00", NEW_YORK))
    replied(desk, "hour_comes_twice", "night", at("2025-11-02 01:30", NEW_YORK), at("2025-11-02 01:30", NEW_YORK, fold=1))
    replied(desk, "weekend_forward", "newyork", at("2025-03-07 16:30", NEW_YORK), at("2025-03-10 09:30", NEW_YORK))
    replied(desk, "tonga", "tonga", at("2025-03-08 16:00", TONGA), at("2025-03-10 09:00", TONGA))
    replied(desk, "instant", "office", at("2025-03-05 10:00"), at("2025-03-05 10:00"))
    replied(desk, "closed", "office", at("2025-03-08 10:00"), at("2025-03-08 11:00"))
    replied(desk, "no_calendar", "nocalendar", at("2025-03-05 10:00"), at("2025-03-05 11:00"))
    replied(desk, "seconds", "office", at("2025-03-05 10:00:10"), at("2025-03-05 10:02:40"))

    key = desk.ticket("bot_first", at("2025-03-05 10:00"), source="office")
    desk.event(key, at("2025-03-05 10:01"), "bot_reply", actor="robot")
    desk.event(key, at("2025-03-05 10:30"), "agent_reply", actor="ann")
    key = desk.ticket("partner", at("2025-03-05 10:00"), source="office")
    desk.event(key, at("2025-03-05 10:05"), "agent_reply", actor="pat")
    key = desk.ticket("stranger", at("2025-03-05 10:00"), source="office")
    desk.event(key, at("2025-03-05 10:05"), "agent_reply", actor="nobody_knows")

    # Until 1 March 2025 sam was a bot, from then on a person of that name answers.
    desk.agent("office", "sam", "bot", team="automation", valid_from=at("2024-01-01 00:00"))
    desk.agent("office", "sam", "human", team="desk", valid_from=at("2025-03-01 00:00"))
    key = desk.ticket("bot_before", at("2025-02-28 23:00"), source="office")
    desk.event(key, at("2025-02-28 23:30"), "agent_reply", actor="sam")
    desk.event(key, at("2025-03-01 00:00"), "agent_reply", actor="sam")
    key = desk.ticket("before_the_list", at("2012-03-05 10:00"), source="always")
    desk.agent("always", "old", "human", valid_from=at("2020-01-01 00:00"))
    desk.event(key, at("2012-03-05 10:10"), "agent_reply", actor="old")

    key = desk.ticket("early_reply", at("2025-03-05 10:00"), source="office")
    desk.event(key, at("2025-03-05 00:00"), "agent_reply", actor="ann")
    key = desk.ticket("early_status", at("2025-03-05 10:00"), source="office")
    desk.event(key, at("2025-03-05 09:00"), "status_changed", from_value="new", to_value="pending")
    desk.event(key, at("2025-03-05 10:30"), "status_changed", from_value="pending", to_value="solved")

    key = desk.ticket("repeated", at("2025-03-05 10:00"), source="office")
    # Delivered in the wrong order, the reply under two ids, and one reply from after as_of.
    desk.event(key, at("2025-03-05 12:00"), "status_changed", event_id="r3", from_value="open", to_value="solved")
    desk.event(key, at("2025-03-05 10:20"), "agent_reply", event_id="r2", actor="ann")
    desk.event(key, at("2025-03-05 10:20"), "agent_reply", event_id="r2_again", actor="ann")
    desk.event(key, at("2025-03-05 10:10"), "status_changed", event_id="r1", from_value="new", to_value="open")
    desk.event(key, at("2026-01-15 12:01"), "status_changed", event_id="r9", from_value="solved", to_value="open")
    desk.event(key, at("2026-01-16 12:00"), "agent_reply", event_id="r10", actor="ann")

    key = desk.ticket("told_backwards", at("2025-03-05 10:00"), source="office")
    # Two changes in one moment count in the order of their ids: first solved, then open again.
    desk.event(key, at("2025-03-05 11:00"), "status_changed", event_id="t2", from_value="solved", to_value="open")
    desk.event(key, at("2025-03-05 11:00"), "status_changed", event_id="t1", from_value="new", to_value="solved")


def lives(desk: HelpDesk) -> None:
    key = desk.ticket("two_years", at("2024-01-01 00:00"), source="office")
    desk.statuses(key, (at("2024-01-01 00:00"), "open"), (at("2026-01-01 00:00"), "solved"))
    key = desk.ticket("nothing", at("2025-03-05 10:00"), source="office")
    desk.event(key, at("2025-03-05 10:00"), "assigned", to_value="ann")
    desk.event(key, at("2025-03-05 10:00"), "agent_reply", actor="ann")
    desk.event(key, at("2025-03-05 10:00"), "status_changed", from_value="new", to_value="solved")
    key = desk.ticket("paused", at("2025-03-05 10:00"), source="office")
    desk.statuses(
        key, (at("2025-03-05 10:00"), "open"), (at("2025-03-05 10:30"), "pending"), (at("2025-03-05 14:30"), "open"),
        (at("2025-03-05 14:45"), "on_hold"), (at("2025-03-05 15:45"), "open"), (at("2025-03-05 16:00"), "solved"),
    )  # fmt: skip
    key = desk.ticket("pause_to_solved", at("2025-03-05 10:00"), source="office")
    desk.statuses(key, (at("2025-03-05 10:30"), "pending"), (at("2025-03-06 10:30"), "solved"))
    key = desk.ticket("reopened", at("2025-03-05 09:00"), source="office")
    desk.statuses(key, (at("2025-03-05 10:00"), "solved"), (at("2025-03-05 16:00"), "open"), (at("2025-03-05 17:00"), "solved"))
    desk.event(key, at("2025-03-05 10:05"), "result_feedback", actor="ann")
    desk.event(key, at("2025-03-05 17:20"), "result_feedback", actor="ann")
    desk.event(key, at("2025-03-05 17:30"), "result_feedback", actor="ann")
    key = desk.ticket("reopened_open", at("2026-01-15 09:00"), source="office")
    desk.statuses(key, (at("2026-01-15 09:30"), "solved"), (at("2026-01-15 11:00"), "open"))
    key = desk.ticket("solved_to_pending", at("2026-01-15 09:00"), source="office")
    desk.statuses(key, (at("2026-01-15 10:00"), "solved"), (at("2026-01-15 11:00"), "pending"))
    key = desk.ticket("closed_straight", at("2025-03-05 10:00"), source="office")
    desk.statuses(key, (at("2025-03-05 10:10"), "open"), (at("2025-03-05 11:00"), "closed"))
    key = desk.ticket("solved_then_closed", at("2025-03-05 10:00"), source="office")
    desk.statuses(key, (at("2025-03-05 11:00"), "solved"), (at("2025-03-08 11:00"), "closed"))
    key = desk.ticket("untouched", at("2026-01-15 10:00"), source="office")
    key = desk.ticket("handed_on", at("2025-03-05 10:00"), source="office")
    for moment, agent in (("10:10", "ann"), ("10:20", "pat"), ("10:30", "pat"), ("10:40", "ann")):
        desk.event(key, at(f"2025-03-05 {moment}"), "assigned", to_value=agent)


def merges(desk: HelpDesk) -> None:
    parent = desk.ticket("parent", at("2025-03-05 10:00"), source="merging")
    desk.statuses(parent, (at("2025-03-05 10:05"), "open"), (at("2025-03-05 12:00"), "solved"))
    desk.event(parent, at("2025-03-05 11:00"), "agent_reply", actor="ann")
    child = desk.ticket("child", at("2025-03-05 10:10"), source="merging", merged_into="merging:parent")
    desk.event(child, at("2025-03-05 10:10"), "created")
    desk.event(child, at("2025-03-05 10:30"), "agent_reply", actor="ann")
    desk.event(child, at("2025-03-05 10:40"), "assigned", to_value="pat")
    desk.event(child, at("2025-03-05 10:45"), "escalated", actor="ann")
    desk.statuses(child, (at("2025-03-05 10:50"), "closed"))
    grandchild = desk.ticket("grandchild", at("2025-03-05 09:00"), source="merging", merged_into="merging:child")
    desk.event(grandchild, at("2025-03-05 09:30"), "agent_reply", actor="ann")
    desk.event(grandchild, at("2025-03-05 09:45"), "customer_reply")


def ticket_of(desk: duckdb.DuckDBPyConnection, ticket_id: str) -> dict[str, Any]:
    return one(desk, "select * from core.fct_tickets where ticket_id = ?", ticket_id)


@pytest.mark.parametrize(
    ("ticket_id", "calendar_minutes", "business_minutes"),
    [
        # Friday 17:50 to Monday 09:20: 2 days 15:30. Open until 18:00 and from 9:00 on: 10 + 20.
        ("weekend", 3810, 30),
        # 30 September 17:30 to 9 October 09:15: 8 days 15:45. The eight days between are closed: 30 + 15.
        ("holiday", 12465, 45),
        # A Sunday on which people work for the National Day, and an ordinary one.
        ("makeup", 60, 60),
        ("sunday", 60, 0),
        # Open 9–12, 13–18, 19–21:30 since 2025: 10 + 300 + 10. In 2024 the lunch break was until 13:30: 10 + 270 + 10.
        ("shifts", 440, 320),
        ("shifts_2024", 440, 290),
        # 23:30 to 18:15 the next day: until 2 at night 150, from 18:00 on 15.
        ("midnight", 1125, 165),
        # The night shift from 22 to 6 has 7 hours when the clocks go forward and 9 when they go back.
        ("clocks_forward", 420, 420),
        ("clocks_back", 540, 540),
        # From the first 1:30 to the second.
        ("hour_comes_twice", 60, 60),
        # Friday 16:30 to Monday 09:30 would be 65 hours; one was skipped. Open 30 + 30.
        ("weekend_forward", 3840, 60),
        # Saturday 16:00 to Monday 09:00 in Tonga, where UTC still reads Saturday 03:00: open until 16:30 and from 8:30 on.
        ("tonga", 2460, 60),
        ("instant", 0, 0),
        # Between two moments of a Saturday nothing opens: 0, not null.
        ("closed", 60, 0),
        # A source without a calendar has no business time: null, not 0.
        ("no_calendar", 60, None),
        ("seconds", 2.5, 2.5),
    ],
)
def test_first_reply_takes_the_minutes_worked_out_by_hand(
    desk: duckdb.DuckDBPyConnection, ticket_id: str, calendar_minutes: float, business_minutes: float | None
) -> None:
    ticket = ticket_of(desk, ticket_id)
    assert (ticket["first_reply_minutes"], ticket["first_reply_business_minutes"]) == (calendar_minutes, business_minutes)


def test_a_ticket_of_two_years_counts_every_working_day_of_them(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "two_years")
    # 366 + 365 days. 2024: 262 weekdays, 19 of them holidays, 8 make-up days: 251. 2025: 261 − 18 + 5 = 248. Nine hours each.
    assert ticket["resolution_minutes"] == (366 + 365) * 1440
    assert ticket["resolution_business_minutes"] == (251 + 248) * 540


def test_a_ticket_of_no_length_has_durations_of_zero_and_no_intervals(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "nothing")
    for name in ("queue", "first_reply", "first_resolution", "resolution", "agent_work", "waiting_on_customer", "on_hold"):
        assert (ticket[f"{name}_minutes"], ticket[f"{name}_business_minutes"]) == (0, 0), name
    assert rows_of(desk, "select * from core.fct_ticket_intervals where ticket_key = 'office:nothing'") == []


def test_a_bot_that_answers_first_stops_only_the_bots_clock(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "bot_first")
    assert (ticket["first_bot_reply_minutes"], ticket["first_reply_minutes"]) == (1, 30)
    assert (ticket["bot_reply_count"], ticket["human_reply_count"]) == (1, 1)


def test_a_partner_replies_as_a_person_does(desk: duckdb.DuckDBPyConnection) -> None:
    assert ticket_of(desk, "partner")["first_reply_minutes"] == 5


def test_a_reply_by_nobody_on_the_staff_list_is_counted_apart(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "stranger")
    assert (ticket["first_reply_at"], ticket["human_reply_count"], ticket["bot_reply_count"]) == (None, 0, 0)
    assert ticket["reply_without_role_count"] == 1


def test_an_agent_who_was_a_bot_before_replies_in_the_role_of_the_moment(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "bot_before")
    # As a bot at 23:30, as a person from midnight on, to the second.
    assert (ticket["first_bot_reply_minutes"], ticket["first_reply_minutes"]) == (30, 60)
    assert (ticket["bot_reply_count"], ticket["human_reply_count"]) == (1, 1)


def test_a_reply_before_the_staff_list_begins_is_read_in_the_first_role(desk: duckdb.DuckDBPyConnection) -> None:
    assert ticket_of(desk, "before_the_list")["first_reply_minutes"] == 10


def test_a_reply_dated_before_the_creation_counts_and_stops_no_clock(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "early_reply")
    assert (ticket["first_reply_at"], ticket["human_reply_count"], ticket["event_before_creation_count"]) == (None, 1, 1)


def test_a_status_dated_before_the_creation_holds_from_the_creation_on(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "early_status")
    assert (ticket["waiting_on_customer_minutes"], ticket["agent_work_minutes"], ticket["resolution_minutes"]) == (30, 0, 30)


def test_events_out_of_order_twice_or_after_as_of_change_nothing(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "repeated")
    assert (ticket["first_reply_minutes"], ticket["resolution_minutes"], ticket["human_reply_count"]) == (20, 120, 1)
    assert (ticket["is_resolved"], ticket["reopen_count"]) == (True, 0)
    events = rows_of(desk, "select event_key from core.fct_ticket_events where ticket_key = ? order by event_number", ticket["ticket_key"])
    assert [event["event_key"] for event in events] == ["office:r1", "office:r2", "office:r3"]


def test_two_changes_of_one_moment_count_in_the_order_of_their_ids(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "told_backwards")
    assert (ticket["status"], ticket["is_resolved"], ticket["reopen_count"], ticket["resolved_at"]) == ("open", False, 1, None)
    assert ticket["first_resolution_minutes"] == 60


def test_a_pause_and_a_hold_are_told_apart_from_the_agents_work(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "paused")
    # 10:00–10:30, 14:30–14:45 and 15:45–16:00 are work; 10:30–14:30 waits on the customer; 14:45–15:45 on a third party.
    assert ticket["agent_work_minutes"] == 60
    assert ticket["waiting_on_customer_minutes"] == 240
    assert ticket["on_hold_minutes"] == 60
    assert ticket["resolution_minutes"] == 360


def test_a_pause_straight_to_solved_ends_with_the_solution(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "pause_to_solved")
    assert (ticket["agent_work_minutes"], ticket["waiting_on_customer_minutes"]) == (30, 1440)
    # From 10:30 to 18:00 and from 9:00 to 10:30.
    assert ticket["waiting_on_customer_business_minutes"] == 540


def test_a_reopened_ticket_is_resolved_when_it_is_solved_for_good(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "reopened")
    assert (ticket["first_resolution_minutes"], ticket["resolution_minutes"], ticket["reopen_count"]) == (60, 480, 1)
    # 9–10 and 16–17; between them it lay solved.
    assert ticket["agent_work_minutes"] == 120
    # The feedback of 10:05 was about the first solution; the first one after the last solution came at 17:20.
    assert ticket["result_feedback_minutes"] == 20


def test_a_reopened_ticket_that_is_still_open_has_no_resolution(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "reopened_open")
    assert (ticket["is_resolved"], ticket["resolved_at"], ticket["resolution_minutes"]) == (False, None, None)
    assert (ticket["first_resolution_minutes"], ticket["reopen_count"]) == (30, 1)
    # 9:00–9:30, and from 11:00 until as_of at 12:00.
    assert ticket["agent_work_minutes"] == 90


def test_solved_to_pending_is_a_reopening(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "solved_to_pending")
    assert (ticket["reopen_count"], ticket["resolved_at"]) == (1, None)
    assert (ticket["agent_work_minutes"], ticket["waiting_on_customer_minutes"]) == (60, 60)


def test_closed_without_solved_is_a_resolution(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "closed_straight")
    assert (ticket["resolution_minutes"], ticket["is_resolved"]) == (60, True)


def test_closing_what_was_solved_does_not_resolve_it_again(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "solved_then_closed")
    assert (ticket["resolution_minutes"], ticket["status"], ticket["reopen_count"]) == (60, "closed", 0)
    (interval,) = rows_of(desk, "select * from core.fct_ticket_intervals where ticket_key = ?", ticket["ticket_key"])
    assert interval["ended_at"] == at("2025-03-05 11:00")


def test_a_ticket_without_events_is_new_and_open(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "untouched")
    assert (ticket["status"], ticket["is_resolved"], ticket["agent_work_minutes"], ticket["agent_key"]) == ("new", False, 120, None)


def test_the_ticket_belongs_to_the_agent_it_was_assigned_to_last(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = ticket_of(desk, "handed_on")
    assert (ticket["agent_key"], ticket["assigned_agent_count"], ticket["transfer_count"]) == ("office:ann", 2, 2)
    assert ticket["queue_minutes"] == 10


def test_events_of_a_merged_ticket_are_contacts_on_the_one_that_survives(desk: duckdb.DuckDBPyConnection) -> None:
    parent = ticket_of(desk, "parent")
    # The customer had a reply at 10:30, on the ticket that was merged away at 10:50. What was said on the grandchild before the
    # parent was opened counts as a contact and stops no clock.
    assert parent["first_reply_minutes"] == 30
    assert (parent["human_reply_count"], parent["customer_reply_count"]) == (3, 2)
    # Its state is its own: no assignment, escalation or closing comes over.
    assert (parent["assigned_agent_count"], parent["escalation_count"], parent["resolution_minutes"]) == (0, 0, 120)
    for ticket_id in ("child", "grandchild"):
        merged = ticket_of(desk, ticket_id)
        assert (merged["merged_into_ticket_key"], merged["is_in_scope"]) == ("merging:parent", False)
        assert merged["human_reply_count"] == 0


def test_every_ticket_in_scope_has_one_row_per_metric(desk: duckdb.DuckDBPyConnection) -> None:
    counted = rows_of(
        desk,
        "select tickets.ticket_key, count(sla.metric) as metrics from core.fct_tickets as tickets"
        " left join core.fct_ticket_sla as sla using (ticket_key) where tickets.is_in_scope group by 1 having metrics <> 3",
    )
    assert counted == []
