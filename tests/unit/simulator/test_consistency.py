"""The shop makes sense: what refers to something finds it, nothing happens before its cause or after the end."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from shop_simulator import SimulationReport, simulate
from tests.unit.simulator.reading import declared_tables, meta_of, open_landing

TABLES = declared_tables()
REFERENCES = [
    ("orders", "customer_id", "customers"), ("orders", "merchant_id", "merchants"), ("products", "merchant_id", "merchants"),
    ("order_items", "order_id", "orders"), ("order_items", "product_id", "products"),
    ("after_sales_requests", "order_id", "orders"), ("after_sales_requests", "ticket_id", "tickets"),
    ("refunds", "order_id", "orders"), ("refunds", "request_id", "after_sales_requests"),
    ("service_costs", "request_id", "after_sales_requests"), ("service_costs", "merchant_id", "merchants"),
    ("tickets", "customer_id", "customers"), ("tickets", "order_id", "orders"), ("tickets", "product_id", "products"),
    ("tickets", "merchant_id", "merchants"), ("ticket_events", "ticket_id", "tickets"), ("ticket_tags", "ticket_id", "tickets"),
    ("agent_trainings", "agent_id", "agents"), ("product_suggestions", "ticket_id", "tickets"),
    ("product_suggestions", "product_id", "products"), ("survey_invitations", "ticket_id", "tickets"),
    ("survey_invitations", "order_id", "orders"), ("survey_invitations", "customer_id", "customers"),
    ("survey_answers", "response_id", "survey_responses"),
]  # fmt: skip

UNKNOWN_INVITATIONS = "select count(*) from survey_responses where invitation_id not in (select invitation_id from survey_invitations)"


def count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("feed", sorted(TABLES))
def test_rows_with_one_key_and_one_moment_are_the_same_row(feed: str, landed: duckdb.DuckDBPyConnection) -> None:
    key = ", ".join(meta_of(TABLES[feed])["key"])
    by = key if feed == "ticket_events" else f"{key}, updated_at"

    tied = count(
        landed, f"select count(*) from (select 1 from (select distinct * from delivered_{feed}) group by {by} having count(*) > 1)"
    )

    assert tied == 0


@pytest.mark.parametrize(("feed", "column", "parent"), REFERENCES, ids=str)
def test_every_reference_leads_somewhere(feed: str, column: str, parent: str, landed: duckdb.DuckDBPyConnection) -> None:
    key = meta_of(TABLES[parent])["key"][0]

    assert count(landed, f"select count(*) from {feed} where {column} not in (select {key} from delivered_{parent})") == 0
    assert count(landed, f"select count({column}) from {feed}") > 0


def test_only_where_it_is_asked_for_a_response_names_an_invitation_that_nobody_sent(tmp_path: Path) -> None:
    rows: list[dict[str, set[tuple[object, ...]]]] = []
    for name in ("healthy", "strays"):
        simulate(tmp_path / name, orders=6_000, days=20, until=date(2024, 12, 31), seed=3, strays=name == "strays")
        with closing(open_landing(tmp_path / name)) as landing:
            rows.append({feed: set(landing.sql(f"select * exclude (arrived_on) from landed_{feed}").fetchall()) for feed in TABLES})
            assert (count(landing, UNKNOWN_INVITATIONS) > 0) == (name == "strays")
    healthy, strayed = rows
    assert {feed for feed in TABLES if healthy[feed] != strayed[feed]} == {"survey_responses", "survey_answers"}
    assert all(healthy[feed] <= strayed[feed] for feed in TABLES)


def test_only_a_few_responses_name_an_invitation_that_nobody_sent(landed: duckdb.DuckDBPyConnection) -> None:
    assert 0 < count(landed, UNKNOWN_INVITATIONS) < count(landed, "select count(*) / 50 from survey_responses")


@pytest.mark.parametrize(
    ("feed", "column", "parent"),
    [each for each in REFERENCES if each[2] in {"orders", "tickets", "customers", "after_sales_requests", "survey_responses"}],
    ids=str,
)
def test_a_row_never_arrives_before_the_row_it_refers_to(feed: str, column: str, parent: str, landed: duckdb.DuckDBPyConnection) -> None:
    """A refresh after every single day sees no dangling reference."""
    key = meta_of(TABLES[parent])["key"][0]
    early = f"""
        select count(*) from landed_{feed} as children
        inner join (select {key} as id, min(arrived_on) as arrived_on from landed_{parent} group by {key}) as parents
            on children.{column} = parents.id
        where children.arrived_on < parents.arrived_on
    """
    assert count(landed, early) == 0


def test_nothing_happens_after_the_last_day(shop: SimulationReport, landed: duckdb.DuckDBPyConnection) -> None:
    end = datetime.combine(shop.until + timedelta(days=1), datetime.min.time(), timezone(timedelta(hours=8))).timestamp()
    for feed, table in TABLES.items():
        present = {row[0] for row in landed.execute(f"describe delivered_{feed}").fetchall()}
        for column in table["columns"]:
            if column["data_type"] == "timestamp" and column["name"] in present - {"expires_at"}:
                assert count(landed, f"select count(*) from delivered_{feed} where {column['name']} >= {end}") == 0, column["name"]


def test_the_number_of_orders_is_the_one_asked_for(shop: SimulationReport, landed: duckdb.DuckDBPyConnection) -> None:
    assert count(landed, "select count(*) from orders") == shop.orders


def test_orders_cost_what_their_lines_come_to(landed: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        select count(*) from orders inner join (
            select order_id, sum(quantity * unit_price - discount_amount) as lines_amount from order_items group by order_id
        ) as lines on orders.order_id = lines.order_id
        where orders.order_amount <> lines.lines_amount
    """
    assert count(landed, wrong) == 0
    assert count(landed, "select count(*) from orders where order_id not in (select order_id from order_items)") == 0


def test_cancelled_orders_are_not_shipped_and_unpaid_ones_not_refunded(landed: duckdb.DuckDBPyConnection) -> None:
    assert count(landed, "select count(*) from orders where cancelled_at is not null and shipped_at is not null") == 0
    assert count(landed, "select count(*) from orders where (cancelled_at is null) <> (cancel_reason is null)") == 0
    unpaid = "select count(*) from refunds inner join orders on refunds.order_id = orders.order_id where orders.paid_at is null"
    assert count(landed, unpaid) == 0


def test_no_refund_exceeds_what_was_paid(landed: duckdb.DuckDBPyConnection) -> None:
    over_order = """
        select count(*) from (select order_id, sum(refund_amount) as refunded from refunds group by order_id) as refunds
        inner join orders on refunds.order_id = orders.order_id where refunds.refunded > orders.order_amount
    """
    over_line = """
        select count(*) from (
            select order_id, line_number, sum(refund_amount) as refunded from refunds where line_number is not null
            group by order_id, line_number
        ) as refunds
        inner join order_items as items on refunds.order_id = items.order_id and refunds.line_number = items.line_number
        where refunds.refunded > items.quantity * items.unit_price - items.discount_amount
    """
    assert count(landed, over_order) == 0
    assert count(landed, over_line) == 0
    assert count(landed, "select count(*) from refunds where refund_amount <= 0") == 0


def test_requests_are_about_delivered_goods(landed: duckdb.DuckDBPyConnection) -> None:
    too_early = """
        select count(*) from after_sales_requests as requests inner join orders on requests.order_id = orders.order_id
        where orders.delivered_at is null or requests.requested_at < orders.delivered_at
    """
    assert count(landed, too_early) == 0
    too_many = """
        select count(*) from after_sales_requests as requests
        inner join order_items as items on requests.order_id = items.order_id and requests.line_number = items.line_number
        where requests.quantity > items.quantity
    """
    assert count(landed, too_many) == 0
    assert count(landed, "select count(*) from after_sales_requests where completed_at is not null and decision <> 'approved'") == 0


def test_a_status_begins_where_the_one_before_ended(landed: duckdb.DuckDBPyConnection) -> None:
    broken = """
        select count(*) from (
            select event_type, from_value,
                lag(to_value) over (partition by ticket_id order by occurred_at, event_id) as status_before
            from ticket_events where event_type in ('created', 'status_changed')
        ) where event_type = 'status_changed' and (status_before is null or from_value <> status_before)
    """
    assert count(landed, broken) == 0
    assert count(landed, "select count(*) from tickets where ticket_id not in (select ticket_id from ticket_events)") == 0


def test_events_of_one_ticket_are_numbered_in_the_order_of_time(landed: duckdb.DuckDBPyConnection) -> None:
    broken = """
        select count(*) from (
            select occurred_at, lag(occurred_at) over (partition by ticket_id order by event_id) as before from ticket_events
        ) where occurred_at < before
    """
    assert count(landed, broken) == 0


def test_every_kind_of_event_and_every_way_of_a_status_occurs(landed: duckdb.DuckDBPyConnection) -> None:
    kinds = {row[0] for row in landed.execute("select distinct event_type from ticket_events").fetchall()}
    ways = set(landed.execute("select distinct from_value, to_value from ticket_events where event_type = 'status_changed'").fetchall())

    assert kinds == {
        "created", "assigned", "agent_reply", "bot_reply", "customer_reply", "internal_note", "status_changed",
        "priority_changed", "escalated", "result_feedback", "follow_up", "merged",
    }  # fmt: skip
    assert ways == {
        ("new", "open"), ("open", "pending"), ("pending", "open"), ("open", "on_hold"), ("on_hold", "open"), ("open", "solved"),
        ("pending", "solved"), ("new", "solved"), ("solved", "open"), ("solved", "closed"), ("open", "closed"), ("new", "closed"),
        ("pending", "closed"),
    }  # fmt: skip


def test_only_agents_act_and_only_in_their_time(landed: duckdb.DuckDBPyConnection) -> None:
    early = """
        select count(*) from ticket_events as events
        inner join (select agent_id, min(valid_from) as first_valid_from from agents group by agent_id) as agents
            on events.actor_id = agents.agent_id
        where events.occurred_at < agents.first_valid_from
    """
    assert count(landed, "select count(*) from ticket_events where actor_id not in (select agent_id from agents)") == 0
    assert count(landed, early) == 0


def test_one_agent_was_a_bot_before_and_replied_as_both(landed: duckdb.DuckDBPyConnection) -> None:
    roles = landed.execute(
        """
        select agents.agent_id, list(agents.agent_role order by agents.valid_from) as roles from agents
        group by agents.agent_id having count(distinct agents.agent_role) > 1 and bool_or(agents.agent_role = 'bot')
        """
    ).fetchall()
    assert [each for _, each in roles] == [["bot", "human"]]
    changed_at = count(landed, f"select max(valid_from) from agents where agent_id = '{roles[0][0]}'")
    replies = f"select count(*) from ticket_events where actor_id = '{roles[0][0]}' and event_type = 'agent_reply' and occurred_at"
    assert count(landed, f"{replies} < {changed_at}") > 0
    assert count(landed, f"{replies} >= {changed_at}") > 0


def test_merged_tickets_point_to_tickets_that_stand(landed: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        select count(*) from tickets as merged inner join tickets as parents on merged.merged_into_ticket_id = parents.ticket_id
        where parents.merged_into_ticket_id is not null or parents.is_spam or parents.created_at >= merged.created_at
    """
    assert count(landed, wrong) == 0
    assert count(landed, "select count(merged_into_ticket_id) from tickets") > 0


def test_deliveries_are_late_repeated_corrected_and_withdrawn(shop: SimulationReport, landed: duckdb.DuckDBPyConnection) -> None:
    delivered = count(landed, "select count(*) from delivered_orders")
    assert delivered > count(landed, "select count(*) from (select distinct * from delivered_orders)")
    assert count(landed, "select count(*) from delivered_orders where is_deleted") > 0
    assert count(landed, "select count(*) from delivered_service_costs where is_deleted") > 0
    assert count(landed, "select count(*) from delivered_tickets where issue_type = 'other'") > count(
        landed, "select count(*) from tickets where issue_type = 'other'"
    )
    assert sum(shop.repeated_files.values()) > 0


def test_withdrawn_orders_leave_nothing_behind(landed: duckdb.DuckDBPyConnection) -> None:
    withdrawn = "select order_id from delivered_orders where is_deleted"
    for feed in ("orders", "order_items", "refunds", "tickets", "after_sales_requests", "survey_invitations"):
        assert count(landed, f"select count(*) from {feed} where order_id in ({withdrawn})") == 0, feed


def test_the_desk_has_open_tickets_at_the_end(landed: duckdb.DuckDBPyConnection) -> None:
    last = """
        select count(*) from (
            select ticket_id, arg_max(to_value, event_id) as status from ticket_events
            where event_type in ('created', 'status_changed') group by ticket_id
        ) where status in ('new', 'open', 'pending', 'on_hold')
    """
    assert count(landed, last) > 50


def test_promotions_and_nights_show_in_the_orders(landed: duckdb.DuckDBPyConnection) -> None:
    by_day = dict(
        landed.execute(
            "select cast(make_timestamp((ordered_at + 28800) * 1000000) as date) as day, count(*) from orders group by day"
        ).fetchall()
    )
    typical = sorted(by_day.values())[len(by_day) // 2]
    peak = max(by_day, key=lambda day: by_day[day])
    assert (peak.month, peak.day) == (11, 11)
    assert by_day[peak] > 4 * typical
    night = "select count(*) from orders where (ordered_at + 28800) % 86400 // 3600 between 2 and 5"
    assert count(landed, night) < count(landed, "select count(*) / 20 from orders")
