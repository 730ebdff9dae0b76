"""What the shop's systems show on a day: of each feed of the contract the rows that stand, typed, for a dress to write in its own way.

Simulates nothing: it spells out what is stored already. How a system's files look stands in the module of that system.
"""

from __future__ import annotations

from collections.abc import Mapping

from shop_simulator.feeds import BOOLEAN, DATE, FEEDS, INTEGER, MOMENT, MONEY, TEXT
from shop_simulator.store import Store

# By what a row of a feed is told from another. An agent is shown as the newest spell has it: systems keep no history of teams.
_KEYS = {
    "customers": "customer_id", "merchants": "merchant_id", "products": "product_id", "orders": "order_id",
    "order_items": "order_id, line_number", "after_sales_requests": "request_id", "refunds": "refund_id", "agents": "agent_id",
    "tickets": "ticket_id", "ticket_events": "event_id", "ticket_tags": "ticket_id, tag", "survey_invitations": "invitation_id",
    "survey_responses": "response_id", "survey_answers": "response_id, question_code",
}  # fmt: skip
_SPELT = {
    TEXT: "{}", BOOLEAN: "coalesce({}, false)", INTEGER: "cast({} as bigint)",
    MONEY: "cast(cast({} as decimal(16, 0)) * 0.01 as decimal(18, 2))",
    MOMENT: "make_timestamp(({}) * 1000000)", DATE: "cast(make_timestamp(({}) * 86400000000) as date)",
}  # fmt: skip


def spell_out(store: Store) -> None:
    """Make a table ``told_<feed>`` of all that was delivered of each feed, moments in UTC, and the number in a text id as ``digits()``.

    What is withdrawn in the end is left out from the first: an export has no way to take a row back.
    """
    store.connection.execute("create macro digits(id) as cast(regexp_replace(id, '[^0-9]', '', 'g') as bigint)")
    for feed in FEEDS:
        if feed.name in _KEYS:
            columns = ", ".join(f"{_SPELT[column.kind].format(column.sql)} as {column.name}" for column in feed.columns)
            store.connection.execute(f"create table told_{feed.name} as select {columns}, _day, _sequence from {feed.name}")
            if any(column.name == "is_deleted" for column in feed.columns):
                key = _KEYS[feed.name]
                store.connection.execute(
                    f"delete from told_{feed.name} where ({key}) in (select ({key}) from told_{feed.name} where is_deleted)"
                )


def show(store: Store, after_day: int, day: int) -> None:
    """Make a table ``shown_<feed>`` of the newest version of each row that was delivered by ``day``.

    ``is_new`` says that something of the row was delivered later than ``after_day``.
    """
    for feed in FEEDS:
        if feed.name not in _KEYS:
            continue
        names = {column.name for column in feed.columns}
        key = _KEYS[feed.name]
        newest = "updated_at desc, " if "updated_at" in names else ""
        store.connection.execute(
            f"create or replace table shown_{feed.name} as"
            f" select * exclude (_day, _sequence, _place) from (select *,"
            f" max(_day) over (partition by {key}) > {after_day} as is_new,"
            f" row_number() over (partition by {key} order by {newest}_sequence desc) as _place"
            f" from told_{feed.name} where _day <= {day}) where _place = 1"
        )


def worded(sql: str, words: Mapping[str, str]) -> str:
    """An expression with the contract's words told in another system's; a word that is not named stays as it is."""
    cases = " ".join(f"when '{word}' then '{other}'" for word, other in words.items())
    return f"case {sql} {cases} else {sql} end"
