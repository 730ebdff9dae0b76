"""The staging of the real Olist files, row by row, and every count in the description of the source, against the standard library."""

import csv
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

import duckdb
import pytest

from orchestration.loading import load_source
from tests.support.staging import SOURCES, built_staging
from tests.support.warehouse import real_data

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
ORDER_MOMENTS = ("order_purchase_timestamp", "order_approved_at", "order_delivered_carrier_date", "order_delivered_customer_date")
Row = dict[str, str]


@cache
def rows(name: str) -> list[Row]:
    path = real_data() / "olist" / f"olist_{name}_dataset.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def utc(text: str) -> datetime | None:
    """The UTC moment of a wall-clock time in São Paulo; of one that comes twice, the first coming."""
    if not text:
        return None
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO, fold=0).astimezone(UTC).replace(tzinfo=None)


@cache
def person_of_customer() -> dict[str, str]:
    return {row["customer_id"]: row["customer_unique_id"] for row in rows("customers")}


@cache
def person_of_order() -> dict[str, str]:
    return {row["order_id"]: person_of_customer()[row["customer_id"]] for row in rows("orders")}


@cache
def sellers_of_order() -> dict[str, set[str]]:
    sellers: dict[str, set[str]] = defaultdict(set)
    for row in rows("order_items"):
        sellers[row["order_id"]].add(row["seller_id"])
    return sellers


@cache
def payments_of_order() -> dict[str, list[Decimal]]:
    payments: dict[str, list[Decimal]] = defaultdict(list)
    for row in rows("order_payments"):
        payments[row["order_id"]].append(Decimal(row["payment_value"]))
    return payments


@cache
def reviews_of(column: str) -> dict[str, list[Row]]:
    reviews: dict[str, list[Row]] = defaultdict(list)
    for row in rows("order_reviews"):
        reviews[row[column]].append(row)
    return reviews


def several(groups: dict[str, list[Row]]) -> list[list[Row]]:
    return [group for group in groups.values() if len(group) > 1]


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    landing = real_data()
    home = tmp_path_factory.mktemp("olist_staging")
    return built_staging(home, lambda connection: load_source(connection, SOURCES["olist"], landing, run_id="test"), "staging.olist")


def test_an_order_is_staged_with_its_person_its_only_seller_its_payments_and_its_moments(staged: duckdb.DuckDBPyConnection) -> None:
    expected = []
    for row in rows("orders"):
        sellers = sellers_of_order()[row["order_id"]]
        moments = [utc(row[column]) for column in ORDER_MOMENTS]
        last_known = max(moment for moment in moments if moment is not None)
        expected.append(
            (
                f"olist:{row['order_id']}",
                f"olist:{person_of_order()[row['order_id']]}",
                f"olist:{min(sellers)}" if len(sellers) == 1 else None,
                sum(payments_of_order()[row["order_id"]]),
                "BRL",
                *moments,
                last_known if row["order_status"] == "canceled" else None,
            )
        )
    found = staged.execute(
        """
        select order_key, customer_key, merchant_key, order_amount, currency, ordered_at, paid_at, shipped_at, delivered_at, cancelled_at
        from staging.stg_olist__orders
        """
    ).fetchall()
    assert Counter(found) == Counter(expected)


def test_a_customer_is_a_person_who_lives_where_the_latest_order_went(staged: duckdb.DuckDBPyConnection) -> None:
    ordered_at = {row["customer_id"]: row["order_purchase_timestamp"] for row in rows("orders")}
    addresses: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in rows("customers"):
        customer = row["customer_id"]
        addresses[row["customer_unique_id"]].append((ordered_at[customer], customer, row["customer_state"]))
    expected = {f"olist:{person}": max(places)[2] for person, places in addresses.items()}
    found = staged.execute("select customer_key, region from staging.stg_olist__customers").fetchall()
    assert len(found) == len(expected)
    assert dict(found) == expected


def test_a_review_is_an_invitation_a_response_and_an_answer_for_each_of_its_orders(staged: duckdb.DuckDBPyConnection) -> None:
    expected = [
        (
            f"olist:{row['review_id']}|{row['order_id']}",
            f"olist:{row['order_id']}",
            f"olist:{person_of_order()[row['order_id']]}",
            utc(row["review_creation_date"]),
            utc(row["review_answer_timestamp"]),
            int(row["review_score"]),
        )
        for row in rows("order_reviews")
    ]
    found = staged.execute(
        """
        select
            invitations.invitation_key, invitations.order_key, invitations.customer_key, invitations.sent_at,
            responses.submitted_at, answers.score
        from staging.stg_olist__survey_invitations as invitations
        full join staging.stg_olist__survey_responses as responses on invitations.invitation_key = responses.invitation_key
        full join staging.stg_olist__survey_answers as answers on responses.response_key = answers.response_key
        """
    ).fetchall()
    assert Counter(found) == Counter(expected)


def test_lines_products_and_merchants_are_those_of_the_files(staged: duckdb.DuckDBPyConnection) -> None:
    lines = staged.execute("select order_id, line_number, product_id, quantity, unit_price from staging.stg_olist__order_items").fetchall()
    assert Counter(lines) == Counter(
        (row["order_id"], int(row["order_item_id"]), row["product_id"], 1, Decimal(row["price"])) for row in rows("order_items")
    )
    products = staged.execute("select product_id, category from staging.stg_olist__products").fetchall()
    assert Counter(products) == Counter((row["product_id"], row["product_category_name"] or None) for row in rows("products"))
    merchants = staged.execute("select merchant_id, region from staging.stg_olist__merchants").fetchall()
    assert Counter(merchants) == Counter((row["seller_id"], row["seller_state"]) for row in rows("sellers"))


def test_the_description_counts_customers_sellers_and_payments_right() -> None:
    states: dict[str, set[str]] = defaultdict(set)
    for row in rows("customers"):
        states[row["customer_unique_id"]].add(row["customer_state"])
    orders = Counter(person_of_order().values())
    assert (len(states), sum(len(found) > 1 for found in states.values()), sum(count > 1 for count in orders.values())) == (19_831, 4, 163)
    seller_counts = Counter(min(len(sellers_of_order()[row["order_id"]]), 2) for row in rows("orders"))
    assert seller_counts == {1: 19_593, 2: 253, 0: 154}
    assert sum(len(payments) > 1 for payments in payments_of_order().values()) == 567
    sellers_of_product: dict[str, set[str]] = defaultdict(set)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows("order_items"):
        sellers_of_product[row["product_id"]].add(row["seller_id"])
        totals[row["order_id"]] += Decimal(row["price"]) + Decimal(row["freight_value"])
    assert (len(rows("products")), sum(len(sellers) > 1 for sellers in sellers_of_product.values())) == (11_318, 271)
    assert sum(not row["product_category_name"] for row in rows("products")) == 171
    assert sum(abs(total - sum(payments_of_order()[order])) > Decimal("0.01") for order, total in totals.items()) == 53
    assert sum(payments_of_order()["0420dbc50fc554e303e4b2d6b39063f6"]) == Decimal("242.34")


def test_the_description_counts_moments_and_statuses_right() -> None:
    statuses = Counter(row["order_status"] for row in rows("orders"))
    assert (statuses["canceled"], statuses["unavailable"]) == (124, 117)
    early_hand_over = [row for row in rows("orders") if row["order_approved_at"] and row["order_delivered_carrier_date"]]
    assert sum(row["order_delivered_carrier_date"] < row["order_approved_at"] for row in early_hand_over) == 279
    early_arrival = [row for row in rows("orders") if row["order_delivered_carrier_date"] and row["order_delivered_customer_date"]]
    assert sum(row["order_delivered_customer_date"] < row["order_delivered_carrier_date"] for row in early_arrival) == 5
    sent = Counter(row["review_creation_date"] for row in rows("order_reviews") if not row["review_creation_date"].endswith(" 00:00:00"))
    assert sent == {"2016-10-16 01:00:00": 1, "2017-10-15 01:00:00": 13}
    moments = [row[column] for row in rows("orders") for column in ORDER_MOMENTS if row[column]]
    moments += [row["review_answer_timestamp"] for row in rows("order_reviews")]
    ambiguous = [text for text in moments if utc(text) != utc_of_second_coming(text)]
    assert Counter(text[:13] for text in ambiguous) == {"2018-02-17 23": 5, "2017-02-18 23": 1}


def utc_of_second_coming(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO, fold=1).astimezone(UTC).replace(tzinfo=None)


def test_the_description_counts_reviews_right() -> None:
    of_two_orders = several(reviews_of("review_id"))
    assert (len(rows("order_reviews")), len(reviews_of("review_id")), len(of_two_orders)) == (19_986, 19_952, 34)
    for group in of_two_orders:
        assert len(group) == 2
        assert len({tuple(value for column, value in row.items() if column != "order_id") for row in group}) == 1
        assert len({person_of_order()[row["order_id"]] for row in group}) == 1
    seller_pairs = [[sellers_of_order()[row["order_id"]] for row in group] for group in of_two_orders]
    assert sum(all(pair) and pair[0] != pair[1] for pair in seller_pairs) == 22
    of_one_order = several(reviews_of("order_id"))
    assert Counter(len(group) for group in of_one_order) == {2: 112, 3: 1}
    assert len(rows("order_reviews")) - len(reviews_of("order_id")) == 114
    late = [
        row
        for row in rows("order_reviews")
        if (utc(row["review_answer_timestamp"]) or datetime.min) - (utc(row["review_creation_date"]) or datetime.min) > timedelta(days=30)
    ]
    assert len(late) == 139
    asked_three_times = sorted(reviews_of("order_id")["03c939fd7fd3b38f8485a0f95798f1f6"], key=lambda row: row["review_creation_date"])
    assert [row["review_score"] for row in asked_three_times] == ["3", "3", "4"]
