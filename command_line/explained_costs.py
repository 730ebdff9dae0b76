"""The part of ``aftersales explain`` that tells what was booked on a ticket."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from reading.figures import NOTHING
from reading.ticket_costs import TicketCost


def rendered_costs(costs: Sequence[TicketCost]) -> list[Table]:
    """The costs of a ticket and what they come to; nothing where none was booked."""
    if not costs:
        return []
    total = sum(cost.reporting_amount or 0 for cost in costs)
    table = Table(title="What it cost", title_justify="left", caption=f"{total:,.2f} in the reporting currency", caption_justify="left")
    for title in ("Day", "Category", "Request", "Booked", "Reporting"):
        table.add_column(title, justify="right" if title in ("Booked", "Reporting") else "left", overflow="fold")
    for cost in costs:
        table.add_row(
            str(cost.incurred_on),
            escape(cost.category),
            escape(cost.request_key or NOTHING),
            f"{cost.amount:,.2f} {escape(cost.currency or '?')}",
            NOTHING if cost.reporting_amount is None else f"{cost.reporting_amount:,.2f}",
        )
    return [table]
