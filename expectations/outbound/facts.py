"""Rules about single facts: money paid back, minutes counted, answers judged. Knows no KPI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from expectations.outbound.mart import Mart
from expectations.outbound.shape import own_rule, row_rule
from expectations.own import at_least, not_above
from expectations.sql import row_named_by
from expectations.suites import Rule
from expectations.thresholds import AMOUNT_TOLERANCE


def fact_rules(mart: Mart, marts: Mapping[str, Mart]) -> Iterator[Rule]:
    """The rules about ``mart`` that no other has; ``marts`` are all of them by subject."""
    orders = marts.get("core.fct_orders")
    if mart.subject == "core.fct_refunds" and orders is not None:
        yield _refund_is_within_what_was_paid(mart, orders)
    minutes = [
        (business, calendar)
        for business in mart.column_names
        if business.endswith("_business_minutes") and mart.has(calendar := business.replace("_business_minutes", "_minutes"))
    ]
    if minutes:
        yield _business_minutes_within_calendar_minutes(mart, minutes)
        yield _business_minutes_are_known_with_calendar_minutes(mart, minutes)
    if mart.has("is_valid", "invalid_reason"):
        yield _invalid_ones_have_a_reason(mart)


def _refund_is_within_what_was_paid(mart: Mart, orders: Mart) -> Rule:
    # The mart's own verdict is a test of dbt's. This is a second sum that knows nothing of how the first was made. It leaves out
    # refunds in another currency than the order's, so it can only be milder.
    return Rule(
        name="refund_is_within_what_was_paid",
        severity="critical",
        meaning="what is paid back for an order is never more than was to be paid for it.",
        checked=f"select count(*) from {mart.relation} as mart",
        failing=f"""
            select {row_named_by("mart", (*mart.naming_columns, "order_key"))} as example
            from {mart.relation} as mart
            left join (
                select refunds.order_key, sum(refunds.refund_amount) as refunded_amount, max(orders.payable_amount) as payable_amount
                from {mart.relation} as refunds
                inner join {orders.relation} as orders
                    on refunds.order_key = orders.order_key and refunds.currency = orders.currency
                group by refunds.order_key
            ) as totals
                on mart.order_key = totals.order_key
            where totals.refunded_amount > totals.payable_amount + {AMOUNT_TOLERANCE}
        """,
        relations=(mart.subject, orders.subject),
    )


def _business_minutes_within_calendar_minutes(mart: Mart, pairs: Sequence[tuple[str, str]]) -> Rule:
    claims = [claim for business, calendar in pairs for claim in (not_above("mart", business, calendar), at_least("mart", business, 0))]
    return own_rule(
        mart,
        "business_minutes_are_within_calendar_minutes",
        "business minutes are not negative, and never more than the calendar minutes.",
        claims,
    )


def _business_minutes_are_known_with_calendar_minutes(mart: Mart, pairs: Sequence[tuple[str, str]]) -> Rule:
    cases = [(f"mart.{business} is not null and mart.{calendar} is null", f"{business} without {calendar}") for business, calendar in pairs]
    return row_rule(
        mart,
        "business_minutes_are_known_with_calendar_minutes",
        "business minutes are known only where the calendar minutes are.",
        cases,
    )


def _invalid_ones_have_a_reason(mart: Mart) -> Rule:
    cases = [
        ("mart.is_valid is null", "neither valid nor invalid"),
        ("mart.is_valid and mart.invalid_reason is not null", "valid, with a reason against it"),
        ("not mart.is_valid and mart.invalid_reason is null", "invalid for no reason"),
    ]
    return row_rule(mart, "invalid_ones_have_a_reason", "what does not count says why, and what counts does not.", cases)
