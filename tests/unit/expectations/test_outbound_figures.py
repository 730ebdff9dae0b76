"""The rules of the figures hold of a good snapshot and are broken by a figure made to break them."""

import pytest

from tests.unit.expectations.published_marts import CONTRIBUTIONS, COVERAGE, FAMILY, INVITATIONS, RESPONSES, SCOREBOARD

WHERE = "period_grain year, period_start 2026-01-01, dimension overall, member all"


def change(marts, kpi_id: str, changed: str, *, grain: str = "year", dimension: str = "overall") -> None:
    """Change a figure of the family."""
    marts.execute(
        f"update satisfaction.kpi_satisfaction set {changed} "
        f"where kpi_id = '{kpi_id}' and period_grain = '{grain}' and dimension = '{dimension}'"
    )


@pytest.mark.parametrize(
    ("kpi_id", "changed", "words"),
    [
        ("share", "value = 1.2", "value above the highest possible"),
        ("share", "value = -0.1", "value below the lowest possible"),
        ("mean", "value = 0.9", "value below the lowest possible"),
        ("mean", "value = 5.1", "value above the highest possible"),
        ("balance", "value = -1.01", "value below the lowest possible"),
        ("sum", "value = -1", "value below the lowest possible"),
        ("quantile", "value = -1", "value below the lowest possible"),
        ("sum", "n = -1", "n below 0"),
    ],
)
def test_a_figure_that_cannot_be_fails_and_is_named(marts, rule, kpi_id, changed, words):
    change(marts, kpi_id, changed)
    assert marts.answer(rule(FAMILY, "values_are_possible")) == (90, 1, [f"{words} where kpi_id {kpi_id}, {WHERE}"])


@pytest.mark.parametrize(("kpi_id", "value"), [("share", 0), ("share", 1), ("mean", 5), ("balance", -1), ("sum", 1e12), ("quantile", 1e9)])
def test_a_figure_on_its_bound_or_without_one_holds(marts, rule, kpi_id, value):
    change(marts, kpi_id, f"value = {value}")
    assert marts.failed(rule(FAMILY, "values_are_possible")) == 0


@pytest.mark.parametrize(("kpi_id", "failed"), [("share", 1), ("mean", 0), ("balance", 0)])
def test_only_the_numerator_of_a_share_is_part_of_its_denominator(marts, rule, kpi_id, failed):
    change(marts, kpi_id, "numerator = 4, denominator = 3")
    assert marts.failed(rule(FAMILY, "numerators_are_within_denominators")) == failed


def test_the_numerator_of_a_share_of_weights_is_part_of_its_denominator(marts, rule):
    marts.execute("update scoreboard.kpi_coverage set interval = 'wilson_weighted' where kpi_id = 'mean'")
    change(marts, "mean", "numerator = 3.0000000001, denominator = 3")
    # The other fourteen means have scores above the number of answers.
    assert marts.failed(rule(FAMILY, "numerators_are_within_denominators")) == 14


@pytest.mark.parametrize(
    ("kpi_id", "changed", "words"),
    [
        ("share", "value = 0.5", "value is not numerator ÷ denominator"),
        ("share", "value = 0, numerator = 0, denominator = 0", "a value over an empty denominator"),
        ("share", "value = 0, numerator = null, denominator = null", "a value over an empty denominator"),
        ("share", "value = null", "no value over a denominator that is not empty"),
        ("sum", "value = 5", "value is not its sum"),
        ("sum", "value = null", "value is not its sum"),
    ],
)
def test_a_figure_that_is_not_its_parts_divided_fails(marts, rule, kpi_id, changed, words):
    change(marts, kpi_id, changed)
    assert marts.answer(rule(FAMILY, "figures_are_divided_last"))[1:] == (1, [f"{words} where kpi_id {kpi_id}, {WHERE}"])


@pytest.mark.parametrize(("kpi_id", "changed"), [("share", "value = null, numerator = 0, denominator = 0"), ("quantile", "value = null")])
def test_a_figure_without_a_case_is_null(marts, rule, kpi_id, changed):
    change(marts, kpi_id, changed)
    assert marts.failed(rule(FAMILY, "figures_are_divided_last")) == 0


@pytest.mark.parametrize("changed", ["lower = 0.9", "upper = 0.1"])
def test_a_figure_outside_its_interval_fails(marts, rule, changed):
    change(marts, "share", changed)
    assert marts.failed(rule(FAMILY, "intervals_hold_their_values")) == 1


def test_a_kpi_that_is_missing_at_one_grain_fails(marts, rule):
    marts.execute("delete from satisfaction.kpi_satisfaction where kpi_id = 'balance' and period_grain = 'week' and dimension = 'overall'")
    assert marts.answer(rule(FAMILY, "every_grain_is_told")) == (30, 1, ["balance by week"])


def test_a_kpi_that_is_not_computed_yet_is_no_failure(marts, rule):
    for mart in (FAMILY, SCOREBOARD):
        marts.execute(f"delete from {mart.relation} where kpi_id in ('balance', 'once')")
    names = ("every_grain_is_told", "members_add_up_to_overall", "days_add_up_to_longer_periods", "values_are_possible")
    assert {name: marts.failed(rule(FAMILY, name)) for name in names} == dict.fromkeys(names, 0)
    assert marts.failed(rule(SCOREBOARD, "figures_are_those_of_the_families")) == 0


def test_a_member_left_out_fails(marts, rule):
    marts.execute("delete from satisfaction.kpi_satisfaction where kpi_id = 'share' and period_grain = 'month' and member = 'phone'")
    checked, failed, examples = marts.answer(rule(FAMILY, "members_add_up_to_overall"))
    assert (checked, failed) == (30, 1)
    assert examples == [
        "n of the members is not that of overall where kpi_id share, period_grain month, period_start 2026-01-01, dimension channel"
    ]


@pytest.mark.parametrize(("kpi_id", "part"), [("share", "numerator"), ("mean", "denominator"), ("sum", "numerator"), ("sum", "n")])
def test_each_part_of_the_members_adds_up(marts, rule, kpi_id, part):
    change(marts, kpi_id, f"{part} = {part} + 1", grain="day")
    assert marts.failed(rule(FAMILY, "members_add_up_to_overall")) == 1


@pytest.mark.parametrize("kpi_id", ["once", "quantile"])
def test_members_counted_once_each_may_exceed_overall_and_never_fall_short_of_it(marts, rule, kpi_id):
    change(marts, kpi_id, "n = 30", grain="day", dimension="channel")
    assert marts.failed(rule(FAMILY, "members_add_up_to_overall")) == 0
    change(marts, kpi_id, "n = 1", grain="day", dimension="channel")
    assert marts.failed(rule(FAMILY, "members_add_up_to_overall")) == 1


def test_a_period_with_members_and_no_overall_fails(marts, rule):
    marts.execute("delete from satisfaction.kpi_satisfaction where kpi_id = 'share' and period_grain = 'day' and dimension = 'overall'")
    assert marts.failed(rule(FAMILY, "members_add_up_to_overall")) == 1


@pytest.mark.parametrize(("interval", "grains", "failed"), [("none", "month", 0), ("none", "day, month", 1), ("wilson", "month", 1)])
def test_what_has_nothing_to_be_divided_by_is_told_nowhere_under_many_members(marts, rule, interval, grains, failed):
    # The merchant has the month's two costs, and no order in it: its cell is not there. The whole is told.
    marts.execute(f"update scoreboard.kpi_coverage set interval = '{interval}' where kpi_id = 'share'")
    for grain in grains.split(", "):
        marts.execute(f"""
            insert into satisfaction.kpi_satisfaction
            select kpi_id, period_grain, period_start, 'merchant', 'm1', 0, 0, denominator, n, null, null from satisfaction.kpi_satisfaction
            where kpi_id = 'share' and dimension = 'overall' and period_grain = '{grain}'
        """)
    marts.execute("update satisfaction.kpi_satisfaction set numerator = 2 where dimension = 'merchant' and period_grain = 'day'")
    assert marts.failed(rule(FAMILY, "members_add_up_to_overall")) == failed


def test_a_dimension_that_does_not_apply_to_a_kpi_breaks_no_sum(marts, rule):
    marts.execute("delete from satisfaction.kpi_satisfaction where kpi_id = 'sum' and dimension = 'channel'")
    assert marts.failed(rule(FAMILY, "members_add_up_to_overall")) == 0


@pytest.mark.parametrize(("kpi_id", "failed"), [("share", 4), ("sum", 4), ("once", 0), ("quantile", 0)])
def test_a_day_left_out_of_its_month_fails_where_days_add_up(marts, rule, kpi_id, failed):
    change(marts, kpi_id, "n = n - 1", grain="day")
    assert marts.answer(rule(FAMILY, "days_add_up_to_longer_periods"))[:2] == (16, failed)


def test_a_month_without_days_fails(marts, rule):
    marts.execute("delete from satisfaction.kpi_satisfaction where period_grain = 'day' and kpi_id = 'mean'")
    assert marts.failed(rule(FAMILY, "days_add_up_to_longer_periods")) == 4


@pytest.mark.parametrize(
    ("fault", "mart", "example"),
    [
        (
            "insert into core.fct_survey_responses values ('shop:f', 'service', true, null, 3, null, true)",
            RESPONSES,
            "responses_with_overall of share is 3.0, the rows sum to 4.0",
        ),
        (
            "update core.fct_survey_responses set overall_score = 1 where overall_score = 4",
            RESPONSES,
            "responses_satisfied of share is 2.0, the rows sum to 1.0",
        ),
        (
            "update core.fct_survey_responses set overall_score = 1 where overall_score = 2",
            RESPONSES,
            "overall_score of mean is 11.0, the rows sum to 10.0",
        ),
        (
            "delete from core.fct_survey_invitations where invitation_key = 'shop:i4'",
            INVITATIONS,
            "surveys_sent of sum is 4.0, the rows sum to 3.0",
        ),
        (
            "update core.fct_survey_invitations set is_in_scope = true",
            INVITATIONS,
            "surveys_sent of sum is 4.0, the rows sum to 5.0",
        ),
    ],
)
def test_a_figure_that_does_not_count_what_core_holds_fails(marts, rule, fault, mart, example):
    marts.execute(fault)
    assert example in marts.answer(rule(mart, "figures_reconcile_with_core"))[2]


def test_a_part_is_counted_again_in_the_unit_of_its_measure(marts, rule):
    marts.execute("update scoreboard.kpi_coverage set divisor = 60, scale = 1000 where kpi_id = 'mean'")
    change(marts, "mean", "numerator = 11 / 60.0, denominator = 3 / 1000.0")
    assert marts.failed(rule(RESPONSES, "figures_reconcile_with_core")) == 0


# Scoreboard and definitions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    ["n = n + 1", "numerator = numerator + 1", "denominator = denominator + 1", "value = value + 0.1", "lower = null", "upper = 9"],
)
def test_a_scoreboard_that_says_other_than_its_families_fails(marts, rule, changed):
    marts.execute(f"update scoreboard.kpi_scoreboard set {changed} where kpi_id = 'balance' and period_grain = 'week' and member = 'phone'")
    assert marts.answer(rule(SCOREBOARD, "figures_are_those_of_the_families")) == (30, 1, ["balance by week"])


def test_two_figures_that_changed_places_fail(marts, rule):
    marts.execute("""
        update scoreboard.kpi_scoreboard set member = case member when 'chat' then 'phone' else 'chat' end
        where kpi_id = 'sum' and period_grain = 'day' and dimension = 'channel'
    """)
    assert marts.answer(rule(SCOREBOARD, "figures_are_those_of_the_families"))[2] == ["sum by day"]


@pytest.mark.parametrize("mart", [FAMILY, SCOREBOARD])
def test_a_kpi_that_only_one_of_the_two_has_fails(marts, rule, mart):
    marts.execute(f"delete from {mart.relation} where kpi_id = 'mean' and period_grain = 'year'")
    assert marts.answer(rule(SCOREBOARD, "figures_are_those_of_the_families"))[2] == ["mean by year"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("contribution = contribution + 0.000000000001 where kpi_id = 'sum' and member = 'chat'", "parts that do not add up to the change"),
        ("mix_effect = mix_effect + 0.000000000001 where member = 'chat'", "parts that do not add up to the change"),
        ("overall_change = 2 where kpi_id = 'sum' and member = 'phone'", "two changes of one figure"),
        ("period_start = date '2025-01-01' where kpi_id = 'sum'", "a change that the scoreboard does not have"),
        ("overall_change = 2, contribution = 1 where kpi_id = 'sum'", "a change that the scoreboard does not have"),
    ],
)
def test_a_change_whose_parts_are_not_all_of_it_fails(marts, rule, fault, words):
    marts.execute(f"update scoreboard.kpi_contributions set {fault}")
    checked, failed, (example,) = marts.answer(rule(CONTRIBUTIONS, "changes_are_split_whole"))
    assert (checked, failed, example.split(" where ")[0]) == (2, 1, words)


@pytest.mark.parametrize(
    "fault",
    [
        "update scoreboard.kpi_coverage set lowest = null where kpi_id = 'mean'",
        "update scoreboard.kpi_coverage set highest = 10 where kpi_id = 'mean'",
        "update scoreboard.kpi_coverage set adds_up_over_days = false where kpi_id = 'mean'",
        "update scoreboard.kpi_coverage set denominator = null where kpi_id = 'mean'",
        "update scoreboard.kpi_coverage set headline_place = 2 where kpi_id = 'mean'",
        "delete from scoreboard.kpi_coverage where kpi_id = 'mean'",
        "update scoreboard.kpi_coverage set kpi_id = 'mean ' where kpi_id = 'mean'",
    ],
)
def test_a_definition_that_is_not_that_of_the_seed_fails(marts, rule, fault):
    marts.execute(fault)
    assert marts.answer(rule(COVERAGE, "definitions_are_those_of_the_seed"))[2][0] == "mean"
