"""How often chance is called a hot spot, and how often a real one is found: months of shops whose tickets are drawn from a hash.

Each shop sells sixty products, a few of them often, and has 600 tickets of four issue types in a month. In `quiet` shops every product is
asked about as it is sold; in `struck` ones every third ticket about repair is about one product of the middle ranks.
"""

from collections.abc import Iterator

import duckdb
import pytest
from jinja2 import Environment

from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.warehouse import PROJECT_ROOT

SHOPS = 400
PRODUCTS = "select product, 1 + 600 // (product + 4) as units from range(60) as products (product)"
# A number in [0, 1) of a shop's ticket.
DRAWN = "(hash(shop_number * 1000003 + ticket_number * 7919) % 1000000007) / 1000000007.0"
GIVEN = {
    "core.fct_order_items": f"""
        select kind || shop_number as shop, 'p' || product as product_key, units as quantity, date '2025-03-01' as ordered_on,
            false as is_cancelled
        from ({PRODUCTS}) cross join range({SHOPS}) as shops (shop_number) cross join (values ('quiet'), ('struck')) as kinds (kind)
    """,
    "core.fct_tickets": f"""
        with ranges as (
            select product, (sum(units) over (order by product) - units) / sum(units) over () as low,
                sum(units) over (order by product) / sum(units) over () as high
            from ({PRODUCTS})
        ), drawn as (
            select kind || shop_number as shop, {DRAWN} as draw, ticket_number,
                ['repair', 'logistics', 'payment', 'other'][1 + ticket_number % 4] as issue_type, kind
            from range({SHOPS}) as shops (shop_number) cross join range(600) as tickets (ticket_number)
            cross join (values ('quiet'), ('struck')) as kinds (kind)
        )
        select shop, null::varchar as order_key, issue_type, true as is_in_scope, date '2025-03-15' as created_on,
            case when kind = 'struck' and issue_type = 'repair' and ticket_number % 3 = 0 then 'p20' else 'p' || product end as product_key
        from drawn inner join ranges on draw >= low and draw < high
    """,
    "core.fct_orders": "select null::varchar as order_key, null::varchar as product_key where false",
    "intermediate.int_periods__spined": "select 'month' as period_grain, date '2025-03-01' as period_start, date '2025-03-31' as last_on",
}


@pytest.fixture(scope="module")
def shops(project: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with build_over(in_memory_warehouse(), project, GIVEN, ["kpi_hot_spots"]) as connection:
        yield connection


def shops_with(shops: duckdb.DuckDBPyConnection, kind: str, condition: str) -> float:
    """The share of shops of a kind of which some pair fulfils a condition."""
    row = shops.execute(f"select count(distinct shop) from voice.kpi_hot_spots where shop like '{kind}%' and {condition}").fetchone()
    assert row is not None
    return row[0] / SHOPS


def test_chance_is_seldom_called_a_hot_spot_though_each_interval_alone_calls_it_one_in_most_months(
    shops: duckdb.DuckDBPyConnection,
) -> None:
    rates = shops_with(shops, "quiet", "is_hot_spot"), shops_with(shops, "quiet", "lift_lower > 1")
    print(f"\nmonths with a false hot spot: {rates[0]:.2%}; with a pair above its own interval: {rates[1]:.2%}")
    assert rates[0] <= 0.025
    assert rates[1] > 0.5


def test_a_product_that_every_third_ticket_is_about_is_found(shops: duckdb.DuckDBPyConnection) -> None:
    assert shops_with(shops, "struck", "is_hot_spot and product_key = 'p20' and issue_type = 'repair' and excess_rank = 1") == 1
    others = shops_with(shops, "struck", "is_hot_spot and (product_key <> 'p20' or issue_type <> 'repair')")
    assert others <= 0.025


@pytest.mark.parametrize(
    ("events", "lower", "upper"),
    # Exact 95 % limits of a Poisson count, as tables have them.
    [(0, 0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (20, 12.217, 30.888), (100, 81.364, 121.63)],
)
def test_the_bounds_of_a_count_are_near_those_of_the_tables_and_below_the_lower_one(events: int, lower: float, upper: float) -> None:
    text = (PROJECT_ROOT / "macros" / "kpi" / "count_bound.sql").read_text(encoding="utf-8")
    macro = getattr(  # noqa: B009
        Environment().from_string(text, globals={"type_double": lambda: "double", "interval_z": lambda: "1.959964"}).module, "count_bound"
    )
    with duckdb.connect() as connection:
        ((low, high, lower_still),) = connection.execute(
            f"select {macro('-', events)}, {macro('+', events)}, {macro('-', events, '2.5e0')}"
        ).fetchall()
    assert lower - 0.015 <= low <= lower
    assert high == pytest.approx(upper, rel=0.01)
    assert lower_still <= low
