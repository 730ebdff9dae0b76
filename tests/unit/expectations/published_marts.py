"""A small published snapshot of which every outbound rule holds: its marts, its definitions and the rows in them."""

from datetime import datetime

from expectations.outbound.mart import PERIOD_GRAIN, Column, Mart
from expectations.outbound.suites import outbound_suites
from expectations.suites import Suite
from tests.unit.expectations.handmade import Warehouse

AS_OF = datetime(2026, 1, 31, 20, 0)
GRAINS = {"day": "2026-01-31", "week": "2026-01-26", "month": "2026-01-01", "quarter": "2026-01-01", "year": "2026-01-01"}


def definition(kpi_id: str, **given: str) -> dict[str, str]:
    """A line of the seed; by default a share that adds up."""
    return {
        "kpi_id": kpi_id,
        "family": "satisfaction",
        "unit": "ratio",
        "numerator": f"{kpi_id}_part",
        "denominator": f"{kpi_id}_whole",
        "divisor": "1",
        "scale": "1",
        "interval": "wilson",
        "lowest": "0",
        "highest": "1",
        "adds_up_over_members": "true",
        "adds_up_over_days": "true",
        "headline_place": "",
        **given,
    }


DEFINED = [
    definition("share", numerator="responses_satisfied", denominator="responses_with_overall", headline_place="1"),
    definition(
        "mean", unit="score", numerator="overall_score", denominator="responses_with_overall", interval="normal", lowest="1", highest="5"
    ),
    definition("once", adds_up_over_members="false", adds_up_over_days="false"),
    definition("sum", unit="count", numerator="surveys_sent", denominator="", interval="none", highest=""),
    definition("balance", unit="points", interval="normal", lowest="-1"),
    definition(
        "quantile", unit="minutes", denominator="", interval="none", highest="", adds_up_over_members="false", adds_up_over_days="false"
    ),
    definition("later", family="cost"),
]


def columns(**types: str) -> tuple[Column, ...]:
    return tuple(Column(name, data_type) for name, data_type in types.items())


CELL = {"kpi_id": "varchar", "period_grain": "varchar", "period_start": "date", "dimension": "varchar", "member": "varchar"}
FIGURES = {"value": "double", "numerator": "double", "denominator": "double", "n": "bigint", "lower": "double", "upper": "double"}
FAMILY = Mart("satisfaction", "kpi_satisfaction", columns(**CELL, **FIGURES), ("kpi_id", *PERIOD_GRAIN))
SCOREBOARD = Mart(
    "scoreboard", "kpi_scoreboard", columns(family="varchar", **CELL, **FIGURES, previous_value="double"), ("kpi_id", *PERIOD_GRAIN)
)
EFFECTS = dict.fromkeys(("contribution", "rate_effect", "mix_effect", "overall_change"), "decimal(38,12)")
CONTRIBUTIONS = Mart("scoreboard", "kpi_contributions", columns(**CELL, **EFFECTS), ("kpi_id", *PERIOD_GRAIN))
COVERAGE = Mart(
    "scoreboard",
    "kpi_coverage",
    columns(
        kpi_id="varchar",
        family="varchar",
        unit="varchar",
        numerator="varchar",
        denominator="varchar",
        divisor="bigint",
        scale="bigint",
        interval="varchar",
        lowest="double",
        highest="double",
        adds_up_over_members="boolean",
        adds_up_over_days="boolean",
        headline_place="bigint",
    ),
    ("kpi_id",),
)
ORDERS = Mart(
    "core",
    "fct_orders",
    columns(order_key="varchar", currency="varchar", payable_amount="decimal(18,2)", paid_share="double"),
    ("order_key",),
)
REFUNDS = Mart(
    "core",
    "fct_refunds",
    columns(refund_key="varchar", order_key="varchar", currency="varchar", refund_amount="decimal(18,2)"),
    ("refund_key",),
)
TICKETS = Mart(
    "core",
    "fct_tickets",
    columns(ticket_key="varchar", first_reply_minutes="double", first_reply_business_minutes="double", on_hold_minutes="double"),
    ("ticket_key",),
)
INTERVALS = Mart(
    "core",
    "fct_ticket_intervals",
    columns(
        ticket_key="varchar",
        interval_number="bigint",
        activity="varchar",
        is_before_first_reply="boolean",
        calendar_seconds="bigint",
        business_seconds="bigint",
    ),
    ("ticket_key", "interval_number"),
)
RESPONSES = Mart(
    "core",
    "fct_survey_responses",
    columns(
        response_key="varchar",
        survey_type="varchar",
        is_valid="boolean",
        invalid_reason="varchar",
        overall_score="bigint",
        satisfied_score="bigint",
        is_in_scope="boolean",
    ),
    ("response_key",),
)
INVITATIONS = Mart("core", "fct_survey_invitations", columns(invitation_key="varchar", is_in_scope="boolean"), ("invitation_key",))
CUSTOMERS = Mart("core", "dim_customers", (Column("customer_key", "varchar", publish="pseudonym"),), ("customer_key",))
MARTS = [FAMILY, SCOREBOARD, CONTRIBUTIONS, COVERAGE, ORDERS, REFUNDS, TICKETS, INTERVALS, RESPONSES, INVITATIONS, CUSTOMERS]
ROWS = {
    "satisfaction.kpi_satisfaction": 90,
    "scoreboard.kpi_scoreboard": 90,
    "scoreboard.kpi_contributions": 4,
    "scoreboard.kpi_coverage": 7,
    "core.fct_orders": 2,
    "core.fct_refunds": 3,
    "core.fct_tickets": 3,
    "core.fct_ticket_intervals": 5,
    "core.fct_survey_responses": 6,
    "core.fct_survey_invitations": 5,
    "core.dim_customers": 2,
    "quality.rejected_rows": 1,
}


def cell(numerator: float | None, denominator: float | None, n: int) -> list[float | int | None]:
    """The six columns of a figure."""
    value = numerator if denominator is None else (None if not denominator else numerator / denominator)
    return [value, numerator, denominator, n, value, value]


# One day's answers, 2 satisfied of 3 in two channels; four surveys were sent.
MEMBERS = {
    ("overall", "all"): [cell(2, 3, 3), cell(11, 3, 3), cell(2, 3, 3), cell(4, None, 4), cell(0, 3, 3), [7.0, None, None, 3, None, None]],
    ("channel", "chat"): [cell(2, 2, 2), cell(9, 2, 2), cell(2, 3, 3), cell(3, None, 3), cell(1, 2, 2), [5.0, None, None, 2, None, None]],
    ("channel", "phone"): [cell(0, 1, 1), cell(2, 1, 1), cell(1, 1, 1), cell(1, None, 1), cell(-1, 1, 1), [9.0, None, None, 1, None, None]],
}


def fill(warehouse: Warehouse) -> None:
    """The answers at every grain, an order, a refund, tickets, responses and customers."""
    warehouse.execute("create schema quality; create table quality.rejected_rows as select 1 as row_count")
    for mart in MARTS:
        listed = ", ".join(f"{column.name} {column.data_type}" for column in mart.columns)
        warehouse.execute(f"create table {mart.relation} ({listed})")
    figures = [
        [line["kpi_id"], grain, start, *member, *figure]
        for grain, start in GRAINS.items()
        for member, told in MEMBERS.items()
        for line, figure in zip(DEFINED[:6], told, strict=True)
    ]
    warehouse.insert(FAMILY.relation, figures)
    # All but the sum stood a third lower a year before.
    warehouse.insert(
        SCOREBOARD.relation,
        [["satisfaction", *figure, 3 if figure[0] == "sum" else None if figure[5] is None else figure[5] - 1 / 3] for figure in figures],
    )
    warehouse.execute("""
        insert into scoreboard.kpi_contributions values
        ('share', 'year', '2026-01-01', 'channel', 'chat', 0.25, 0.5, -0.25, 0.333333333333),
        ('share', 'year', '2026-01-01', 'channel', 'phone', 0.083333333333, 0.1, -0.016666666667, 0.333333333333),
        ('sum', 'year', '2026-01-01', 'channel', 'chat', 2, null, null, 1),
        ('sum', 'year', '2026-01-01', 'channel', 'phone', -1, null, null, 1)
    """)
    warehouse.insert(COVERAGE.relation, [[line[name] or None for name in COVERAGE.column_names] for line in DEFINED])
    warehouse.execute("insert into core.fct_orders values ('shop:1', 'CNY', 100.00, 1.0), ('shop:2', 'CNY', null, null)")
    warehouse.execute("""
        insert into core.fct_refunds values
        ('shop:r1', 'shop:1', 'CNY', 60.00), ('shop:r2', 'shop:1', 'CNY', 40.00), ('shop:r3', 'shop:2', 'CNY', 9.00)
    """)
    warehouse.execute(
        "insert into core.fct_tickets values ('shop:t1', 90.0, 30.0, 20.0), ('shop:t2', 10.0, 10.0, 0.0), ('shop:t3', null, null, null)"
    )
    warehouse.execute("""
        insert into core.fct_ticket_intervals values
        ('shop:t1', 1, 'agent_work', true, 4200, 1800), ('shop:t1', 2, 'on_hold', true, 1200, 0),
        ('shop:t1', 3, 'agent_work', false, 60, 60),
        ('shop:t2', 1, 'agent_work', true, 600, 600), ('shop:t3', 1, 'agent_work', true, 6000, 60)
    """)
    warehouse.execute("""
        insert into core.fct_survey_responses values
        ('shop:a', 'service', true, null, 5, null, true), ('shop:b', 'service', true, null, 4, null, true),
        ('shop:c', 'service', true, null, 2, null, true), ('shop:d', 'service', false, 'expired', 5, null, true),
        ('shop:e', 'nps', true, null, null, null, true), ('shop:spam', 'service', true, null, 5, null, false)
    """)
    warehouse.execute("""
        insert into core.fct_survey_invitations values
        ('shop:i1', true), ('shop:i2', true), ('shop:i3', true), ('shop:i4', true), ('shop:spam', false)
    """)
    warehouse.execute(f"insert into core.dim_customers values ('{'0' * 64}'), ('{'1' * 64}')")


def suites(**changes) -> list[Suite]:
    return outbound_suites(MARTS, DEFINED, **{"personal_columns": {"email"}, "rows": ROWS, "as_of": AS_OF, **changes})
