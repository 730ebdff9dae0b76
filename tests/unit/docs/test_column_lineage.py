"""Of which columns a column is made: through CTEs, unions and calculations, table by table down to the feeds."""

import json
from pathlib import Path
from typing import Any

from docs.column_lineage import column_lineage, feeds_of, in_words, main, of_query

REPLIES = """
    with replies as (
        select events.ticket_key, min(events.occurred_at) as replied_at, count(*) as reply_count
        from "warehouse"."intermediate"."int_events" as events where events.is_reply group by events.ticket_key
    )
    select
        tickets.ticket_key, replies.replied_at, date_diff('second', tickets.created_at, replies.replied_at) as reply_seconds,
        replies.reply_count
    from "warehouse"."intermediate"."int_tickets" as tickets left join replies on tickets.ticket_key = replies.ticket_key
"""
EVENTS = """
    select shop.ticket as ticket_key, shop.at as occurred_at, true as is_reply from "warehouse"."current"."shop__events" as shop
    union all
    select desk.id, desk.moment, desk.kind = 'reply' from "warehouse"."current"."desk__log" as desk
"""


def test_a_column_is_made_of_what_it_is_calculated_from_and_not_of_what_rows_are_chosen_or_joined_by() -> None:
    made_of = of_query(REPLIES)
    assert made_of["ticket_key"] == {("intermediate.int_tickets", "ticket_key")}
    assert made_of["replied_at"] == {("intermediate.int_events", "occurred_at")}
    assert made_of["reply_seconds"] == {("intermediate.int_tickets", "created_at"), ("intermediate.int_events", "occurred_at")}
    assert made_of["reply_count"] == set()


def test_a_column_of_a_union_is_made_of_what_stands_in_its_place_in_each_part() -> None:
    assert of_query(EVENTS)["occurred_at"] == {("current.shop__events", "at"), ("current.desk__log", "moment")}


def _node(name: str, kind: str, sql: str = "", *needs: str) -> dict[str, Any]:
    schema, table = name.split(".")
    return {
        "unique_id": name, "resource_type": kind, "schema": schema, "alias": table, "name": table, "compiled_code": sql,
        "depends_on": {"nodes": list(needs)}, "columns": {"reply_seconds": {"description": "Until the reply."}},
    }  # fmt: skip


NODES = [
    _node("core.fct_replies", "model", REPLIES, "intermediate.int_events", "intermediate.int_tickets"),
    _node("intermediate.int_events", "model", EVENTS, "current.shop__events", "current.desk__log"),
    _node("intermediate.int_tickets", "model", "select t.id as ticket_key, t.opened as created_at from current.shop__tickets as t"),
    *(_node(f"current.{name}", "source") for name in ("shop__events", "desk__log", "shop__tickets")),
]


def test_it_is_followed_through_the_models_down_to_the_feeds() -> None:
    made_of = column_lineage({node["unique_id"]: node for node in NODES})
    feeds = {("current.shop__events", "at"), ("current.desk__log", "moment"), ("current.shop__tickets", "opened")}
    assert feeds_of(("core.fct_replies", "reply_seconds"), made_of) == feeds
    assert feeds_of(("core.fct_replies", "reply_count"), made_of) == set()
    assert in_words(set(), set()) == "Made of no column: a constant, or a count of rows."


def test_the_docs_say_it_under_the_description_and_of_many_columns_name_a_dozen(tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    sources = [node for node in NODES if node["resource_type"] == "source"]
    models = [node for node in NODES if node["resource_type"] == "model"]
    file.write_text(
        json.dumps({kind: {node["unique_id"]: node for node in nodes} for kind, nodes in (("nodes", models), ("sources", sources))}),
        encoding="utf-8",
    )
    main(file)
    told = json.loads(file.read_text(encoding="utf-8"))["nodes"]["core.fct_replies"]["columns"]["reply_seconds"]["description"]
    assert told == (
        "Until the reply.\n\nMade of `intermediate.int_events.occurred_at`, `intermediate.int_tickets.created_at`. "
        "In the end of `current.desk__log.moment`, `current.shop__events.at`, `current.shop__tickets.opened`."
    )
    many = {("core.fct_many", f"c{number:02}") for number in range(13)}
    assert in_words(many, many).startswith("Made of `core.fct_many.c00`, ")
    assert in_words(many, many).endswith("`core.fct_many.c11` and 1 more.")
