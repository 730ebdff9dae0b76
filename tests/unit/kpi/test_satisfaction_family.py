"""Family 1 and the scoreboard, from the unions to the marts, on a shop small enough to count by hand.

Which response counts is tested beside the models, how each score is read beside the measures; here their figures are added up, and
compared with the worked examples of the family's docs. Times are UTC, the business time zone is eight hours ahead, and a cell of
channel and issue type is large enough with one valid response.
"""

import datetime as dt
from typing import Any

import duckdb
import pytest

from tests.support.ticket_clock import ALWAYS
from tests.unit.kpi.small_project import (
    PROJECT_ROOT,
    BuiltProject,
    Row,
    described_like,
    family_marts,
    mart_of,
    measure_members,
    other_families,
    values,
)
from tests.unit.kpi.worked_examples import (
    KpiExample,
    MartExample,
    assert_mart_says,
    computed_kpis,
    kpi_examples,
    mart_examples,
    row_of,
)

KPIS = kpi_examples("satisfaction")
MARTS = mart_examples("satisfaction")

OWN_FOLDERS = ("models/intermediate/satisfaction", "models/intermediate/scoreboard", "models/marts/satisfaction", "models/marts/scoreboard")
SUBJECTS = ("customers", "survey_invitations", "survey_responses")
FACTS = ("survey_invitations", "survey_responses", "survey_answers", "problem_judgements")
OWN_FILES = [
    "models/columns.md",
    "models/marts/measures/_measures__docs.md",
    *(f"models/intermediate/as_of/int_{name}__spined.sql" for name in ("days", "periods")),
    *(f"models/marts/measures/measure_{name}.sql" for name in SUBJECTS),
    *(f"models/marts/core/fct_{name}.{ending}" for name in FACTS for ending in ("sql", "yml")),
    *(f"seeds/reference/{name}.csv" for name in ("survey_questions", "kpi_definitions", "kpi_targets", "industry_benchmarks")),
    *(f"seeds/reference/{name}.yml" for name in ("survey_questions", "kpi_definitions", "kpi_targets", "industry_benchmarks")),
    *(str(path.relative_to(PROJECT_ROOT)) for folder in OWN_FOLDERS for path in sorted((PROJECT_ROOT / folder).iterdir())),
]

# What the invited were asked about. The spam ticket is out of scope, and t2 was answered by a bot only.
TICKETS: list[Row] = [
    {"ticket_key": "t1", "order_key": "o1", "customer_key": "c1", "channel": "chat", "issue_type": "payment", "is_in_scope": True,
     "is_resolved": True, "human_reply_count": 1, "bot_reply_count": 1, "resolution_seconds": 1800, "resolution_minutes": 30},
    {"ticket_key": "t2", "order_key": "o2", "customer_key": "c2", "channel": "bot", "issue_type": "logistics", "is_in_scope": True,
     "is_resolved": True, "human_reply_count": 0, "bot_reply_count": 2, "resolution_seconds": 18000, "resolution_minutes": 300},
    {"ticket_key": "t3", "order_key": "o3", "customer_key": "c1", "channel": "chat", "issue_type": "payment", "is_in_scope": True,
     "is_resolved": False, "human_reply_count": 1, "bot_reply_count": 0},
    {"ticket_key": "t4", "order_key": "o4", "customer_key": "c3", "channel": "phone", "issue_type": "repair", "is_in_scope": False,
     "is_resolved": False, "human_reply_count": 0, "bot_reply_count": 0},
]  # fmt: skip
ORDERS: list[Row] = [
    {"order_key": "o1", "customer_key": "c1", "merchant_key": "m1", "ordered_on": "2025-03-05"},
    {"order_key": "o2", "customer_key": "c2", "merchant_key": "m1", "ordered_on": "2025-03-10"},
    {"order_key": "o3", "customer_key": "c1", "merchant_key": "m2", "ordered_on": "2025-03-20"},
    {"order_key": "o4", "customer_key": "c3", "merchant_key": "m2", "ordered_on": "2025-04-01"},
    {"order_key": "o5", "customer_key": "c4", "merchant_key": None, "ordered_on": "2025-03-15"},
]
# One line an invitation: about what, sent when; answered when, with which scores.
SURVEYS: list[tuple[str, str, str | None, str | None, str, str | None, dict[str, float]]] = [
    ("1", "service", "t1", None, "2025-03-06 10:00:00", "2025-03-07 10:00:00",
     {"overall": 2, "attitude": 5, "response_speed": 3, "ces": 2}),
    ("2", "service", "t2", None, "2025-03-11 10:00:00", "2025-03-12 10:00:00", {"overall": 2, "attitude": 3, "nps": 9}),
    ("3", "service", "t3", None, "2025-03-21 10:00:00", "2025-03-25 10:00:00", {"overall": 5}),
    ("4", "nps", "t1", None, "2025-03-08 10:00:00", "2025-03-09 10:00:00", {"nps": 6}),
    ("5", "service", "t2", None, "2025-03-12 10:00:00", None, {}),
    ("6", "service", "t3", None, "2025-03-22 10:00:00", "2025-03-23 10:00:00", {"overall": 6}),
    # Sent in March by the clock of Greenwich, in April by that of the business.
    ("7", "service", None, "o5", "2025-03-31 17:00:00", "2025-04-02 10:00:00", {"overall": 3, "nps": 8}),
    ("8", "expectation", None, "o5", "2025-03-15 10:00:00", "2025-03-16 10:00:00", {"effort_expected": 3}),
    ("9", "nps", "t1_again", None, "2025-03-01 10:00:00", "2025-04-05 10:00:00", {"nps": 0}),
    # About the spam ticket: counted nowhere.
    ("10", "service", "t4", None, "2025-03-21 10:00:00", "2025-03-22 10:00:00", {"overall": 1, "nps": 0, "attitude": 1, "ces": 7}),
    ("11", "nps", "t4", None, "2025-03-21 10:00:00", "2025-03-22 10:00:00", {"nps": 0}),
    ("12", "service", "t4", None, "2025-03-23 10:00:00", None, {}),
]  # fmt: skip

TYPES: dict[str, dict[str, str]] = {
    "fct_tickets": {
        "ticket_key": "varchar", "source_system": "varchar", "shop": "varchar", "order_key": "varchar", "customer_key": "varchar",
        "merchant_key": "varchar", "agent_key": "varchar", "agent_team": "varchar",
        "channel": "varchar", "issue_type": "varchar", "contact_reason": "varchar", "priority": "varchar",
        "product_category": "varchar", "region": "varchar", "customer_tier": "varchar", "is_in_scope": "boolean",
        "is_resolved": "boolean", "human_reply_count": "bigint", "bot_reply_count": "bigint",
        "reply_without_role_count": "bigint", "resolution_seconds": "bigint",
        "resolution_minutes": "double",
    },
    "fct_orders": {
        "order_key": "varchar", "source_system": "varchar", "shop": "varchar", "customer_key": "varchar", "merchant_key": "varchar",
        "product_category": "varchar", "region": "varchar", "customer_tier": "varchar", "ordered_on": "date",
    },
    "int_customers__versioned": {
        "customer_key": "varchar", "region": "varchar", "customer_tier": "varchar", "applies_from": "timestamp", "applies_to": "timestamp",
    },
    "int_ticket_members__held": {
        "ticket_key": "varchar", "agent_key": "varchar", "agent_team": "varchar", "priority": "varchar", "held_from": "timestamp",
        "held_to": "timestamp",
    },
    "int_tickets__merged": {"ticket_key": "varchar", "surviving_ticket_key": "varchar"},
    "int_survey_invitations__unioned": {
        "invitation_key": "varchar", "source_system": "varchar", "invitation_id": "varchar", "ticket_key": "varchar",
        "order_key": "varchar", "customer_key": "varchar", "survey_type": "varchar", "channel": "varchar", "sent_at": "timestamp",
        "expires_at": "timestamp",
    },
    "int_survey_responses__unioned": {
        "response_key": "varchar", "source_system": "varchar", "invitation_key": "varchar", "duration_seconds": "bigint",
        "submitted_at": "timestamp",
    },
    "int_survey_answers__unioned": {
        "answer_key": "varchar", "source_system": "varchar", "response_key": "varchar", "question_code": "varchar", "score": "double",
    },
    "int_as_of__resolved": {"first_at": "timestamp", "as_of_at": "timestamp"},
}  # fmt: skip
COUNTED_ONLY = [
    "customers", "merchants", "products", "orders", "order_items", "after_sales_requests", "refunds", "service_costs", "initiatives",
    "agents", "tickets", "ticket_events", "ticket_tags", "agent_trainings", "product_suggestions",
]  # fmt: skip


def region_of(customer_key: str) -> str:
    return "north" if customer_key == "c1" else "south"


def tables() -> dict[str, str]:
    shop: dict[str, list[Row]] = {
        "fct_tickets": [{"source_system": "shop", "shop": "shop", "reply_without_role_count": 0, **row} for row in TICKETS],
        "int_tickets__merged": [{"ticket_key": "t1_again", "surviving_ticket_key": "t1"}],
        "fct_orders": [
            {"source_system": "shop", "shop": "shop", "product_category": "shoes", "region": region_of(row["customer_key"]), **row}
            for row in ORDERS
        ],
        "int_customers__versioned": [
            {"customer_key": customer, "region": region_of(customer), **ALWAYS} for customer in ("c1", "c2", "c3", "c4")
        ],
        "int_ticket_members__held": [
            {"ticket_key": row["ticket_key"], "held_from": ALWAYS["applies_from"], "held_to": ALWAYS["applies_to"],
             **{member: row.get(member) for member in ("agent_key", "agent_team", "priority")}}
            for row in TICKETS
        ],
        "int_survey_invitations__unioned": [
            {"invitation_key": f"i{number}", "source_system": "shop", "survey_type": survey, "ticket_key": ticket, "order_key": order,
             "sent_at": sent}
            for number, survey, ticket, order, sent, _, _ in SURVEYS
        ],
        "int_survey_responses__unioned": [
            {"response_key": f"r{number}", "source_system": "shop", "invitation_key": f"i{number}", "submitted_at": submitted}
            for number, _, _, _, _, submitted, _ in SURVEYS
            if submitted
        ],
        "int_survey_answers__unioned": [
            {"answer_key": f"r{number}|{code}", "source_system": "shop", "response_key": f"r{number}", "question_code": code,
             "score": score}
            for number, *_, scores in SURVEYS
            for code, score in scores.items()
        ],
        "int_as_of__resolved": [{"first_at": "2025-03-01 00:00:00", "as_of_at": "2025-05-10 00:00:00"}],
    }  # fmt: skip
    queries = {f"given_{name}": values([{**dict.fromkeys(TYPES[name]), **row} for row in rows], TYPES[name]) for name, rows in shop.items()}
    for name in COUNTED_ONLY:
        queries[f"given_int_{name}__unioned"] = f"select 1 as row_number where '{name}' in ('customers', 'orders', 'tickets')"
    for name, columns in family_marts().items():
        if name != "kpi_satisfaction":
            queries[f"given_{name}"] = mart_of(columns, [])
    return queries


@pytest.fixture(scope="module")
def shop(built_project: BuiltProject) -> duckdb.DuckDBPyConnection:
    queries = tables()
    stand_ins = {name.removeprefix("given_"): f"select * from main.{name}" for name in queries}
    measures = [f"measure_{name}" for name in SUBJECTS]
    own = {
        "measure_members": measure_members(measures),
        "own.yml": described_like({name: name for name in ("kpi_satisfaction", *measures)}),
    }
    return built_project(queries, {**stand_ins, **other_families("kpi_satisfaction"), **own}, OWN_FILES)


def figures(shop: duckdb.DuckDBPyConnection, kpi_id: str, start: str, grain: str, dimension: str, member: str) -> dict[str, Any]:
    cursor = shop.execute(
        """
        select * from main.kpi_scoreboard
        where kpi_id = ? and period_start = ? and period_grain = ? and dimension = ? and member = ?
        """,
        [kpi_id, start, grain, dimension, member],
    )
    row = cursor.fetchone()
    assert row is not None, f"no row of {kpi_id} in {grain} {start}, {dimension} {member}"
    assert cursor.description is not None
    return dict(zip([column[0] for column in cursor.description], row, strict=True))


@pytest.mark.parametrize("example", KPIS, ids=lambda example: f"{example.kpi_id}-{example.month}")
def test_a_kpi_of_a_month_is_what_its_worked_example_says(shop: duckdb.DuckDBPyConnection, example: KpiExample) -> None:
    assert_mart_says(shop, "main.kpi_satisfaction", example)


@pytest.mark.parametrize("example", MARTS, ids=lambda example: f"{example.mart}-{'-'.join(example.row.values())}")
def test_a_mart_beside_the_family_is_what_its_worked_example_says(shop: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert row_of(shop, f"main.{example.mart}", example) == example.figures


def test_every_kpi_of_the_family_has_a_worked_example_and_every_example_a_kpi(shop: duckdb.DuckDBPyConnection) -> None:
    assert computed_kpis(shop, "main.kpi_satisfaction") == {example.kpi_id for example in KPIS}


def test_every_kpi_of_the_family_has_a_row_in_every_grain_of_the_running_period(shop: duckdb.DuckDBPyConnection) -> None:
    (missing,) = shop.execute(
        """
        select count(*)
        from (select distinct kpi_id from main.kpi_satisfaction) as computed
        cross join (values ('day', date '2025-05-10'), ('week', date '2025-05-05'), ('month', date '2025-05-01'),
            ('quarter', date '2025-04-01'), ('year', date '2025-01-01')) as periods (period_grain, period_start)
        left join main.kpi_scoreboard as scoreboard
            on scoreboard.kpi_id = computed.kpi_id and scoreboard.period_grain = periods.period_grain
            and scoreboard.period_start = periods.period_start and scoreboard.dimension = 'overall' and scoreboard.is_running_period
        where scoreboard.kpi_id is null
        """
    ).fetchone() or (None,)
    assert missing == 0


def test_the_last_judgement_is_that_of_the_period_and_member(shop: duckdb.DuckDBPyConnection) -> None:
    assert figures(shop, "problem_satisfied_rate", "2025-03-05", "day", "overall", "all")["numerator"] == 0
    assert figures(shop, "problem_satisfied_rate", "2025-03-20", "day", "overall", "all")["numerator"] == 1
    of_merchant = {member: figures(shop, "problem_satisfied_rate", "2025-03-01", "month", "merchant", member) for member in ("m1", "m2")}
    assert {member: (row["numerator"], row["denominator"]) for member, row in of_merchant.items()} == {"m1": (0, 2), "m2": (1, 1)}
    of_channel = {member: figures(shop, "problem_satisfied_rate", "2025-03-01", "month", "channel", member) for member in ("chat", "bot")}
    assert {member: (row["numerator"], row["denominator"]) for member, row in of_channel.items()} == {"chat": (1, 1), "bot": (0, 1)}


def test_a_customer_with_two_orders_in_a_period_is_one_customer(shop: duckdb.DuckDBPyConnection) -> None:
    assert figures(shop, "customer_problem_rate", "2025-03-01", "month", "region", "north")["denominator"] == 1
    assert figures(shop, "customer_problem_rate", "2025-03-01", "month", "region", "south")["denominator"] == 2
    assert figures(shop, "customer_problem_rate", "2025-03-01", "month", "product_category", "shoes")["denominator"] == 3


def test_customers_with_an_order_have_no_channel(shop: duckdb.DuckDBPyConnection) -> None:
    row = shop.execute(
        "select count(*) from main.kpi_scoreboard where kpi_id = 'customer_problem_rate' and dimension = 'channel'"
    ).fetchone()
    assert row == (0,)


def test_a_response_stands_for_the_invited_of_its_channel_and_issue_type(shop: duckdb.DuckDBPyConnection) -> None:
    # Chat about payment: 3 invited (1, 3, 6), 2 valid, weight 1.5. Bot about logistics: 2 invited (2, 5), 1 valid, weight 2.
    row = figures(shop, "csat_rate_reweighted", "2025-03-01", "month", "overall", "all")
    assert row["value"] == pytest.approx(1.5 / (1.5 + 2 + 1.5))
    # The three stand for 5 invited: scaled to a mean of 1 they weigh 0.9, 0.9 and 1.2.
    assert (row["numerator"], row["denominator"], row["n"]) == (0.9, 3, 3)
    # They say as much as 5² ÷ (1.5² + 2² + 1.5²) = 2.941 responses of equal weight: 0.413 ± 0.363.
    assert (row["lower"], row["upper"]) == pytest.approx((0.0503, 0.7763), abs=5e-5)


def test_a_share_has_the_interval_of_wilson_and_a_mean_the_normal_one(shop: duckdb.DuckDBPyConnection) -> None:
    share = figures(shop, "csat_rate", "2025-03-01", "month", "overall", "all")
    assert (share["lower"], share["upper"]) == pytest.approx((0.0615, 0.7923), abs=5e-5)
    # 2, 2, 5: standard deviation √3, standard error 1.
    mean = figures(shop, "csat_mean", "2025-03-01", "month", "overall", "all")
    assert (mean["lower"], mean["upper"]) == pytest.approx((3 - 1.959964, 3 + 1.959964), abs=1e-6)


def test_april_is_compared_with_march_where_that_is_whole(shop: duckdb.DuckDBPyConnection) -> None:
    # The first response came on 7 March: before that nobody knows.
    mean = figures(shop, "csat_mean", "2025-04-01", "month", "overall", "all")
    assert (mean["value"], mean["previous_value"], mean["change_from_previous"], mean["last_year_value"]) == (3, None, None, None)
    of_day = figures(shop, "csat_mean", "2025-03-08", "day", "overall", "all")
    assert (of_day["previous_value"], of_day["value"]) == (2, None)
    # The first invitation went out on 1 March.
    count = figures(shop, "survey_sent_count", "2025-04-01", "month", "overall", "all")
    assert (count["change_from_previous"], count["change_kind"]) == (-7 / 8, "relative")


def test_a_day_without_a_case_between_two_with_some_has_its_row(shop: duckdb.DuckDBPyConnection) -> None:
    # Sent on 12 and 15 March, and on neither day between them.
    found = [figures(shop, "survey_sent_count", f"2025-03-{day}", "day", "overall", "all") for day in (12, 13, 14, 15)]
    assert [(day["value"], day["previous_value"]) for day in found] == [(1, 1), (0, 1), (0, 0), (1, 0)]


def test_outcomes_and_scores_add_up_to_the_responses(shop: duckdb.DuckDBPyConnection) -> None:
    for mart, all_count in (("kpi_survey_validity", "all_response_count"), ("kpi_csat_distribution", "valid_response_count")):
        sums = shop.execute(
            f"select sum(response_count), any_value({all_count}), count(distinct {all_count}) from main.{mart}"
            " group by period_grain, period_start, dimension, member"
        ).fetchall()
        assert sums
        assert [row for row in sums if row[0] != row[1] or row[2] != 1] == []


def test_responders_are_set_against_non_responders(shop: duckdb.DuckDBPyConnection) -> None:
    found = shop.execute(
        """
        select dimension, member, responder_count, non_responder_count, responder_share, non_responder_share from main.kpi_non_response
        where period_grain = 'month' and period_start = '2025-03-01' order by dimension, member
        """
    ).fetchall()
    assert found == [
        ("channel", "bot", 1, 1, 0.25, 1.0),
        ("channel", "chat", 3, 0, 0.75, 0.0),
        ("issue_type", "logistics", 1, 1, 0.25, 1.0),
        ("issue_type", "payment", 3, 0, 0.75, 0.0),
        ("overall", "all", 4, 1, 1.0, 1.0),
        ("resolution", "resolved", 2, 1, 0.5, 1.0),
        ("resolution", "unresolved", 2, 0, 0.5, 0.0),
        ("resolution_time", "4h_to_24h", 1, 1, 0.25, 1.0),
        ("resolution_time", "under_1h", 1, 0, 0.25, 0.0),
        ("resolution_time", "unresolved", 2, 0, 0.5, 0.0),
    ]


def test_coverage_tells_the_kpis_of_this_shop_from_those_it_has_no_feed_or_no_case_for(shop: duckdb.DuckDBPyConnection) -> None:
    coverage = dict(shop.execute("select kpi_id, why_empty from main.kpi_coverage").fetchall())
    assert coverage["csat_rate"] is None
    assert coverage["quality_csat_rate"] == "Its feeds have rows, but none of them is a case of it."
    assert coverage["bot_csat_mean"] == "No rows of: ticket_events."
    assert coverage["after_sales_cost"] == "No mart computes it yet."
    assert dt.date(2025, 3, 7) in {row[0] for row in shop.execute("select first_day_on from main.kpi_coverage").fetchall()}
