"""The shop whose figures families 3 and 6 are worked out by hand for, built from its tickets' events to their marts.

Times are those of the business time zone, eight hours ahead of UTC; as_of is 15 April 12:00. March and April are the months that the
documentation of the families works out; the others hold one edge each. What the figures should be stands in that documentation and
beside the tests.
"""

from datetime import timedelta
from typing import Any

import duckdb

from tests.support.compiled_models import CompiledProject, build_over
from tests.support.described_models import columns_of
from tests.support.ticket_clock import HelpDesk, at, clock_models_of, there_with
from tests.unit.kpi.small_project import Row, mart_of, other_subjects, tell_orders_whole, values

AS_OF = at("2025-04-15 12:00")
FAMILIES = ("resolution", "quality")
SUBJECTS = ("tickets", "orders")


ORDERS: list[Row] = [
    {"order_key": f"o{number}", "source_system": "office", "shop": "office", "customer_key": f"c{number}",
     "ordered_on": "2025-03-01" if number <= 4 else "2025-04-01"}
    for number in range(1, 7)
]  # fmt: skip


def help_desk() -> HelpDesk:
    desk = HelpDesk(as_of=AS_OF)
    desk.shop = {"core.fct_orders": ORDERS}
    desk.agent("office", "ann", "human", team="returns")
    desk.agent("office", "bob", "partner", team="partners")
    desk.agent("office", "robot", "bot", team="bots")
    march(desk)
    april(desk)
    february(desk)
    january(desk)
    december(desk)
    november(desk)
    return desk


def ticket(
    desk: HelpDesk, ticket_id: str, opened: str, *, replies: tuple[tuple[str, str], ...] = (), changes: tuple[tuple[str, str], ...] = (),
    **columns: Any,
) -> str:  # fmt: skip
    """A ticket with replies (moment, by whom) and changes of status (moment, to what); times of its own day need no date."""

    def moment(text: str) -> Any:
        return at(text if " " in text else f"{opened[:10]} {text}")

    key = desk.ticket(ticket_id, at(opened), **columns)
    for when, agent in replies:
        desk.event(key, moment(when), "bot_reply" if agent == "robot" else "agent_reply", actor=agent)
    desk.statuses(key, *((moment(when), status) for when, status in changes))
    return key


def march(desk: HelpDesk) -> None:
    """Ten tickets, and spam."""
    first: dict[str, Any] = {"customer_key": "c1", "order_key": "o1", "issue_type": "logistics"}
    t1 = ticket(
        desk, "1", "2025-03-03 10:00", replies=(("10:30", "ann"),), changes=(("12:00", "solved"),),
        resolution_code="root_cause_solved", **first,
    )  # fmt: skip
    desk.event(t1, at("2025-03-03 10:05"), "assigned", to_value="ann")
    desk.event(t1, at("2025-03-04 12:00"), "follow_up", actor="ann")
    ticket(
        desk, "2", "2025-03-10 12:00", replies=(("12:10", "ann"),), changes=(("12:30", "solved"),),
        resolution_code="targeted_solution", **first,
    )  # fmt: skip
    desk.ticket("spam", at("2025-03-11 12:00"), is_spam=True, **first)
    ticket(
        desk, "3", "2025-03-17 12:30:01", replies=(("12:31", "robot"),), changes=(("12:40", "solved"),),
        resolution_code="guided_self_solve", **first,
    )  # fmt: skip

    second: dict[str, Any] = {"customer_key": "c2", "issue_type": "payment"}
    ticket(desk, "4", "2025-03-05 09:00", replies=(("09:20", "ann"),), changes=(("10:00", "solved"),), **second)
    t5 = ticket(
        desk, "5", "2025-03-08 09:00", replies=(("09:30", "ann"), ("10:00", "bob")), changes=(("2025-03-09 09:00", "solved"),),
        resolution_code="referred_to_repair", order_key="o2", **second,
    )  # fmt: skip
    desk.event(t5, at("2025-03-08 09:10"), "assigned", to_value="ann")
    desk.event(t5, at("2025-03-08 09:40"), "assigned", to_value="bob")
    desk.event(t5, at("2025-03-08 09:45"), "escalated", actor="ann")
    ticket(
        desk, "6", "2025-03-10 09:00", replies=(("09:10", "ann"),),
        changes=(("2025-03-11 09:00:01", "solved"), ("2025-03-12 09:00", "open"), ("2025-03-12 10:00", "solved")),
        resolution_code="root_cause_solved", **second,
    )  # fmt: skip

    ticket(
        desk, "7", "2025-03-12 09:00", replies=(("09:05", "ann"),), changes=(("2025-03-14 09:00", "solved"),),
        resolution_code="unsolved", customer_key="c3", order_key="o3", issue_type="repair", is_complaint=True,
    )  # fmt: skip
    ticket(
        desk, "8", "2025-03-20 09:00", replies=(("10:00", "ann"),), changes=(("2025-03-27 09:00", "solved"),),
        resolution_code="root_cause_solved", customer_key="c4", issue_type="complaint",
    )  # fmt: skip
    ticket(
        desk, "9", "2025-03-21 09:00", replies=(("09:10", "ann"),), changes=(("09:30", "solved"),), resolution_code="root_cause_solved",
    )  # fmt: skip
    ticket(desk, "10", "2025-03-31 23:00", customer_key="c5")


def april(desk: HelpDesk) -> None:
    """Tickets at the edges of what is old enough at as_of."""
    answered = (("11:30", "ann"),)
    ticket(desk, "11", "2025-04-14 12:00", customer_key="c11")
    ticket(desk, "12", "2025-04-14 12:00:01", changes=(("13:00", "solved"),), customer_key="c12")
    ticket(desk, "13", "2025-04-13 12:00", changes=(("13:00", "solved"),), customer_key="c13")
    ticket(desk, "14", "2025-04-13 12:00:01", customer_key="c14")
    ticket(desk, "15", "2025-04-08 11:00", replies=answered, changes=(("12:00", "solved"),), customer_key="c15")
    ticket(desk, "16", "2025-04-08 11:00", replies=answered, changes=(("12:00:01", "solved"),), customer_key="c16")
    ticket(desk, "17", "2025-04-08 12:00", customer_key="c17")
    ticket(desk, "18", "2025-04-08 12:00:01", customer_key="c18")
    # Unanswered for 7 hours 59 minutes, and for eight hours.
    ticket(desk, "19", "2025-04-15 04:01", customer_key="c19")
    ticket(desk, "20", "2025-04-15 04:00", customer_key="c20")


def february(desk: HelpDesk) -> None:
    """What nobody knows: a reply by nobody on the staff list, a desk that tells no statuses, and one that tells nothing at all."""
    ticket(
        desk, "by_nobody", "2025-02-03 10:00", replies=(("10:10", "ann"), ("10:20", "nobody")), changes=(("11:00", "solved"),),
        customer_key="c7",
    )  # fmt: skip
    # By nobody too, but told not to be resolved at first contact.
    ticket(
        desk, "two_and_nobody", "2025-02-04 10:00", replies=(("10:10", "ann"), ("10:15", "ann"), ("10:20", "nobody")),
        changes=(("11:00", "solved"),), customer_key="c8",
    )  # fmt: skip
    quiet = desk.ticket("quiet", at("2025-02-05 10:00"), source="quiet", customer_key="c9")
    desk.event(quiet, at("2025-02-05 10:05"), "agent_reply", actor="dan")
    desk.ticket("mute", at("2025-02-06 10:00"), source="mute", customer_key="c10")


def january(desk: HelpDesk) -> None:
    """A ticket opened when another about the same order is solved: it does not come after."""
    about: dict[str, Any] = {"customer_key": "c20", "order_key": "o20"}
    ticket(desk, "solved_then", "2025-01-10 10:00", changes=(("12:00", "solved"),), **about)
    ticket(desk, "opened_then", "2025-01-10 12:00", changes=(("13:00", "solved"),), **about)


def december(desk: HelpDesk) -> None:
    """Open tickets answered after so many minutes, each named for them."""
    for minutes in (59, 60, 61, 120, 121, 240, 241, 480, 481):
        key = desk.ticket(f"after_{minutes}", at("2024-12-02 08:00"))
        desk.event(key, at("2024-12-02 08:00") + timedelta(minutes=minutes), "agent_reply", actor="ann")
    # A second more than an hour is not within it. What somebody without a role replied may have been the first reply.
    late = desk.ticket("after_an_hour_and_a_second", at("2024-12-02 08:00"))
    desk.event(late, at("2024-12-02 09:00:01"), "agent_reply", actor="ann")
    unknown = desk.ticket("by_nobody_in_time", at("2024-12-02 08:00"))
    desk.event(unknown, at("2024-12-02 08:10"), "agent_reply", actor="nobody")


def november(desk: HelpDesk) -> None:
    """Tickets resolved on 1 November at 10:00, each named for what followed."""

    def solved(name: str, *events: tuple[str, str, str | None]) -> None:
        key = ticket(desk, name, "2024-11-01 09:00", changes=(("10:00", "solved"),))
        for when, event_type, actor in events:
            desk.event(key, at(when), event_type, actor=actor)

    solved("nothing")
    solved("called_before", ("2024-11-01 09:59:59", "follow_up", "ann"))
    solved("told_at_once", ("2024-11-01 10:00", "result_feedback", "ann"))
    solved("called_after_a_day", ("2024-11-02 10:00", "follow_up", "ann"))
    solved("called_a_second_later", ("2024-11-02 10:00:01", "follow_up", "ann"))
    solved("called_after_a_week", ("2024-11-08 10:00", "follow_up", "ann"))
    solved("called_too_late", ("2024-11-08 10:00:01", "follow_up", "ann"))
    message = ("2024-11-03 10:00", "customer_reply", None)
    solved("message_answered", message, ("2024-11-03 11:00", "agent_reply", "ann"))
    solved("message_answered_by_a_bot", message, ("2024-11-03 11:00", "bot_reply", "robot"))
    solved("message_answered_too_late", message, ("2024-11-08 10:00:01", "agent_reply", "ann"))
    solved("reply_without_a_message", ("2024-11-03 11:00", "agent_reply", "ann"))
    ticket(
        desk, "reopened", "2024-11-01 09:00",
        changes=(("10:00", "solved"), ("2024-11-02 10:00", "open"), ("2024-11-02 12:00", "solved")),
    )  # fmt: skip


ANSWERS: list[Row] = [
    {
        "response_key": "r1",
        "ticket_key": "office:1",
        "is_valid": True,
        "attitude_score": 3,
        "communication_score": 4,
        "submitted_at": "2025-03-04",
    },
    # The newest answer to each question counts, and no answer of a response that does not.
    {"response_key": "r2", "ticket_key": "office:1", "is_valid": True, "attitude_score": 5, "submitted_at": "2025-03-05"},
    {"response_key": "r3", "ticket_key": "office:1", "is_valid": False, "attitude_score": 1, "submitted_at": "2025-03-06"},
    {"response_key": "r4", "ticket_key": "office:7", "is_valid": True, "attitude_score": 2, "submitted_at": "2025-03-15"},
]
ANSWER_COLUMNS = {
    "response_key": "varchar", "ticket_key": "varchar", "is_valid": "boolean", "attitude_score": "double",
    "communication_score": "double", "submitted_at": "timestamp",
}  # fmt: skip


def built(project: CompiledProject) -> duckdb.DuckDBPyConnection:
    """A database in memory with the families' marts and all that they read."""
    clock_models = clock_models_of(project)
    answers = values([{**dict.fromkeys(ANSWER_COLUMNS), **row} for row in ANSWERS], ANSWER_COLUMNS)
    nothing = ("dim_merchants", "fct_after_sales_requests", "fct_refunds", "fct_service_costs")
    tables = {f"core.{name}": mart_of(columns_of(name), []) for name in nothing}
    tables["core.fct_survey_responses"] = answers
    tables |= other_subjects(SUBJECTS)
    marts = [model.name for model in project.models if model.schema in FAMILIES]
    connection = help_desk().build(clock_models)
    tell_orders_whole(connection, ORDERS)
    return build_over(connection, project, tables, marts, there=there_with(clock_models))
