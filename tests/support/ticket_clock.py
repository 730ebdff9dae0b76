"""Help desks made up for tests, and the ticket clock's own models run over them.

dbt compiles the models once; a built help desk is those models' SQL over tickets, events, agents and calendars that a test names. What the
numbers should be is computed in the tests.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from tests.support.compiled_models import CompiledModel, CompiledProject, create, in_memory_warehouse, models_behind
from tests.support.warehouse import PROJECT_ROOT

SEEDS = PROJECT_ROOT / "seeds" / "reference"
CLOCK_SEEDS = ("business_calendars", "business_hours", "calendar_exceptions", "calendar_assignments", "sla_policies", "reply_targets")
CLOCK_FACTS = ("fct_tickets", "fct_ticket_intervals", "fct_ticket_sla", "fct_ticket_turns", "fct_ticket_events", "dim_agents")
ENTITIES = ("tickets", "ticket_events", "ticket_tags", "agents")
# A state of a customer or product that held all the time.
ALWAYS = {"applies_from": datetime(1900, 1, 1), "applies_to": datetime(9999, 12, 31)}
# What a ticket is counted under beside what it says itself: rows of a shop whose own road to here is tested elsewhere.
SHOP_COLUMNS = {
    "core.fct_orders": "order_key text, shop text, customer_key text, merchant_key text, product_category text",
    "intermediate.int_customers__joined": "customer_key text, person_key text",
    "intermediate.int_customers__versioned": (
        "customer_key text, region text, customer_tier text, applies_from timestamp, applies_to timestamp"
    ),
    "intermediate.int_survey_invitations__unioned": "invitation_key text, ticket_key text, survey_type text",
    "intermediate.int_survey_responses__validated": (
        "invitation_key text, is_valid boolean, overall_score decimal(18,2), submitted_at timestamp"
    ),
    "intermediate.int_products__versioned": "product_key text, category text, applies_from timestamp, applies_to timestamp",
}
SEED_COLUMNS = {
    "business_calendars": "calendar_code text, calendar_name text, time_zone text, exception_set text, valid_from date, valid_to date",
    "business_hours": "calendar_code text, weekday bigint, opens_at text, closes_at text, valid_from date, valid_to date",
    "calendar_exceptions": (
        "exception_set text, exception_on date, exception_type text, like_weekday bigint, opens_at text, closes_at text, "
        "exception_name text, basis text"
    ),
    "calendar_assignments": "source_system text, channel text, calendar_code text",
    "reply_targets": "channel text, target_seconds bigint, opens_at text, closes_at text, valid_from date, valid_to date",
    "sla_policies": (
        "policy_id text, policy_name text, metric text, source_system text, priority text, channel text, issue_type text, "
        "target_minutes bigint, clock text, calendar_code text, valid_from date, valid_to date"
    ),
}
STAGING_COLUMNS = {
    "tickets": (
        "ticket_key text, source_system text, ticket_id text, customer_key text, order_key text, merchant_key text, product_key text, "
        "shop_id text, merged_into_ticket_key text, channel text, issue_type text, priority text, resolution_code text, "
        "contact_reason text, is_complaint boolean, is_pre_sale boolean, is_spam boolean, handling_seconds bigint, created_at timestamp"
    ),
    "ticket_events": (
        "event_key text, source_system text, event_id text, ticket_key text, actor_key text, event_type text, from_value text, "
        "to_value text, occurred_at timestamp"
    ),
    "ticket_tags": "ticket_tag_key text, source_system text, ticket_key text, tag text, tagged_at timestamp",
    "agents": (
        "agent_spell_key text, agent_key text, source_system text, agent_id text, agent_role text, team text, hired_on date, "
        "valid_from timestamp, left_at timestamp"
    ),
}


def at(local: str, zone: str = "Asia/Shanghai", *, fold: int = 0) -> datetime:
    """The UTC moment (without zone, as the warehouse has it) of a wall-clock time."""
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def clock_models_of(project: CompiledProject) -> list[CompiledModel]:
    """The clock's models and the unions they read; a help desk's own tables stand in for staging, for as_of and for the shop."""
    staging = [model.name for model in project.models if model.schema == "staging"]
    shop = [table.split(".")[1] for table in SHOP_COLUMNS]
    return models_behind(project, CLOCK_FACTS, given=["int_as_of__resolved", *staging, *shop])


def there_with(clock_models: Iterable[CompiledModel]) -> list[str]:
    """The names of what is there once a help desk was built with its clock."""
    return ["int_as_of__resolved", *CLOCK_SEEDS, *(model.name for model in clock_models), *(table.split(".")[1] for table in SHOP_COLUMNS)]


@dataclass
class HelpDesk:
    """Tickets, their events, people and shop of any number of source systems, with the project's seeds until a test says otherwise."""

    as_of: datetime
    first_at: datetime | None = None
    tickets: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    tags: list[dict[str, Any]] = field(default_factory=list)
    agents: list[dict[str, Any]] = field(default_factory=list)
    shop: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seeds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def ticket(self, ticket_id: str, created_at: datetime, *, source: str = "office", **columns: Any) -> str:
        """Open a ticket and return its key."""
        key = f"{source}:{ticket_id}"
        merged_into = columns.pop("merged_into", None)
        self.tickets.append(
            {
                "ticket_key": key,
                "source_system": source,
                "ticket_id": ticket_id,
                "channel": "chat",
                "issue_type": "other",
                "priority": "normal",
                "created_at": created_at,
                "merged_into_ticket_key": merged_into,
                **columns,
            }
        )
        return key

    def event(
        self,
        ticket_key: str,
        occurred_at: datetime,
        event_type: str,
        *,
        actor: str | None = None,
        event_id: str | None = None,
        from_value: str | None = None,
        to_value: str | None = None,
    ) -> None:
        """Let something happen to a ticket."""
        source = ticket_key.split(":", maxsplit=1)[0]
        event_id = event_id or f"e{len(self.events):06}"
        self.events.append(
            {
                "event_key": f"{source}:{event_id}",
                "source_system": source,
                "event_id": event_id,
                "ticket_key": ticket_key,
                "actor_key": f"{source}:{actor}" if actor else None,
                "event_type": event_type,
                "from_value": from_value,
                "to_value": to_value,
                "occurred_at": occurred_at,
            }
        )

    def statuses(self, ticket_key: str, *changes: tuple[datetime, str]) -> None:
        """Take a ticket through statuses, from new on."""
        status = "new"
        for moment, to_status in changes:
            self.event(ticket_key, moment, "status_changed", from_value=status, to_value=to_status)
            status = to_status

    def agent(self, source: str, agent_id: str, role: str, *, team: str = "desk", valid_from: datetime = datetime(2010, 1, 1)) -> None:
        """Put somebody on the staff list in a role and team, from a moment on."""
        self.agents.append(
            {
                "agent_spell_key": f"{source}:{agent_id}|{valid_from}",
                "agent_key": f"{source}:{agent_id}",
                "source_system": source,
                "agent_id": agent_id,
                "agent_role": role,
                "team": team,
                "valid_from": valid_from,
            }
        )

    def build(self, models: Iterable[CompiledModel]) -> duckdb.DuckDBPyConnection:
        """A database in memory with every model of the clock built over this help desk."""
        connection = in_memory_warehouse()
        for schema in ("staging", "intermediate", "core", "reference"):
            connection.execute(f"create schema {schema}")
        for seed in CLOCK_SEEDS:
            _fill(connection, f"reference.{seed}", SEED_COLUMNS[seed], self.seeds.get(seed) or seed_rows(seed))
        rows = {"tickets": self.tickets, "ticket_events": self.events, "ticket_tags": self.tags, "agents": self.agents}
        for entity in ENTITIES:
            for source in ("contract", "support_csat", "incidents"):
                _fill(connection, f"staging.stg_{source}__{entity}", STAGING_COLUMNS[entity], rows[entity] if source == "contract" else [])
        for table, columns in SHOP_COLUMNS.items():
            _fill(connection, table, columns, self.shop.get(table, []))
        connection.execute(
            "create table intermediate.int_as_of__resolved as select $first::timestamp as first_at, $as_of::timestamp as as_of_at",
            {"first": self.first_at or min((ticket["created_at"] for ticket in self.tickets), default=None), "as_of": self.as_of},
        )
        for model in models:
            create(connection, model)
        return connection


def seed_rows(seed: str) -> list[dict[str, Any]]:
    """The rows of one of the project's seeds; an empty field is null."""
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]


def _fill(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Iterable[Mapping[str, Any]]) -> None:
    names = [column.split()[0] for column in columns.split(", ")]
    frame = pd.DataFrame([[row.get(name) for name in names] for row in rows], columns=names, dtype=object)
    connection.register("rows_to_insert", frame)
    typed = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in (column.split() for column in columns.split(", ")))
    connection.execute(f"create table {table} as select {typed} from rows_to_insert")
    connection.unregister("rows_to_insert")


def one(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> dict[str, Any]:
    """The single row of a query, by column name."""
    (row,) = rows_of(connection, query, *parameters)
    return row


def rows_of(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[dict[str, Any]]:
    """The rows of a query, by column name."""
    result = connection.execute(query, list(parameters))
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
