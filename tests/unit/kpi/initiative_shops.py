"""Shops of one initiative each, whose tickets and refunds are few enough to work out by hand: every figure stands in the family's docs.

A week's cases stand on its first day. Weeks are counted from the day the initiative began, 4 March 2025; six of them have passed at as_of,
15 April, and before it are the six of 21 January to 3 March, and where nothing else is said the data begins there.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import duckdb

from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.described_models import columns_of
from tests.support.warehouse import PROJECT_ROOT
from tests.unit.kpi.small_project import Row, mart_of

STARTED, FIRST = date(2025, 3, 4), date(2025, 1, 21)
AS_OF = "2025-04-15 02:00:00"
WEEKS = range(-6, 6)
# Which measures stand on which date column is declared; a test only has to say from when on a shop tells them.
TOLD = (
    "complaint_tickets_created", "tickets_created", "refunded_amount", "first_reply_seconds", "tickets_with_first_reply",
    "exchanges_requested", "requests_made", "mature_units_returned", "mature_units_delivered",
)  # fmt: skip


def tickets(shop: str, day: date, channel: str, cases: int, complaints: int, issue: str = "logistics", **more: Any) -> Iterator[Row]:
    """Tickets of a day, the first of them complaints."""
    for number in range(cases):
        yield {
            "ticket_key": f"{shop}:{day}{channel}{issue}{number}", "source_system": shop, "channel": channel, "issue_type": issue,
            "created_on": day, "is_in_scope": True, "is_complaint": number < complaints, **more,
        }  # fmt: skip


def week(number: int) -> date:
    return STARTED + timedelta(days=7 * number)


def emails(shop: str, **more: Any) -> Iterator[Row]:
    """Of ten e-mails a week 4 and 6 are complaints by turns, from the initiative on 2 and 4; of twenty chats always 4."""
    for number in WEEKS:
        fewer = 0 if number < 0 else 2
        yield from tickets(shop, week(number), "email", 10, (4 if number % 2 == 0 else 6) - fewer, **more)
        yield from tickets(shop, week(number), "chat", 20, 4)


def shifting_mix(shop: str) -> Iterator[Row]:
    """Both kinds of issue get better, and the one with more complaints grows."""
    for number in WEEKS:
        before = number < 0
        easy = (80, 15 if number % 2 == 0 else 17) if before else (20, 3)
        yield from tickets(shop, week(number), "email", *easy)
        yield from tickets(shop, week(number), "email", *((20, 12) if before else (80, 40)), issue="repair")
        yield from tickets(shop, week(number), "chat", 20, 4)


def falling_anyway(shop: str) -> Iterator[Row]:
    """Complaints by e-mail fall by one a week, before the initiative as after it."""
    for number in WEEKS:
        yield from tickets(shop, week(number), "email", 20, 10 - number)
        yield from tickets(shop, week(number), "chat", 20, 4 + number % 2)


def refunds(shop: str) -> Iterator[Row]:
    """Each day one of shoes, 8 and 12 by turns of the week, from the initiative on half of that; and one of 20 of phones."""
    for number in range(-42, 42):
        amount = 8 if number // 7 % 2 == 0 else 12
        for category, told in (("shoes", amount if number < 0 else amount / 2), ("phones", 20)):
            yield {
                "refund_key": f"{shop}:{category}{number}", "source_system": shop, "product_category": category,
                "refunded_on": STARTED + timedelta(days=number), "reporting_refund_amount": told,
            }  # fmt: skip


INITIATIVES: dict[str, Row] = {
    "plain": {},
    "merchant": {"scope_dimension": "merchant", "scope_member": "m1"},
    "mix": {},
    "trend": {},
    "sum": {"scope_dimension": "product_category", "scope_member": "shoes", "target_kpi": "refund_amount"},
    "everything": {"scope_dimension": "all", "scope_member": None},
    "nobody": {"scope_member": None},
    "untold": {"target_kpi": "return_rate_units"},
    "quantile": {"target_kpi": "first_reply_minutes_median"},
    "undirected": {"scope_dimension": "product_category", "scope_member": "shoes", "target_kpi": "exchange_share"},
    "unnamed": {"target_kpi": None},
    "unknown": {"target_kpi": "happiness"},
    "silent": {},
    "ended": {"ended_on": STARTED + timedelta(days=27)},
    "ended_early": {"ended_on": STARTED + timedelta(days=26)},
    "begun_late": {},
    "settling": {"target_kpi": "first_reply_minutes_mean"},
    "few": {},
}
FIRST_DAYS = {"begun_late": STARTED - timedelta(days=30)}


def initiative(shop: str, given: Row) -> Row:
    return {
        "initiative_key": shop, "source_system": shop, "initiative_id": shop, "initiative_name": shop, "initiative_type": "other",
        "scope_dimension": "channel", "scope_member": "email", "target_kpi": "complaint_share", "started_on": STARTED, **given,
    }  # fmt: skip


def built(project: CompiledProject) -> duckdb.DuckDBPyConnection:
    """The marts of the initiatives over the shops' facts."""
    rows: dict[str, list[Row]] = {
        "fct_tickets": [
            *(row for shop in ("plain", "everything", "ended", "ended_early", "begun_late") for row in emails(shop)),
            *emails("merchant", merchant_key="merchant:m1"),
            *shifting_mix("mix"),
            *falling_anyway("trend"),
            # Too few by one: 29 chats after.
            *(row for row in emails("few") if not (row["channel"] == "chat" and row["created_on"] > STARTED)),
            *tickets("few", STARTED + timedelta(days=1), "chat", 9, 1),
            *(row | {"first_reply_seconds": 600} for row in emails("settling")),
        ],
        "fct_refunds": list(refunds("sum")),
    }
    given = {
        f"core.{path.stem}": mart_of(columns_of(path.stem), rows.get(path.stem, []))
        for path in sorted((PROJECT_ROOT / "models" / "marts" / "core").glob("fct_*.sql"))
    }
    given["core.dim_initiatives"] = mart_of(columns_of("dim_initiatives"), [initiative(shop, more) for shop, more in INITIATIVES.items()])
    return build_over(in_memory_warehouse(), project, given | surroundings(INITIATIVES, FIRST_DAYS), ["kpi_initiative_effects"])


def surroundings(shops: Iterable[str], first_days: dict[str, date]) -> dict[str, str]:
    """Since when each shop tells what, the days there are, and as_of."""
    members = [
        {
            "subject": "s", "measure": measure, "dimension": "shop", "member": shop, "is_delivered": True, "is_quantile": False,
            "first_on": first_days.get(shop, FIRST),
        }
        for shop in shops
        for measure in TOLD
        if shop != "silent"
    ]  # fmt: skip
    return {
        "measures.measure_members": mart_of(columns_of("measure_members"), members),
        "intermediate.int_days__spined": (
            f"select cast(day as date) as day_on from generate_series(date '{FIRST}' - 200, date '2025-12-31', interval 1 day) as d (day)"
        ),
        "intermediate.int_as_of__resolved": f"select timestamp '2020-01-01' as first_at, timestamp '{AS_OF}' as as_of_at",
    }
