"""The shop whose figures family 2 is worked out by hand for, built from its tickets' events to its marts.

Times are those of the business time zone, eight hours ahead of UTC. March is the month that the family's documentation works out; the
other months hold one edge each. What the figures should be stands in that documentation and beside the tests.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import duckdb

from tests.support.compiled_models import CompiledProject, build_over
from tests.support.described_models import columns_of
from tests.support.ticket_clock import ALWAYS, HelpDesk, at, clock_models_of, one, there_with
from tests.unit.kpi.small_project import Row, mart_of, other_subjects, tell_orders_whole

AS_OF = at("2025-05-10 08:00")

POLICIES = [
    {"policy_id": metric, "policy_name": metric, "metric": metric, "target_minutes": target, "clock": "business",
     "calendar_code": "cn_office", "valid_from": "2023-01-01"}
    for metric, target in {"first_reply": 30, "next_reply": 60, "resolution": 480, "result_feedback": 540}.items()
]  # fmt: skip


def help_desk() -> HelpDesk:
    desk = HelpDesk(as_of=AS_OF, first_at=at("2024-12-01 10:00"))
    desk.shop = SHOP
    desk.seeds = {
        "calendar_assignments": [{"source_system": "office", "calendar_code": "cn_office"}],
        "sla_policies": POLICIES,
        "reply_targets": [{"target_seconds": 1800, "opens_at": "09:00", "closes_at": "18:00", "valid_from": "2020-01-01"}],
    }
    desk.agent("office", "ann", "human", team="returns")
    desk.agent("office", "ann", "human", team="repairs", valid_from=at("2025-03-04 12:00"))
    desk.agent("office", "bob", "partner", team="partners")
    desk.agent("office", "cat", "human", team="returns")
    desk.agent("office", "robot", "bot", team="bots")
    desk.agent("quiet", "dan", "human", team="quiet")
    desk.agent("quiet", "robot", "bot", team="bots")
    march(desk)
    april_and_may(desk)
    before_march(desk)
    return desk


def reply(desk: HelpDesk, ticket: str, moment: str, agent: str) -> None:
    desk.event(ticket, at(moment), "bot_reply" if agent == "robot" else "agent_reply", actor=agent)


def assign(desk: HelpDesk, ticket: str, moment: str, agent: str) -> None:
    desk.event(ticket, at(moment), "assigned", to_value=agent)


def message(desk: HelpDesk, ticket: str, moment: str) -> None:
    desk.event(ticket, at(moment), "customer_reply")


def feedback(desk: HelpDesk, ticket: str, moment: str) -> None:
    desk.event(ticket, at(moment), "result_feedback", actor="ann")


def march(desk: HelpDesk) -> None:
    """Seven tickets, and three that are none: spam, a question before a sale, and one merged into number 1."""
    t1 = desk.ticket(
        "1", at("2025-03-03 10:00"), channel="chat", issue_type="payment", order_key="o1", customer_key="c1", handling_seconds=600
    )
    assign(desk, t1, "2025-03-03 10:02", "ann")
    reply(desk, t1, "2025-03-03 10:10", "ann")
    message(desk, t1, "2025-03-03 10:20")
    desk.statuses(t1, (at("2025-03-03 11:00"), "solved"))
    feedback(desk, t1, "2025-03-03 11:30")

    t2 = desk.ticket(
        "2", at("2025-03-03 17:50"), channel="phone", issue_type="logistics", order_key="o1", customer_key="c1",
        product_key="p2", merchant_key="m9",
    )  # fmt: skip
    assign(desk, t2, "2025-03-03 17:55", "ann")
    reply(desk, t2, "2025-03-04 09:10", "ann")
    desk.statuses(t2, (at("2025-03-04 10:50"), "solved"))
    feedback(desk, t2, "2025-03-05 10:50")

    t3 = desk.ticket("3", at("2025-03-05 10:00"), channel="bot", issue_type="logistics", order_key="o2", customer_key="c2")
    reply(desk, t3, "2025-03-05 10:01", "robot")
    desk.statuses(t3, (at("2025-03-05 10:05"), "solved"))

    t4 = desk.ticket("4", at("2025-03-05 11:00"), channel="app", issue_type="logistics", order_key="o2", customer_key="c5")
    assign(desk, t4, "2025-03-05 11:01", "robot")
    reply(desk, t4, "2025-03-05 11:03", "robot")
    desk.statuses(t4, (at("2025-03-05 11:10"), "solved"), (at("2025-03-05 12:00"), "open"), (at("2025-03-05 18:30"), "solved"))

    t5 = desk.ticket("5", at("2025-03-06 09:00"), channel="self_service", order_key="o3", customer_key="c3")
    desk.statuses(t5, (at("2025-03-06 09:30"), "solved"))

    t6 = desk.ticket("6", at("2025-03-06 10:00"), channel="chat", order_key="o3", customer_key="c3", handling_seconds=1200)
    reply(desk, t6, "2025-03-06 10:02", "robot")
    assign(desk, t6, "2025-03-06 10:05", "ann")
    reply(desk, t6, "2025-03-06 10:20", "ann")
    assign(desk, t6, "2025-03-06 10:30", "bob")
    message(desk, t6, "2025-03-06 10:40")
    reply(desk, t6, "2025-03-06 11:30", "bob")
    message(desk, t6, "2025-03-06 12:00")
    desk.statuses(t6, (at("2025-03-07 09:30"), "solved"))
    feedback(desk, t6, "2025-03-07 09:40")

    # Solved on 31 March by the clock of Greenwich, in April by that of the business.
    t7 = desk.ticket("7", at("2025-03-28 17:30"), channel="email", order_key="o4", customer_key="c4")
    assign(desk, t7, "2025-03-28 18:00", "bob")
    reply(desk, t7, "2025-03-31 09:20", "bob")
    desk.statuses(t7, (at("2025-04-01 01:00"), "solved"))

    spam = desk.ticket("spam", at("2025-03-10 10:00"), is_spam=True)
    reply(desk, spam, "2025-03-10 10:30", "ann")
    before_sale = desk.ticket("before_sale", at("2025-03-11 10:00"), is_pre_sale=True)
    reply(desk, before_sale, "2025-03-11 10:30", "bob")
    desk.ticket("merged", at("2025-03-03 10:05"), merged_into=t1)


def april_and_may(desk: HelpDesk) -> None:
    """A ticket created after midnight on 1 April that stays open, and tickets at the edge of as_of, 10 May 8:00."""
    t8 = desk.ticket("8", at("2025-04-01 01:00"), channel="self_service", order_key="o4", customer_key="c4", handling_seconds=900)
    reply(desk, t8, "2025-04-01 01:02", "robot")

    desk.ticket("a_week_and_a_second_old", at("2025-05-03 07:59:59"))
    desk.ticket("a_week_old", at("2025-05-03 08:00"))
    solved_at_as_of = desk.ticket("solved_at_as_of", at("2025-05-09 09:00"))
    desk.statuses(solved_at_as_of, (at("2025-05-10 08:00"), "solved"))
    reopened_at_as_of = desk.ticket("reopened_at_as_of", at("2025-05-09 10:00"))
    desk.statuses(reopened_at_as_of, (at("2025-05-09 11:00"), "solved"), (at("2025-05-10 08:00"), "open"))
    desk.ticket("half_an_hour_old", at("2025-05-10 07:30"))
    desk.ticket("opened_at_as_of", at("2025-05-10 08:00"))


def before_march(desk: HelpDesk) -> None:
    """Tickets of cat around a course on 15 January, one that is open for eight days to the second, and a desk that tells no status."""
    for opened, solved in (
        ("2024-12-15 10:00", "2024-12-15 11:40"),  # 31 days before the course
        ("2024-12-16 23:30", "2024-12-17 00:20"),  # 30 days before
        ("2025-01-10 10:00", "2025-01-10 11:10"),
        ("2025-01-15 10:00", "2025-01-15 13:20"),  # on its day
        ("2025-01-20 10:00", "2025-01-20 10:40"),
        ("2025-02-14 10:00", "2025-02-14 10:20"),  # 30 days after
        ("2025-02-15 10:00", "2025-02-15 16:40"),  # 31 days after
    ):
        columns = {"order_key": "o9"} if opened.startswith("2025-01-10") else {}
        ticket = desk.ticket(f"cat {opened[:10]}", at(opened), channel="store", **columns)
        assign(desk, ticket, opened, "cat")
        desk.statuses(ticket, (at(solved), "solved"))

    eight_days = desk.ticket("eight_days", at("2025-02-03 00:00"))
    desk.statuses(eight_days, (at("2025-02-11 00:00"), "solved"))

    answered = desk.ticket("answered", at("2025-01-10 10:00"), source="quiet")
    reply(desk, answered, "2025-01-10 10:01", "robot")
    reply(desk, answered, "2025-01-10 10:10", "dan")
    left_to_the_bot = desk.ticket("left_to_the_bot", at("2025-01-11 10:00"), source="quiet")
    reply(desk, left_to_the_bot, "2025-01-11 10:01", "robot")


def request(key: str, requested: str, decided: str | None, received: str | None, completed: str | None, **columns: Any) -> Row:
    """A request; without a moment out of order, each step whose two moments are known has a duration."""

    def seconds(earlier: datetime | None, later: datetime | None) -> int | None:
        return int((later - earlier).total_seconds()) if earlier and later and earlier <= later else None

    requested_at, decided_at, received_at, completed_at = (
        at(moment) if moment else None for moment in (requested, decided, received, completed)
    )
    is_completed = columns.pop("is_completed", completed is not None)
    return {
        "request_key": key,
        "requested_on": requested[:10],
        "decision_seconds": seconds(requested_at, decided_at),
        "receipt_seconds": seconds(decided_at, received_at),
        "completion_seconds": seconds(received_at or decided_at, completed_at) if is_completed else None,
        "processing_seconds": seconds(requested_at, completed_at) if is_completed else None,
        **columns,
    }


REQUESTS = [
    request("r1", "2025-03-03 10:00", "2025-03-03 12:00", "2025-03-04 12:00", "2025-03-04 14:00", product_category="shoes"),
    # Money back without anything sent in.
    request("r2", "2025-03-04 10:00", "2025-03-04 11:00", None, "2025-03-04 20:00"),
    request("r3", "2025-03-05 10:00", "2025-03-05 14:00", "2025-03-06 00:00", "2025-03-06 08:00", product_category="shoes"),
    # Under way, rejected, and with moments out of order.
    request("r4", "2025-03-06 10:00", None, None, None),
    request("r5", "2025-03-07 10:00", "2025-03-07 13:00", None, "2025-03-07 13:00", is_completed=False),
    request("r6", "2025-03-08 10:00", None, None, "2025-03-08 09:00"),
    # After midnight on 1 April.
    request("r7", "2025-04-01 01:00", "2025-04-01 03:00", None, "2025-04-01 13:00"),
]
SHOP: dict[str, list[Row]] = {
    "intermediate.int_products__versioned": [
        {"product_key": "p1", "category": "shoes", **ALWAYS},
        {"product_key": "p2", "category": "bags", **ALWAYS},
    ],
    "intermediate.int_customers__versioned": [
        {"customer_key": "c1", "region": "north", "customer_tier": "gold", **ALWAYS},
        {"customer_key": "c2", "region": None, "customer_tier": None, **ALWAYS},
        {"customer_key": "c6", "region": "west", "customer_tier": None, **ALWAYS},
        {"customer_key": "c7", "region": "east", "customer_tier": None, **ALWAYS},
    ],
    "core.fct_orders": [
        {"order_key": "o1", "customer_key": "c1", "merchant_key": "m1", "product_category": "shoes"},
        {"order_key": "o2", "customer_key": "c6", "merchant_key": None, "product_category": None},
        {"order_key": "o9", "customer_key": "c7", "merchant_key": None, "product_category": None},
    ],
}
GIVEN: dict[str, tuple[dict[str, str], list[Row]]] = {
    "core.fct_after_sales_requests": (columns_of("fct_after_sales_requests"), REQUESTS),
    "core.fct_service_costs": ({"source_system": "varchar"}, []),
    "intermediate.int_agent_trainings__unioned": (
        {"agent_key": "varchar", "course": "varchar", "trained_on": "date"},
        [
            {"agent_key": "office:cat", "course": "calm", "trained_on": "2025-01-15"},
            # Its thirty days after were over on 9 May, those of the next one on 10 May, which as_of does not reach the end of.
            {"agent_key": "office:bob", "course": "listening", "trained_on": "2025-04-09"},
            {"agent_key": "office:bob", "course": "still_running", "trained_on": "2025-04-10"},
        ],
    ),
    "core.fct_survey_responses": (
        {
            "response_key": "varchar", "ticket_key": "varchar", "is_valid": "boolean", "overall_score": "double",
            "attitude_score": "double", "communication_score": "double", "submitted_at": "timestamp", "submitted_on": "date",
        },
        [
            {"response_key": "r1", "ticket_key": "office:cat 2025-01-10",
             "is_valid": True, "overall_score": 3, "submitted_on": "2025-01-11"},
            {"response_key": "r2", "ticket_key": "office:cat 2025-01-20",
             "is_valid": True, "overall_score": 5, "submitted_on": "2025-01-21"},
            {"response_key": "r3", "ticket_key": "office:cat 2025-02-14",
             "is_valid": False, "overall_score": 1, "submitted_on": "2025-02-14"},
        ],
    ),
}  # fmt: skip
# What KPIs of the family are of.
SUBJECTS = ("tickets", "ticket_sla", "turns", "backlog", "customer_needs", "agent_days", "requests")


def built(
    project: CompiledProject, wanted: Iterable[str] | None = None, given: Mapping[str, str] | None = None
) -> duckdb.DuckDBPyConnection:
    """A database in memory with the family's marts, or those ``wanted``, and all that they read; ``given`` are more tables."""
    clock_models = clock_models_of(project)
    tables = {table: mart_of(columns, rows) for table, (columns, rows) in GIVEN.items()}
    tables |= {**other_subjects(SUBJECTS), **(given or {})}
    marts = wanted or [model.name for model in project.models if model.schema == "efficiency"]
    connection = help_desk().build(clock_models)
    tell_orders_whole(connection, SHOP["core.fct_orders"])
    return build_over(connection, project, tables, marts, there=there_with(clock_models))


def cell(
    desk: duckdb.DuckDBPyConnection, mart: str, start: str, grain: str = "month", dimension: str = "overall", member: str = "all"
) -> dict[str, Any]:
    """A row of a mart beside the family."""
    return one(
        desk,
        f"select * from efficiency.{mart} where period_start = ? and period_grain = ? and dimension = ? and member = ?",
        start,
        grain,
        dimension,
        member,
    )


def kpi(
    desk: duckdb.DuckDBPyConnection, kpi_id: str, start: str, grain: str = "month", dimension: str = "overall", member: str = "all"
) -> dict[str, Any]:
    """A row of the family's mart."""
    return one(
        desk,
        "select * from efficiency.kpi_efficiency"
        " where kpi_id = ? and period_start = ? and period_grain = ? and dimension = ? and member = ?",
        kpi_id,
        start,
        grain,
        dimension,
        member,
    )
