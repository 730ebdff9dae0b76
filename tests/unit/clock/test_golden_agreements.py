"""Service levels worked out by hand: which policy judges a ticket, when its clock runs, and what it says in the end."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.support.compiled_models import CompiledModel
from tests.support.ticket_clock import HelpDesk, at, one, rows_of, seed_rows

AS_OF = at("2026-01-15 12:00")


def policy(policy_id: str, metric: str, target: int, **columns: Any) -> dict[str, Any]:
    return {
        "policy_id": policy_id,
        "policy_name": policy_id,
        "metric": metric,
        "source_system": "sla",
        "target_minutes": target,
        "clock": "business",
        "calendar_code": "cn_office",
        "valid_from": "2023-01-01",
        **columns,
    }


POLICIES = [
    policy("reply_2024", "first_reply", 120, valid_to="2025-01-01"),
    policy("reply_2025", "first_reply", 60, valid_from="2025-01-01"),
    policy("reply_urgent", "first_reply", 30, priority="urgent", clock="calendar", calendar_code=None),
    policy("resolve", "resolution", 240),
    policy("resolve_urgent", "resolution", 240, priority="urgent", clock="calendar", calendar_code=None),
    policy("feedback", "result_feedback", 540),
    policy("reply_store", "first_reply", 45, channel="store"),
    policy("reply_repair", "first_reply", 90, issue_type="repair"),
    policy("reply_store_payment", "first_reply", 20, channel="store", issue_type="payment"),
    policy("reply_payment", "first_reply", 90, issue_type="payment"),
]


def agreements(desk: HelpDesk) -> None:
    def ticket(ticket_id: str, created_at: str, reply: str | None = None, **columns: Any) -> str:
        key = desk.ticket(ticket_id, at(created_at), source="sla", **columns)
        desk.statuses(key, (at(created_at), "open"))
        if reply:
            desk.event(key, at(reply), "agent_reply", actor="ann")
        return key

    def priority(key: str, moment: str, before: str, after: str) -> None:
        desk.event(key, at(moment), "priority_changed", from_value=before, to_value=after)

    ticket("on_the_second", "2025-03-05 10:00", "2025-03-05 11:00:00")
    ticket("a_second_late", "2025-03-05 10:00", "2025-03-05 11:00:01")
    priority(ticket("raised_before", "2025-03-05 10:00", "2025-03-05 10:40", priority="urgent"), "2025-03-05 10:20", "normal", "urgent")
    priority(ticket("raised_after", "2025-03-05 10:00", "2025-03-05 10:40", priority="urgent"), "2025-03-05 10:50", "normal", "urgent")
    ticket("policy_changed", "2024-12-31 17:00", "2025-01-02 09:30")
    ticket("policy_before", "2024-12-30 16:00", "2024-12-30 17:30")
    ticket("tied", "2025-03-05 10:00", "2025-03-05 10:30", channel="store", issue_type="repair")
    ticket("untied", "2025-03-05 10:00", "2025-03-05 10:30", channel="store", issue_type="payment")
    ticket("running", "2026-01-15 11:30")
    ticket("running_late", "2026-01-15 10:30")
    key = ticket("solved_unreplied", "2025-03-05 10:00")
    desk.event(key, at("2025-03-05 10:45"), "status_changed", from_value="open", to_value="solved")
    desk.event(key, at("2025-03-07 10:45"), "agent_reply", actor="ann")
    key = ticket("waiting", "2025-03-05 10:00")
    desk.statuses(
        key, (at("2025-03-05 10:00"), "open"), (at("2025-03-05 11:00"), "pending"), (at("2025-03-07 11:00"), "open"),
        (at("2025-03-07 14:00"), "solved"),
    )  # fmt: skip
    key = ticket("reopened_sla", "2025-03-05 10:00")
    desk.statuses(
        key, (at("2025-03-05 10:00"), "open"), (at("2025-03-05 12:00"), "solved"), (at("2025-03-12 10:00"), "open"),
        (at("2025-03-12 11:00"), "solved"),
    )  # fmt: skip
    desk.event(key, at("2025-03-13 11:00"), "result_feedback", actor="ann")
    # 540 minutes to report, from 9 to 18: at 12:00 of the 15th 659 of them are over, and 120.
    for ticket_id, solved_at in (("unreported", "2026-01-14 10:01"), ("to_be_reported", "2026-01-15 10:00")):
        key = ticket(ticket_id, "2026-01-14 09:00", priority="normal")
        desk.event(key, at(solved_at), "status_changed", from_value="open", to_value="solved")
    ticket("spam", "2025-03-05 10:00", "2025-03-05 10:40", is_spam=True)


@pytest.fixture(scope="module")
def desk(clock_models: list[CompiledModel]) -> Iterator[duckdb.DuckDBPyConnection]:
    help_desk = HelpDesk(as_of=AS_OF)
    help_desk.seeds = {"calendar_assignments": [{"source_system": "sla", "calendar_code": "cn_office"}], "sla_policies": POLICIES}
    help_desk.agent("sla", "ann", "human")
    agreements(help_desk)
    connection = help_desk.build(clock_models)
    yield connection
    connection.close()


def verdict(desk: duckdb.DuckDBPyConnection, ticket_id: str, metric: str = "first_reply") -> dict[str, Any]:
    return one(desk, "select * from core.fct_ticket_sla where ticket_key = ? and metric = ?", f"sla:{ticket_id}", metric)


@pytest.mark.parametrize(
    ("ticket_id", "policy_id", "elapsed_minutes", "expected"),
    [
        ("on_the_second", "reply_2025", 60, "met"),
        ("a_second_late", "reply_2025", 60 + 1 / 60, "breached"),
        # Normal when it was opened, urgent when it was answered after 40 minutes.
        ("raised_before", "reply_urgent", 40, "breached"),
        # Still normal when it was answered.
        ("raised_after", "reply_2025", 40, "met"),
        # Opened under two hours, answered under one: an hour of the 31st and half an hour of the 2nd.
        ("policy_changed", "reply_2025", 90, "breached"),
        ("policy_before", "reply_2024", 90, "met"),
        ("running", "reply_2025", 30, "running"),
        ("running_late", "reply_2025", 90, "breached"),
        # Solved after 45 minutes; the thanks two days later come too late for nobody.
        ("solved_unreplied", "reply_2025", 45, "met"),
        # The policy that names both the channel and the issue type outdoes those that name one.
        ("untied", "reply_store_payment", 30, "breached"),
    ],
)
def test_first_reply_is_judged_by_the_policy_in_force_when_the_clock_stopped(
    desk: duckdb.DuckDBPyConnection, ticket_id: str, policy_id: str, elapsed_minutes: float, expected: str
) -> None:
    sla = verdict(desk, ticket_id)
    assert (sla["policy_id"], sla["elapsed_minutes"], sla["verdict"]) == (policy_id, elapsed_minutes, expected)
    assert sla["tied_policy_id"] is None


def test_two_policies_that_name_equally_many_tie_and_both_are_named(desk: duckdb.DuckDBPyConnection) -> None:
    sla = verdict(desk, "tied")
    assert (sla["policy_id"], sla["tied_policy_id"]) == ("reply_repair", "reply_store")
    tied = rows_of(desk, "select distinct ticket_key from core.fct_ticket_sla where tied_policy_id is not null")
    assert tied == [{"ticket_key": "sla:tied"}]


def test_the_resolution_clock_stands_while_the_ticket_waits_on_the_customer(desk: duckdb.DuckDBPyConnection) -> None:
    sla = verdict(desk, "waiting", "resolution")
    # 10–11 on the first day and 11–14 on the third; pending from 11:00 over two days: 7 + 9 + 2 open hours.
    assert (sla["elapsed_minutes"], sla["paused_minutes"], sla["verdict"]) == (240, 18 * 60, "met")


def test_the_resolution_clock_stands_while_the_ticket_lies_solved(desk: duckdb.DuckDBPyConnection) -> None:
    sla = verdict(desk, "reopened_sla", "resolution")
    assert (sla["elapsed_minutes"], sla["verdict"]) == (180, "met")
    feedback = verdict(desk, "reopened_sla", "result_feedback")
    assert (feedback["elapsed_minutes"], feedback["verdict"]) == (540, "met")


def test_a_clock_that_no_report_stopped_in_time_tells_its_verdict_and_no_minutes(desk: duckdb.DuckDBPyConnection) -> None:
    told = [verdict(desk, ticket_id, "result_feedback") for ticket_id in ("unreported", "to_be_reported")]
    assert [(sla["verdict"], sla["elapsed_minutes"], sla["judged_at"]) for sla in told] == [
        ("breached", None, None),
        ("running", 120, AS_OF),
    ]


def test_a_result_cannot_be_reported_before_there_is_one(desk: duckdb.DuckDBPyConnection) -> None:
    assert verdict(desk, "running", "result_feedback")["verdict"] == "not_started"


def test_spam_has_no_service_level(desk: duckdb.DuckDBPyConnection) -> None:
    assert rows_of(desk, "select * from core.fct_ticket_sla where ticket_key = 'sla:spam'") == []


def test_the_projects_own_policies_never_tie(clock_models: list[CompiledModel]) -> None:
    desk = HelpDesk(as_of=AS_OF)
    contract = {"channels": set(), "issues": set()}
    for row in seed_rows("sla_policies"):
        contract["issues"].add(row["issue_type"] or "other")
    number = 0
    for channel in ("phone", "chat", "email", "social", "app", "self_service", "bot", "store"):
        for issue_type in sorted(contract["issues"]):
            for priority in ("urgent", "high", "normal", "low", None):
                number += 1
                desk.ticket(
                    f"t{number}", at("2025-03-05 10:00"), source="contract", channel=channel, issue_type=issue_type, priority=priority
                )
    with desk.build(clock_models) as connection:
        ties = rows_of(
            connection,
            "select distinct policy_id, tied_policy_id from intermediate.int_sla_targets__resolved where tied_policy_id is not null",
        )
        assert ties == []
        without = rows_of(connection, "select * from core.fct_ticket_sla where policy_id is null")
        assert without == []
