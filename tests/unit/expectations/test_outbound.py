"""Every outbound rule holds of a good snapshot and is broken by a row made to break it."""

from dataclasses import replace

import pytest

from expectations.outbound.mart import Mart
from expectations.outbound.suites import outbound_suites
from tests.unit.expectations.published_marts import (
    COVERAGE,
    CUSTOMERS,
    DEFINED,
    FAMILY,
    MARTS,
    ORDERS,
    REFUNDS,
    RESPONSES,
    ROWS,
    TICKETS,
    suites,
)


def test_every_rule_holds_of_a_good_snapshot(marts):
    failed = {(suite.subject, rule.name): marts.answer(rule)[2] for suite in suites() for rule in suite.rules if marts.failed(rule)}
    assert failed == {}


def test_every_rule_looks_at_rows(marts):
    blind = [(suite.subject, rule.name) for suite in suites() for rule in suite.rules if marts.answer(rule)[0] == 0]
    assert blind == []


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
