"""The shop whose figures families 4 and 5 are worked out by hand for: extracts as a shop would deliver them, loaded and built to its marts.

Times are those of the business time zone. March 2025 is the month that the families' documentation works out; the other months hold one
edge each. As of 31 July, 12:00. What the figures should be stands in that documentation and beside the tests.
"""

from pathlib import Path

import duckdb

from tests.support.compiled_models import CompiledProject, build, load, models_behind, new_warehouse

# Yuan a unit in the seed exchange_rates: of the dollar 7.19, of the yen 0.0481, of the euro 8.1 in 2025 and 7.788 in 2024.
REQUEST_COLUMNS = (
    "request_id",
    "order_id",
    "line_number",
    "request_type",
    "reason",
    "quantity",
    "requested_at",
    "decided_at",
    "decision",
    "completed_at",
    "is_self_service",
    "handled_by",
    "partner_id",
    "is_under_warranty",
    "is_deleted",
    "ticket_id",
    "escalated_to_platform_at",
    "platform_verdict",
)
FEEDS = {
    "products": """
        product_id,product_name,category,merchant_id,return_policy,return_window_days,warranty_days
        p1,Boots,shoes,m1,unconditional,7,
        p2,Phone,phones,m2,conditional,7,365
        p3,Laces,shoes,m1,unconditional,7,
        p4,Cheese,food,m3,none,,
    """,
    "customers": """
        customer_id,registered_at,region,customer_tier
        c1,2024-01-01 00:00:00,north,gold
        c2,2024-01-01 00:00:00,south,standard
    """,
    "orders": """
        order_id,customer_id,merchant_id,ordered_at,paid_at,shipped_at,delivered_at,order_amount,currency
        o1,c1,m1,2025-03-01 10:00:00,2025-03-01 10:01:00,2025-03-02 10:00:00,2025-03-05 10:00:00,310.00,CNY
        o2,c1,m2,2025-03-02 10:00:00,2025-03-02 10:01:00,2025-03-03 10:00:00,2025-03-10 10:00:00,100.00,USD
        o3,c2,m1,2025-03-03 10:00:00,2025-03-03 10:01:00,2025-03-04 10:00:00,2025-03-12 10:00:00,20000.00,JPY
        o4,c2,m2,2024-12-31 10:00:00,2024-12-31 10:01:00,2025-01-01 10:00:00,2025-01-03 10:00:00,100.00,EUR
        o5,c2,m3,2025-03-15 10:00:00,2025-03-15 10:01:00,2025-03-16 10:00:00,2025-03-20 10:00:00,80.00,CNY
        o6,c1,m1,2025-03-28 10:00:00,,,,50.00,CNY
        o7,c1,m1,2025-07-20 10:00:00,2025-07-20 10:01:00,2025-07-21 10:00:00,2025-07-24 10:00:00,100.00,CNY
        o8,c1,m1,2025-07-20 10:00:00,2025-07-20 10:01:00,2025-07-21 10:00:00,2025-07-23 10:00:00,100.00,CNY
        o10,c1,m2,2025-01-05 10:00:00,2025-01-05 10:01:00,2025-01-06 10:00:00,2025-01-10 10:00:00,1000.00,CNY
        o11,c1,m2,2025-01-05 10:00:00,2025-01-05 10:01:00,2025-01-06 10:00:00,2025-01-10 10:00:00,1000.00,CNY
        o12,c2,m2,2025-01-05 10:00:00,2025-01-05 10:01:00,2025-01-06 10:00:00,2025-01-10 10:00:00,1000.00,CNY
        o13,c2,m1,2025-04-01 10:00:00,2025-04-01 10:01:00,,,50.00,CNY
        o14,c2,m2,2024-06-01 10:00:00,2024-06-01 10:01:00,,,100.00,CNY
    """,
    "order_items": """
        order_id,line_number,product_id,quantity,unit_price,discount_amount
        o1,1,p1,2,110.00,20.00
        o1,2,p3,4,25.00,
        o2,1,p2,1,100.00,
        o3,1,p1,2,10000.00,
        o4,1,p2,1,100.00,
        o5,1,p4,1,80.00,
        o6,1,p1,1,50.00,
        o7,1,p1,1,100.00,
        o8,1,p1,1,100.00,
        o10,1,p2,1,1000.00,
        o11,1,p2,1,1000.00,
        o12,1,p2,1,1000.00,
        o13,1,p1,1,50.00,
    """,
    "after_sales_requests": ",".join(REQUEST_COLUMNS)
    + """
        r1,o1,1,return,not_as_described,1,2025-03-06 10:00:00,2025-03-06 12:00:00,approved,2025-03-07 10:00:00,true,,,,,,,
        r2,o1,2,return,changed_mind,,2025-03-10 10:00:00,2025-03-10 11:00:00,approved,2025-03-12 10:00:00,false,,,,,t1,,
        r3,o2,1,return,quality_defect,1,2025-03-20 10:00:00,2025-03-21 10:00:00,approved,2025-03-25 10:00:00,,,,,,,2025-03-22 10:00:00,shop
        r4,o5,1,return,other,1,2025-03-21 10:00:00,2025-03-22 10:00:00,rejected,,,,,,,,2025-03-23 10:00:00,customer
        r5,o3,1,exchange,wrong_item,1,2025-03-14 10:00:00,,,2025-03-18 10:00:00,,,,,,,,shop
        r6,o3,1,return,,1,2025-03-15 10:00:00,2025-03-16 10:00:00,withdrawn,,,,,,,,2025-03-17 10:00:00,shared
        r7,o3,,refund_only,late_delivery,,2025-03-17 10:00:00,2025-03-18 10:00:00,approved,,,,,,,,2025-03-20 10:00:00,
        r8,o10,1,repair,quality_defect,1,2025-03-01 10:00:00,2025-03-01 11:00:00,approved,2025-03-05 10:00:00,,in_house,,true,,,,
        r9,o10,1,repair,quality_defect,1,2025-06-03 10:00:00,,,,,in_house,,true,,,,
        r10,o11,1,repair,quality_defect,1,2025-03-02 10:00:00,2025-03-02 11:00:00,approved,2025-03-05 10:00:00,,partner,w1,false,,,,
        r11,o11,1,repair,quality_defect,1,2025-06-04 10:00:00,,,,,partner,w1,false,,,,
        r12,o12,1,repair,quality_defect,1,2025-03-03 10:00:00,2025-03-03 11:00:00,approved,2025-03-06 10:00:00,,partner,w2,,,,,
        r13,o12,1,repair,quality_defect,1,2025-06-03 10:00:00,,,,,partner,w2,,,,,
        r14,o2,1,repair,quality_defect,1,2025-05-01 10:00:00,2025-05-01 11:00:00,approved,2025-05-02 12:00:00,,in_house,,true,,,,
        r15,o4,1,repair,quality_defect,1,2025-05-01 10:00:00,2025-05-01 11:00:00,approved,2025-05-02 12:00:01,,in_house,,true,,,,
        r16,o4,,refund_only,quality_defect,,2025-02-20 10:00:00,2025-02-20 11:00:00,approved,2025-03-20 10:00:00,,,,,,,,
        r17,o1,1,return,changed_mind,1,2025-03-08 10:00:00,2025-03-08 11:00:00,approved,2025-03-09 11:00:00,,,,,true,,,
        r18,o7,1,refund_only,other,,2025-07-01 11:00:00,2025-07-01 12:00:00,approved,,,,,,,,,
        r19,o8,1,refund_only,other,,2025-07-01 11:00:00,2025-07-01 12:00:01,approved,,,,,,,,,
        r20,o7,1,refund_only,other,,2025-07-30 12:00:00,,approved,2025-07-31 12:00:00,,,,,,,,
        r21,o8,1,refund_only,other,,2025-07-30 12:00:01,,approved,2025-07-30 13:00:00,,,,,,,,
    """,
    "refunds": """
        refund_id,request_id,order_id,line_number,refunded_at,refund_amount,currency,is_deleted,refund_method
        f1,r1,o1,1,2025-03-07 10:00:00,60.00,CNY,,store_credit
        f2,r1,o1,1,2025-03-08 10:00:00,40.00,CNY,,original
        f3,r2,o1,2,2025-03-12 10:00:00,100.00,CNY,,store_credit
        f4,r3,o2,,2025-03-25 10:00:00,100.00,USD,,original
        f5,r16,o4,,2025-03-20 10:00:00,100.00,EUR,,
        f6,,o1,,2025-03-15 10:00:00,999.00,CNY,true,
        f7,,o3,,2025-03-19 10:00:00,48.10,CNY,,
        f8,,o13,,2025-04-05 10:00:00,60.00,CNY,,
        f9,,o6,,2025-06-10 10:00:00,30.00,CNY,,
    """,
    "agents": """
        agent_id,valid_from,agent_role,team
        ann,2024-01-01 00:00:00,human,returns
        bob,2024-01-01 00:00:00,human,repairs
        robot,2024-01-01 00:00:00,bot,
    """,
    "tickets": """
        ticket_id,customer_id,order_id,channel,issue_type,created_at,is_spam
        t1,c1,o1,chat,return_exchange,2025-03-06 09:00:00,
        t2,c2,o3,phone,logistics,2025-03-17 09:00:00,
        t3,c2,,email,other,2025-04-02 09:00:00,
        t4,c2,,email,other,2025-03-18 09:00:00,true
    """,
    "ticket_events": """
        event_id,ticket_id,occurred_at,event_type,actor_id,from_value,to_value
        1,t1,2025-03-06 09:10:00,agent_reply,ann,,
        2,t1,2025-03-06 11:00:00,status_changed,ann,open,solved
        3,t2,2025-03-17 10:00:00,agent_reply,bob,,
        4,t2,2025-04-02 10:00:00,status_changed,bob,open,solved
        5,t3,2025-04-02 09:01:00,bot_reply,robot,,
        6,t3,2025-04-03 09:00:00,agent_reply,ann,,
        7,t4,2025-03-18 10:00:00,agent_reply,ann,,
    """,
    "service_costs": """
        cost_id,incurred_on,cost_category,amount,currency,merchant_id,channel,ticket_id,request_id,is_deleted
        k1,2025-03-31,labour,300.00,CNY,,chat,,,
        k2,2025-03-31,customer_service,200.00,CNY,,,t2,,
        k3,2025-03-15,warehousing,10.00,USD,,,,,
        k4,2025-03-12,logistics,20.00,CNY,,,,r2,
        k5,2025-03-05,repair,1000.00,JPY,,,,r8,
        k6,2025-03-21,quality,60.00,CNY,m2,,,,
        k7,2025-03-31,labour,-50.00,CNY,,chat,,,
        k8,2025-03-31,labour,999.00,CNY,,chat,,,true
        k9,2025-03-05,repair,100.00,CNY,,,,r10,
        k10,2025-03-06,repair,140.00,CNY,,,,r12,
        k11,2025-04-30,labour,30.00,CNY,,,,,
        k12,2025-05-30,labour,-20.00,CNY,,,,,
        k13,2025-05-30,logistics,40.00,CNY,,,,,
        k14,2024-06-01,labour,120.00,CNY,,,,,
        k15,2024-06-02,quality,50.00,CNY,m2,,,,
    """,
    "initiatives": """
        initiative_id,initiative_name,initiative_type,started_on,investment_amount,currency,scope_dimension,scope_member,target_kpi
        i1,All in one place,process,2025-04-01,10.00,USD,all,,cost_per_order
        i2,Better phones,quality,2024-07-31,100.00,CNY,merchant,m2,
        i3,Better boxes,logistics,2024-08-01,100.00,CNY,merchant,m2,
        i4,New greeting,other,2025-04-01,50.00,CNY,channel,phone,
        i5,Nothing before,other,2024-01-01,50.00,CNY,all,,
    """,
}
FAMILIES = ("returns", "cost")


def built(project: CompiledProject, folder: Path) -> duckdb.DuckDBPyConnection:
    """The warehouse of the shop with the marts of its families and all that they read, opened for reading."""
    warehouse = new_warehouse(project, folder / "warehouse.duckdb")
    for feed, lines in FEEDS.items():
        path = folder / "landing" / "contract" / feed / f"{feed}.csv"
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(line.strip() for line in lines.strip().splitlines()) + "\n", encoding="utf-8")
    loaded = load(warehouse, folder / "landing")
    assert [extract for extract in loaded.extracts if extract.rows_rejected] == []
    wanted = [model.name for model in project.models if model.schema in FAMILIES]
    build(project, warehouse, models_behind(project, wanted))
    return duckdb.connect(str(warehouse), read_only=True)
