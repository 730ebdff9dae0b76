"""The shop whose figures families 7 and 11 are worked out by hand for: extracts as a shop delivers them, loaded and built to its marts.

Times are those of the business time zone. March 2025 is the month that the families' documentation works out; February and April hold what
customers said before and after, May and June the hot spots and thirty surveys alike. What the figures should be stands in that
documentation and beside the tests.
"""

from pathlib import Path

import duckdb

from tests.support.compiled_models import CompiledProject, build, load, models_behind, new_warehouse

FAMILIES = ("expectation", "voice")
FEEDS = {
    "products": """
        product_id,product_name,category,merchant_id
        p1,Boots,shoes,m1
        p2,Phone,phones,m2
        p3,Laces,shoes,m1
    """,
    "customers": """
        customer_id,registered_at,region,customer_tier
        c1,2024-01-01 00:00:00,north,gold
        c2,2024-01-01 00:00:00,south,standard
    """,
    # For June sales count from March on: o4 is a day too early, o5 was cancelled.
    "orders": """
        order_id,customer_id,ordered_at,cancelled_at,order_amount,currency
        o1,c1,2025-06-30 23:59:00,,600.00,CNY
        o2,c1,2025-04-02 10:00:00,,3000.00,CNY
        o3,c2,2025-03-01 00:00:00,,10.00,CNY
        o4,c2,2025-02-28 23:59:00,,90.00,CNY
        o5,c2,2025-05-02 10:00:00,2025-05-03 10:00:00,9000.00,CNY
    """,
    "order_items": """
        order_id,line_number,product_id,quantity,unit_price
        o1,1,p1,60,10.00
        o2,1,p2,30,100.00
        o3,1,p3,10,1.00
        o4,1,p3,90,1.00
        o5,1,p2,90,100.00
    """,
    "agents": """
        agent_id,valid_from,agent_role,team
        ann,2024-01-01 00:00:00,human,desk
        robot,2024-01-01 00:00:00,bot,
    """,
    # Each is named for the seconds until the first reply; t6 is about what nobody was asked about, t7 is spam, t12 of another store.
    "tickets": """
        ticket_id,customer_id,order_id,product_id,channel,issue_type,created_at,is_spam,merged_into_ticket_id,shop_id
        t1,c1,,p1,chat,logistics,2025-03-03 10:00:00,,,
        t2,c2,,p1,chat,logistics,2025-03-04 10:00:00,,,
        t3,c2,,p1,phone,logistics,2025-03-05 10:00:00,,,
        t4,c1,,p2,phone,payment,2025-03-06 10:00:00,,,
        t5,c1,,p2,phone,payment,2025-03-07 10:00:00,,,
        t6,c1,,p2,phone,repair,2025-03-08 10:00:00,,,
        t7,c1,,p2,phone,logistics,2025-03-09 10:00:00,true,,
        t8,c2,,p1,chat,logistics,2025-04-02 10:00:00,,,
        t9,c2,,p1,chat,logistics,2025-04-05 10:00:00,,,
        t10,c2,,p1,chat,logistics,2025-02-10 10:00:00,,,
        t11,c2,,p1,chat,payment,2025-02-11 10:00:00,,,
        t12,c2,,p1,chat,logistics,2025-03-15 10:00:00,,,annex
        t13,c1,,,email,other,2025-03-03 11:00:00,,t1,
    """,
    "ticket_events": """
        event_id,ticket_id,occurred_at,event_type,actor_id
        1,t1,2025-03-03 10:20:00,agent_reply,ann
        2,t2,2025-03-04 10:30:00,agent_reply,ann
        3,t3,2025-03-05 10:30:01,agent_reply,ann
        4,t4,2025-03-06 10:05:00,agent_reply,ann
        5,t5,2025-03-07 10:01:00,bot_reply,robot
        6,t6,2025-03-08 10:01:00,agent_reply,ann
        7,t7,2025-03-09 10:01:00,agent_reply,ann
        8,t8,2025-04-02 10:40:01,agent_reply,ann
        9,t9,2025-04-05 10:40:00,agent_reply,ann
        10,t10,2025-02-10 10:30:00,agent_reply,ann
        11,t11,2025-02-11 10:05:01,agent_reply,ann
        12,t12,2025-03-15 10:01:00,agent_reply,ann
    """,
    "survey_invitations": """
        invitation_id,survey_type,ticket_id,customer_id,sent_at
        s1,expectation,t1,c1,2025-03-09 10:00:00
        s2,expectation,t2,c2,2025-03-09 10:00:00
        s3,expectation,t4,c1,2025-03-09 10:00:00
        s4,expectation,t8,c2,2025-04-03 10:00:00
        s5,expectation,t3,c2,2025-03-09 10:00:00
        s6,expectation,t7,c1,2025-03-10 10:00:00
        s7,expectation,t6,c1,2025-03-10 10:00:00
        s8,expectation,t11,c2,2025-02-12 10:00:00
    """,
    # s5 answers after 30 days, s7 off the scale.
    "survey_responses": """
        response_id,invitation_id,submitted_at
        r1,s1,2025-03-10 10:00:00
        r2,s2,2025-03-12 10:00:00
        r3,s3,2025-03-31 23:59:59
        r4,s4,2025-04-10 10:00:00
        r5,s5,2025-04-08 10:00:01
        r6,s6,2025-03-11 10:00:00
        r7,s7,2025-03-11 10:00:00
        r8,s8,2025-02-13 10:00:00
    """,
    "survey_answers": """
        response_id,question_code,score
        r1,first_reply_minutes_expected,20
        r1,effort_expected,2
        r1,effort_experienced,4
        r1,effort_importance,4
        r1,guarantee_expected,4
        r1,guarantee_experienced,3
        r1,guarantee_importance,5
        r1,response_days_expected,1.5
        r1,response_days_experienced,4
        r1,response_days_importance,3
        r1,attitude_expected,4
        r1,attitude_experienced,4
        r1,attitude_importance,2
        r2,first_reply_minutes_expected,40
        r2,effort_expected,3
        r2,effort_experienced,3
        r2,effort_importance,4
        r2,guarantee_expected,4
        r2,guarantee_importance,5
        r2,attitude_expected,3
        r2,attitude_experienced,5
        r3,first_reply_minutes_expected,5
        r3,problem_solving_expected,5
        r3,problem_solving_experienced,4
        r3,problem_solving_importance,3
        r3,communication_expected,4
        r3,communication_experienced,4
        r3,communication_importance,1
        r4,first_reply_minutes_expected,60
        r4,response_days_expected,2
        r4,response_days_experienced,1
        r4,response_days_importance,3
        r4,problem_solving_expected,4
        r4,problem_solving_experienced,5
        r5,first_reply_minutes_expected,1
        r6,first_reply_minutes_expected,1
        r6,effort_expected,1
        r6,effort_experienced,5
        r7,effort_expected,1
        r7,effort_experienced,6
        r7,first_reply_minutes_expected,1
        r8,guarantee_expected,3
        r8,guarantee_experienced,3
        r8,communication_expected,3
        r8,communication_experienced,2
    """,
    "product_suggestions": """
        suggestion_id,ticket_id,product_id,raised_at,accepted_at,released_at,is_deleted
        g1,t1,p1,2025-03-05 10:00:00,2025-03-08 10:00:00,2025-03-28 10:00:00,
        g2,t4,p2,2025-03-10 10:00:00,2025-03-15 10:00:00,,
        g3,,p3,2025-03-12 10:00:00,,,
        g4,,p1,2025-03-31 23:00:00,,2025-06-01 23:00:00,
        g5,,p1,2025-04-01 00:00:00,,,
        g6,,p1,2025-03-20 10:00:00,2025-03-21 10:00:00,,true
        g7,t13,,2025-04-03 10:00:00,2025-04-04 10:00:00,,
        g8,t5,p2,2025-04-05 10:00:00,2025-04-01 10:00:00,,
    """,
}
# Tickets of a month without a reply, so many of each: month, issue type, product, the order where that alone says the product.
QUEUES = [
    ("2025-05", "logistics", "p3", None, 25),
    ("2025-05", "logistics", "p2", None, 5),
    ("2025-05", "logistics", "p1", None, 3),
    ("2025-05", "payment", "p2", None, 29),
    ("2025-06", "product_quality", "p1", None, 10),
    ("2025-06", "product_quality", "p2", None, 10),
    ("2025-06", "product_quality", "p3", None, 19),
    ("2025-06", "product_quality", "", "o3", 1),
    ("2025-06", "product_quality", "", None, 7),
    ("2025-06", "logistics", "p3", None, 29),
]
# Of each of 30 responses of June: the item with expected, experienced and importance. The last did not answer on problem_solving.
ALIKE = {"effort": (3, 3, 5), "guarantee": (4, 3, 4), "attitude": (4, 4, 2), "communication": (4, 2, 1), "problem_solving": (4, 4, 3)}


def feeds() -> dict[str, list[str]]:
    """The lines of each feed."""
    lines = {feed: [line.strip() for line in text.strip().splitlines()] for feed, text in FEEDS.items()}
    number = 0
    for month, issue_type, product, order, count in QUEUES:
        for _ in range(count):
            number += 1
            lines["tickets"].append(f"q{number},c2,{order or ''},{product},email,{issue_type},{month}-10 10:00:00,,,")
            if issue_type == "product_quality" and number <= 62 + 30:
                lines["survey_invitations"].append(f"q{number},expectation,q{number},c2,2025-06-11 10:00:00")
                lines["survey_responses"].append(f"q{number},q{number},2025-06-12 10:00:00")
                lines["survey_answers"] += [
                    f"q{number},{item}_{part},{score}"
                    for item, scores in ALIKE.items()
                    for part, score in zip(("expected", "experienced", "importance"), scores, strict=True)
                    if (item, part, number) != ("problem_solving", "experienced", 92)
                ]
    return lines


def built(project: CompiledProject, folder: Path) -> duckdb.DuckDBPyConnection:
    """The warehouse of the shop with the marts of its families and all that they read, opened for reading."""
    warehouse = new_warehouse(project, folder / "warehouse.duckdb")
    for feed, lines in feeds().items():
        path = folder / "landing" / "contract" / feed / f"{feed}.csv"
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    loaded = load(warehouse, folder / "landing")
    assert [extract for extract in loaded.extracts if extract.rows_rejected] == []
    wanted = [model.name for model in project.models if model.schema in FAMILIES]
    build(project, warehouse, models_behind(project, wanted))
    return duckdb.connect(str(warehouse), read_only=True)
