"""What stands where an agent, a status or a priority should, and is none, is not repeated in the facts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from tests.support.compiled_models import CompiledModel
from tests.support.ticket_clock import HelpDesk, at, one, rows_of

OPENED = at("2025-03-05 10:00")
CUSTOMER = "C-00417"
REMARK = "call Mei Lin back, 139 1234 5678"


@pytest.fixture(scope="module")
def desk(clock_models: list[CompiledModel]) -> Iterator[duckdb.DuckDBPyConnection]:
    help_desk = HelpDesk(as_of=at("2025-03-31 00:00"))
    help_desk.agent("listed", "ann", "human")
    help_desk.agents.append({**help_desk.agents[0], "agent_spell_key": "listed:quiet", "agent_key": "listed:quiet", "agent_role": None})
    for source in ("listed", "unlisted"):
        for name, who in (("staff", "ann"), ("customer", CUSTOMER), ("stranger", "eve"), ("without_role", "quiet")):
            ticket = help_desk.ticket(f"{name}", OPENED, source=source, customer_key=f"{source}:{CUSTOMER}")
            moments = iter(OPENED + timedelta(minutes=minutes) for minutes in range(1, 99))
            for kind in ("customer_reply", "agent_reply", "internal_note"):
                help_desk.event(ticket, next(moments), kind, actor=who, from_value=REMARK, to_value=REMARK)
            help_desk.event(ticket, next(moments), "assigned", actor=who, to_value=who)
            help_desk.event(ticket, next(moments), "assigned", actor=who, from_value=who, to_value=who)
    odd = help_desk.ticket("odd", OPENED, source="listed")
    help_desk.event(odd, OPENED, "status_changed", from_value="new", to_value="open")
    help_desk.event(odd, OPENED + timedelta(minutes=10), "status_changed", from_value="open", to_value=REMARK)
    help_desk.event(odd, OPENED + timedelta(minutes=20), "priority_changed", from_value="low", to_value=REMARK)
    help_desk.event(odd, OPENED + timedelta(minutes=30), "merged", to_value=CUSTOMER)
    connection = help_desk.build(clock_models)
    yield connection
    connection.close()


def named(desk: duckdb.DuckDBPyConnection, ticket_key: str) -> tuple[set[Any], set[Any], Any]:
    """Whom a ticket's events call their actors, between whom it was assigned, and whose the ticket is."""
    events = rows_of(desk, "select * from core.fct_ticket_events where ticket_key = ?", ticket_key)
    assert len(events) == 5
    assigned = {value for event in events for value in (event["from_value"], event["to_value"])} - {None}
    ticket = one(desk, "select agent_key from core.fct_tickets where ticket_key = ?", ticket_key)
    return {event["actor_key"] for event in events}, assigned, ticket["agent_key"]


@pytest.mark.parametrize(("ticket", "agent"), [("staff", "ann"), ("without_role", "quiet")])
def test_whoever_is_on_the_staff_list_is_named(desk: duckdb.DuckDBPyConnection, ticket: str, agent: str) -> None:
    assert named(desk, f"listed:{ticket}") == ({f"listed:{agent}"}, {agent}, f"listed:{agent}")


@pytest.mark.parametrize("ticket", ["customer", "stranger"])
def test_whoever_is_not_on_the_staff_list_is_not_named(desk: duckdb.DuckDBPyConnection, ticket: str) -> None:
    assert named(desk, f"listed:{ticket}") == ({None}, set(), None)


@pytest.mark.parametrize(("ticket", "agent"), [("staff", "ann"), ("stranger", "eve")])
def test_without_a_staff_list_whoever_is_no_customer_is_named(desk: duckdb.DuckDBPyConnection, ticket: str, agent: str) -> None:
    assert named(desk, f"unlisted:{ticket}") == ({f"unlisted:{agent}"}, {agent}, f"unlisted:{agent}")


def test_without_a_staff_list_a_customer_is_not_named(desk: duckdb.DuckDBPyConnection) -> None:
    assert named(desk, "unlisted:customer") == ({None}, set(), None)


def test_a_reply_by_somebody_who_is_not_named_counts_as_before(desk: duckdb.DuckDBPyConnection) -> None:
    ticket = one(desk, "select * from core.fct_tickets where ticket_key = 'listed:stranger'")
    assert (ticket["reply_without_role_count"], ticket["customer_reply_count"], ticket["assigned_agent_count"]) == (1, 1, 1)


def test_a_status_or_priority_that_is_none_is_unknown(desk: duckdb.DuckDBPyConnection) -> None:
    events = rows_of(desk, "select * from core.fct_ticket_events where ticket_key = 'listed:odd' order by event_number")
    assert [(event["event_type"], event["from_value"], event["to_value"]) for event in events] == [
        ("status_changed", "new", "open"),
        ("status_changed", "open", "unknown"),
        ("priority_changed", "low", "unknown"),
        ("merged", None, None),
    ]
    ticket = one(desk, "select * from core.fct_tickets where ticket_key = 'listed:odd'")
    assert (ticket["status"], ticket["priority"], ticket["is_resolved"]) == ("unknown", "unknown", False)
    activities = rows_of(
        desk, "select distinct status, activity from core.fct_ticket_intervals where ticket_key = 'listed:odd' order by all"
    )
    assert {(row["status"], row["activity"]) for row in activities} == {("open", "agent_work"), ("unknown", "agent_work")}


@pytest.mark.parametrize("text", [REMARK, CUSTOMER])
def test_what_stands_in_their_place_is_in_no_fact(desk: duckdb.DuckDBPyConnection, text: str) -> None:
    for fact in ("fct_ticket_events", "fct_ticket_intervals", "fct_ticket_sla", "dim_agents"):
        assert desk.execute(f"select count(*) from core.{fact} as rows where contains(rows::varchar, ?)", [text]).fetchone() == (0,)
    held = rows_of(desk, "select columns(* exclude (customer_key)) from core.fct_tickets")
    assert text not in repr(held)
