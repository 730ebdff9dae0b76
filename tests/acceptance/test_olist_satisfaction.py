"""Satisfaction on real extracts: the published scoreboard against figures that the standard library alone computes from the raw files.

The rules are written out a second time here, from the KPI definitions and the decisions about this source; nothing of the
project's code takes part.
"""

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support.warehouse import published, real_data

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
UTC = ZoneInfo("UTC")
GRAINS = ("month", "year")
DIMENSIONS = ("overall", "merchant", "region")
KPIS = ("csat_rate", "csat_mean", "dissatisfaction_rate", "survey_valid_rate")

Cell = tuple[str, date, str, str]
Parts = tuple[int, int]


@dataclass(frozen=True)
class Review:
    """One row of the reviews: an invitation about an order, and its answer."""

    review_id: str
    order_id: str
    score: int
    sent_at: datetime
    submitted_at: datetime
    merchant: str
    region: str

    @property
    def is_valid(self) -> bool:
        return self.sent_at <= self.submitted_at <= self.sent_at + timedelta(days=30) and 1 <= self.score <= 5


def rows_of(name: str) -> list[dict[str, str]]:
    path = real_data() / "olist" / f"olist_{name}_dataset.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def moment(text: str) -> datetime:
    """A wall-clock time in São Paulo as a moment: its first coming if it came twice, read with the offset of before if it never came."""
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO, fold=0).astimezone(UTC)


def business_day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(os.environ.get("AFTERSALES_BUSINESS_TIME_ZONE", "Asia/Shanghai"))).date()


@cache
def reviews() -> tuple[Review, ...]:
    person_of_customer = {row["customer_id"]: row["customer_unique_id"] for row in rows_of("customers")}
    state_of_customer = {row["customer_id"]: row["customer_state"] for row in rows_of("customers")}
    orders = {row["order_id"]: row for row in rows_of("orders")}

    # Each order names the address of its day; a review counts where the person lived when it was asked for.
    addresses: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for order in orders.values():
        addresses[person_of_customer[order["customer_id"]]].append((moment(order["order_purchase_timestamp"]), order["customer_id"]))

    def address_at(person: str, at: datetime) -> str:
        known = sorted(addresses[person])
        return max((address for address in known if address[0] <= at), default=known[0])[1]

    sellers_of_order: dict[str, set[str]] = defaultdict(set)
    for line in rows_of("order_items"):
        sellers_of_order[line["order_id"]].add(line["seller_id"])

    made: list[Review] = []
    for row in rows_of("order_reviews"):
        order = orders[row["order_id"]]
        sellers = sellers_of_order[row["order_id"]]
        person = person_of_customer[order["customer_id"]]
        made.append(
            Review(
                review_id=row["review_id"],
                order_id=row["order_id"],
                score=int(row["review_score"]),
                sent_at=moment(row["review_creation_date"]),
                submitted_at=moment(row["review_answer_timestamp"]),
                merchant=f"olist:{next(iter(sellers))}" if len(sellers) == 1 else "unknown",
                region=state_of_customer[address_at(person, moment(row["review_creation_date"]))],
            )
        )
    return tuple(made)


def cells(review: Review, day: date) -> Iterator[Cell]:
    for grain, start in (("month", day.replace(day=1)), ("year", day.replace(month=1, day=1))):
        yield grain, start, "overall", "all"
        yield grain, start, "merchant", review.merchant
        yield grain, start, "region", review.region


@cache
def computed(kpi_id: str) -> dict[Cell, Parts]:
    """Numerator and denominator of each cell that has a case."""
    numerators: Counter[Cell] = Counter()
    denominators: Counter[Cell] = Counter()
    for review in reviews():
        if kpi_id == "survey_valid_rate":
            day, counted, counts = business_day(review.sent_at), int(review.is_valid), True
        else:
            day, counts = business_day(review.submitted_at), review.is_valid
            counted = {"csat_rate": int(review.score >= 4), "csat_mean": review.score, "dissatisfaction_rate": int(review.score <= 2)}[
                kpi_id
            ]
        if counts:
            for cell in cells(review, day):
                numerators[cell] += counted
                denominators[cell] += 1
    return {cell: (numerators[cell], cases) for cell, cases in denominators.items()}


def scoreboard(home: Path, kpi_id: str) -> dict[Cell, tuple[float, float, int, float]]:
    """Numerator, denominator, n and value of each published cell that has a case."""
    with published(home) as connection:
        rows = connection.execute(
            """
            select period_grain, period_start, dimension, member, numerator, denominator, n, value
            from scoreboard.kpi_scoreboard
            where kpi_id = $kpi_id and list_contains($grains, period_grain) and list_contains($dimensions, dimension) and n > 0
            """,
            {"kpi_id": kpi_id, "grains": list(GRAINS), "dimensions": list(DIMENSIONS)},
        ).fetchall()
    return {
        (grain, start, dimension, member): (numerator, denominator, n, value)
        for grain, start, dimension, member, numerator, denominator, n, value in rows
    }


@pytest.mark.parametrize("kpi_id", KPIS)
def test_the_scoreboard_says_exactly_what_the_raw_files_say(real_home: Path, kpi_id: str) -> None:
    expected = {
        cell: (float(numerator), float(denominator), denominator, numerator / denominator)
        for cell, (numerator, denominator) in computed(kpi_id).items()
    }
    found = scoreboard(real_home, kpi_id)
    assert len({cell[3] for cell in expected if cell[2] == "merchant"}) > 1000
    assert len({cell[3] for cell in expected if cell[2] == "region"}) == 27
    assert found.keys() - expected.keys() == set()
    assert expected.keys() - found.keys() == set()
    assert {cell: (found[cell], expected[cell]) for cell in expected if found[cell] != expected[cell]} == {}


@pytest.mark.parametrize("kpi_id", KPIS)
def test_merchants_and_regions_add_up_to_overall(real_home: Path, kpi_id: str) -> None:
    sums: dict[tuple[str, date, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (grain, start, dimension, _), (numerator, denominator, _, _) in scoreboard(real_home, kpi_id).items():
        sums[grain, start, dimension][0] += numerator
        sums[grain, start, dimension][1] += denominator
    for (grain, start, dimension), parts in sums.items():
        assert parts == sums[grain, start, "overall"], (grain, start, dimension)


def test_a_review_id_that_stands_for_two_orders_counts_once_for_each(real_home: Path) -> None:
    used_twice = [review_id for review_id, times in Counter(review.review_id for review in reviews()).items() if times > 1]
    assert len(used_twice) == 34
    with published(real_home) as connection:
        counted = connection.execute(
            "select split_part(response_key, '|', 1), count(*), count(distinct order_key) from core.fct_survey_responses group by 1"
        ).fetchall()
    orders_of = {review_id: (responses, orders) for review_id, responses, orders in counted}
    assert all(orders_of[f"olist:{review_id}"] == (2, 2) for review_id in used_twice)

    # Two sellers shared the basket, and the one answer stands in the figures of both.
    shared = next(review for review in reviews() if review.review_id == "2172867fd5b1a55f98fe4608e1547b4b")
    merchants = {review.merchant for review in reviews() if review.review_id == shared.review_id}
    assert len(merchants) == 2


def test_every_review_of_an_order_with_several_is_a_response_of_its_own(real_home: Path) -> None:
    reviews_of_order = Counter(review.order_id for review in reviews())
    several = {order_id: times for order_id, times in reviews_of_order.items() if times > 1}
    assert (len(several), sum(several.values())) == (113, 227)
    with published(real_home) as connection:
        responses_of_order = dict(
            connection.execute(
                "select order_key, count(*) from core.fct_survey_responses where response_number = 1 group by order_key"
            ).fetchall()
        )
    assert all(responses_of_order[f"olist:{order_id}"] == times for order_id, times in several.items())


def test_responses_over_thirty_days_late_are_the_only_invalid_ones(real_home: Path) -> None:
    late = sum(review.submitted_at > review.sent_at + timedelta(days=30) for review in reviews())
    with published(real_home) as connection:
        reasons = dict(
            connection.execute(
                "select invalid_reason, count(*) from core.fct_survey_responses where not is_valid group by invalid_reason"
            ).fetchall()
        )
    assert reasons == {"too_late": late}
    assert late == 139


def test_what_no_source_knows_is_empty_and_says_why(real_home: Path) -> None:
    with published(real_home) as connection:
        coverage = dict(connection.execute("select kpi_id, why_empty from scoreboard.kpi_coverage").fetchall())
        rows = connection.execute(
            "select count(*), count(value) from scoreboard.kpi_scoreboard where kpi_id in ('quality_refund_share', 'return_rate_units')"
        ).fetchone()
    assert coverage["csat_rate"] is None
    assert coverage["quality_refund_share"] == "No rows of: after_sales_requests, refunds."
    assert coverage["return_rate_units"] == "No rows of: after_sales_requests."
    assert rows is not None
    assert rows[0] > 0 and rows[1] == 0
