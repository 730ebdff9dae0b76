"""The published orders of the real Olist extracts, against the same figures computed from the files with the standard library alone."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.warehouse import PROJECT_ROOT, published, real_data

SHOP_ZONE, BUSINESS_ZONE = ZoneInfo("America/Sao_Paulo"), ZoneInfo("Asia/Shanghai")
CENT = Decimal("0.01")


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=SHOP_ZONE).astimezone(UTC) if text else None


def business_day(at: datetime) -> date:
    return at.astimezone(BUSINESS_ZONE).date()


def rate_of(currency: str, day: date) -> Decimal:
    for row in rows_of(PROJECT_ROOT / "seeds" / "reference" / "exchange_rates.csv"):
        if row["currency"] == currency and date.fromisoformat(row["valid_from"]) <= day < date.fromisoformat(
            row["valid_to"] or "9999-12-31"
        ):
            return Decimal(row["cny_per_unit"])
    raise AssertionError(f"no rate for {currency} on {day}")


@pytest.fixture(scope="module")
def orders() -> dict[str, dict[str, Any]]:
    """Each order by its id, with everything that the figures below need."""
    folder = real_data() / "olist"
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payment in rows_of(folder / "olist_order_payments_dataset.csv"):
        paid[payment["order_id"]] += Decimal(payment["payment_value"])
    sellers: defaultdict[str, list[str]] = defaultdict(list)
    prices: defaultdict[str, list[tuple[int, Decimal]]] = defaultdict(list)
    for item in rows_of(folder / "olist_order_items_dataset.csv"):
        sellers[item["order_id"]].append(item["seller_id"])
        prices[item["order_id"]].append((int(item["order_item_id"]), Decimal(item["price"])))
    rates: dict[int, Decimal] = {}
    found: dict[str, dict[str, Any]] = {}
    for row in rows_of(folder / "olist_orders_dataset.csv"):
        key = row["order_id"]
        ordered_at = moment(row["order_purchase_timestamp"])
        assert ordered_at is not None
        steps = [
            ordered_at,
            *(moment(row[name]) for name in ("order_approved_at", "order_delivered_carrier_date", "order_delivered_customer_date")),
        ]
        known = [step for step in steps if step is not None]
        day = business_day(ordered_at)
        # Yearly rates: one look into the seed a year is enough.
        rate = rates.setdefault(day.year, rate_of("BRL", day))
        amount = paid.get(key) if key in paid else sum((price for _, price in prices[key]), Decimal()) if prices[key] else None
        found[key] = {
            "month": day.replace(day=1),
            "amount": amount,
            "reporting": None if amount is None else (amount * rate).quantize(CENT, ROUND_HALF_UP),
            "is_paid": steps[1] is not None,
            "is_delivered": steps[3] is not None,
            "is_cancelled": row["order_status"] == "canceled",
            "is_out_of_order": known != sorted(known),
            "seller": sellers[key][0] if len(set(sellers[key])) == 1 else None,
            "lines": sorted(prices[key]),
        }
    return found


def test_every_order_is_there_with_its_flags_by_month(orders: dict[str, dict[str, Any]], real_home: Path) -> None:
    expected: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for order in orders.values():
        expected[order["month"]].update({"orders": 1})
        expected[order["month"]].update({flag: 1 for flag in ("is_paid", "is_delivered", "is_cancelled", "is_out_of_order") if order[flag]})
    with published(real_home) as marts:
        rows = marts.execute("""
            select
                cast(date_trunc('month', ordered_on) as date),
                count(*),
                count(*) filter (where is_paid),
                count(*) filter (where is_delivered),
                count(*) filter (where is_cancelled),
                count(*) filter (where has_moments_out_of_order)
            from core.fct_orders
            group by all
        """).fetchall()
    names = ("orders", "is_paid", "is_delivered", "is_cancelled", "is_out_of_order")
    assert {month: dict(zip(names, figures, strict=True)) for month, *figures in rows} == {
        month: {name: counts[name] for name in names} for month, counts in expected.items()
    }


def test_amounts_agree_to_the_cent_in_both_currencies(orders: dict[str, dict[str, Any]], real_home: Path) -> None:
    with published(real_home) as marts:
        rows = marts.execute("select order_id, payable_amount, reporting_amount, reporting_paid_amount from core.fct_orders").fetchall()
    assert {order_id: amounts for order_id, *amounts in rows} == {
        key: [order["amount"], order["reporting"], order["reporting"] if order["is_paid"] else Decimal()] for key, order in orders.items()
    }


def test_an_order_has_a_merchant_only_if_one_seller_sold_all_of_it(orders: dict[str, dict[str, Any]], real_home: Path) -> None:
    with published(real_home) as marts:
        rows = dict(marts.execute("select order_id, merchant_key from core.fct_orders").fetchall())
    assert rows == {key: order["seller"] and f"olist:{order['seller']}" for key, order in orders.items()}


def test_what_an_order_costs_falls_to_its_lines_to_the_cent(orders: dict[str, dict[str, Any]], real_home: Path) -> None:
    with published(real_home) as marts:
        rows = marts.execute("select order_key, line_number, payable_amount, line_amount from core.fct_order_items").fetchall()
    parts: defaultdict[str, dict[int, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for order_key, number, payable, own in rows:
        parts[order_key.removeprefix("olist:")][number] = (payable, own)
    assert {key: {number: own for number, (_, own) in lines.items()} for key, lines in parts.items()} == {
        key: dict(order["lines"]) for key, order in orders.items() if order["lines"]
    }
    for key, lines in parts.items():
        total = sum(own for _, own in lines.values())
        assert sum(payable for payable, _ in lines.values()) == orders[key]["amount"], key
        for payable, own in lines.values():
            # Rounding the running sum moves a part by less than a cent from its exact share.
            assert abs(payable - orders[key]["amount"] * own / total) < CENT, key
