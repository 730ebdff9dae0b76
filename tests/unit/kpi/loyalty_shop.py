"""The shop whose figures family 8 is worked out by hand for: extracts as a shop would deliver them, loaded and built to its marts.

Times are those of the business time zone. As of 31 December 2025, 12:00: what comes after that, a refund of January among it, is not known.
March holds the tickets that are worked out, the other months one edge each. What the figures should be stands in the family's documentation
and beside the tests.
"""

from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.connections import connected
from tests.support.compiled_models import CompiledProject, build, load, models_behind, new_warehouse
from tests.support.ticket_clock import at

AS_OF = at("2025-12-31 12:00")
FAMILY = "loyalty"

# Orders before the tickets, after them, and assisted ones. Yuan a unit: of the dollar 7.19, of the euro 7.788 in 2024 and 8.1 in 2025.
ORDERS = """
    b1,c1,2025-01-10 10:00:00,,100.00,CNY,,
    b2,c2,2025-01-11 10:00:00,,100.00,CNY,,
    b3,c3,2025-01-12 10:00:00,,100.00,CNY,,
    b4,c4,2025-01-13 10:00:00,,100.00,CNY,,
    d1,d1,2025-01-10 10:00:00,,100.00,CNY,,
    d2,d2,2025-01-14 10:00:00,,100.00,CNY,,
    d3,d3,2025-01-15 10:00:00,,100.00,CNY,,
    d3twin,d3,2025-01-15 10:00:00,,100.00,CNY,,
    d4,d4,2025-01-16 10:00:00,,100.00,CNY,,
    d1again,d1,2025-04-10 10:00:00,,100.00,CNY,,
    d3again,d3,2025-04-15 10:00:01,,100.00,CNY,,
    d4again,d4,2025-03-16 10:00:00,,100.00,CNY,,
    x1,x1,2025-02-01 10:00:00,2025-02-01 10:01:00,100.00,CNY,2025-02-02 10:00:00,service
    x2,x1,2025-02-02 10:00:00,2025-02-02 10:01:00,100.00,CNY,2025-02-03 10:00:00,stock
    x3,x1,2025-02-28 10:00:00,2025-02-28 10:01:00,1000.00,CNY,,
    x4,x1,2025-02-28 11:00:00,,100.00,CNY,2025-02-28 12:00:00,
    n1,c1,2025-06-01 10:00:00,,100.00,CNY,,
    n2,c2,2025-06-02 10:00:01,,100.00,CNY,,
    n3,c3,2025-09-01 10:00:00,,100.00,CNY,,
    n4,c4,2025-09-02 10:00:01,,100.00,CNY,,
    n6a,c6,2025-03-07 09:59:59,,100.00,CNY,,
    n6b,c6,2025-03-07 10:00:00,,100.00,CNY,,
    n7,c7,2025-04-01 10:00:00,,100.00,CNY,2025-04-01 10:30:00,payment
    n11,c11,2025-10-03 10:00:00,,100.00,CNY,,
    n12,c12,2025-10-03 10:00:00,,100.00,CNY,,
    v1,c21,2025-04-08 10:00:00,,100.00,CNY,,
    v2,c22,2025-04-09 10:00:01,,100.00,CNY,,
    v3,c23,2025-04-03 09:59:59,,100.00,CNY,,
    v4,c24,2025-04-05 10:00:00,,100.00,CNY,,
    v6,c26,2025-12-25 10:00:00,,100.00,CNY,,
    v7,c27,2025-12-25 10:00:00,,100.00,CNY,,
    a1,c31,2025-05-08 10:00:00,2025-05-08 10:05:00,100.00,CNY,,
    a2,c32,2025-05-08 10:00:01,2025-05-08 10:05:00,100.00,CNY,,
    a3,c33,2025-05-06 10:00:00,2025-05-06 10:05:00,100.00,CNY,,
    a4,c34,2025-05-07 12:00:00,2025-05-07 12:05:00,200.00,USD,,
    a5,c35,2024-12-31 10:00:00,2024-12-31 10:05:00,100.00,EUR,,
    a6,c36,2025-05-07 10:00:00,2025-05-07 10:05:00,100.00,CNY,2025-05-08 10:00:00,changed_mind
    a7,c37,2025-05-07 10:00:00,,100.00,CNY,,
    a8,c38,2025-05-07 10:00:00,2025-05-07 10:05:00,100.00,CNY,,
    a9,c39,2025-05-10 11:00:00,2025-05-10 11:05:00,60.00,CNY,,
    a10,c39,2025-05-11 11:00:00,2025-05-11 11:05:00,40.00,CNY,,
    a11,c40,2025-05-11 11:00:00,2025-05-11 11:05:00,40.00,CNY,,
    a12,c41,2025-05-12 11:00:00,2026-01-02 11:05:00,40.00,CNY,,
"""
# Tickets that are solved: id, customer, order, solved, score, answered.
SOLVED = """
    t1,c1,b1,2025-03-03 10:00:00,5,2025-03-04
    t2,c2,b2,2025-03-04 10:00:00,4,2025-03-05
    t3,c3,b3,2025-03-05 10:00:00,1,2025-03-06
    t4,c4,b4,2025-03-06 10:00:00,2,2025-03-07
    t5,c5,,2025-03-07 10:00:00,3,2025-03-08
    t6,c6,,2025-03-07 10:00:00,,
    t7,c7,,2025-03-10 10:00:00,,
    t8,c7,,2025-03-20 10:00:00,3,2025-03-21
    t9,,,2025-03-21 10:00:00,,
    t11,c11,,2025-10-02 12:00:00,,
    t12,c12,,2025-10-02 12:00:01,,
    t13,c13,,2025-07-04 12:00:00,,
    t14,c14,,2025-07-04 12:00:01,,
"""
# Questions before a sale and what assisted: id, customer, created, kind; the replies to them: who, when.
OPEN = """
    p1,c21,2025-04-01 10:00:00,pre_sale,,
    p2,c22,2025-04-02 10:00:00,pre_sale,,
    p3,c23,2025-04-03 10:00:00,pre_sale,,
    p4,c24,2025-04-04 10:00:00,pre_sale spam,,
    p5,c24,2025-04-04 11:00:00,pre_sale merged,,
    p6,c26,2025-12-24 12:00:00,pre_sale,,
    p7,c27,2025-12-24 12:00:01,pre_sale,,
    s1,c31,2025-05-05 09:00:00,,ann,2025-05-05 10:00:00
    s2,c32,2025-05-05 09:00:00,,ann,2025-05-05 10:00:00
    s3,c33,2025-05-05 09:00:00,,ann,2025-05-06 10:00:00
    s4,c34,2025-05-05 09:00:00,,ann,2025-05-06 10:00:00
    s4b,c34,2025-05-05 09:00:00,pre_sale,bob,2025-05-07 10:00:00
    s4c,c34,2025-05-05 09:00:00,,robot,2025-05-07 11:00:00
    s5,c35,2024-12-30 09:00:00,,ann,2024-12-31 09:59:59
    s6,c36,2025-05-05 09:00:00,,ann,2025-05-06 10:00:00
    s7,c37,2025-05-05 09:00:00,,ann,2025-05-06 10:00:00
    s8,c38,2025-05-05 09:00:00,,robot,2025-05-06 10:00:00
    s9,c39,2025-05-10 09:00:00,,ann,2025-05-10 10:00:00
    s10,c40,2025-05-10 09:00:00,spam,ann,2025-05-10 10:00:00
    s11,c41,2025-05-11 09:00:00,,ann,2025-05-11 10:00:00
"""
REFUNDS = """
    f1,a1,2025-12-31 12:00:00,10.00,CNY
    f2,a1,2025-12-31 12:00:01,30.00,CNY
    f3,a4,2025-06-01 10:00:00,50.00,USD
    f4,a5,2025-03-20 10:00:00,40.00,EUR
    r1,x3,2025-03-04 12:00:00,10.00,CNY
    r2,x3,2025-03-05 12:00:00,20.00,CNY
    r3,x3,2025-03-06 12:00:00,50.00,CNY
    r4,x3,2025-03-07 12:00:00,40.00,CNY
    r5,x3,2025-03-08 12:00:00,27.00,CNY
    r6,x3,2025-03-21 12:00:00,33.00,CNY
"""
TIERS = {"c3": "standard", "d4": "standard", "c4": "vip"}


def lines(table: str) -> list[list[str]]:
    return [line.strip().split(",") for line in table.strip().splitlines()]


def feeds() -> dict[str, list[str]]:
    """The extracts, each its header and lines."""
    customers = sorted({row[1] for row in lines(ORDERS)} | {row[1] for row in lines(SOLVED) if row[1]})
    tickets, events, invitations, responses, answers = ([] for _ in range(5))
    for number, (ticket, customer, order, solved, score, answered) in enumerate(lines(SOLVED)):
        tickets.append(f"{ticket},{customer},{order},email,payment,{solved[:10]} 00:00:00,,,")
        events.append(f"e{number},{ticket},{solved},status_changed,ann,open,solved")
        if score:
            invitations.append(f"i{number},service,{ticket},{solved[:10]} 12:00:00")
            responses.append(f"a{number},i{number},{answered} 09:00:00")
            answers.append(f"a{number},overall,{score}")
    for number, (ticket, customer, created, kind, agent, replied) in enumerate(lines(OPEN)):
        is_pre_sale = "true" if "pre_sale" in kind else ""
        merged = "p1" if "merged" in kind else ""
        tickets.append(f"{ticket},{customer},,chat,product_question,{created},{is_pre_sale},{'true' if 'spam' in kind else ''},{merged}")
        if agent:
            events.append(f"r{number},{ticket},{replied},{'bot_reply' if agent == 'robot' else 'agent_reply'},{agent},,")
    return {
        "customers": [
            "customer_id,registered_at,region,customer_tier",
            *(f"{name},2024-01-01 00:00:00,north,{TIERS.get(name, 'gold')}" for name in customers),
        ],
        "orders": [
            "order_id,customer_id,ordered_at,paid_at,order_amount,currency,cancelled_at,cancel_reason",
            *(",".join(row) for row in lines(ORDERS)),
        ],
        "refunds": ["refund_id,order_id,refunded_at,refund_amount,currency", *(",".join(row) for row in lines(REFUNDS))],
        "agents": [
            "agent_id,valid_from,agent_role,team",
            *(f"{name},2024-01-01 00:00:00,{role},{team}" for name, role, team in (
                ("ann", "human", "returns"), ("bob", "partner", "partners"), ("robot", "bot", "bots"),
            )),
        ],
        "tickets": [
            "ticket_id,customer_id,order_id,channel,issue_type,created_at,is_pre_sale,is_spam,merged_into_ticket_id", *tickets,
        ],
        "ticket_events": ["event_id,ticket_id,occurred_at,event_type,actor_id,from_value,to_value", *events],
        "survey_invitations": ["invitation_id,survey_type,ticket_id,sent_at", *invitations],
        "survey_responses": ["response_id,invitation_id,submitted_at", *responses],
        "survey_answers": ["response_id,question_code,score", *answers],
    }  # fmt: skip


def built(project: CompiledProject, folder: Path, as_of: datetime = AS_OF) -> duckdb.DuckDBPyConnection:
    """The warehouse of the shop as of a moment with the family's marts and all that they read, opened for reading."""
    warehouse = new_warehouse(project, folder / "warehouse.duckdb")
    for feed, rows in feeds().items():
        path = folder / "landing" / "contract" / feed / f"{feed}.csv"
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    loaded = load(warehouse, folder / "landing")
    assert [extract for extract in loaded.extracts if extract.rows_rejected] == []
    with connected(warehouse) as connection:
        connection.execute("create schema if not exists intermediate")
        connection.execute(
            "create table intermediate.int_as_of__resolved as select timestamp '2024-06-01' as first_at, $1::timestamp as as_of_at", [as_of]
        )
    wanted = [model.name for model in project.models if model.schema == FAMILY]
    build(project, warehouse, models_behind(project, wanted, given=["int_as_of__resolved"]))
    return duckdb.connect(str(warehouse), read_only=True)
