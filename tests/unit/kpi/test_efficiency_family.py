"""Family 2, from the tickets' events to its marts, on a shop small enough to count by hand.

How a single clock runs is tested with the clock; here its readings are added up. Times are those of the business time zone, eight hours
ahead of UTC. March is the month that the family's documentation works out; the other months hold one edge each.
"""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest

from tests.support.compiled_models import CompiledProject, compiled_project, models_behind
from tests.support.ticket_clock import HelpDesk, at, clock_models_of, one, rows_of
from tests.support.warehouse import PROJECT_ROOT
from tests.unit.kpi.small_project import Row, values

AS_OF = at("2025-05-10 08:00")

POLICIES = [
    {"policy_id": metric, "policy_name": metric, "metric": metric, "target_minutes": target, "clock": "business",
     "calendar_code": "cn_office", "valid_from": "2023-01-01"}
    for metric, target in {"first_reply": 30, "resolution": 480, "result_feedback": 540}.items()
]  # fmt: skip


def help_desk() -> HelpDesk:
    desk = HelpDesk(as_of=AS_OF)
    desk.seeds = {
        "calendar_assignments": [{"source_system": "office", "calendar_code": "cn_office"}],
        "sla_policies": POLICIES,
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


def feedback(desk: HelpDesk, ticket: str, moment: str) -> None:
    desk.event(ticket, at(moment), "result_feedback", actor="ann")


def march(desk: HelpDesk) -> None:
    """Seven tickets, and three that are none: spam, a question before a sale, and one merged into number 1."""
    t1 = desk.ticket("1", at("2025-03-03 10:00"), channel="chat", issue_type="payment", order_key="o1", customer_key="c1")
    assign(desk, t1, "2025-03-03 10:02", "ann")
    reply(desk, t1, "2025-03-03 10:10", "ann")
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

    t6 = desk.ticket("6", at("2025-03-06 10:00"), channel="chat", order_key="o3", customer_key="c3")
    reply(desk, t6, "2025-03-06 10:02", "robot")
    assign(desk, t6, "2025-03-06 10:05", "ann")
    reply(desk, t6, "2025-03-06 10:20", "ann")
    assign(desk, t6, "2025-03-06 10:30", "bob")
    reply(desk, t6, "2025-03-06 11:30", "bob")
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
    t8 = desk.ticket("8", at("2025-04-01 01:00"), channel="self_service", order_key="o4", customer_key="c4")
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

    def hours(earlier: datetime | None, later: datetime | None) -> float | None:
        return (later - earlier).total_seconds() / 3600 if earlier and later and earlier <= later else None

    moments = [at(moment) if moment else None for moment in (requested, decided, received, completed)]
    requested_at, decided_at, received_at, completed_at = moments
    is_completed = columns.pop("is_completed", completed is not None)
    return {
        "request_key": key,
        "requested_at": requested_at, "decided_at": decided_at, "item_received_at": received_at, "completed_at": completed_at,
        "requested_on": requested[:10],
        "decision_hours": hours(requested_at, decided_at),
        "receipt_hours": hours(decided_at, received_at),
        "completion_hours": hours(received_at or decided_at, completed_at) if is_completed else None,
        "processing_hours": hours(requested_at, completed_at) if is_completed else None,
        **columns,
    }  # fmt: skip


REQUESTS = [
    request("r1", "2025-03-03 10:00", "2025-03-03 12:00", "2025-03-04 12:00", "2025-03-04 14:00", product_key="p1", merchant_key="m1"),
    # Money back without anything sent in.
    request("r2", "2025-03-04 10:00", "2025-03-04 11:00", None, "2025-03-04 20:00"),
    request("r3", "2025-03-05 10:00", "2025-03-05 14:00", "2025-03-06 00:00", "2025-03-06 08:00", order_key="o1"),
    # Under way, rejected, and with moments out of order.
    request("r4", "2025-03-06 10:00", None, None, None),
    request("r5", "2025-03-07 10:00", "2025-03-07 13:00", None, "2025-03-07 13:00", is_completed=False),
    request("r6", "2025-03-08 10:00", None, None, "2025-03-08 09:00"),
    # After midnight on 1 April.
    request("r7", "2025-04-01 01:00", "2025-04-01 03:00", None, "2025-04-01 13:00"),
]
GIVEN: dict[str, tuple[dict[str, str], list[Row]]] = {
    "core.dim_products": (
        {"product_key": "varchar", "category": "varchar"},
        [{"product_key": "p1", "category": "shoes"}, {"product_key": "p2", "category": "bags"}],
    ),
    "core.dim_customers": (
        {"customer_key": "varchar", "region": "varchar", "customer_tier": "varchar"},
        [
            {"customer_key": "c1", "region": "north", "customer_tier": "gold"},
            {"customer_key": "c2", "region": None, "customer_tier": None},
        ],
    ),
    "intermediate.int_orders__described": (
        {"order_key": "varchar", "merchant": "varchar", "product_category": "varchar", "region": "varchar", "customer_tier": "varchar"},
        [
            {"order_key": "o1", "merchant": "m1", "product_category": "shoes", "region": "north", "customer_tier": "gold"},
            {"order_key": "o2", "merchant": None, "product_category": None, "region": "west", "customer_tier": None},
            {"order_key": "o9", "merchant": None, "product_category": None, "region": "east", "customer_tier": None},
        ],
    ),
    "core.fct_after_sales_requests": (
        {
            "request_key": "varchar", "order_key": "varchar", "merchant_key": "varchar", "product_key": "varchar",
            "decision_hours": "double", "receipt_hours": "double", "completion_hours": "double", "processing_hours": "double",
            "requested_at": "timestamp", "decided_at": "timestamp", "item_received_at": "timestamp", "completed_at": "timestamp",
            "requested_on": "date",
        },
        REQUESTS,
    ),
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
        {"ticket_key": "varchar", "is_valid": "boolean", "overall_score": "double", "submitted_on": "date"},
        [
            {"ticket_key": "office:cat 2025-01-10", "is_valid": True, "overall_score": 3, "submitted_on": "2025-01-11"},
            {"ticket_key": "office:cat 2025-01-20", "is_valid": True, "overall_score": 5, "submitted_on": "2025-01-21"},
            {"ticket_key": "office:cat 2025-02-14", "is_valid": False, "overall_score": 1, "submitted_on": "2025-02-14"},
        ],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    project: CompiledProject = compiled_project(tmp_path_factory)
    clock_models = clock_models_of(project)
    connection = help_desk().build(clock_models)
    for table, (columns, rows) in GIVEN.items():
        filled = [{**dict.fromkeys(columns), **row} for row in rows]
        connection.execute(f"create table {table} as {values(filled, columns)}")
    connection.execute("create schema efficiency")
    marts = [model.name for model in project.models if model.schema == "efficiency"]
    there = ["int_as_of__resolved", *(model.name for model in clock_models), *(table.split(".")[1] for table in GIVEN)]
    for model in models_behind(project, marts, given=there):
        connection.execute(f"create {model.materialized} {model.schema}.{model.name} as {model.sql}")
    yield connection
    connection.close()


def cell(
    shop: duckdb.DuckDBPyConnection, mart: str, start: str, grain: str = "month", dimension: str = "overall", member: str = "all"
) -> dict[str, Any]:
    return one(
        shop,
        f"select * from efficiency.{mart} where period_start = ? and period_grain = ? and dimension = ? and member = ?",
        start,
        grain,
        dimension,
        member,
    )


# KPI, month, numerator, denominator, n. A value is their quotient, or the numerator where there is no denominator.
SUMS_AND_SHARES: list[tuple[str, str, float | None, float | None, int]] = [
    ("ticket_count", "2025-03-01", 7, None, 7),
    # Number 8, created on 31 March 17:00 UTC.
    ("ticket_count", "2025-04-01", 1, None, 1),
    # Replied: 1 after 10, 2 after 920, 6 after 20, 7 after 3,830 minutes. The bot's replies are no human ones.
    ("first_reply_minutes_mean", "2025-03-01", 4780, 4, 4),
    ("first_reply_minutes_mean", "2025-04-01", 0, 0, 0),
    # 3 after 1, 4 after 3, 6 after 2.
    ("first_bot_reply_minutes_mean", "2025-03-01", 6, 3, 3),
    ("first_bot_reply_minutes_mean", "2025-04-01", 2, 1, 1),
    # 60 + 1,020 + 5 + 450 + 30 + 1,410 + 4,770; number 8 is open.
    ("resolution_minutes_mean", "2025-03-01", 7745, 7, 7),
    ("resolution_minutes_mean", "2025-04-01", 0, 0, 0),
    # Due in 30 business minutes. 5 was solved on the second; 4 was never answered, 7 after 50.
    ("sla_first_reply_rate", "2025-03-01", 5, 7, 7),
    ("sla_first_reply_rate", "2025-04-01", 0, 1, 1),
    # Four have waited for working days; of the two opened on the Saturday of as_of no minute has run yet.
    ("sla_first_reply_rate", "2025-05-01", 0, 4, 4),
    # Due in 480 business minutes: 60, 120, 5, 420 − 50 that it lay solved, 30; 6 took 510, 7 took 570.
    ("sla_resolution_rate", "2025-03-01", 5, 7, 7),
    ("sla_resolution_rate", "2025-04-01", 0, 1, 1),
    # Due in 540 business minutes: 1, 2 on the second, 6; the customers of 3, 4, 5 and 7 still wait to hear.
    ("sla_result_feedback_rate", "2025-03-01", 3, 7, 7),
    ("sla_result_feedback_rate", "2025-04-01", 0, 0, 0),
    # Number 7 at the end of March, 8 at the end of April, and six at as_of.
    ("backlog_open", "2025-02-01", 0, None, 0),
    ("backlog_open", "2025-03-01", 1, None, 1),
    ("backlog_open", "2025-04-01", 1, None, 1),
    ("backlog_open", "2025-05-01", 6, None, 6),
    ("backlog_over_7d", "2025-03-01", 0, None, 1),
    ("backlog_over_7d", "2025-04-01", 1, None, 1),
    # Number 8, and the one that is a second over a week old; the one that is a week old to the second is not.
    ("backlog_over_7d", "2025-05-01", 2, None, 6),
    # 7 was solved in April, and 5 May's only one at as_of.
    ("resolved_count", "2025-03-01", 6, None, 6),
    ("resolved_count", "2025-04-01", 1, None, 1),
    ("resolved_count", "2025-05-01", 1, None, 1),
    # 3 and 4 were left to the bot, 5 is self-service. 8 is self-service, and open.
    ("self_service_rate", "2025-03-01", 3, 7, 7),
    ("self_service_rate", "2025-04-01", 0, 1, 1),
    # The bot replied in 3, 4 and 6; 4 was reopened, 6 answered by people, 8 is open.
    ("bot_containment_rate", "2025-03-01", 1, 3, 3),
    ("bot_containment_rate", "2025-04-01", 0, 1, 1),
    # Of the desk that tells no status nobody knows what became of its two tickets.
    ("ticket_count", "2025-01-01", 5, None, 5),
    ("self_service_rate", "2025-01-01", 0, 3, 3),
    ("bot_containment_rate", "2025-01-01", 0, 0, 0),
    # c1 about o1 by chat and phone, c3 about o3 by self-service and chat, c4 about o4 by e-mail and in April by self-service; c2 and c5
    # about o2 are two customers with one channel each.
    ("multi_channel_rate", "2025-03-01", 3, 5, 5),
    # The need of number 8 began in March.
    ("multi_channel_rate", "2025-04-01", 0, 0, 0),
    # 28 + 10 + 22 hours; r7 was requested in April.
    ("processing_hours_mean", "2025-03-01", 60, 3, 3),
    ("processing_hours_mean", "2025-04-01", 12, 1, 1),
    # 1 + 1 + 0 + 0 + 0 + 2 + 1 replies on seven resolved tickets.
    ("replies_per_resolved_ticket", "2025-03-01", 5, 7, 7),
    ("replies_per_resolved_ticket", "2025-04-01", 0, 0, 0),
    # ann worked on the 3rd, 4th and 6th and resolved 1 and 2, bob on the 6th, 7th and 31st and resolved 6. Spam on the 10th and a question
    # before a sale on the 11th make no day of work; the bot's ticket is nobody's.
    ("resolved_per_agent_day", "2025-03-01", 3, 6, 6),
    # bob's 7, solved after midnight.
    ("resolved_per_agent_day", "2025-04-01", 1, 1, 1),
]
# KPI, month, value, n.
QUANTILES: list[tuple[str, str, float | None, int]] = [
    # 10, 20, 920, 3,830: halfway between 20 and 920; seven tenths of the way from 920 to 3,830.
    ("first_reply_minutes_median", "2025-03-01", 470, 4),
    ("first_reply_minutes_p90", "2025-03-01", 2957, 4),
    ("first_reply_minutes_median", "2025-04-01", None, 0),
    ("first_reply_minutes_p90", "2025-04-01", None, 0),
    # 10, 10 + 10, 20, 30 + 20.
    ("first_reply_business_minutes_median", "2025-03-01", 20, 4),
    ("first_reply_business_minutes_median", "2025-04-01", None, 0),
    # 1 after 2, 2 after 5, 4 after 1, 6 after 5, 7 after 30.
    ("queue_minutes_median", "2025-03-01", 5, 5),
    ("queue_minutes_median", "2025-04-01", None, 0),
    # 5, 30, 60, 450, 1,020, 1,410, 4,770.
    ("resolution_minutes_median", "2025-03-01", 450, 7),
    ("resolution_minutes_p90", "2025-03-01", 2754, 7),
    ("resolution_minutes_median", "2025-04-01", None, 0),
    ("resolution_minutes_p90", "2025-04-01", None, 0),
    # 5, 30, 60, 10 + 110, 420, 480 + 30, 30 + 540.
    ("resolution_business_minutes_median", "2025-03-01", 120, 7),
    ("resolution_business_minutes_median", "2025-04-01", None, 0),
    # 1 after 30, 2 after 1,440, 6 after 10.
    ("result_feedback_minutes_median", "2025-03-01", 30, 3),
    ("result_feedback_minutes_median", "2025-04-01", None, 0),
    # 10, 22, 28: eight tenths of the way from 22 to 28.
    ("processing_hours_median", "2025-03-01", 22, 3),
    ("processing_hours_p90", "2025-03-01", 26.8, 3),
    ("processing_hours_median", "2025-04-01", 12, 1),
    ("processing_hours_p90", "2025-05-01", None, 0),
]


@pytest.mark.parametrize(("kpi_id", "month", "numerator", "denominator", "n"), SUMS_AND_SHARES)
def test_a_kpi_of_a_month_is_what_one_counts_by_hand(
    shop: duckdb.DuckDBPyConnection, kpi_id: str, month: str, numerator: float, denominator: float | None, n: int
) -> None:
    row = cell(shop, "kpi_efficiency", month)
    assert (row[f"{kpi_id}_numerator"], row[f"{kpi_id}_denominator"], row[f"{kpi_id}_n"]) == (numerator, denominator, n)
    value = row[kpi_id]
    assert value == (numerator if denominator is None else numerator / denominator if denominator else None)
    if row[f"{kpi_id}_lower"] is not None:
        assert row[f"{kpi_id}_lower"] <= value <= row[f"{kpi_id}_upper"]


@pytest.mark.parametrize(("kpi_id", "month", "value", "n"), QUANTILES)
def test_a_quantile_of_a_month_is_what_one_interpolates_by_hand(
    shop: duckdb.DuckDBPyConnection, kpi_id: str, month: str, value: float | None, n: int
) -> None:
    row = cell(shop, "kpi_efficiency", month)
    assert (row[kpi_id], row[f"{kpi_id}_n"]) == (value, n)
    assert (row[f"{kpi_id}_numerator"], row[f"{kpi_id}_denominator"]) == (None, None)


def test_every_kpi_of_the_family_is_counted_by_hand_and_explained() -> None:
    with (PROJECT_ROOT / "seeds" / "reference" / "kpi_definitions.csv").open(encoding="utf-8", newline="") as file:
        family = {row["kpi_id"] for row in csv.DictReader(file) if row["family"] == "efficiency"}
    assert family == {kpi_id for kpi_id, *_ in [*SUMS_AND_SHARES, *QUANTILES]}
    formulas = (PROJECT_ROOT / "models" / "marts" / "efficiency" / "_efficiency__docs.md").read_text(encoding="utf-8")
    assert [kpi_id for kpi_id in sorted(family) if f"\n| {kpi_id} |" not in formulas] == []


def test_a_share_has_the_interval_of_wilson_and_a_mean_the_normal_one(shop: duckdb.DuckDBPyConnection) -> None:
    row = cell(shop, "kpi_efficiency", "2025-03-01")
    # 3 of 7.
    assert (row["self_service_rate_lower"], row["self_service_rate_upper"]) == pytest.approx((0.1582, 0.7495), abs=5e-5)
    # 1, 2, 3: standard deviation 1, standard error 1 ÷ √3.
    assert (row["first_bot_reply_minutes_mean_lower"], row["first_bot_reply_minutes_mean_upper"]) == pytest.approx(
        (2 - 1.959964 / 3**0.5, 2 + 1.959964 / 3**0.5), abs=1e-6
    )


@pytest.mark.parametrize(
    ("grain", "start", "tickets", "resolved", "open_at_the_end"),
    [
        ("day", "2025-03-03", 2, 1, 1),
        # Monday to Sunday: six of March's tickets; 6 was the last to be solved, on Friday.
        ("week", "2025-03-03", 6, 6, 0),
        # The week of 31 March ends in April: 7 was solved in it, 8 came.
        ("week", "2025-03-31", 1, 1, 1),
        # Five in January, three in February, seven in March; 7 is open at the end.
        ("quarter", "2025-01-01", 15, 12, 1),
        # The running year ends at as_of.
        ("year", "2025-01-01", 22, 14, 6),
    ],
)
def test_a_period_of_any_grain_counts_its_own_tickets(
    shop: duckdb.DuckDBPyConnection, grain: str, start: str, tickets: int, resolved: int, open_at_the_end: int
) -> None:
    row = cell(shop, "kpi_efficiency", start, grain)
    assert (row["ticket_count"], row["resolved_count"], row["backlog_open"]) == (tickets, resolved, open_at_the_end)


def test_a_ticket_counts_for_its_own_product_merchant_and_customer_before_those_of_its_order(shop: duckdb.DuckDBPyConnection) -> None:
    def tickets(dimension: str, month: str = "2025-03-01") -> dict[str, float]:
        found = rows_of(
            shop,
            "select member, ticket_count from efficiency.kpi_efficiency where period_grain = 'month' and period_start = ? and dimension = ?"
            " and ticket_count > 0",
            month,
            dimension,
        )
        return {row["member"]: row["ticket_count"] for row in found}

    assert tickets("product_category") == {"shoes": 1, "bags": 1, "unknown": 5}
    assert tickets("merchant") == {"m1": 1, "m9": 1, "unknown": 5}
    # c2's region nobody knows, whatever the order of number 3 says.
    assert tickets("region") == {"north": 2, "unknown": 5}
    assert tickets("customer_tier") == {"gold": 2, "unknown": 5}
    # Who wrote is not known of one ticket in January, but of its order.
    assert tickets("region", "2025-01-01") == {"east": 1, "unknown": 4}
    assert tickets("agent") == {"office:ann": 2, "office:bob": 2, "office:robot": 1, "unknown": 2}
    # As ann was placed when numbers 1 and 2 were handed to her.
    assert tickets("agent_team") == {"returns": 2, "partners": 2, "bots": 1, "unknown": 2}


@pytest.mark.parametrize("kpi_id", ["ticket_count", "backlog_open", "backlog_over_7d", "resolved_count", "self_service_rate"])
def test_the_members_of_a_dimension_add_up_to_overall(shop: duckdb.DuckDBPyConnection, kpi_id: str) -> None:
    sums = rows_of(
        shop,
        f"""
        select cells.period_grain, cells.period_start, cells.dimension,
            sum(cells.{kpi_id}_numerator) as members, any_value(overall.{kpi_id}_numerator) as overall
        from efficiency.kpi_efficiency as cells
        inner join efficiency.kpi_efficiency as overall
            on overall.period_grain = cells.period_grain and overall.period_start = cells.period_start and overall.dimension = 'overall'
        where cells.dimension <> 'overall'
            and (cells.dimension not in ('merchant', 'agent') or cells.period_grain in ('month', 'quarter', 'year'))
        group by all
        """,
    )
    assert {row["dimension"] for row in sums} >= {"channel", "issue_type", "priority", "region", "agent_team", "merchant", "agent"}
    assert [row for row in sums if row["members"] != row["overall"] and not (row["members"] is None and row["overall"] == 0)] == []


@pytest.mark.parametrize(
    ("day", "up_to_1d", "up_to_3d", "up_to_7d", "over_7d"),
    [
        # Opened on 3 February at midnight: a day old to the second when the day ends, and three on the 5th, seven on the 9th.
        ("2025-02-02", 0, 0, 0, 0),
        ("2025-02-03", 1, 0, 0, 0),
        ("2025-02-04", 0, 1, 0, 0),
        ("2025-02-05", 0, 1, 0, 0),
        ("2025-02-06", 0, 0, 1, 0),
        ("2025-02-09", 0, 0, 1, 0),
        ("2025-02-10", 0, 0, 0, 1),
        # Solved on the 11th at midnight, when the 10th was over.
        ("2025-02-11", 0, 0, 0, 0),
        # Number 7 over the last weekend of March.
        ("2025-03-28", 1, 0, 0, 0),
        ("2025-03-29", 0, 1, 0, 0),
        ("2025-03-30", 0, 1, 0, 0),
        ("2025-03-31", 0, 0, 1, 0),
        # Number 7 is gone, number 8 has come.
        ("2025-04-01", 1, 0, 0, 0),
        ("2025-04-02", 0, 1, 0, 0),
        # The evening before as_of, and as_of itself: half an hour old, opened and reopened at that moment; a week old to the second; more.
        ("2025-05-09", 1, 0, 2, 1),
        ("2025-05-10", 3, 0, 1, 2),
    ],
)
def test_the_backlog_is_what_is_open_when_the_day_ends_by_age(
    shop: duckdb.DuckDBPyConnection, day: str, up_to_1d: int, up_to_3d: int, up_to_7d: int, over_7d: int
) -> None:
    row = cell(shop, "kpi_backlog", day, "day")
    by_age = [row[f"open_{age}_count"] for age in ("up_to_1d", "over_1d_up_to_3d", "over_3d_up_to_7d", "over_7d")]
    assert by_age == [up_to_1d, up_to_3d, up_to_7d, over_7d]
    assert row["open_count"] == sum(by_age)


def test_what_came_less_what_went_is_what_is_open(shop: duckdb.DuckDBPyConnection) -> None:
    sums = rows_of(
        shop,
        """
        select dimension, member, sum(arrival_count) - sum(resolved_count) as left_over, max_by(open_count, period_start) as open_count
        from efficiency.kpi_backlog where period_grain = 'month' group by all
        """,
    )
    assert {(row["dimension"], row["member"]) for row in sums} >= {("overall", "all"), ("channel", "bot"), ("agent", "office:robot")}
    assert [row for row in sums if row["left_over"] != row["open_count"]] == []
    # Of the five tickets created in January two are of the desk that tells no status: they never go, so they do not come either.
    january = cell(shop, "kpi_backlog", "2025-01-01")
    assert (january["arrival_count"], january["resolved_count"], january["open_count"]) == (3, 3, 0)


def test_a_channel_all_of_whose_tickets_go_on_the_day_they_come_has_a_backlog_of_nothing(shop: duckdb.DuckDBPyConnection) -> None:
    row = cell(shop, "kpi_backlog", "2025-03-01", "month", "channel", "bot")
    assert (row["open_count"], row["arrival_count"], row["resolved_count"]) == (0, 1, 1)
    assert cell(shop, "kpi_efficiency", "2025-05-01", "month", "channel", "bot")["backlog_open"] == 0


@pytest.mark.parametrize(
    ("day", "days_to_clear"),
    [
        # One open, five resolved in the 28 days from the 4th to the 31st; from the 3rd to the 30th six.
        ("2025-03-31", 28 / 5),
        ("2025-03-30", 28 / 6),
        # The second day there is: one resolved in two days, and one open.
        ("2024-12-16", 2),
        ("2024-12-15", 0),
        # By 28 April the last one to be resolved, on the 1st, still counts; on the 29th nothing was resolved in 28 days.
        ("2025-04-28", 28),
        ("2025-04-29", None),
    ],
)
def test_the_backlog_is_cleared_at_the_pace_of_the_last_four_weeks(
    shop: duckdb.DuckDBPyConnection, day: str, days_to_clear: float | None
) -> None:
    assert cell(shop, "kpi_backlog", day, "day")["days_to_clear"] == days_to_clear


def test_days_to_clear_are_told_by_day_only(shop: duckdb.DuckDBPyConnection) -> None:
    assert cell(shop, "kpi_backlog", "2025-03-01")["days_to_clear"] is None


def test_each_channel_has_its_share_of_the_months_tickets(shop: duckdb.DuckDBPyConnection) -> None:
    mix = rows_of(
        shop,
        "select * from efficiency.kpi_channel_mix where period_grain = 'month' and period_start = '2025-03-01' and dimension = 'overall'",
    )
    assert {row["channel"]: row["ticket_count"] for row in mix} == {
        "phone": 1, "chat": 2, "email": 1, "social": 0, "app": 1, "self_service": 1, "bot": 1, "store": 0,
    }  # fmt: skip
    assert {row["all_ticket_count"] for row in mix} == {7}
    (chat,) = (row for row in mix if row["channel"] == "chat")
    assert chat["ticket_share"] == 2 / 7
    assert chat["ticket_share_lower"] < 2 / 7 < chat["ticket_share_upper"]


def test_the_channels_of_the_mix_are_those_of_the_contract(shop: duckdb.DuckDBPyConnection) -> None:
    with (PROJECT_ROOT / "seeds" / "reference" / "channels.csv").open(encoding="utf-8", newline="") as file:
        channels = {row["channel"] for row in csv.DictReader(file)} - {"unknown"}
    assert {row["channel"] for row in rows_of(shop, "select distinct channel from efficiency.kpi_channel_mix")} == channels


@pytest.mark.parametrize(
    ("clock", "n", "mean", "median", "p90", "business_mean", "business_median", "business_p90"),
    [
        ("queue", 5, 43 / 5, 5, 20, 43 / 5, 5, 20),
        ("first_reply", 4, 1195, 470, 2957, 100 / 4, 20, 41),
        ("first_bot_reply", 3, 2, 2, 2.8, 2, 2, 2.8),
        ("resolution", 7, 7745 / 7, 450, 2754, 1715 / 7, 120, 534),
        ("result_feedback", 3, 1480 / 3, 30, 1158, 580 / 3, 30, 438),
    ],
)
def test_each_clock_has_its_mean_median_and_p90_in_calendar_and_business_minutes(
    shop: duckdb.DuckDBPyConnection,
    clock: str,
    n: int,
    mean: float,
    median: float,
    p90: float,
    business_mean: float,
    business_median: float,
    business_p90: float,
) -> None:
    row = one(
        shop,
        "select * from efficiency.kpi_durations where period_grain = 'month' and period_start = '2025-03-01' and dimension = 'overall'"
        " and clock = ?",
        clock,
    )
    assert (row["ticket_count"], row["minutes_mean"], row["minutes_median"], row["minutes_p90"]) == (n, mean, median, p90)
    assert (row["business_ticket_count"], row["business_minutes_mean"]) == (n, business_mean)
    assert (row["business_minutes_median"], row["business_minutes_p90"]) == (business_median, business_p90)


def test_a_desk_without_a_calendar_has_calendar_minutes_only(shop: duckdb.DuckDBPyConnection) -> None:
    row = one(
        shop,
        "select * from efficiency.kpi_durations where period_grain = 'day' and period_start = '2025-01-10' and dimension = 'overall'"
        " and clock = 'first_reply'",
    )
    assert (row["ticket_count"], row["minutes_mean"], row["business_ticket_count"], row["business_minutes_mean"]) == (1, 10, 0, None)


@pytest.mark.parametrize(
    ("step", "n", "mean", "median", "p90"),
    [
        # 28, 10, 22 from request to completion.
        ("processing", 3, 20, 22, 26.8),
        # 2, 1, 4, and 3 of the one that was rejected.
        ("decision", 4, 2.5, 2.5, 3.7),
        ("receipt", 2, 17, 17, 22.6),
        # 2 and 8 after the item came, 9 after the decision where none was sent.
        ("completion", 3, 19 / 3, 8, 8.8),
    ],
)
def test_each_step_of_a_request_has_its_hours(
    shop: duckdb.DuckDBPyConnection, step: str, n: int, mean: float, median: float, p90: float
) -> None:
    row = one(
        shop,
        "select * from efficiency.kpi_processing_steps where period_grain = 'month' and period_start = '2025-03-01'"
        " and dimension = 'overall' and step = ?",
        step,
    )
    assert (row["request_count"], row["hours_mean"], row["hours_median"], row["hours_p90"]) == (n, mean, median, p90)


def test_a_request_counts_for_the_category_of_its_product_else_of_its_order(shop: duckdb.DuckDBPyConnection) -> None:
    row = cell(shop, "kpi_efficiency", "2025-03-01", "month", "product_category", "shoes")
    assert (row["processing_hours_mean_numerator"], row["processing_hours_mean_n"]) == (50, 2)


def test_a_request_has_no_channel(shop: duckdb.DuckDBPyConnection) -> None:
    row = cell(shop, "kpi_efficiency", "2025-03-01", "month", "channel", "chat")
    assert (row["processing_hours_mean"], row["processing_hours_mean_n"], row["resolved_per_agent_day_n"]) == (None, None, None)


@pytest.mark.parametrize(
    ("dimension", "member", "expected"),
    [
        # Tickets 1 and 2; days 3, 4 and 6 March with one reply each.
        ("agent", "office:ann", {"ticket_count": 2, "resolved_count": 2, "agent_day_count": 3, "resolved_per_agent_day": 2 / 3,
                                 "reply_count": 3, "replies_per_resolved_ticket": 1, "transfers_per_ticket": 0,
                                 "first_reply_minutes_median": 465, "resolution_minutes_median": 540}),
        # Tickets 6 and 7, the first of which came from ann; 7 was solved in April.
        ("agent", "office:bob", {"ticket_count": 2, "resolved_count": 1, "agent_day_count": 3, "resolved_per_agent_day": 1 / 3,
                                 "reply_count": 2, "replies_per_resolved_ticket": 1.5, "transfers_per_ticket": 0.5,
                                 "first_reply_minutes_median": 1925, "resolution_minutes_median": 3090}),
        ("agent", "office:robot", {"ticket_count": 1, "resolved_count": 0, "agent_day_count": 0, "resolved_per_agent_day": None,
                                   "reply_count": 0, "replies_per_resolved_ticket": 0, "transfers_per_ticket": 0,
                                   "first_reply_minutes_median": None, "resolution_minutes_median": 450}),
        # ann left the returns at noon of the 4th: that day, and what she resolved on it, is one of the repairs.
        ("agent_team", "returns", {"ticket_count": 2, "resolved_count": 1, "agent_day_count": 1, "reply_count": 1}),
        ("agent_team", "repairs", {"ticket_count": 0, "resolved_count": 1, "agent_day_count": 2, "reply_count": 2}),
    ],
)  # fmt: skip
def test_agents_and_teams_have_what_they_got_done(
    shop: duckdb.DuckDBPyConnection, dimension: str, member: str, expected: dict[str, float | None]
) -> None:
    row = cell(shop, "kpi_agents", "2025-03-01", "month", dimension, member)
    assert {name: row[name] for name in expected} == expected
    assert row["is_small_sample"]


def test_agents_are_told_from_the_month_upwards_and_nobody_is_no_agent(shop: duckdb.DuckDBPyConnection) -> None:
    found = rows_of(shop, "select distinct period_grain, dimension from efficiency.kpi_agents")
    assert {row["period_grain"] for row in found} == {"month", "quarter", "year"}
    assert {row["dimension"] for row in found} == {"agent", "agent_team"}
    assert rows_of(shop, "select * from efficiency.kpi_agents where member = 'unknown'") == []


def test_a_course_is_judged_by_thirty_days_on_either_side_without_its_own_day(shop: duckdb.DuckDBPyConnection) -> None:
    calm = one(shop, "select * from efficiency.kpi_training_effect where course = 'calm'")
    # 50 and 70 minutes before, 40 and 20 after; those of the 31st day and of the day itself took 100, 200 and 400.
    assert (calm["agent_count"], calm["resolution_minutes_before_n"], calm["resolution_minutes_after_n"]) == (1, 2, 2)
    assert (calm["resolution_minutes_before_mean"], calm["resolution_minutes_after_mean"]) == (60, 30)
    assert (calm["resolution_minutes_before_median"], calm["resolution_minutes_after_median"]) == (60, 30)
    assert (calm["resolution_minutes_change"], calm["resolution_minutes_relative_change"]) == (-30, -0.5)
    # Both sides have the variance 200 and the variance of the mean 100: −30 ± 1.96 × √200.
    assert (calm["resolution_minutes_change_lower"], calm["resolution_minutes_change_upper"]) == pytest.approx((-57.718, -2.282), abs=5e-4)
    # 3 before, 5 after; the 1 after does not count. One answer says nothing about spread.
    assert (calm["csat_before_n"], calm["csat_before_mean"], calm["csat_after_n"], calm["csat_after_mean"]) == (1, 3, 1, 5)
    assert (calm["csat_change"], calm["csat_change_lower"], calm["csat_relative_change"]) == (2, None, 2 / 3)


def test_a_course_is_judged_when_its_thirty_days_after_are_over(shop: duckdb.DuckDBPyConnection) -> None:
    courses = rows_of(shop, "select * from efficiency.kpi_training_effect order by course")
    assert [row["course"] for row in courses] == ["all", "calm", "listening"]
    everything, _, listening = courses
    # bob's number 7 before; nothing after.
    assert (listening["resolution_minutes_before_mean"], listening["resolution_minutes_after_mean"]) == (4770, None)
    assert (listening["resolution_minutes_after_n"], listening["resolution_minutes_change"]) == (0, None)
    assert (everything["agent_count"], everything["resolution_minutes_before_n"], everything["resolution_minutes_after_n"]) == (2, 3, 2)
    assert everything["resolution_minutes_before_mean"] == pytest.approx((50 + 70 + 4770) / 3)
