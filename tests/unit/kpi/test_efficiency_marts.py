"""The marts beside family 2 on the same shop: backlog by age, clocks, channels, steps of requests, agents, the effect of a course."""

import csv

import duckdb
import pytest

from tests.support.ticket_clock import one, rows_of
from tests.support.warehouse import PROJECT_ROOT
from tests.unit.kpi.help_desk_shop import cell
from tests.unit.kpi.worked_examples import MartExample, mart_examples, row_of


@pytest.mark.parametrize("example", mart_examples("efficiency"), ids=lambda example: f"{example.mart}-{'-'.join(example.row.values())}")
def test_a_mart_beside_the_family_is_what_its_worked_example_says(desk: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert row_of(desk, f"efficiency.{example.mart}", example) == example.figures


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
    desk: duckdb.DuckDBPyConnection, day: str, up_to_1d: int, up_to_3d: int, up_to_7d: int, over_7d: int
) -> None:
    row = cell(desk, "kpi_backlog", day, "day")
    by_age = [row[f"open_{age}_count"] for age in ("up_to_1d", "over_1d_up_to_3d", "over_3d_up_to_7d", "over_7d")]
    assert by_age == [up_to_1d, up_to_3d, up_to_7d, over_7d]
    assert row["open_count"] == sum(by_age)


def test_what_came_less_what_went_is_what_is_open(desk: duckdb.DuckDBPyConnection) -> None:
    sums = rows_of(
        desk,
        """
        select dimension, member, sum(arrival_count) - sum(resolved_count) as left_over, max_by(open_count, period_start) as open_count
        from efficiency.kpi_backlog where period_grain = 'month' group by all
        """,
    )
    assert {(row["dimension"], row["member"]) for row in sums} >= {("overall", "all"), ("channel", "bot"), ("agent", "office:robot")}
    assert [row for row in sums if row["left_over"] != row["open_count"]] == []
    # Of the five tickets created in January two are of the desk that tells no status: they never go, so they do not come either.
    january = cell(desk, "kpi_backlog", "2025-01-01")
    assert (january["arrival_count"], january["resolved_count"], january["open_count"]) == (3, 3, 0)


def test_a_channel_all_of_whose_tickets_go_on_the_day_they_come_has_a_backlog_of_nothing(desk: duckdb.DuckDBPyConnection) -> None:
    row = cell(desk, "kpi_backlog", "2025-03-01", "month", "channel", "bot")
    assert (row["open_count"], row["arrival_count"], row["resolved_count"]) == (0, 1, 1)


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
    desk: duckdb.DuckDBPyConnection, day: str, days_to_clear: float | None
) -> None:
    assert cell(desk, "kpi_backlog", day, "day")["days_to_clear"] == days_to_clear


def test_days_to_clear_are_told_by_day_only(desk: duckdb.DuckDBPyConnection) -> None:
    assert cell(desk, "kpi_backlog", "2025-03-01")["days_to_clear"] is None


@pytest.mark.parametrize(
    ("grain", "start", "weekday", "days"),
    [
        # The first ticket came on Sunday, 15 December, the first customer two weeks before.
        ("month", "2024-12-01", 7, 3),
        ("year", "2024-01-01", 7, 3),
        ("month", "2025-03-01", 1, 5),
        # The running month, until Saturday the 10th.
        ("month", "2025-05-01", 6, 2),
    ],
)
def test_hours_are_divided_by_the_weekdays_from_the_first_ticket_until_as_of(
    desk: duckdb.DuckDBPyConnection, grain: str, start: str, weekday: int, days: int
) -> None:
    query = "select distinct day_count from efficiency.kpi_hours where period_grain = ? and period_start = ? and day_of_week = ?"
    assert one(desk, query, grain, start, weekday) == {"day_count": days}


def test_each_channel_has_its_share_of_the_months_tickets(desk: duckdb.DuckDBPyConnection) -> None:
    mix = rows_of(
        desk,
        "select * from efficiency.kpi_channel_mix where period_grain = 'month' and period_start = '2025-03-01' and dimension = 'overall'",
    )
    assert {row["channel"]: row["ticket_count"] for row in mix} == {
        "phone": 1, "chat": 2, "email": 1, "social": 0, "app": 1, "self_service": 1, "bot": 1, "store": 0,
    }  # fmt: skip
    assert {row["all_ticket_count"] for row in mix} == {7}
    (chat,) = (row for row in mix if row["channel"] == "chat")
    assert chat["ticket_share"] == 2 / 7
    assert chat["ticket_share_lower"] < 2 / 7 < chat["ticket_share_upper"]


def test_the_channels_of_the_mix_are_those_of_the_contract(desk: duckdb.DuckDBPyConnection) -> None:
    with (PROJECT_ROOT / "seeds" / "reference" / "channels.csv").open(encoding="utf-8", newline="") as file:
        channels = {row["channel"] for row in csv.DictReader(file)} - {"unknown"}
    assert {row["channel"] for row in rows_of(desk, "select distinct channel from efficiency.kpi_channel_mix")} == channels


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
    desk: duckdb.DuckDBPyConnection,
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
        desk,
        "select * from efficiency.kpi_durations where period_grain = 'month' and period_start = '2025-03-01' and dimension = 'overall'"
        " and clock = ?",
        clock,
    )
    assert (row["ticket_count"], row["minutes_mean"], row["minutes_median"], row["minutes_p90"]) == (n, mean, median, p90)
    assert (row["business_ticket_count"], row["business_minutes_mean"]) == (n, business_mean)
    assert (row["business_minutes_median"], row["business_minutes_p90"]) == (business_median, business_p90)


def test_a_desk_without_a_calendar_has_calendar_minutes_only(desk: duckdb.DuckDBPyConnection) -> None:
    row = one(
        desk,
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
    desk: duckdb.DuckDBPyConnection, step: str, n: int, mean: float, median: float, p90: float
) -> None:
    row = one(
        desk,
        "select * from efficiency.kpi_processing_steps where period_grain = 'month' and period_start = '2025-03-01'"
        " and dimension = 'overall' and step = ?",
        step,
    )
    assert (row["request_count"], row["hours_mean"], row["hours_median"], row["hours_p90"]) == (n, mean, median, p90)


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
    desk: duckdb.DuckDBPyConnection, dimension: str, member: str, expected: dict[str, float | None]
) -> None:
    row = cell(desk, "kpi_agents", "2025-03-01", "month", dimension, member)
    assert {name: row[name] for name in expected} == expected
    assert row["is_small_sample"]


def test_agents_are_told_from_the_month_upwards_and_nobody_is_no_agent(desk: duckdb.DuckDBPyConnection) -> None:
    found = rows_of(desk, "select distinct period_grain, dimension from efficiency.kpi_agents")
    assert {row["period_grain"] for row in found} == {"month", "quarter", "year"}
    assert {row["dimension"] for row in found} == {"agent", "agent_team"}
    assert rows_of(desk, "select * from efficiency.kpi_agents where member = 'unknown'") == []


def test_a_course_is_judged_by_thirty_days_on_either_side_without_its_own_day(desk: duckdb.DuckDBPyConnection) -> None:
    calm = one(desk, "select * from efficiency.kpi_training_effect where course = 'calm'")
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


def test_a_course_is_judged_when_its_thirty_days_after_are_over(desk: duckdb.DuckDBPyConnection) -> None:
    courses = rows_of(desk, "select * from efficiency.kpi_training_effect order by course")
    assert [row["course"] for row in courses] == ["all", "calm", "listening"]
    everything, _, listening = courses
    # bob's number 7 before; nothing after.
    assert (listening["resolution_minutes_before_mean"], listening["resolution_minutes_after_mean"]) == (4770, None)
    assert (listening["resolution_minutes_after_n"], listening["resolution_minutes_change"]) == (0, None)
    assert (everything["agent_count"], everything["resolution_minutes_before_n"], everything["resolution_minutes_after_n"]) == (2, 3, 2)
    assert everything["resolution_minutes_before_mean"] == pytest.approx((50 + 70 + 4770) / 3)
