"""What is delivered after a month is over moves no figure of it: no new tier of a customer, no new team, no reassignment, no new surveys.

A shop made by hand is built on 2 February and again after what February brought. Every row of the scoreboard whose period was over by
the end of January is compared, in every column.
"""

import csv
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.compiled_models import build, compiled_project, load, new_warehouse

Row = dict[str, object]

# Answers by phone of 60 who were asked, and by chat of 45; enough of each for a cell of its own.
LONG_AGO = "2025-01-01 00:00:00"
MOVED = "2026-02-04 00:00:00"
ASKED = {"phone": (60, 30), "chat": (45, 40)}


def survey(number: str, sent_at: str, submitted_at: str | None, score: int, **columns: object) -> dict[str, list[Row]]:
    response: dict[str, list[Row]] = {
        "survey_responses": [{"response_id": f"r{number}", "invitation_id": number, "submitted_at": submitted_at}],
        "survey_answers": [{"response_id": f"r{number}", "question_code": "overall", "score": score}],
    }
    invitation: Row = {"invitation_id": number, "survey_type": "service", "sent_at": sent_at, **columns}
    return {"survey_invitations": [invitation], **(response if submitted_at else {})}


def event(number: str, ticket: str, occurred_at: str, event_type: str, **columns: object) -> Row:
    return {"event_id": number, "ticket_id": ticket, "occurred_at": occurred_at, "event_type": event_type, **columns}


def many_surveys(month: str, asked: dict[str, tuple[int, int]]) -> Iterator[dict[str, list[Row]]]:
    """Surveys sent on the 10th and answered on the 12th; every third answer is a good one by phone, all are by chat."""
    for channel, (sent, answered) in asked.items():
        for number in range(sent):
            score = 5 if channel == "chat" or number % 3 == 0 else 2
            submitted_at = f"{month}-12 10:00:00" if number < answered else None
            yield survey(f"{channel}-{month}-{number}", f"{month}-10 10:00:00", submitted_at, score, channel=channel, customer_id="c1")


def january() -> dict[str, list[Row]]:
    feeds: dict[str, list[Row]] = {
        "customers": [
            {"customer_id": "c1", "region": "north", "customer_tier": "standard", "updated_at": "2026-01-01 00:00:00"},
            {"customer_id": "c2", "region": "south", "customer_tier": "gold", "updated_at": "2026-01-01 00:00:00"},
        ],
        "products": [{"product_id": "p1", "category": "phones", "merchant_id": "m1", "updated_at": "2026-01-01 00:00:00"}],
        "agents": [
            {"agent_id": agent, "valid_from": LONG_AGO, "agent_role": "human", "team": team, "updated_at": LONG_AGO}
            for agent, team in (("ann", "returns"), ("bob", "repairs"), ("cat", "returns"))
        ],
        "orders": [
            {"order_id": "o1", "customer_id": "c1", "ordered_at": "2026-01-05 10:00:00", "order_amount": 100, "currency": "CNY"},
            {"order_id": "o2", "customer_id": "c2", "ordered_at": "2026-01-06 10:00:00", "order_amount": 100, "currency": "CNY"},
        ],
        "order_items": [
            {"order_id": order, "line_number": 1, "product_id": "p1", "quantity": 1, "unit_price": 100} for order in ("o1", "o2")
        ],
        "after_sales_requests": [
            {"request_id": "q1", "order_id": "o1", "line_number": 1, "request_type": "return", "requested_at": "2026-01-08 10:00:00"}
        ],
        "tickets": [
            # Two solved in January, one open since January, one opened in February.
            {"ticket_id": ticket, "customer_id": customer, "order_id": order, "channel": "chat", "issue_type": "repair",
             "priority": priority, "created_at": created_at}
            for ticket, customer, order, priority, created_at in (
                ("t0", "c1", "o1", "urgent", "2026-01-02 10:00:00"),
                ("t1", "c1", "o1", "normal", "2026-01-07 10:00:00"),
                ("t2", "c2", "o2", "normal", "2026-01-12 10:00:00"),
                ("t3", "c1", None, "normal", "2026-02-01 10:00:00"),
            )
        ],
        "ticket_events": [
            event("d1", "t0", "2026-01-02 10:05:00", "assigned", to_value="bob"),
            event("d2", "t0", "2026-01-02 11:00:00", "status_changed", from_value="new", to_value="solved"),
            event("e1", "t1", "2026-01-07 10:05:00", "assigned", to_value="ann"),
            event("e2", "t1", "2026-01-07 10:30:00", "agent_reply", actor_id="cat"),
            event("e3", "t1", "2026-01-07 15:00:00", "status_changed", from_value="new", to_value="solved"),
            event("e4", "t2", "2026-01-12 10:05:00", "assigned", to_value="ann"),
            event("e5", "t2", "2026-01-12 10:30:00", "agent_reply", actor_id="cat"),
            event("e6", "t3", "2026-02-01 10:05:00", "assigned", to_value="ann"),
            event("e7", "t3", "2026-02-02 10:00:00", "internal_note", actor_id="ann"),
        ],
    }  # fmt: skip
    for surveys in (
        survey("i1", "2026-01-08 10:00:00", "2026-01-09 10:00:00", 5, ticket_id="t1"),
        survey("i2", "2026-01-14 10:00:00", "2026-01-15 10:00:00", 2, ticket_id="t2"),
        survey("i3", "2026-01-30 10:00:00", None, 0, customer_id="c1", channel="app"),
        *many_surveys("2026-01", ASKED),
    ):
        for feed, rows in surveys.items():
            feeds.setdefault(feed, []).extend(rows)
    return feeds


def february() -> dict[str, list[Row]]:
    """What changes, and what is new."""
    feeds: dict[str, list[Row]] = {
        "customers": [
            {"customer_id": "c1", "region": "east", "customer_tier": "vip", "updated_at": "2026-02-05 00:00:00"},
            {"customer_id": "c2", "updated_at": "2026-02-06 00:00:00", "is_deleted": "true"},
        ],
        "products": [{"product_id": "p1", "category": "tablets", "merchant_id": "m2", "updated_at": "2026-02-05 00:00:00"}],
        "agents": [
            {"agent_id": "ann", "valid_from": MOVED, "agent_role": "human", "team": "repairs", "updated_at": MOVED},
            {"agent_id": "cat", "valid_from": "2025-01-01 00:00:00", "updated_at": "2026-02-05 00:00:00", "is_deleted": "true"},
        ],
        "orders": [{"order_id": "o3", "customer_id": "c1", "ordered_at": "2026-02-08 10:00:00", "order_amount": 100, "currency": "CNY"}],
        "order_items": [{"order_id": "o3", "line_number": 1, "product_id": "p1", "quantity": 1, "unit_price": 100}],
        "ticket_events": [
            event("f1", "t1", "2026-02-07 10:00:00", "assigned", to_value="bob"),
            event("f2", "t2", "2026-02-07 10:00:00", "assigned", to_value="bob"),
            event("f3", "t2", "2026-02-07 10:00:00", "priority_changed", from_value="normal", to_value="urgent"),
            event("f4", "t3", "2026-02-07 10:00:00", "assigned", to_value="bob"),
        ],
    }  # fmt: skip
    late_answer = survey("i3", "2026-01-30 10:00:00", "2026-02-03 10:00:00", 1, customer_id="c1", channel="app")
    for surveys in (late_answer, *many_surveys("2026-02", {"phone": (50, 45), "chat": (90, 32)})):
        for feed, rows in surveys.items():
            feeds.setdefault(feed, []).extend(rows)
    return feeds


def deliver(landing: Path, name: str, feeds: dict[str, list[Row]]) -> None:
    for feed, rows in feeds.items():
        path = landing / "contract" / feed / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        finished = (datetime.now() - timedelta(hours=1)).timestamp()
        os.utime(path, (finished, finished))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The scoreboard before and after February as ``before`` and ``after``, and the warehouse after it as ``warehouse``."""
    project = compiled_project(tmp_path_factory)
    folder = tmp_path_factory.mktemp("history")
    warehouse = new_warehouse(project, folder / "warehouse.duckdb")
    connection = duckdb.connect()
    for name, feeds in {"before": january(), "after": february()}.items():
        deliver(folder / "landing", name, feeds)
        results = load(warehouse, folder / "landing", run_id=name).extracts
        assert [result.message for result in results if result.rows_rejected] == []
        build(project, warehouse)
        connection.execute(f"attach '{warehouse}' as built (read_only)")
        connection.execute(f"create table {name} as select * from built.scoreboard.kpi_scoreboard")
        connection.execute("detach built")
    connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
    yield connection
    connection.close()


CELL = "kpi_id, period_grain, period_start, dimension, member"
OVER = "case period_grain when 'day' then 0 when 'week' then 6 when 'month' then 30 end + period_start <= date '2026-01-31'"
# The figures of tickets by creation go on for as long as one of them is open; t2 is counted under who holds it now.
OPEN_COHORT = """dimension in ('agent', 'agent_team', 'priority') and kpi_id in (
    select kpi_id from warehouse.scoreboard.kpi_coverage where date_basis like '%created_at%' and kpi_id <> 'transfer_rate'
)"""
# A ticket that is handed on after its resolution was handed on: t1 is, in February.
HANDED_ON = "kpi_id = 'transfer_rate'"
# So do those of surveys by sending for as long as one of them may be answered.
FUNNEL = "kpi_id in ('survey_response_rate', 'survey_valid_rate')"


# A period whose cases had not settled was compared with nothing, and is now.
UNSETTLED = f"select {CELL} from before where not is_whole_period"
COMPARISONS = "is_whole_period, status, previous_value, change_from_previous, last_year_value, change_from_last_year"


def moved(connection: duckdb.DuckDBPyConnection, where: str) -> list[Any]:
    """The cells of periods over by the end of January that differ in any column, or are in one scoreboard only."""
    where = f"{OVER} and {where}"
    settled = f"{where} and ({CELL}) not in ({UNSETTLED})"
    sides = (("*", settled), (f"* exclude ({COMPARISONS})", where))
    differences = " union all ".join(
        f"select {CELL} from (select {columns} from {one} where {rows} except all select {columns} from {other} where {rows})"
        for columns, rows in sides
        for one, other in (("before", "after"), ("after", "before"))
    )
    return connection.execute(f"select distinct * from ({differences}) order by all").fetchall()


def value(connection: duckdb.DuckDBPyConnection, kpi_id: str, period: str, dimension: str, member: str) -> object:
    grain, start = period.split(" ")
    row = connection.execute(
        "select value from after where kpi_id = ? and period_grain = ? and period_start = ? and dimension = ? and member = ?",
        [kpi_id, grain, start, dimension, member],
    ).fetchone()
    return None if row is None else row[0]


def test_there_are_figures_of_january_to_compare(warehouse: duckdb.DuckDBPyConnection) -> None:
    (cells, kpis, days) = warehouse.execute(
        f"select count(*), count(distinct kpi_id), count(distinct period_start) from before where {OVER} and n > 0"
    ).fetchone() or (0, 0, 0)
    assert cells > 1000
    assert kpis > 25
    assert days > 20


def test_nothing_that_february_brought_moves_a_figure_of_january(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert moved(warehouse, f"not ({OPEN_COHORT}) and not ({FUNNEL}) and not ({HANDED_ON})") == []


def test_what_moves_is_the_answer_to_a_survey_of_january_among_those_sent_on_its_day(warehouse: duckdb.DuckDBPyConnection) -> None:
    # The day itself and the month; the day after it had not settled, and was compared with nothing.
    assert {str(start) for _, _, start, _, _ in moved(warehouse, FUNNEL)} == {"2026-01-30", "2026-01-01"}


def test_what_moves_is_that_a_ticket_is_handed_on_among_the_tickets_of_its_day_week_and_month(warehouse: duckdb.DuckDBPyConnection) -> None:
    # t1 is of the 7th, t2 of the 12th, which both begin a day and the latter a week; the week of the 7th begins on the 5th.
    assert {str(start) for _, _, start, _, _ in moved(warehouse, HANDED_ON)} == {"2026-01-01", "2026-01-05", "2026-01-07", "2026-01-12"}


def test_what_moves_is_the_open_ticket_among_the_tickets_of_its_day(warehouse: duckdb.DuckDBPyConnection) -> None:
    cells = moved(warehouse, f"{OPEN_COHORT} and n > 0")
    assert {str(start) for _, _, start, _, _ in cells} == {"2026-01-12", "2026-01-01"}
    assert {member for *_, member in cells} == {"contract:ann", "contract:bob", "returns", "repairs", "normal", "urgent"}
    assert [value(warehouse, "ticket_count", "day 2026-01-12", "agent_team", team) for team in ("returns", "repairs")] == [0, 1]


def test_the_backlog_of_a_day_is_under_the_team_and_priority_of_that_day(warehouse: duckdb.DuckDBPyConnection) -> None:
    days = ("2026-01-12", "2026-01-31", "2026-02-03", "2026-02-04", "2026-02-07")
    found = {
        member: [value(warehouse, "backlog_open", f"day {day}", dimension, member) or 0 for day in days]
        for dimension, member in (("agent_team", "returns"), ("agent_team", "repairs"), ("priority", "normal"), ("priority", "urgent"))
    }
    # ann goes from returns to repairs on the 4th with t2 and t3; on the 7th both go to bob, and t2 is made urgent.
    assert found == {"returns": [1, 1, 2, 0, 0], "repairs": [0, 0, 0, 2, 2], "normal": [1, 1, 2, 2, 1], "urgent": [0, 0, 0, 0, 1]}


@pytest.mark.parametrize("dimension", ["agent", "agent_team", "priority", "customer_tier", "channel"])
def test_the_members_of_a_backlog_add_up_to_all_of_it_on_every_day(warehouse: duckdb.DuckDBPyConnection, dimension: str) -> None:
    grain = "month" if dimension == "agent" else "day"
    differing = warehouse.execute(
        """
        select period_start, sum(value) filter (where dimension = 'overall'), coalesce(sum(value) filter (where dimension = ?), 0)
        from after where kpi_id = 'backlog_open' and period_grain = ? and dimension in ('overall', ?) group by period_start
        having sum(value) filter (where dimension = 'overall') <> coalesce(sum(value) filter (where dimension = ?), 0)
        """,
        [dimension, grain, dimension, dimension],
    ).fetchall()
    assert differing == []


@pytest.mark.parametrize("dimension", ["overall", "customer_tier", "channel", "product_category"])
def test_arrivals_less_resolutions_are_the_backlog_where_members_do_not_move(warehouse: duckdb.DuckDBPyConnection, dimension: str) -> None:
    differing = warehouse.execute(
        """
        with days as (
            select member, period_start, open_count,
                sum(arrival_count - resolved_count) over (partition by member order by period_start) as arrived_less_resolved
            from warehouse.efficiency.kpi_backlog where period_grain = 'day' and dimension = ?
        )
        select * from days where open_count <> arrived_less_resolved
        """,
        [dimension],
    ).fetchall()
    assert differing == []


def test_orders_requests_tickets_and_surveys_are_under_what_their_customer_and_product_were(warehouse: duckdb.DuckDBPyConnection) -> None:
    def members(table: str, key: str) -> dict[str, tuple[object, ...]]:
        rows = warehouse.execute(
            f"select {key}, region, customer_tier, product_category, merchant_key from warehouse.core.{table} order by all"
        ).fetchall()
        return {name.removeprefix("contract:"): tuple(values) for name, *values in rows if "-" not in name}

    january_c1 = ("north", "standard", "phones", "contract:m1")
    assert members("fct_orders", "order_key") == {
        "o1": january_c1, "o2": ("south", "gold", "phones", "contract:m1"), "o3": ("east", "vip", "tablets", "contract:m2"),
    }  # fmt: skip
    assert members("fct_after_sales_requests", "request_key") == {"q1": january_c1}
    assert members("fct_tickets", "ticket_key") == {
        "t0": january_c1, "t1": january_c1, "t2": ("south", "gold", "phones", "contract:m1"), "t3": ("north", "standard", None, None),
    }  # fmt: skip
    assert members("fct_survey_invitations", "invitation_key")["i1"] == january_c1


def test_who_left_has_replied_all_the_same_and_who_resolved_keeps_the_ticket(warehouse: duckdb.DuckDBPyConnection) -> None:
    columns = "ticket_id, agent_key, agent_team, human_reply_count"
    rows = warehouse.execute(f"select {columns} from warehouse.core.fct_tickets order by all").fetchall()
    assert rows == [
        ("t0", "contract:bob", "repairs", 0), ("t1", "contract:ann", "returns", 1), ("t2", "contract:bob", "repairs", 1),
        ("t3", "contract:bob", "repairs", 0),
    ]  # fmt: skip
    days = warehouse.execute("select agent_key, resolved_count from warehouse.core.fct_agent_days order by all").fetchall()
    assert days == [("contract:ann", 1), ("contract:bob", 1), ("contract:cat", 0), ("contract:cat", 0)]


def test_each_month_is_weighted_by_itself(warehouse: duckdb.DuckDBPyConnection) -> None:
    # January: by phone 60 ÷ 30 = 2, by chat 45 ÷ 40 = 1.125; i1 to i3 are a pool of their own, 2 answers of 3, too small, and have 1.5.
    # The 72 answers stand for 60 + 45 + 3 = 108. Good are 10 by phone, all by chat, and i1.
    assert value(warehouse, "csat_rate_reweighted", "month 2026-01-01", "overall", "all") == pytest.approx(66.5 / 108)
    # February: the unanswered of 10 January may answer until 9 February: 30 by phone and 5 by chat, beside the 50 and 90 that were sent.
    weights = warehouse.execute(
        """
        select month_on, channel, invited_count, valid_count from warehouse.intermediate.int_survey_cells__weighted
        where issue_type = 'unknown' and channel in ('chat', 'phone') order by all
        """
    ).fetchall()
    assert [(str(month), *rest) for month, *rest in weights] == [
        ("2026-01-01", "chat", 45, 40), ("2026-01-01", "phone", 60, 30), ("2026-02-01", "chat", 95, 32), ("2026-02-01", "phone", 80, 45),
    ]  # fmt: skip
