"""What was booked on a ticket: its own costs, and those of the requests raised in it. From the published facts; computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from reading.snapshot import said_when_lacking


@dataclass(frozen=True)
class TicketCost:
    """A booked cost, in its own currency and in the reporting currency."""

    incurred_on: date
    category: str
    request_key: str | None
    amount: Decimal
    currency: str | None
    reporting_amount: Decimal | None


def read_costs(connection: duckdb.DuckDBPyConnection, ticket_key: str) -> Sequence[TicketCost]:
    """The costs of a ticket, the oldest first."""
    with said_when_lacking("service costs"):
        rows = connection.execute(
            "select incurred_on, cost_category, request_key, cost_amount, currency, reporting_cost_amount"
            " from core.fct_service_costs where ticket_key = ? order by incurred_on, cost_key",
            [ticket_key],
        ).fetchall()
    return [TicketCost(*row) for row in rows]
