"""What a shop delivers late and otherwise than before: rows of any feed corrected, withdrawn or new, drawn from what a warehouse holds.

A correction takes a value that another row of the feed has, so that whatever a column may hold is met in time: tickets are merged and
move to another channel, moments move to other days, customers change tier and region, surveys are judged anew.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb

from orchestration.connections import connected
from orchestration.loading import FeedDeclaration, read_declarations
from tests.support.warehouse import PROJECT_ROOT

Row = dict[str, object]


@cache
def contract_feeds() -> Mapping[str, FeedDeclaration]:
    """The feeds of the contract by name."""
    return read_declarations(PROJECT_ROOT / "models")["contract"].feeds


def write_rows(landing: Path, feed: str, day: datetime, rows: Iterable[Row], name: str = "late") -> None:
    """An extract of ``feed`` that is delivered on ``day``: moments in UTC, what a row does not say empty."""
    lines = list(rows)
    if not lines:
        return
    path = landing / "contract" / feed / f"{feed}_{name}_{day:%Y-%m-%d}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(column for line in lines for column in line)))
        writer.writeheader()
        writer.writerows({column: _text(value) for column, value in line.items()} for line in lines)


def _text(value: object) -> object:
    return f"{value:%Y-%m-%dT%H:%M:%S}+00:00" if isinstance(value, datetime) else value


def known_rows(connection: duckdb.DuckDBPyConnection, feed: str) -> list[Row]:
    """The current rows of a feed, in an order of their own."""
    names = [column.name for column in contract_feeds()[feed].columns]
    rows = connection.execute(f'select {", ".join(names)} from "current".contract__{feed} order by all').fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def write_random_changes(landing: Path, day: datetime, warehouse: Path, chance: random.Random, share: float = 0.03) -> None:
    """Of each feed some rows once more, as of ``day``: corrected in a column or two, or withdrawn; and new rows."""
    with connected(warehouse, read_only=True) as connection:
        known = {feed: known_rows(connection, feed) for feed in contract_feeds()}
    for feed, rows in known.items():
        some = chance.sample(rows, min(len(rows), 1 + int(share * len(rows))))
        write_rows(landing, feed, day, [changed_row(feed, row, rows, day, chance) for row in some], "changed")
    write_new_rows(landing, day, known, chance)


def changed_row(feed: str, row: Row, rows: list[Row], day: datetime, chance: random.Random) -> Row:
    """A row as it is told on ``day``: withdrawn, or with a value or two that others of ``rows`` have."""
    told = dict(row)
    if "updated_at" in row:
        told["updated_at"] = day + timedelta(seconds=chance.randrange(36000))
    if "is_deleted" in row and chance.random() < 0.25:
        return {**told, "is_deleted": "true"}
    free = [name for name in row if name not in (*contract_feeds()[feed].key, "updated_at", "is_deleted")]
    return told | {column: chance.choice(rows)[column] for column in chance.sample(free, min(2, len(free)))}


def write_new_rows(landing: Path, day: datetime, known: Mapping[str, list[Row]], chance: random.Random) -> None:
    """Late events of old tickets, reopenings and solutions among them; a merge; a second shop; an agent's new role or team; a region."""
    tickets, events = known["tickets"], known["ticket_events"]
    late: list[Row] = []
    for number, event in enumerate(chance.sample(events, min(12, len(events)))):
        ticket = chance.choice(tickets)
        late.append({**event, "event_id": f"late-{day:%Y%m%d}-{number}", "ticket_id": ticket["ticket_id"]})
        if chance.random() < 0.5:
            status = chance.choice(["open", "pending", "solved", "closed"])
            late[-1] |= {"event_type": "status_changed", "from_value": None, "to_value": status}
        created_at = ticket["created_at"]
        assert isinstance(created_at, datetime)
        late[-1]["occurred_at"] = created_at + chance.random() * max(day - created_at, timedelta(hours=1))
    write_rows(landing, "ticket_events", day, late)
    if len(tickets) > 1:
        merged, into = chance.sample(tickets, 2)
        write_rows(
            landing, "tickets", day, [{**merged, "merged_into_ticket_id": into["ticket_id"], "updated_at": day + timedelta(hours=11)}]
        )
    for feed in ("orders", "tickets"):
        if chance.random() < 0.5:
            rows = known[feed]
            moved_rows = [{**row, "shop_id": "second", "updated_at": day + timedelta(hours=12)} for row in chance.sample(rows, 2)]
            write_rows(landing, feed, day, moved_rows, "of_second_shop")
    agents = known["agents"]
    if agents:
        version = {**chance.choice(agents), "valid_from": day - timedelta(days=chance.randrange(4)), "updated_at": day}
        version |= {
            "agent_role": chance.choice(["human", "bot", "partner"]),
            "team": chance.choice(["returns", "repairs", f"team_{day:%d}"]),
        }
        write_rows(landing, "agents", day, [version])
    customers = known["customers"]
    if customers:
        moved: Row = {**chance.choice(customers), "customer_tier": chance.choice(["gold", "vip"]), "region": f"region_{day:%d}"}
        write_rows(landing, "customers", day, [{**moved, "updated_at": day - timedelta(days=chance.randrange(3))}])
