"""Rules about single facts: money paid back, money converted, minutes counted, answers judged. Knows no KPI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from expectations.outbound.mart import Mart
from expectations.outbound.shape import row_rule
from expectations.sql import row_named_by
from expectations.suites import Rule
from expectations.thresholds import AMOUNT_TOLERANCE, MINUTES_TOLERANCE

# An amount in a currency of its own, and the same in the reporting currency.
_CONVERTED_AMOUNTS: Mapping[str, Sequence[tuple[str, str]]] = {
    "core.fct_orders": [("payable_amount", "reporting_amount")],
    "core.fct_order_items": [("payable_amount", "reporting_amount")],
    "core.fct_refunds": [("refund_amount", "reporting_refund_amount")],
    "core.fct_service_costs": [("cost_amount", "reporting_cost_amount")],
    "core.fct_after_sales_requests": [("fee_charged_amount", "reporting_fee_amount")],
    "core.dim_initiatives": [("investment_amount", "reporting_investment_amount")],
}


def fact_rules(mart: Mart, marts: Mapping[str, Mart]) -> Iterator[Rule]:
    """The rules about ``mart`` that no other has; ``marts`` are all of them by subject."""
    orders = marts.get("core.fct_orders")
    if mart.subject == "core.fct_refunds" and orders is not None:
        yield _refund_is_within_what_was_paid(mart, orders)
    converted = [pair for pair in _CONVERTED_AMOUNTS.get(mart.subject, ()) if mart.has(*pair)]
    if converted:
        yield _amounts_are_converted(mart, converted)
    minutes = [
        (business, calendar)
        for business in mart.column_names
        if business.endswith("_business_minutes") and mart.has(calendar := business.replace("_business_minutes", "_minutes"))
    ]
    if minutes:
        yield _business_minutes_within_calendar_minutes(mart, minutes)
    if mart.has("is_valid", "invalid_reason"):
        yield _invalid_ones_have_a_reason(mart)


def _refund_is_within_what_was_paid(mart: Mart, orders: Mart) -> Rule:
    # The mart's own verdict, and beside it a second sum that knows nothing of how the first was made. It leaves out refunds
    # in another currency than the order's, so it can only be milder.
    return Rule(
        name="refund_is_within_what_was_paid",
        severity="critical",
        meaning="what is paid back for an order is never more than was to be paid for it, nor for a line more than line and shipping.",
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
            where mart.is_excess or totals.refunded_amount > totals.payable_amount + {AMOUNT_TOLERANCE}
        """,
        relations=(mart.subject, orders.subject),
    )


def _amounts_are_converted(mart: Mart, pairs: Sequence[tuple[str, str]]) -> Rule:
    cases = [(f"mart.{amount} is not null and mart.{converted} is null", f"no exchange rate for {amount}") for amount, converted in pairs]
    return row_rule(
        mart,
        "amounts_are_converted",
        "every amount has its counterpart in the reporting currency; a missing rate belongs into the seed exchange_rates.",
        cases,
    )


def _business_minutes_within_calendar_minutes(mart: Mart, pairs: Sequence[tuple[str, str]]) -> Rule:
    cases: list[tuple[str, str]] = []
    for business, calendar in pairs:
        cases.append((f"mart.{business} > mart.{calendar} + {MINUTES_TOLERANCE}", f"{business} above {calendar}"))
        cases.append((f"mart.{business} < 0", f"{business} below 0"))
        cases.append((f"mart.{business} is not null and mart.{calendar} is null", f"{business} without {calendar}"))
    return row_rule(
        mart,
        "business_minutes_are_within_calendar_minutes",
        "business minutes are not negative, never more than the calendar minutes, and known only where those are.",
        cases,
    )


def _invalid_ones_have_a_reason(mart: Mart) -> Rule:
    cases = [
        ("mart.is_valid is null", "neither valid nor invalid"),
        ("mart.is_valid and mart.invalid_reason is not null", "valid, with a reason against it"),
        ("not mart.is_valid and mart.invalid_reason is null", "invalid for no reason"),
    ]
    return row_rule(mart, "invalid_ones_have_a_reason", "what does not count says why, and what counts does not.", cases)
