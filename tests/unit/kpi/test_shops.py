"""Orders in one system, tickets in a second, surveys in a third: the figures of a shop that is run over all of them, beside another shop.

Both shops use the same ids. What each figure should be is worked out beside the test.
"""

import duckdb
import pytest

from orchestration.publishing.customer_key import CustomerKey
from tests.unit.kpi.shop_of_systems import Systems, dealt_out

# The contract's feeds, dealt out to three systems, and whose ids their columns hold.
SYSTEMS = Systems(
    feeds={
        "store": ["customers", "merchants", "products", "orders", "order_items"],
        "desk": ["agents", "tickets", "ticket_events"],
        "polls": ["survey_invitations", "survey_responses", "survey_answers"],
    },
    meta={
        "desk.tickets": {
            "order_id": {"refers_to": "store.orders"},
            "customer_id": {"refers_to": "store.customers"},
            "merchant_id": {"refers_to": "store.merchants"},
            "product_id": {"refers_to": "store.products"},
        },
        "polls.survey_invitations": {
            "ticket_id": {"refers_to": "desk.tickets"},
            "order_id": {"refers_to": "store.orders"},
            "customer_id": {"refers_to": "store.customers"},
        },
    },
    shops={"acme": ["store", "desk", "polls"]},
    variables={"as_of": "2025-04-02 00:00:00"},
)
# Nobody is recognised here: the desk and the polls have no customers of their own.
KEY = CustomerKey(b"0123456789abcdef", "")
COMPARED_ALONE = ("satisfaction", "efficiency", "returns", "cost")

# March 2025. Acme: one order, one ticket about it, one response to that. The other shop: two orders of two customers, of whom one
# has two tickets, and two invitations of which one came back.
ACME = {
    "store/customers": ["customer_id,region,customer_tier", "c1,north,gold"],
    "store/merchants": ["merchant_id,merchant_name", "m1,Shoes & Co"],
    "store/orders": [
        "order_id,customer_id,merchant_id,ordered_at,paid_at,delivered_at,order_amount,currency",
        "o1,c1,m1,2025-03-03T10:00:00,2025-03-03T10:05:00,2025-03-05T10:00:00,100,CNY",
    ],
    "store/order_items": ["order_id,line_number,product_id,quantity,unit_price", "o1,1,p1,1,100"],
    "desk/tickets": ["ticket_id,order_id,channel,issue_type,created_at", "t1,o1,chat,payment,2025-03-04T10:00:00"],
    "desk/ticket_events": [
        "event_id,ticket_id,occurred_at,event_type,actor_id,from_value,to_value",
        "e1,t1,2025-03-04T10:10:00,agent_reply,a1,,",
        "e2,t1,2025-03-05T11:00:00,status_changed,a1,open,solved",
    ],
    "desk/agents": ["agent_id,valid_from,agent_role,team", "a1,2025-01-01T00:00:00,human,returns"],
    "polls/survey_invitations": ["invitation_id,survey_type,ticket_id,sent_at", "i1,service,t1,2025-03-04T12:00:00"],
    "polls/survey_responses": ["response_id,invitation_id,submitted_at", "r1,i1,2025-03-05T12:00:00"],
    "polls/survey_answers": ["response_id,question_code,score", "r1,overall,5"],
}
OTHER = {
    "contract/customers": ["customer_id,region,customer_tier", "c1,south,vip", "c2,south,"],
    "contract/orders": [
        "order_id,customer_id,merchant_id,ordered_at,shop_id,paid_at,delivered_at,order_amount,currency",
        "o1,c1,m1,2025-03-02T10:00:00,,2025-03-02T10:00:00,2025-03-04T10:00:00,100,CNY",
        "o2,c2,m2,2025-03-10T10:00:00,,,,,",
    ],
    "contract/order_items": ["order_id,line_number,product_id,quantity,unit_price", "o1,1,p1,2,50"],
    "contract/after_sales_requests": [
        "request_id,order_id,line_number,request_type,quantity,requested_at,completed_at",
        "q1,o1,1,return,1,2025-03-05T10:00:00,2025-03-06T10:00:00",
    ],
    "contract/refunds": [
        "refund_id,request_id,order_id,refunded_at,refund_amount,currency",
        "f1,q1,o1,2025-03-06T10:00:00,50,CNY",
    ],
    "contract/service_costs": ["cost_id,incurred_on,cost_category,amount,currency", "k1,2025-03-31,labour,30,CNY"],
    "contract/tickets": [
        "ticket_id,order_id,channel,issue_type,created_at",
        "t1,o1,chat,payment,2025-03-04T09:00:00",
        "t2,o1,phone,logistics,2025-03-06T09:00:00",
    ],
    "contract/ticket_events": [
        "event_id,ticket_id,occurred_at,event_type,actor_id,from_value,to_value",
        "e1,t1,2025-03-04T10:00:00,agent_reply,a1,,",
        "e2,t2,2025-03-07T11:00:00,status_changed,a1,open,solved",
    ],
    "contract/agents": ["agent_id,valid_from,agent_role,team", "a1,2025-01-01T00:00:00,human,returns"],
    "contract/survey_invitations": [
        "invitation_id,survey_type,ticket_id,sent_at",
        "i1,service,t1,2025-03-04T12:00:00",
        "i2,service,t2,2025-03-07T12:00:00",
    ],
    "contract/survey_responses": ["response_id,invitation_id,submitted_at", "r1,i1,2025-03-05T12:00:00"],
    "contract/survey_answers": ["response_id,question_code,score", "r1,overall,2"],
}


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, duckdb.DuckDBPyConnection]:
    """The warehouses of both shops together and, with the families that are compared, of each alone, by name."""
    folder = tmp_path_factory.mktemp("shops")
    project = dealt_out(folder, SYSTEMS)
    alone = {
        name: project.built(folder / name, files, key=KEY, schemas=COMPARED_ALONE) for name, files in (("acme", ACME), ("contract", OTHER))
    }
    return {"both": project.built(folder / "both", {**ACME, **OTHER}, key=KEY), **alone}


def figure(
    shop: duckdb.DuckDBPyConnection,
    kpi_id: str,
    dimension: str,
    member: str,
    denominator: str = "denominator",
    mart: str = "scoreboard.kpi_scoreboard",
) -> object:
    """Numerator and denominator of March."""
    return shop.execute(
        f"select numerator, {denominator} from {mart} where kpi_id = ? and dimension = ? and member = ?"
        " and period_grain = 'month' and period_start = '2025-03-01'",
        [kpi_id, dimension, member],
    ).fetchone()


def test_a_ticket_of_one_system_is_a_problem_with_an_order_of_another(shops: dict[str, duckdb.DuckDBPyConnection]) -> None:
    assert figure(shops["acme"], "customer_problem_rate", "overall", "all", mart="satisfaction.kpi_satisfaction") == (1, 1)
    assert figure(shops["both"], "customer_problem_rate", "shop", "acme") == (1, 1)
    # Of the other shop's two customers one had a ticket; together two of three.
    assert figure(shops["both"], "customer_problem_rate", "shop", "contract") == (1, 2)
    assert figure(shops["both"], "customer_problem_rate", "overall", "all") == (2, 3)


def test_a_response_of_a_third_system_counts_under_merchant_and_region_of_the_order(
    shops: dict[str, duckdb.DuckDBPyConnection],
) -> None:
    assert figure(shops["both"], "csat_rate", "merchant", "store:m1") == (1, 1)
    assert figure(shops["both"], "csat_rate", "region", "north") == (1, 1)
    assert figure(shops["both"], "csat_rate", "customer_tier", "gold") == (1, 1)
    assert figure(shops["both"], "csat_rate", "source_system", "polls") == (1, 1)
    # The other shop's order of the same number was judged with a 2.
    assert figure(shops["both"], "csat_rate", "merchant", "contract:m1") == (0, 1)
    assert figure(shops["both"], "problem_satisfied_rate", "shop", "acme") == (1, 1)


def test_a_feed_is_missed_by_the_shop_not_by_each_of_its_systems(shops: dict[str, duckdb.DuckDBPyConnection]) -> None:
    # The store never delivered a ticket and the desk never a response; their shop did.
    assert figure(shops["both"], "survey_response_rate", "shop", "acme") == (1, 1)
    assert figure(shops["both"], "survey_response_rate", "shop", "contract") == (1, 2)


def test_a_shop_that_tells_no_returns_refunds_or_costs_has_none_instead_of_0(shops: dict[str, duckdb.DuckDBPyConnection]) -> None:
    both = shops["both"]
    # Nobody knows what comes back to acme: its line is in no return rate.
    assert figure(both, "return_rate_units", "shop", "contract") == (1, 2)
    assert figure(both, "return_rate_units", "overall", "all") == (1, 2)
    assert figure(both, "return_rate_units", "shop", "acme") is None
    assert figure(both, "refund_rate", "shop", "contract") == (50, 100)
    assert figure(both, "dispute_rate", "shop", "contract") == (0, 2)
    assert figure(both, "cost_per_order", "shop", "contract") == (30, 2)
    for kpi_id in ("refund_rate", "dispute_rate", "cost_per_order", "cost_per_ticket", "cost_per_agent", "cost_to_revenue"):
        # What acme sold and served is no part of what was paid back, disputed and spent elsewhere.
        of_acme = figure(both, kpi_id, "shop", "acme")
        assert of_acme is None or of_acme in ((None, 0), (0, 0)), (kpi_id, of_acme)
        assert figure(both, kpi_id, "overall", "all") == figure(both, kpi_id, "shop", "contract"), kpi_id
    # Each shop tells orders and tickets: one ticket of one order, two of two; in hundreds of orders.
    assert figure(both, "contact_rate_per_100_orders", "overall", "all") == (3, 0.03)


@pytest.mark.parametrize("family", COMPARED_ALONE)
@pytest.mark.parametrize("shop", ["acme", "contract"])
def test_a_shop_beside_another_has_the_figures_that_it_has_alone(
    shops: dict[str, duckdb.DuckDBPyConnection], family: str, shop: str
) -> None:
    # A KPI that nobody delivered anything for has empty rows of the running periods overall, and none of a shop.
    cells = (
        "select kpi_id, period_grain, period_start, value, numerator, denominator, n, lower, upper"
        f" from {family}.kpi_{family} where dimension = ? and member = ? and (n > 0 or value is not null) order by all"
    )
    alone = shops[shop].execute(cells, ["overall", "all"]).fetchall()
    # Acme tells neither returns nor costs.
    told = {"satisfaction": 9, "efficiency": 13, "returns": 0 if shop == "acme" else 3, "cost": 0 if shop == "acme" else 4}[family]
    assert len({row[0] for row in alone}) >= told
    assert shops["both"].execute(cells, ["shop", shop]).fetchall() == alone


def test_the_shops_add_up_to_overall_in_every_kpi_that_adds_up(shops: dict[str, duckdb.DuckDBPyConnection]) -> None:
    summed = (
        shops["both"]
        .execute(
            """
            select cells.kpi_id, cells.period_grain, cells.period_start, sum(cells.numerator), any_value(overall.numerator)
            from scoreboard.kpi_scoreboard as cells
            inner join reference.kpi_definitions as definitions on cells.kpi_id = definitions.kpi_id and definitions.adds_up_over_members
            inner join scoreboard.kpi_scoreboard as overall
                on cells.kpi_id = overall.kpi_id and cells.period_grain = overall.period_grain
                and cells.period_start = overall.period_start and overall.dimension = 'overall'
            where cells.dimension = 'shop'
            group by all
            """
        )
        .fetchall()
    )
    assert len({row[0] for row in summed}) > 20
    # What no shop is known to have is 0 overall once another has it.
    assert [row for row in summed if (row[3] or 0) != (row[4] or 0)] == []
