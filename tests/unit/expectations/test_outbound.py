"""Every outbound rule holds of a good snapshot and is broken by a row made to break it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from expectations.outbound.mart import PERIOD_GRAIN, Column, Mart
from expectations.outbound.suites import outbound_suites
from expectations.suites import Rule, Suite

AS_OF = datetime(2026, 1, 31, 20, 0)
GRAINS = {"day": "2026-01-31", "week": "2026-01-26", "month": "2026-01-01", "quarter": "2026-01-01", "year": "2026-01-01"}

Find = Callable[[list[Suite], str, str], Rule]


def definition(kpi_id: str, **given: str) -> dict[str, str]:
    """A line of the seed; by default a share that adds up."""
    return {
        "kpi_id": kpi_id,
        "family": "satisfaction",
        "unit": "ratio",
        "numerator": f"{kpi_id}_part",
        "denominator": f"{kpi_id}_whole",
        "divisor": "1",
        "scale": "1",
        "interval": "wilson",
        "lowest": "0",
        "highest": "1",
        "adds_up_over_members": "true",
        "adds_up_over_days": "true",
        "headline_place": "",
        **given,
    }


DEFINED = [
    definition("share", numerator="responses_satisfied", denominator="responses_with_overall", headline_place="1"),
    definition(
        "mean", unit="score", numerator="overall_score", denominator="responses_with_overall", interval="normal", lowest="1", highest="5"
    ),
    definition("once", adds_up_over_members="false", adds_up_over_days="false"),
    definition("sum", unit="count", numerator="surveys_sent", denominator="", interval="none", highest=""),
    definition("balance", unit="points", interval="normal", lowest="-1"),
    definition(
        "quantile", unit="minutes", denominator="", interval="none", highest="", adds_up_over_members="false", adds_up_over_days="false"
    ),
    definition("later", family="cost"),
]


def columns(**types: str) -> tuple[Column, ...]:
    return tuple(Column(name, data_type) for name, data_type in types.items())


CELL = {"kpi_id": "varchar", "period_grain": "varchar", "period_start": "date", "dimension": "varchar", "member": "varchar"}
FIGURES = {"value": "double", "numerator": "double", "denominator": "double", "n": "bigint", "lower": "double", "upper": "double"}
FAMILY = Mart("satisfaction", "kpi_satisfaction", columns(**CELL, **FIGURES), ("kpi_id", *PERIOD_GRAIN))
SCOREBOARD = Mart("scoreboard", "kpi_scoreboard", columns(family="varchar", **CELL, **FIGURES), ("kpi_id", *PERIOD_GRAIN))
COVERAGE = Mart(
    "scoreboard",
    "kpi_coverage",
    columns(
        kpi_id="varchar",
        family="varchar",
        unit="varchar",
        numerator="varchar",
        denominator="varchar",
        divisor="bigint",
        scale="bigint",
        interval="varchar",
        lowest="double",
        highest="double",
        adds_up_over_members="boolean",
        adds_up_over_days="boolean",
        headline_place="bigint",
    ),
    ("kpi_id",),
)
ORDERS = Mart(
    "core",
    "fct_orders",
    columns(order_key="varchar", currency="varchar", payable_amount="decimal(18,2)", paid_share="double"),
    ("order_key",),
)
REFUNDS = Mart(
    "core",
    "fct_refunds",
    columns(refund_key="varchar", order_key="varchar", currency="varchar", refund_amount="decimal(18,2)"),
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
RESPONSES = Mart(
    "core",
    "fct_survey_responses",
    columns(response_key="varchar", survey_type="varchar", is_valid="boolean", invalid_reason="varchar", overall_score="bigint"),
    ("response_key",),
)
INVITATIONS = Mart("core", "fct_survey_invitations", columns(invitation_key="varchar"), ("invitation_key",))
CUSTOMERS = Mart("core", "dim_customers", (Column("customer_key", "varchar", publish="pseudonym"),), ("customer_key",))
MARTS = [FAMILY, SCOREBOARD, COVERAGE, ORDERS, REFUNDS, TICKETS, INTERVALS, RESPONSES, INVITATIONS, CUSTOMERS]
ROWS = {
    "satisfaction.kpi_satisfaction": 90,
    "scoreboard.kpi_scoreboard": 90,
    "scoreboard.kpi_coverage": 7,
    "core.fct_orders": 2,
    "core.fct_refunds": 3,
    "core.fct_tickets": 3,
    "core.fct_ticket_intervals": 5,
    "core.fct_survey_responses": 5,
    "core.fct_survey_invitations": 4,
    "core.dim_customers": 2,
    "quality.rejected_rows": 1,
}


def cell(numerator: float | None, denominator: float | None, n: int) -> list[float | int | None]:
    """The six columns of a figure."""
    value = numerator if denominator is None else (None if not denominator else numerator / denominator)
    return [value, numerator, denominator, n, value, value]


# One day's answers, 2 satisfied of 3 in two channels; four surveys were sent.
MEMBERS = {
    ("overall", "all"): [cell(2, 3, 3), cell(11, 3, 3), cell(2, 3, 3), cell(4, None, 4), cell(0, 3, 3), [7.0, None, None, 3, None, None]],
    ("channel", "chat"): [cell(2, 2, 2), cell(9, 2, 2), cell(2, 3, 3), cell(3, None, 3), cell(1, 2, 2), [5.0, None, None, 2, None, None]],
    ("channel", "phone"): [cell(0, 1, 1), cell(2, 1, 1), cell(1, 1, 1), cell(1, None, 1), cell(-1, 1, 1), [9.0, None, None, 1, None, None]],
}


@pytest.fixture
def marts(warehouse):
    """The answers at every grain, an order, a refund, tickets, responses and customers."""
    warehouse.execute("create schema quality; create table quality.rejected_rows as select 1 as row_count")
    for mart in MARTS:
        listed = ", ".join(f"{column.name} {column.data_type}" for column in mart.columns)
        warehouse.execute(f"create table {mart.relation} ({listed})")
    figures = [
        [line["kpi_id"], grain, start, *member, *figure]
        for grain, start in GRAINS.items()
        for member, told in MEMBERS.items()
        for line, figure in zip(DEFINED[:6], told, strict=True)
    ]
    warehouse.insert(FAMILY.relation, figures)
    warehouse.insert(SCOREBOARD.relation, [["satisfaction", *figure] for figure in figures])
    warehouse.insert(COVERAGE.relation, [[line[name] or None for name in COVERAGE.column_names] for line in DEFINED])
    warehouse.execute("insert into core.fct_orders values ('shop:1', 'CNY', 100.00, 1.0), ('shop:2', 'CNY', null, null)")
    warehouse.execute("""
        insert into core.fct_refunds values
        ('shop:r1', 'shop:1', 'CNY', 60.00), ('shop:r2', 'shop:1', 'CNY', 40.00), ('shop:r3', 'shop:2', 'CNY', 9.00)
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
    warehouse.execute("""
        insert into core.fct_survey_responses values
        ('shop:a', 'service', true, null, 5), ('shop:b', 'service', true, null, 4), ('shop:c', 'service', true, null, 2),
        ('shop:d', 'service', false, 'expired', 5), ('shop:e', 'nps', true, null, null)
    """)
    warehouse.execute("insert into core.fct_survey_invitations values ('shop:i1'), ('shop:i2'), ('shop:i3'), ('shop:i4')")
    warehouse.execute(f"insert into core.dim_customers values ('{'0' * 64}'), ('{'1' * 64}')")
    return warehouse


def suites(**changes) -> list[Suite]:
    return outbound_suites(MARTS, DEFINED, **{"personal_columns": {"email"}, "rows": ROWS, "as_of": AS_OF, **changes})


@pytest.fixture
def rule(rule_of: Find) -> Callable[[Mart, str], Rule]:
    return lambda mart, name: rule_of(suites(), mart.subject, name)


def test_every_rule_holds_of_a_good_snapshot(marts):
    failed = {(suite.subject, rule.name): marts.answer(rule)[2] for suite in suites() for rule in suite.rules if marts.failed(rule)}
    assert failed == {}


def test_every_rule_looks_at_rows(marts):
    blind = [(suite.subject, rule.name) for suite in suites() for rule in suite.rules if marts.answer(rule)[0] == 0]
    # No KPI here is made of orders.
    assert blind == [("core.fct_orders", "figures_reconcile_with_core")]


def test_every_outbound_rule_is_critical():
    assert {rule.severity for suite in suites() for rule in suite.rules} == {"critical"}


def test_marts_without_rows_break_no_rule_but_that_they_are_copies(marts):
    for mart in MARTS:
        if mart is not COVERAGE:
            marts.execute(f"delete from {mart.relation}")
    failed = {rule.name for suite in suites() for rule in suite.rules if marts.failed(rule)}
    assert failed == {"every_row_is_copied"}
    no_rows = {subject: 0 if marts.connection.sql(f"from {subject}").fetchall() == [] else rows for subject, rows in ROWS.items()}
    assert [rule.name for suite in suites(rows=no_rows) for rule in suite.rules if marts.failed(rule)] == []


# The snapshot as a copy ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "held"),
    [("delete from core.fct_orders where order_key = 'shop:2'", 1), ("insert into core.fct_orders select * from core.fct_orders", 4)],
)
def test_a_row_lost_or_doubled_on_the_way_fails(marts, rule, change, held):
    marts.execute(change)
    assert marts.answer(rule(ORDERS, "every_row_is_copied")) == (2, 1, [f"{held} rows in the snapshot, 2 in the warehouse"])


def test_a_record_that_lost_a_row_fails(marts, rule_of):
    marts.execute("delete from quality.rejected_rows")
    assert marts.failed(rule_of(suites(), "quality.rejected_rows", "every_row_is_copied")) == 1


@pytest.mark.parametrize(
    ("change", "examples"),
    [
        ("alter table core.fct_orders add column colour varchar", ["undescribed column colour"]),
        ("alter table core.fct_orders drop column paid_share", ["missing column paid_share"]),
        (
            "create or replace table core.fct_orders as select currency, order_key, payable_amount, paid_share from core.fct_orders",
            ["currency in another place", "order_key in another place"],
        ),
    ],
)
def test_columns_other_than_those_described_fail(marts, rule, change, examples):
    marts.execute(change)
    assert marts.answer(rule(ORDERS, "columns_are_those_described"))[1:] == (len(examples), examples)


def test_a_column_that_is_never_published_must_not_be_there(marts, rule_of):
    mart = replace(
        ORDERS, columns=tuple(replace(column, publish="never" if column.name == "currency" else "plain") for column in ORDERS.columns)
    )
    found = rule_of(outbound_suites([mart], DEFINED, personal_columns=set(), rows=ROWS), "core.fct_orders", "columns_are_those_described")
    assert "undescribed column currency" in marts.answer(found)[2]


def test_a_mart_without_a_description_fails(marts, rule_of):
    undescribed = Mart("core", "fct_orders", (), ())
    found = rule_of(
        outbound_suites([undescribed], DEFINED, personal_columns=set(), rows=ROWS), "core.fct_orders", "columns_are_those_described"
    )
    assert marts.failed(found) == len(ORDERS.columns)


def test_a_column_named_like_personal_data_fails_in_whatever_table(marts, rule_of):
    marts.execute("alter table quality.rejected_rows add column email varchar")
    found = rule_of(suites(), "information_schema.columns", "no_column_is_personal")
    assert marts.answer(found)[1:] == (1, ["quality.rejected_rows.email"])


def test_a_selected_column_may_be_called_as_somebody_elses_personal_data_is(marts, rule_of):
    personal = {"order_key", "row_count"}
    marts.execute("alter table core.dim_customers add column order_key varchar")
    asked = suites(personal_columns=personal, record_columns=["quality.rejected_rows.row_count"])
    found = rule_of(asked, "information_schema.columns", "no_column_is_personal")
    # fct_orders describes its order_key and the records select their row_count; dim_customers describes no order_key.
    assert marts.answer(found)[2] == ["core.dim_customers.order_key"]


@pytest.mark.parametrize(("key", "failed"), [("shop:c1", 1), ("0" * 63, 1), ("G" * 64, 1), ("a" * 64, 0), (None, 0)])
def test_a_customer_who_is_no_hash_fails_and_is_not_named(marts, rule, key, failed):
    marts.connection.execute("update core.dim_customers set customer_key = ? where customer_key like '0%'", [key])
    words = "customer_key is no keyed hash where a row whose key is withheld"
    assert marts.answer(rule(CUSTOMERS, "customers_are_hashes")) == (2, failed, [words] * failed)


def test_two_keys_that_became_one_hash_fail_with_both_rows_and_are_not_named(marts, rule):
    marts.execute("update core.dim_customers set customer_key = repeat('0', 64)")
    assert marts.answer(rule(CUSTOMERS, "grain_is_unique")) == (2, 2, ["a row whose key is withheld: 2 rows"])


def test_only_a_grain_of_hashes_is_asked_again(rule_of):
    asked = {suite.subject for suite in suites() for rule in suite.rules if rule.name == "grain_is_unique"}
    assert asked == {"core.dim_customers"}


# Numbers and periods -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["'inf'", "'-inf'", "'nan'"])
def test_an_infinite_figure_fails(marts, rule, value):
    marts.execute(f"update core.fct_orders set paid_share = cast({value} as double) where order_key = 'shop:1'")
    assert marts.answer(rule(ORDERS, "numbers_are_finite")) == (2, 1, ["paid_share is infinite or not a number where order_key shop:1"])


@pytest.mark.parametrize(("share", "failed"), [(1.0, 0), (1.001, 1), (0.0, 0), (-0.001, 1)])
def test_a_share_outside_0_to_1_fails(marts, rule, share, failed):
    marts.execute(f"update core.fct_orders set paid_share = {share} where order_key = 'shop:1'")
    assert marts.failed(rule(ORDERS, "shares_are_between_0_and_1")) == failed


@pytest.mark.parametrize(("start", "failed"), [("2026-02-01", 0), ("2026-02-02", 18)])
def test_a_period_that_begins_after_the_business_date_of_as_of_fails(marts, rule, start, failed):
    marts.execute(f"update satisfaction.kpi_satisfaction set period_start = '{start}' where period_grain = 'day'")
    assert marts.failed(rule(FAMILY, "no_period_begins_after_as_of")) == failed


# Families ----------------------------------------------------------------------------------------------------------------

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
            "insert into core.fct_survey_responses values ('shop:f', 'service', true, null, 3)",
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
    ],
)
def test_a_figure_that_does_not_count_what_core_holds_fails(marts, rule, fault, mart, example):
    marts.execute(fault)
    assert example in marts.answer(rule(mart, "figures_reconcile_with_core"))[2]


def test_a_part_is_counted_again_in_the_unit_of_its_measure(marts, rule):
    marts.execute("update scoreboard.kpi_coverage set divisor = 60, scale = 1000 where kpi_id = 'mean'")
    change(marts, "mean", "numerator = 11 / 60.0, denominator = 3 / 1000.0")
    assert marts.failed(rule(RESPONSES, "figures_reconcile_with_core")) == 0


# Facts ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "failed"), [("40.00", 0), ("40.01", 2)])
def test_refunds_of_an_order_above_its_price_fail(marts, rule, amount, failed):
    marts.execute(f"update core.fct_refunds set refund_amount = {amount} where refund_key = 'shop:r2'")
    assert marts.failed(rule(REFUNDS, "refund_is_within_what_was_paid")) == failed


def test_a_refund_in_another_currency_is_not_added_to_the_others(marts, rule):
    marts.execute("update core.fct_refunds set refund_amount = 4000, currency = 'JPY' where refund_key = 'shop:r2'")
    assert marts.failed(rule(REFUNDS, "refund_is_within_what_was_paid")) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("first_reply_business_minutes = 90.1", "first_reply_business_minutes above first_reply_minutes"),
        ("first_reply_business_minutes = -1", "first_reply_business_minutes below 0"),
    ],
)
def test_business_minutes_that_cannot_be_fail(marts, rule, change, words):
    marts.execute(f"update core.fct_tickets set {change} where ticket_key = 'shop:t1'")
    assert marts.answer(rule(TICKETS, "business_minutes_are_within_calendar_minutes")) == (3, 1, [f"{words} where ticket_key shop:t1"])


def test_business_minutes_without_calendar_minutes_fail(marts, rule):
    marts.execute("update core.fct_tickets set first_reply_minutes = null where ticket_key = 'shop:t1'")
    words = "first_reply_business_minutes without first_reply_minutes where ticket_key shop:t1"
    assert marts.answer(rule(TICKETS, "business_minutes_are_known_with_calendar_minutes")) == (3, 1, [words])


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


@pytest.mark.parametrize("change", ["is_valid = null", "is_valid = false", "invalid_reason = 'late'"])
def test_a_response_whose_validity_and_reason_contradict_each_other_fails(marts, rule, change):
    marts.execute(f"update core.fct_survey_responses set {change} where response_key = 'shop:a'")
    assert marts.failed(rule(RESPONSES, "invalid_ones_have_a_reason")) == 1


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
