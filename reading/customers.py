"""Whom a customer of a shop with several systems was recognised as, and by what. Knows customers by their published hash only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from reading.errors import UnknownName
from reading.snapshot import said_when_lacking

# HMAC-SHA-256 in hexadecimal digits: no ticket's id is like it.
_HASH = re.compile(r"[0-9a-f]{64}")

RULES: Mapping[str, str] = {
    "first": "the first account",
    "id": "an id: one of the systems names the other's customer",
    "email": "the same e-mail address",
    "phone": "the same telephone number",
}


@dataclass(frozen=True)
class JoinedAccounts:
    """Accounts of one system that one rule joined; ``delivered_at`` (UTC) is when the first of them was first delivered."""

    source_system: str
    rule: str
    account_count: int
    delivered_at: datetime


@dataclass(frozen=True)
class Customer:
    """A customer, and the system whose account speaks for them. ``joins`` is empty for one with a single account."""

    key: str
    source_system: str
    shop: str
    joins: Sequence[JoinedAccounts]


def is_customer_key(text: str) -> bool:
    """Whether a text is a customer's published key."""
    return _HASH.fullmatch(text.lower()) is not None


def read_customer(connection: duckdb.DuckDBPyConnection, key: str) -> Customer:
    """The customer of that published key. ``UnknownName`` when the snapshot has none."""
    with said_when_lacking("customers"):
        known = connection.execute(
            "select customer_key, source_system, shop from core.dim_customers where customer_key = ?", [key.lower()]
        ).fetchall()
        if not known:
            raise UnknownName(
                f"There is no customer {key!r}. Those of this snapshot are in core.dim_customers: they are others after rotate-key, "
                "and whom no extract of customers ever told of is not there."
            )
        joins = connection.execute(
            "select source_system, join_rule, account_count, delivered_at from core.dim_customer_joins where customer_key = ? "
            "order by delivered_at, join_rule <> 'first', source_system, join_rule",
            [key.lower()],
        ).fetchall()
    return Customer(*known[0], joins=[JoinedAccounts(*row) for row in joins])
