"""How a score is read, whose customer met a problem and who had the time to answer: the measures of family 1 on facts written by hand.

Each row bears a member of its own, so that a measure of that member says what became of the row. What the measures add up to in a shop is
tested beside, from the unions to the marts.
"""

from collections.abc import Mapping

import duckdb
import pytest

from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.described_models import described_models
from tests.unit.kpi.small_project import Row, values

AS_OF = "2025-03-31 12:00:00"
QUESTIONS = ("response_speed", "problem_solving", "quality", "attitude", "professionalism", "communication", "follow_up")


def invalid_reasons() -> list[str]:
    (reason,) = (column for column in described_models()["fct_survey_responses"]["columns"] if column["name"] == "invalid_reason")
    return reason["data_tests"][0]["accepted_values"]["arguments"]["values"]


REASONS = invalid_reasons()
RESPONSES: list[Row] = [
    {"channel": "scored_1", "overall_score": 1, "nps_score": 6, "attitude_score": 3, "is_bot_only": True, "response_weight": 2.5},
    {"channel": "scored_2", "overall_score": 2, "nps_score": 7, "attitude_score": 4, "response_weight": 2.5},
    {"channel": "scored_3", "overall_score": 3, "nps_score": 8, "ces_score": 7, "response_weight": 2.5},
    {"channel": "scored_4", "overall_score": 4, "nps_score": 9, "response_weight": 2.5},
    {"channel": "scored_5", "overall_score": 5, "nps_score": 0},
    {"channel": "said_good", "satisfied_score": 1},
    {"channel": "said_bad", "satisfied_score": 0},
    {"channel": "scored_2_said_good", "overall_score": 2, "satisfied_score": 1},
    {"channel": "scored_3_said_bad", "overall_score": 3, "satisfied_score": 0},
    {"channel": "scored_4_said_bad", "overall_score": 4, "satisfied_score": 0},
    {"channel": "silent"},
    {"channel": "about_spam", "is_in_scope": False, "overall_score": 1, "nps_score": 0},
    *(
        {"channel": reason, "is_valid": False, "invalid_reason": reason, "is_bot_only": True, "overall_score": 5, "nps_score": 10,
         "ces_score": 1, **{f"{question}_score": 5 for question in QUESTIONS}}
        for reason in REASONS
    ),
    {"channel": "asked_all", "response_speed_score": 4, "problem_solving_score": 3, "quality_score": 5, "attitude_score": 1},
    {"channel": "asked_the_rest", "professionalism_score": 4, "communication_score": 2, "follow_up_score": 5},
]  # fmt: skip
# Whose products are named after them. The reviews are a source that never delivered a ticket.
ORDERS: list[Row] = [
    {"order_key": "with_ticket", "customer_key": "c1"},
    {"order_key": "with_spam_too", "customer_key": "c1"},
    {"order_key": "with_spam_only", "customer_key": "c2"},
    {"order_key": "without_ticket", "customer_key": "c2"},
    {"order_key": "of_a_source_without_tickets", "customer_key": "c3", "source_system": "reviews"},
    {"order_key": "of_nobody", "customer_key": None},
    *({"order_key": name, "customer_key": name} for name in ("at_last_satisfied", "at_last_not", "same_moment", "other_way_round")),
]
TICKETS: list[Row] = [
    {"ticket_key": "t1", "order_key": "with_ticket"},
    {"ticket_key": "t2", "order_key": "with_spam_too"},
    {"ticket_key": "spam", "order_key": "with_spam_too", "is_in_scope": False},
    {"ticket_key": "t4", "order_key": "with_spam_only", "is_in_scope": False},
    {"ticket_key": "about_nothing", "order_key": None},
    {"ticket_key": "about_nobody", "order_key": "of_nobody"},
    *({"ticket_key": f"of {name}", "order_key": name} for name in ("at_last_satisfied", "at_last_not", "same_moment", "other_way_round")),
]
# The key, about which ticket, the score, and when.
JUDGEMENTS: list[tuple[str, str, float | None, str]] = [
    ("a1", "of at_last_satisfied", 3, "2025-03-09 10:00:00"),
    ("a2", "of at_last_satisfied", 4, "2025-03-09 10:00:01"),
    ("b1", "of at_last_not", 4, "2025-03-09 10:00:00"),
    ("b2", "of at_last_not", 3, "2025-03-09 10:00:01"),
    # At one moment the greater key is the later one.
    ("c1", "of same_moment", 3, "2025-03-09 10:00:00"),
    ("c2", "of same_moment", 4, "2025-03-09 10:00:00"),
    ("d1", "of other_way_round", 4, "2025-03-09 10:00:00"),
    ("d2", "of other_way_round", 3, "2025-03-09 10:00:00"),
    # None of these is a judgement: invalid (below), without a score, of spam, about no order, about nobody's order.
    ("d3_invalid", "of other_way_round", 5, "2025-03-10 10:00:00"),
    ("d4", "of other_way_round", None, "2025-03-10 10:00:00"),
    ("of_spam", "spam", 5, "2025-03-10 10:00:00"),
    ("about_nothing", "about_nothing", 5, "2025-03-10 10:00:00"),
    ("about_nobody", "about_nobody", 5, "2025-03-10 10:00:00"),
]
INVITATIONS: list[Row] = [
    # Sent thirty days before as_of, and a second earlier.
    {"channel": "still_open", "sent_at": "2025-03-01 12:00:00"},
    {"channel": "just_closed", "sent_at": "2025-03-01 11:59:59"},
    {"channel": "expired", "sent_at": "2025-03-30 15:00:00", "expires_at": AS_OF},
    {"channel": "not_yet_expired", "sent_at": "2025-03-30 15:00:00", "expires_at": "2025-03-31 12:00:01"},
    {"channel": "answered", "sent_at": "2025-02-01 00:00:00", "is_responded": True, "first_response_key": "r1"},
    # Of a source that never delivered a response; and a survey that was not about service.
    {"channel": "unknown_to_answer", "sent_at": "2025-02-01 00:00:00", "is_responded": None},
    {"channel": "of_nps", "sent_at": "2025-02-01 00:00:00", "survey_type": "nps"},
    {"channel": "about_spam", "sent_at": "2025-02-01 00:00:00", "is_in_scope": False},
]
RESOLUTION_MINUTES = {
    "under_1h": (0, 59.9), "1h_to_4h": (60, 239.9), "4h_to_24h": (240, 1439.9), "1d_to_3d": (1440, 4319.9), "3d_to_7d": (4320, 10079.9),
    "7d_and_over": (10080,),
}  # fmt: skip

MEMBERS = dict.fromkeys(
    (
        "channel",
        "issue_type",
        "priority",
        "agent_team",
        "agent_key",
        "contact_reason",
        "product_category",
        "region",
        "customer_tier",
        "merchant_key",
        "shop",
    ),
    "varchar",
)
TYPES: dict[str, dict[str, str]] = {
    "core.fct_survey_responses": {
        **MEMBERS, "source_system": "varchar", "response_key": "varchar", "ticket_key": "varchar", "invalid_reason": "varchar",
        "is_valid": "boolean", "is_in_scope": "boolean", "is_bot_only": "boolean",
        "overall_score": "double", "nps_score": "double", "ces_score": "double", "satisfied_score": "double",
        **{f"{question}_score": "double" for question in QUESTIONS}, "response_weight": "decimal(18, 6)", "submitted_at": "timestamp",
        "submitted_on": "date",
    },
    "core.fct_orders": {**MEMBERS, "source_system": "varchar", "order_key": "varchar", "customer_key": "varchar", "ordered_on": "date"},
    "core.fct_tickets": {
        **MEMBERS, "source_system": "varchar", "ticket_key": "varchar", "order_key": "varchar", "is_in_scope": "boolean",
        "is_resolved": "boolean", "resolution_minutes": "double", "resolution_seconds": "bigint",
    },
    "core.fct_survey_invitations": {
        **MEMBERS, "ticket_key": "varchar", "survey_type": "varchar", "first_response_key": "varchar", "is_responded": "boolean",
        "is_in_scope": "boolean",
        "sent_at": "timestamp", "expires_at": "timestamp", "sent_on": "date",
    },
    "intermediate.int_as_of__resolved": {"first_at": "timestamp", "as_of_at": "timestamp"},
}  # fmt: skip


def given(rows: Mapping[str, list[Row]]) -> dict[str, str]:
    as_of = {"intermediate.int_as_of__resolved": [{"first_at": "2025-01-01 00:00:00", "as_of_at": AS_OF}]}
    return {
        table: values([{**dict.fromkeys(TYPES[table]), **row} for row in told], TYPES[table]) for table, told in {**rows, **as_of}.items()
    }


def measures_of(connection: duckdb.DuckDBPyConnection, table: str, dimension: str) -> dict[str, dict[str, float]]:
    """Of each member what the measures add up to over the year; what is 0 is left out."""
    measures: dict[str, dict[str, float]] = {}
    for member, measure, total in connection.execute(
        f"select member, measure, total from measures.{table} where period_grain = 'year' and dimension = ?", [dimension]
    ).fetchall():
        of_member = measures.setdefault(member, {})
        if total:
            of_member[measure] = float(total)
    return measures


@pytest.fixture(scope="module")
def responses(project: CompiledProject) -> dict[str, dict[str, float]]:
    usual: Row = {"is_valid": True, "is_in_scope": True, "is_bot_only": False, "submitted_on": "2025-03-01"}
    tables = given({"core.fct_survey_responses": [{**usual, **row} for row in RESPONSES]})
    with build_over(in_memory_warehouse(), project, tables, ["measure_survey_responses"]) as connection:
        return measures_of(connection, "measure_survey_responses", "channel")


def of(responses: dict[str, dict[str, float]], member: str, *names: str) -> dict[str, float]:
    return {name: responses[member].get(name, 0) for name in names}


@pytest.mark.parametrize(
    ("member", "satisfied", "dissatisfied", "overall", "bots", "balance"),
    [
        # Overall 1 and 2 are dissatisfied, 4 and 5 satisfied. Of 0 to 10, up to 6 are detractors, from 9 promoters.
        ("scored_1", 0, 1, 1, 1, -1),
        ("scored_2", 0, 1, 2, 0, 0),
        ("scored_3", 0, 0, 3, 0, 0),
        ("scored_4", 1, 0, 4, 0, 1),
        ("scored_5", 1, 0, 5, 0, -1),
    ],
)
def test_a_score_is_read_up_to_both_of_its_edges(
    responses: dict[str, dict[str, float]], member: str, satisfied: int, dissatisfied: int, overall: int, bots: int, balance: int
) -> None:
    names = ("responses_satisfied", "responses_dissatisfied", "overall_score", "bot_overall_score", "promoter_balance")
    assert tuple(of(responses, member, *names).values()) == (satisfied, dissatisfied, overall, bots, balance)
    cases = of(responses, member, "responses_valid", "responses_with_overall", "responses_with_nps", f"responses_scored_{overall}")
    assert set(cases.values()) == {1}


def test_good_and_bad_are_rated_and_in_no_mean(responses: dict[str, dict[str, float]]) -> None:
    assert responses["said_good"] == {"responses": 1, "responses_valid": 1, "responses_rated": 1, "responses_satisfied": 1}
    assert responses["said_bad"] == {"responses": 1, "responses_valid": 1, "responses_rated": 1, "responses_dissatisfied": 1}
    assert of(responses, "scored_3", "responses_rated", "responses_with_overall") == {"responses_rated": 1, "responses_with_overall": 1}


@pytest.mark.parametrize(
    ("member", "rated", "satisfied", "dissatisfied"),
    [("scored_2_said_good", 1, 0, 1), ("scored_3_said_bad", 1, 0, 0), ("scored_4_said_bad", 1, 1, 0)],
)
def test_who_scores_and_says_good_or_bad_is_rated_once_by_the_score(
    responses: dict[str, dict[str, float]], member: str, rated: int, satisfied: int, dissatisfied: int
) -> None:
    found = of(responses, member, "responses_rated", "responses_satisfied", "responses_dissatisfied")
    assert tuple(found.values()) == (rated, satisfied, dissatisfied)


def test_a_weight_is_that_of_the_satisfied_from_a_score_of_4_on(responses: dict[str, dict[str, float]]) -> None:
    weights = {member: of(responses, member, "response_weight", "satisfied_response_weight") for member in ("scored_3", "scored_4")}
    assert weights == {
        "scored_3": {"response_weight": 2.5, "satisfied_response_weight": 0},
        "scored_4": {"response_weight": 2.5, "satisfied_response_weight": 2.5},
    }


def test_effort_is_added_up_as_scored(responses: dict[str, dict[str, float]]) -> None:
    assert of(responses, "scored_3", "ces_score", "responses_with_ces") == {"ces_score": 7, "responses_with_ces": 1}
    assert of(responses, "scored_4", "ces_score", "responses_with_ces") == {"ces_score": 0, "responses_with_ces": 0}


def test_a_response_without_a_score_is_a_valid_one_of_no_question(responses: dict[str, dict[str, float]]) -> None:
    assert responses["silent"] == {"responses": 1, "responses_valid": 1}


def test_a_response_about_spam_is_in_no_measure(responses: dict[str, dict[str, float]]) -> None:
    assert "about_spam" not in responses


@pytest.mark.parametrize("reason", REASONS)
def test_an_invalid_response_counts_nowhere_but_under_its_reason(responses: dict[str, dict[str, float]], reason: str) -> None:
    assert responses[reason] == {"responses": 1, f"responses_{reason}": 1}


def test_each_question_is_judged_by_its_own_answer(responses: dict[str, dict[str, float]]) -> None:
    def answered_and_satisfied(member: str) -> dict[str, tuple[float, float]]:
        counts = {
            question: tuple(of(responses, member, f"responses_with_{question}", f"responses_satisfied_with_{question}").values())
            for question in QUESTIONS
        }
        return {question: (answered, satisfied) for question, (answered, satisfied) in counts.items() if answered}

    assert answered_and_satisfied("asked_all") == {
        "response_speed": (1, 1), "problem_solving": (1, 0), "quality": (1, 1), "attitude": (1, 0),
    }  # fmt: skip
    assert answered_and_satisfied("asked_the_rest") == {"professionalism": (1, 1), "communication": (1, 0), "follow_up": (1, 1)}
    # Three is not satisfied, four is.
    assert [answered_and_satisfied(member)["attitude"] for member in ("scored_1", "scored_2")] == [(1, 0), (1, 1)]


@pytest.fixture(scope="module")
def customers(project: CompiledProject) -> duckdb.DuckDBPyConnection:
    shop: Row = {"source_system": "shop"}
    tables = given(
        {
            "core.fct_orders": [{**shop, "product_category": row["order_key"], "ordered_on": "2025-03-01", **row} for row in ORDERS],
            "core.fct_tickets": [{**shop, "is_in_scope": True, **row} for row in TICKETS],
            "core.fct_survey_responses": [
                {"response_key": key, "ticket_key": ticket, "overall_score": score, "submitted_at": moment,
                 "is_valid": not key.endswith("_invalid")}
                for key, ticket, score, moment in JUDGEMENTS
            ],
        }
    )  # fmt: skip
    return build_over(in_memory_warehouse(), project, tables, ["measure_customers"])


def test_an_order_met_a_problem_if_an_in_scope_ticket_names_it(customers: duckdb.DuckDBPyConnection) -> None:
    measures = measures_of(customers, "measure_customers", "product_category")
    found = {
        order: (of_order.get("customers_with_order"), of_order.get("customers_with_problem", 0)) for order, of_order in measures.items()
    }
    assert {order: found.get(order) for order in [row["order_key"] for row in ORDERS[:6]]} == {
        "with_ticket": (1, 1),
        "with_spam_too": (1, 1),
        "with_spam_only": (1, 0),
        "without_ticket": (1, 0),
        "of_a_source_without_tickets": None,
        "of_nobody": None,
    }
    # c1 and c2, and the four who judge.
    overall = measures_of(customers, "measure_customers", "overall")["all"]
    assert (overall["customers_with_order"], overall["customers_with_problem"]) == (6, 5)


def test_the_last_valid_judgement_of_a_customer_decides(customers: duckdb.DuckDBPyConnection) -> None:
    measures = measures_of(customers, "measure_customers", "product_category")
    judged = {
        order: of_order.get("customers_satisfied_at_last", 0)
        for order, of_order in measures.items()
        if "customers_with_judgement" in of_order
    }
    assert judged == {"at_last_satisfied": 1, "at_last_not": 0, "same_moment": 1, "other_way_round": 0}


@pytest.fixture(scope="module")
def non_response(project: CompiledProject) -> duckdb.DuckDBPyConnection:
    usual: Row = {"survey_type": "service", "is_in_scope": True, "is_responded": False, "sent_on": "2025-03-01"}
    resolved = [(member, minutes) for member, bounds in RESOLUTION_MINUTES.items() for minutes in bounds]
    tickets = [
        *({"ticket_key": str(minutes), "is_resolved": True, "resolution_minutes": minutes} for _, minutes in resolved),
        {"ticket_key": "open", "is_resolved": False},
        {"ticket_key": "untold", "is_resolved": None},
    ]
    of_tickets: list[Row] = [
        {"ticket_key": ticket["ticket_key"], "channel": "of_ticket", "sent_at": "2025-02-01 00:00:00"} for ticket in tickets
    ]
    tables = given(
        {
            "core.fct_survey_invitations": [{**usual, **row} for row in [*INVITATIONS, *of_tickets]],
            "core.fct_tickets": [{"is_in_scope": True, **ticket} for ticket in tickets],
        }
    )
    return build_over(in_memory_warehouse(), project, tables, ["kpi_non_response"])


def of_dimension(connection: duckdb.DuckDBPyConnection, dimension: str) -> dict[str, tuple[int, int]]:
    rows = connection.execute(
        "select member, invited_count, responder_count from satisfaction.kpi_non_response where period_grain = 'year' and dimension = ?",
        [dimension],
    ).fetchall()
    return {member: (invited, responded) for member, invited, responded in rows}


def test_an_invitation_is_closed_once_thirty_days_are_over_or_it_has_expired(non_response: duckdb.DuckDBPyConnection) -> None:
    channels = of_dimension(non_response, "channel")
    assert {member: counts for member, counts in channels.items() if member != "of_ticket"} == {
        "just_closed": (1, 0),
        "expired": (1, 0),
        "answered": (1, 1),
        # Nobody knows whether they answered.
        "unknown_to_answer": (0, 0),
    }


def test_the_invited_are_told_apart_by_how_and_when_their_ticket_was_resolved(non_response: duckdb.DuckDBPyConnection) -> None:
    times = of_dimension(non_response, "resolution_time")
    assert {member: invited for member, (invited, _) in times.items()} == {
        **{member: len(bounds) for member, bounds in RESOLUTION_MINUTES.items()},
        "unresolved": 1,
        # The ticket whose status nobody told, and the three invitations without a ticket.
        "unknown": 4,
    }
    resolutions = of_dimension(non_response, "resolution")
    assert {member: invited for member, (invited, _) in resolutions.items()} == {"resolved": 11, "unresolved": 1, "unknown": 4}
