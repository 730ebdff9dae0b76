"""Family 6 on the shop of family 3: its worked examples, both sides of each edge of the bands, and the weights."""

import io

import duckdb
import pytest
from rich.console import Console

from command_line.explain import rendered_scores
from reading.scores import read_scores
from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.ticket_clock import rows_of
from tests.unit.kpi.small_project import values
from tests.unit.kpi.worked_examples import KpiExample, assert_mart_says, computed_kpis, kpi_examples

DOCUMENTED = kpi_examples("quality")
PAIR_COLUMNS = {
    "version": "varchar", "valid_from": "date", "valid_to": "date", "score_dimension": "varchar", "compared_with": "varchar",
    "importance": "double",
}  # fmt: skip


@pytest.mark.parametrize("example", DOCUMENTED, ids=lambda example: f"{example.kpi_id}-{example.month}")
def test_a_kpi_of_a_month_is_what_its_worked_example_says(service: duckdb.DuckDBPyConnection, example: KpiExample) -> None:
    assert_mart_says(service, "quality.kpi_quality", example)


def test_every_kpi_of_the_family_has_a_worked_example_and_every_example_a_kpi(service: duckdb.DuckDBPyConnection) -> None:
    assert computed_kpis(service, "quality.kpi_quality") == {example.kpi_id for example in DOCUMENTED}


def score(service: duckdb.DuckDBPyConnection, column: str, ticket: str) -> int | None:
    query = f"select {column} from core.fct_ticket_outcomes where ticket_key = ?"
    ((found,),) = service.execute(query, [f"office:{ticket}"]).fetchall()
    return found


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        ("after_59", 100),
        ("after_60", 100),
        ("after_an_hour_and_a_second", 90),
        ("after_61", 90),
        ("after_120", 90),
        ("after_121", 80),
        ("after_240", 80),
        ("after_241", 70),
        ("after_480", 70),
        ("after_481", 60),
        # None after 7 hours 59 minutes, and after eight hours.
        ("19", None),
        ("20", 60),
        ("by_nobody_in_time", None),
    ],
)
def test_the_first_reply_is_scored_by_its_band(service: duckdb.DuckDBPyConnection, ticket: str, expected: int | None) -> None:
    assert score(service, "response_speed_score", ticket) == expected


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        ("nothing", 60),
        ("called_before", 60),
        ("told_at_once", 100),
        ("called_after_a_day", 100),
        ("called_a_second_later", 90),
        ("called_after_a_week", 90),
        ("called_too_late", 60),
        ("message_answered", 80),
        ("message_answered_by_a_bot", 60),
        ("message_answered_too_late", 60),
        ("reply_without_a_message", 60),
        ("reopened", 70),
    ],
)
def test_what_follows_the_resolution_is_scored_once_a_week_is_over(
    service: duckdb.DuckDBPyConnection, ticket: str, expected: int | None
) -> None:
    assert score(service, "follow_up_score", ticket) == expected


def test_a_composite_says_how_many_dimensions_it_is_made_of(service: duckdb.DuckDBPyConnection) -> None:
    rows = service.execute(
        "select ticket_id, scored_dimension_count, quality_score, quality_grade"
        " from core.fct_ticket_outcomes inner join core.fct_tickets using (ticket_key)"
        " where ticket_id in ('1', '2', '4', '7') order by ticket_id"
    ).fetchall()
    assert rows == [("1", 5, 99, "excellent"), ("2", 3, 88.571429, "good"), ("4", 2, None, None), ("7", 4, 71.111111, "fair")]


def weights(project: CompiledProject, pairs: dict[tuple[str, str], float]) -> tuple[dict[str, float], float]:
    """The weights of a matrix, and its consistency ratio."""
    rows = [
        {
            "version": "trial",
            "valid_from": "2000-01-01",
            "valid_to": None,
            "score_dimension": one,
            "compared_with": other,
            "importance": value,
        }
        for (one, other), value in pairs.items()
    ]
    with build_over(
        in_memory_warehouse(), project, {"reference.ahp_pairwise": values(rows, PAIR_COLUMNS)}, ["int_quality_weights__computed"]
    ) as connection:
        found = connection.execute(
            "select score_dimension, weight, consistency_ratio from intermediate.int_quality_weights__computed"
        ).fetchall()
    return {name: weight for name, weight, _ in found}, found[0][2]


def test_a_published_matrix_has_its_published_weights_and_consistency_ratio(project: CompiledProject) -> None:
    """旅游资源的可持续发展与规划理论研究 (tourism resources, their sustainable development and planning), tables 2-2-2 and 2-2-3: five
    kinds of factors, weighed by the geometric means of their rows (根法); printed with four decimals, the ratio as 0.0110."""
    found, consistency_ratio = weights(
        project,
        {
            ("human", "place"): 1 / 2, ("human", "change"): 1 / 3, ("human", "nature"): 1 / 3, ("human", "culture"): 1 / 5,
            ("place", "change"): 1 / 2, ("place", "nature"): 1 / 2, ("place", "culture"): 1 / 3,
            # Either of a pair may come first.
            ("change", "nature"): 1, ("culture", "change"): 2, ("nature", "culture"): 1,
        },
    )  # fmt: skip
    assert {name: round(weight, 4) for name, weight in found.items()} == {
        "human": 0.0706, "place": 0.1214, "change": 0.2164, "nature": 0.2486, "culture": 0.3430,
    }  # fmt: skip
    assert round(consistency_ratio, 4) == 0.0110


def test_comparisons_that_contradict_one_another_have_a_high_consistency_ratio(project: CompiledProject) -> None:
    names = ("a", "b", "c", "d", "e")
    pairs = {(one, other): 2.0 for place, one in enumerate(names) for other in names[place + 1 :]}
    assert weights(project, pairs)[1] < 0.1
    # The last is ten times what it should be, against the first.
    assert weights(project, {**pairs, ("a", "e"): 1 / 5})[1] > 0.1


def explained(service: duckdb.DuckDBPyConnection, ticket: str) -> str:
    """What ``aftersales explain`` says of a ticket's scores."""
    (row,) = rows_of(service, "select * from core.fct_tickets where ticket_key = ?", f"office:{ticket}")
    shown = io.StringIO()
    for part in rendered_scores(read_scores(service, f"office:{ticket}"), row):
        Console(file=shown, width=200).print(part)
    return shown.getvalue()


@pytest.mark.parametrize(
    ("ticket", "said"),
    [
        (
            "7",
            ["100", "first reply of a person after 5 min", "unsolved", "newest valid answer", "71.11, fair, of 4 of 5"],
        ),
        ("10", ["no reply of a person", "not resolved for long enough", "2 of 5 dimensions are scored, three are needed"]),
        ("19", ["may still be quick", "not resolved: not judged, or not yet"]),
        ("after_an_hour_and_a_second", ["90", "after 60.02 min"]),
    ],
)
def test_a_ticket_explains_its_bands(service: duckdb.DuckDBPyConnection, ticket: str, said: list[str]) -> None:
    shown = explained(service, ticket)
    assert [words for words in said if words not in shown] == []


def test_spam_has_no_scores(service: duckdb.DuckDBPyConnection) -> None:
    assert explained(service, "spam") == ""
