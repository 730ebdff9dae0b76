"""Every outbound rule holds of good marts and is broken by a row made to break it."""

from collections.abc import Callable
from datetime import datetime

import pytest

from expectations.outbound.kpi import Kpi
from expectations.outbound.mart import PERIOD_GRAIN, Column, Mart
from expectations.outbound.suites import outbound_suites
from expectations.suites import Rule, Suite

AS_OF = datetime(2026, 1, 31, 20, 0)
GRAINS = {"day": "2026-01-31", "week": "2026-01-26", "month": "2026-01-01", "quarter": "2026-01-01", "year": "2026-01-01"}

RATE = Kpi("csat_rate", "satisfaction", "ratio", has_numerator=True, has_denominator=True)
MEAN = Kpi("csat_mean", "satisfaction", "score", has_numerator=True, has_denominator=True)
ONCE = Kpi("customer_problem_rate", "satisfaction", "ratio", has_numerator=True, has_denominator=True)
COUNT = Kpi("survey_sent_count", "satisfaction", "count", has_numerator=True, has_denominator=False)
NPS = Kpi("nps", "satisfaction", "points", has_numerator=True, has_denominator=True)
KPIS = [RATE, MEAN, ONCE, COUNT, NPS]

Find = Callable[[list[Suite], str, str], Rule]


def columns(**types: str) -> tuple[Column, ...]:
    return tuple(Column(name, data_type) for name, data_type in types.items())


FAMILY = Mart(
    "satisfaction",
    "kpi_satisfaction",
    (
        *columns(period_grain="varchar", period_start="date", dimension="varchar", member="varchar"),
        *(Column(name, "bigint" if name.endswith("_n") else "double") for kpi in KPIS for name in kpi.columns),
    ),
    PERIOD_GRAIN,
)
SCOREBOARD = Mart(
    "scoreboard",
    "kpi_scoreboard",
    columns(
        kpi_id="varchar",
        period_grain="varchar",
        period_start="date",
        dimension="varchar",
        member="varchar",
        value="double",
        numerator="double",
        denominator="double",
        n="bigint",
    ),
    ("kpi_id", *PERIOD_GRAIN),
)
ORDERS = Mart(
    "core",
    "fct_orders",
    columns(order_key="varchar", currency="varchar", payable_amount="decimal(18,2)", reporting_amount="decimal(18,2)", paid_share="double"),
    ("order_key",),
)
REFUNDS = Mart(
    "core",
    "fct_refunds",
    columns(refund_key="varchar", order_key="varchar", currency="varchar", refund_amount="decimal(18,2)", is_excess="boolean"),
    ("refund_key",),
)
TICKETS = Mart(
    "core",
    "fct_tickets",
    columns(ticket_key="varchar", first_reply_minutes="double", first_reply_business_minutes="double", on_hold_minutes="double"),
    ("ticket_key",),
)
INTERVALS = Mart(
    "core",
    "fct_ticket_intervals",
    columns(
        ticket_key="varchar",
        interval_number="bigint",
        activity="varchar",
        is_before_first_reply="boolean",
        calendar_seconds="bigint",
        business_seconds="bigint",
    ),
    ("ticket_key", "interval_number"),
)
VERDICTS = Mart(
    "core",
    "fct_ticket_sla",
    columns(ticket_key="varchar", metric="varchar", policy_id="varchar", tied_policy_id="varchar"),
    ("ticket_key", "metric"),
)
RESPONSES = Mart(
    "core",
    "fct_survey_responses",
    columns(response_key="varchar", survey_type="varchar", is_valid="boolean", invalid_reason="varchar", overall_score="bigint"),
    ("response_key",),
)
CUSTOMERS = Mart("core", "dim_customers", (Column("customer_key", "varchar", is_withheld=True),), ("customer_key",))
MARTS = [FAMILY, SCOREBOARD, ORDERS, REFUNDS, TICKETS, INTERVALS, VERDICTS, RESPONSES, CUSTOMERS]


def cell(numerator: float | None, denominator: float | None, n: int) -> list[float | int | None]:
    """The six columns of a KPI."""
    value = numerator if denominator is None else (None if not denominator else numerator / denominator)
    return [value, numerator, denominator, n, value, value]


@pytest.fixture
def marts(warehouse):
    """One day's answers, 2 satisfied of 3 in two channels, at every grain; an order, a refund, tickets and responses."""
    for mart in MARTS:
        listed = ", ".join(f"{column.name} {column.data_type}" for column in mart.columns)
        warehouse.execute(f"create table {mart.relation} ({listed})")
    members = {
        ("overall", "all"): [cell(2, 3, 3), cell(11, 3, 3), cell(2, 3, 3), cell(4, None, 4), cell(0, 3, 3)],
        ("channel", "chat"): [cell(2, 2, 2), cell(9, 2, 2), cell(2, 3, 3), cell(3, None, 3), cell(1, 2, 2)],
        ("channel", "phone"): [cell(0, 1, 1), cell(2, 1, 1), cell(1, 1, 1), cell(1, None, 1), cell(-1, 1, 1)],
    }
    cells_by_row = {(grain, start, *member): cells for grain, start in GRAINS.items() for member, cells in members.items()}
    warehouse.insert(FAMILY.relation, [[*row, *(value for of_kpi in cells for value in of_kpi)] for row, cells in cells_by_row.items()])
    warehouse.insert(
        SCOREBOARD.relation,
        [[kpi.kpi_id, *row, *of_kpi[:4]] for row, cells in cells_by_row.items() for kpi, of_kpi in zip(KPIS, cells, strict=True)],
    )
    warehouse.execute("insert into core.fct_orders values ('shop:1', 'CNY', 100.00, 100.00, 1.0), ('shop:2', 'CNY', null, null, null)")
    warehouse.execute("""
        insert into core.fct_refunds values
        ('shop:r1', 'shop:1', 'CNY', 60.00, false), ('shop:r2', 'shop:1', 'CNY', 40.00, false), ('shop:r3', 'shop:2', 'CNY', 9.00, false)
    """)
    warehouse.execute(
        "insert into core.fct_tickets values ('shop:t1', 90.0, 30.0, 20.0), ('shop:t2', 10.0, 10.0, 0.0), ('shop:t3', null, null, null)"
    )
    warehouse.execute("""
        insert into core.fct_ticket_intervals values
        ('shop:t1', 1, 'agent_work', true, 4200, 1800), ('shop:t1', 2, 'on_hold', true, 1200, 0),
        ('shop:t1', 3, 'agent_work', false, 60, 60),
        ('shop:t2', 1, 'agent_work', true, 600, 600), ('shop:t3', 1, 'agent_work', true, 6000, 60)
    """)
    warehouse.execute(
        "insert into core.fct_ticket_sla values ('shop:t1', 'first_reply', 'p1', null), ('shop:t2', 'first_reply', null, null)"
    )
    warehouse.execute("""
        insert into core.fct_survey_responses values
        ('shop:a', 'service', true, null, 5), ('shop:b', 'service', true, null, 4), ('shop:c', 'service', true, null, 2),
        ('shop:d', 'service', false, 'expired', 5), ('shop:e', 'nps', true, null, null)
    """)
    warehouse.execute("insert into core.dim_customers values ('shop:c1')")
    return warehouse


def suites(**changes) -> list[Suite]:
    return outbound_suites(MARTS, KPIS, **{"personal_columns": {"email"}, "as_of": AS_OF, **changes})


@pytest.fixture
def rule(rule_of: Find) -> Callable[[Mart, str], Rule]:
    return lambda mart, name: rule_of(suites(), mart.subject, name)


def test_every_rule_holds_of_good_marts(marts):
    failed = {(suite.subject, rule.name): marts.answer(rule)[2] for suite in suites() for rule in suite.rules if marts.failed(rule)}
    assert failed == {}


def test_every_rule_looks_at_rows(marts):
    assert [(suite.subject, rule.name) for suite in suites() for rule in suite.rules if marts.answer(rule)[0] == 0] == []


def test_every_outbound_rule_is_critical():
    assert {rule.severity for suite in suites() for rule in suite.rules} == {"critical"}


def test_marts_without_rows_break_no_rule(marts):
    for mart in MARTS:
        marts.execute(f"delete from {mart.relation}")
    assert [(suite.subject, rule.name) for suite in suites() for rule in suite.rules if marts.failed(rule)] == []


def test_a_repeated_grain_fails_with_every_one_of_its_rows(marts, rule):
    marts.execute("""
        insert into satisfaction.kpi_satisfaction
        select * from satisfaction.kpi_satisfaction where period_grain = 'day' and dimension = 'overall'
    """)
    assert marts.answer(rule(FAMILY, "grain_is_unique")) == (
        16,
        2,
        ["period_grain day, period_start 2026-01-31, dimension overall, member all: 2 rows"],
    )


def test_a_null_in_the_grain_fails(marts, rule):
    marts.execute("update core.fct_orders set order_key = null where order_key = 'shop:2'")
    assert marts.answer(rule(ORDERS, "grain_is_unique")) == (2, 1, ["order_key null: 1 rows"])


def test_a_withheld_key_is_not_named(marts, rule):
    marts.execute("insert into core.dim_customers values ('shop:c1')")
    assert marts.answer(rule(CUSTOMERS, "grain_is_unique")) == (2, 2, ["a row whose key is withheld: 2 rows"])


@pytest.mark.parametrize(
    ("change", "example"),
    [("add column colour varchar", "undescribed column colour"), ("drop column currency", "missing column currency")],
)
def test_a_column_more_or_less_than_described_fails(marts, rule, change, example):
    marts.execute(f"alter table core.fct_orders {change}")
    assert marts.answer(rule(ORDERS, "columns_are_described"))[1:] == (1, [example])


def test_a_mart_without_a_description_fails(marts, rule_of):
    undescribed = Mart("core", "fct_orders", (), ())
    (suite,) = outbound_suites([undescribed], KPIS, personal_columns=set())
    (checked,) = [rule for rule in suite.rules if rule.name == "columns_are_described"]
    assert marts.failed(checked) == len(ORDERS.columns)


def test_a_column_named_like_personal_data_fails(marts, rule):
    marts.execute("alter table core.fct_orders add column email varchar")
    assert marts.answer(rule(ORDERS, "no_column_is_personal"))[1:] == (1, ["column email"])


@pytest.mark.parametrize("value", ["'inf'", "'-inf'", "'nan'"])
def test_an_infinite_figure_fails(marts, rule, value):
    marts.execute(f"update core.fct_orders set paid_share = cast({value} as double) where order_key = 'shop:1'")
    assert marts.answer(rule(ORDERS, "numbers_are_finite")) == (2, 1, ["paid_share is infinite or not a number where order_key shop:1"])


@pytest.mark.parametrize(("share", "failed"), [(1.0, 0), (1.001, 1), (0.0, 0), (-0.001, 1)])
def test_a_share_outside_0_to_1_fails(marts, rule, share, failed):
    marts.execute(f"update core.fct_orders set paid_share = {share} where order_key = 'shop:1'")
    assert marts.failed(rule(ORDERS, "shares_are_between_0_and_1")) == failed


@pytest.mark.parametrize(("start", "failed"), [("2026-02-01", 0), ("2026-02-02", 3)])
def test_a_period_that_begins_after_the_business_date_of_as_of_fails(marts, rule, start, failed):
    marts.execute(f"update satisfaction.kpi_satisfaction set period_start = '{start}' where period_grain = 'day'")
    assert marts.failed(rule(FAMILY, "no_period_begins_after_as_of")) == failed


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("csat_rate", 1.2, "csat_rate outside 0 to 1"),
        ("csat_rate", -0.1, "csat_rate outside 0 to 1"),
        ("csat_mean", 0.9, "csat_mean outside 1 to 5"),
        ("csat_mean", 5.1, "csat_mean outside 1 to 5"),
        ("nps", -1.01, "nps outside -1 to 1"),
        ("survey_sent_count", -1, "survey_sent_count below 0"),
        ("survey_sent_count_n", -1, "survey_sent_count_n below 0"),
    ],
)
def test_a_figure_that_cannot_be_fails_and_is_named(marts, rule, column, value, words):
    marts.execute(f"update satisfaction.kpi_satisfaction set {column} = {value} where period_grain = 'year' and dimension = 'overall'")
    where = "period_grain year, period_start 2026-01-01, dimension overall, member all"
    assert marts.answer(rule(FAMILY, "values_are_possible")) == (15, 1, [f"{words} where {where}"])


def test_a_numerator_above_its_denominator_fails(marts, rule):
    marts.execute("update satisfaction.kpi_satisfaction set csat_rate_numerator = 4 where period_grain = 'year' and dimension = 'overall'")
    assert marts.failed(rule(FAMILY, "numerators_are_within_denominators")) == 1


def test_a_mean_may_have_a_numerator_above_its_denominator(marts, rule):
    assert marts.failed(rule(FAMILY, "numerators_are_within_denominators")) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("csat_rate = 0.5", "csat_rate is not its numerator ÷ its denominator"),
        ("csat_rate = 0, csat_rate_numerator = 0, csat_rate_denominator = 0", "csat_rate over an empty denominator"),
        ("csat_rate = null", "no csat_rate over a denominator that is not empty"),
    ],
)
def test_a_figure_that_is_not_its_parts_divided_fails(marts, rule, change, words):
    marts.execute(f"update satisfaction.kpi_satisfaction set {change} where period_grain = 'year' and dimension = 'overall'")
    assert marts.answer(rule(FAMILY, "figures_are_divided_last"))[1:] == (
        1,
        [f"{words} where period_grain year, period_start 2026-01-01, dimension overall, member all"],
    )


@pytest.mark.parametrize("change", ["csat_rate_lower = 0.9", "csat_rate_upper = 0.1"])
def test_a_figure_outside_its_interval_fails(marts, rule, change):
    marts.execute(f"update satisfaction.kpi_satisfaction set {change} where period_grain = 'year' and dimension = 'overall'")
    assert marts.failed(rule(FAMILY, "intervals_hold_their_values")) == 1


def test_a_member_left_out_fails(marts, rule):
    marts.execute("delete from satisfaction.kpi_satisfaction where period_grain = 'month' and member = 'phone'")
    checked, failed, examples = marts.answer(rule(FAMILY, "members_add_up_to_overall"))
    assert (checked, failed) == (5, 1)
    assert examples == [
        "csat_rate_n of the members is not that of overall where period_grain month, period_start 2026-01-01, dimension channel"
    ]


def test_members_counted_once_each_may_exceed_overall_and_never_fall_short_of_it(marts, rule):
    marts.execute(
        "update satisfaction.kpi_satisfaction set customer_problem_rate_n = 30 where period_grain = 'day' and dimension = 'channel'"
    )
    assert marts.failed(rule(FAMILY, "members_add_up_to_overall")) == 0
    marts.execute(
        "update satisfaction.kpi_satisfaction set customer_problem_rate_n = 1 where period_grain = 'day' and dimension = 'channel'"
    )
    assert marts.failed(rule(FAMILY, "members_add_up_to_overall")) == 1


def test_a_period_with_members_and_no_overall_fails(marts, rule):
    marts.execute("delete from satisfaction.kpi_satisfaction where period_grain = 'day' and dimension = 'overall'")
    assert marts.failed(rule(FAMILY, "members_add_up_to_overall")) == 1


def test_a_dimension_that_does_not_apply_to_a_kpi_breaks_no_sum(marts, rule):
    marts.execute("""
        update satisfaction.kpi_satisfaction set survey_sent_count = null, survey_sent_count_numerator = null, survey_sent_count_n = null
        where dimension = 'channel'
    """)
    assert marts.failed(rule(FAMILY, "members_add_up_to_overall")) == 0


def test_a_day_left_out_of_its_month_fails(marts, rule):
    marts.execute("update satisfaction.kpi_satisfaction set csat_rate_denominator = 2 where period_grain = 'day' and dimension = 'overall'")
    assert marts.answer(rule(FAMILY, "days_add_up_to_longer_periods"))[:2] == (4, 4)


def test_a_month_without_days_fails(marts, rule):
    marts.execute("delete from satisfaction.kpi_satisfaction where period_grain = 'day'")
    assert marts.failed(rule(FAMILY, "days_add_up_to_longer_periods")) == 4


@pytest.mark.parametrize(
    ("fault", "example"),
    [
        (
            "insert into core.fct_survey_responses values ('shop:f', 'service', true, null, 3)",
            "csat_rate_denominator is 3.0, core.fct_survey_responses has 4.0",
        ),
        (
            "update core.fct_survey_responses set overall_score = 1 where overall_score = 4",
            "csat_rate_numerator is 2.0, core.fct_survey_responses has 1.0",
        ),
        (
            "update core.fct_survey_responses set overall_score = 1 where overall_score = 2",
            "csat_mean_numerator is 11.0, core.fct_survey_responses has 10.0",
        ),
    ],
)
def test_a_family_that_does_not_count_what_core_holds_fails(marts, rule, fault, example):
    marts.execute(fault)
    assert example in marts.answer(rule(FAMILY, "counts_reconcile_with_core"))[2]


@pytest.mark.parametrize(("amount", "failed"), [("40.00", 0), ("40.01", 2)])
def test_refunds_of_an_order_above_its_price_fail(marts, rule, amount, failed):
    marts.execute(f"update core.fct_refunds set refund_amount = {amount} where refund_key = 'shop:r2'")
    assert marts.failed(rule(REFUNDS, "refund_is_within_what_was_paid")) == failed


def test_a_refund_that_the_mart_itself_calls_excessive_fails_and_is_named(marts, rule):
    marts.execute("update core.fct_refunds set is_excess = true where refund_key = 'shop:r3'")
    assert marts.answer(rule(REFUNDS, "refund_is_within_what_was_paid")) == (3, 1, ["refund_key shop:r3, order_key shop:2"])


def test_a_refund_in_another_currency_is_not_added_to_the_others(marts, rule):
    marts.execute("update core.fct_refunds set refund_amount = 4000, currency = 'JPY' where refund_key = 'shop:r2'")
    assert marts.failed(rule(REFUNDS, "refund_is_within_what_was_paid")) == 0


def test_an_amount_without_its_counterpart_in_the_reporting_currency_fails(marts, rule):
    marts.execute("update core.fct_orders set reporting_amount = null, currency = 'XXX'")
    assert marts.answer(rule(ORDERS, "amounts_are_converted")) == (2, 1, ["no exchange rate for payable_amount where order_key shop:1"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("first_reply_business_minutes = 90.1", "first_reply_business_minutes above first_reply_minutes"),
        ("first_reply_business_minutes = -1", "first_reply_business_minutes below 0"),
        ("first_reply_minutes = null", "first_reply_business_minutes without first_reply_minutes"),
    ],
)
def test_business_minutes_that_cannot_be_fail(marts, rule, change, words):
    marts.execute(f"update core.fct_tickets set {change} where ticket_key = 'shop:t1'")
    assert marts.answer(rule(TICKETS, "business_minutes_are_within_calendar_minutes")) == (3, 1, [f"{words} where ticket_key shop:t1"])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("update core.fct_tickets set first_reply_minutes = 89 where ticket_key = 'shop:t1'", "first_reply_minutes"),
        ("delete from core.fct_ticket_intervals where ticket_key = 'shop:t1' and activity = 'on_hold'", "first_reply_minutes"),
        ("update core.fct_ticket_intervals set business_seconds = 1799 where business_seconds = 1800", "first_reply_business_minutes"),
        ("update core.fct_ticket_intervals set activity = 'agent_work' where activity = 'on_hold'", "on_hold_minutes"),
    ],
)
def test_a_duration_that_its_intervals_do_not_explain_fails(marts, rule, fault, words):
    marts.execute(fault)
    assert marts.answer(rule(TICKETS, "minutes_are_those_of_the_intervals")) == (
        3,
        1,
        [f"{words} is not the sum of its intervals where ticket_key shop:t1"],
    )


def test_two_policies_that_fit_a_ticket_equally_well_fail(marts, rule):
    marts.execute("update core.fct_ticket_sla set tied_policy_id = 'p2' where policy_id = 'p1'")
    assert marts.answer(rule(VERDICTS, "one_policy_fits_best")) == (
        2,
        1,
        ["the policies p1 and p2 fit equally well where ticket_key shop:t1, metric first_reply"],
    )


@pytest.mark.parametrize("change", ["is_valid = null", "is_valid = false", "invalid_reason = 'late'"])
def test_a_response_whose_validity_and_reason_contradict_each_other_fails(marts, rule, change):
    marts.execute(f"update core.fct_survey_responses set {change} where response_key = 'shop:a'")
    assert marts.failed(rule(RESPONSES, "invalid_ones_have_a_reason")) == 1


def test_a_kpi_that_is_missing_at_one_grain_fails(marts, rule):
    marts.execute("delete from scoreboard.kpi_scoreboard where kpi_id = 'nps' and period_grain = 'week' and dimension = 'overall'")
    assert marts.answer(rule(SCOREBOARD, "every_kpi_is_present")) == (25, 1, ["nps by week"])


def test_a_kpi_of_a_family_that_has_begun_and_that_no_mart_holds_fails(marts, rule_of):
    forgotten = Kpi("ces_mean", "satisfaction", "score", has_numerator=True, has_denominator=True)
    later = Kpi("ticket_count", "efficiency", "count", has_numerator=True, has_denominator=False)
    checked = rule_of(
        outbound_suites(MARTS, [*KPIS, forgotten, later], personal_columns=set()), "scoreboard.kpi_scoreboard", "every_kpi_is_present"
    )
    assert marts.answer(checked)[1:] == (5, [f"ces_mean by {grain}" for grain in ("day", "month", "quarter", "week", "year")])


@pytest.mark.parametrize("change", ["n = n + 1", "numerator = numerator + 1", "denominator = denominator + 1", "value = value + 0.1"])
def test_a_scoreboard_that_says_other_than_its_families_fails(marts, rule, change):
    marts.execute(f"update scoreboard.kpi_scoreboard set {change} where kpi_id = 'nps' and period_grain = 'week' and dimension = 'overall'")
    assert marts.answer(rule(SCOREBOARD, "figures_are_those_of_the_families")) == (25, 1, ["nps by week"])


@pytest.mark.parametrize(("kpi_id", "value"), [("csat_rate", 1.2), ("nps", -1.2), ("csat_mean", 0.5), ("survey_sent_count", -1)])
def test_a_value_on_the_scoreboard_that_cannot_be_fails(marts, rule, kpi_id, value):
    marts.execute(
        f"update scoreboard.kpi_scoreboard set value = {value} where kpi_id = '{kpi_id}' and period_grain = 'week' and member = 'all'"
    )
    assert marts.failed(rule(SCOREBOARD, "values_are_possible")) == 1


@pytest.mark.parametrize("change", ["value = 0.1", "value = null", "denominator = 0"])
def test_a_value_on_the_scoreboard_that_is_not_its_parts_divided_fails(marts, rule, change):
    marts.execute(
        f"update scoreboard.kpi_scoreboard set {change} where kpi_id = 'csat_rate' and period_grain = 'week' and dimension = 'overall'"
    )
    assert marts.failed(rule(SCOREBOARD, "figures_are_divided_last")) == 1
