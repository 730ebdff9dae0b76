"""Needs of customers whom only the order names, rates over tickets that somebody without a role answered, handling times below zero.

One small help desk of its own in March 2025; times are those of the business time zone.
"""

from collections.abc import Iterator

import duckdb
import pytest

from tests.support.compiled_models import CompiledProject, build_over
from tests.support.ticket_clock import HelpDesk, at, clock_models_of, one, there_with
from tests.unit.kpi.help_desk_shop import GIVEN
from tests.unit.kpi.small_project import mart_of, tell_orders_whole


@pytest.fixture(scope="module")
def unnamed(project: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    desk = HelpDesk(as_of=at("2025-04-10 08:00"))
    desk.seeds = {"calendar_assignments": [{"source_system": "office", "calendar_code": "cn_office"}]}
    desk.shop = {"core.fct_orders": [{"order_key": "o1", "customer_key": "c1"}]}
    desk.agent("office", "ann", "human")
    desk.agent("office", "robot", "bot")
    # One need on two channels: the order's customer; the only one who asks about an order that never came; two who do; nobody.
    desk.ticket("1", at("2025-03-03 10:00"), channel="chat", issue_type="payment", order_key="o1", customer_key="c1")
    desk.ticket("2", at("2025-03-04 10:00"), channel="phone", issue_type="payment", order_key="o1")
    desk.ticket("3", at("2025-03-03 10:00"), channel="chat", issue_type="repair", order_key="o2", customer_key="c2")
    desk.ticket("4", at("2025-03-04 10:00"), channel="phone", issue_type="repair", order_key="o2")
    desk.ticket("5", at("2025-03-03 10:00"), channel="chat", issue_type="logistics", order_key="o3", customer_key="c3")
    desk.ticket("6", at("2025-03-04 10:00"), channel="phone", issue_type="logistics", order_key="o3", customer_key="c4")
    desk.ticket("7", at("2025-03-05 10:00"), channel="email", issue_type="logistics", order_key="o3")
    # Solved by the bot alone; with somebody who is on no list; by a person; and one the stranger answered that is still open.
    for ticket_id, actors, status, handling_seconds in (
        ("8", ["robot"], "solved", -1),
        ("9", ["robot", "zoe"], "solved", 0),
        ("10", ["robot", "ann"], "solved", 90),
        ("11", ["robot", "zoe"], "open", 600),
    ):
        key = desk.ticket(ticket_id, at("2025-03-06 10:00"), channel="app", issue_type="complaint", handling_seconds=handling_seconds)
        for minute, actor in enumerate(actors):
            desk.event(key, at(f"2025-03-06 10:0{minute + 1}"), "bot_reply" if actor == "robot" else "agent_reply", actor=actor)
        desk.statuses(key, (at("2025-03-06 11:00"), status))
    clock_models = clock_models_of(project)
    tables = {table: mart_of(columns, []) for table, (columns, _) in GIVEN.items()}
    wanted = ["measure_customer_needs", "measure_tickets"]
    connection = desk.build(clock_models)
    tell_orders_whole(connection, desk.shop["core.fct_orders"])
    with build_over(connection, project, tables, wanted, there=there_with(clock_models)) as built:
        yield built


def total(connection: duckdb.DuckDBPyConnection, measure: str, issue_type: str) -> int:
    table = "measure_customer_needs" if measure.startswith("needs") else "measure_tickets"
    return int(
        one(
            connection,
            f"select coalesce(sum(total), 0) as total from measures.{table} where measure = ? and period_grain = 'month'"
            " and period_start = '2025-03-01' and dimension = 'issue_type' and member = ?",
            measure,
            issue_type,
        )["total"]
    )


@pytest.mark.parametrize(
    ("issue_type", "on_several_channels", "needs"),
    [
        ("payment", 1, 1),
        ("repair", 1, 1),
        # c3, c4, and one of whom nobody knows which of both they are.
        ("logistics", 0, 3),
    ],
)
def test_a_need_is_that_of_the_orders_customer(
    unnamed: duckdb.DuckDBPyConnection, issue_type: str, on_several_channels: int, needs: int
) -> None:
    assert (total(unnamed, "needs_on_several_channels", issue_type), total(unnamed, "needs", issue_type)) == (on_several_channels, needs)


def test_a_ticket_that_a_stranger_may_have_answered_as_a_person_is_in_neither_part_of_the_rates(
    unnamed: duckdb.DuckDBPyConnection,
) -> None:
    # Of 8, 10 and 11 one was left to the bot; of 9 nobody can say.
    assert (total(unnamed, "tickets_self_served", "complaint"), total(unnamed, "tickets_with_known_self_service", "complaint")) == (1, 3)
    assert (total(unnamed, "tickets_contained_by_bot", "complaint"), total(unnamed, "tickets_with_bot_reply", "complaint")) == (1, 3)
    # 8 without a person's reply and 10 with one.
    measures = ("resolved_ticket_replies", "resolved_tickets_with_known_replies")
    assert tuple(total(unnamed, measure, "complaint") for measure in measures) == (1, 2)


def test_a_handling_time_below_zero_is_none(unnamed: duckdb.DuckDBPyConnection) -> None:
    # 9 took none and 10 a minute and a half, 11 is open still.
    assert (total(unnamed, "handling_seconds", "complaint"), total(unnamed, "tickets_with_handling_time", "complaint")) == (90, 2)
