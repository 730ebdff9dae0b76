"""Gorgias' API as pages and as lines of JSON, by hand: each nasty row and what it is worth."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.built_in_sources import SwitchedOn, switched_on


def at(clock: str) -> str:
    return f"2025-10-07T{clock}:00.000000+00:00"


SHOPIFY = {"integrations": {"shopify": {"order_name": "#1001"}}}
FILES: dict[str, list[dict[str, Any]]] = {
    "tickets_1": [
        {"id": 11, "status": "closed", "priority": "critical", "channel": "facebook-messenger", "spam": False, "uri": "x",
         "customer": {"id": 501, "email": "a@x.example"},
         "tags": [{"id": 1, "name": "Refund", "uri": "x"}, {"name": "VIP"}, {"name": "Refund"}],
         **SHOPIFY,
         "created_datetime": at("08:00"), "closed_datetime": at("08:30"), "updated_datetime": at("08:30")},
        {"id": 12, "status": "open", "channel": "chat", "customer": None, "tags": [], "messages_count": 2,
         "messages": [
             {"id": 6, "ticket_id": 12, "public": True, "from_agent": False, "created_datetime": at("09:00")},
             {"id": 7, "ticket_id": 12, "public": True, "from_agent": True, "sender": {"id": 7}, "via": "rule",
              "created_datetime": at("09:00")},
         ],
         "created_datetime": at("09:00"), "closed_datetime": at("09:10"), "updated_datetime": at("09:20")},
    ],
    "messages_1": [
        {"id": 1, "ticket_id": 11, "public": True, "from_agent": False, "sender": {"id": 501}, "created_datetime": at("08:00")},
        {"id": 2, "ticket_id": 11, "public": True, "from_agent": True, "sender": {"id": 7}, "via": "rule", "created_datetime": at("08:01")},
        {"id": 3, "ticket_id": 11, "public": False, "from_agent": True, "sender": {"id": 8}, "via": "app", "created_datetime": at("08:02")},
        {"id": 4, "ticket_id": 11, "public": True, "from_agent": True, "sender": {"id": 8}, "via": "app", "created_datetime": at("08:10")},
        {"id": 5, "ticket_id": 11, "public": True, "from_agent": False, "sender": {"id": 501}, "created_datetime": at("08:20")},
    ],
    "satisfaction_surveys_1": [
        {"id": 1, "ticket_id": 11, "customer_id": 501, "score": 4, "sent_datetime": at("08:40"), "scored_datetime": at("08:50")},
        {"id": 2, "ticket_id": 12, "customer_id": None, "score": None, "sent_datetime": at("08:40"), "scored_datetime": None},
        {"id": 3, "ticket_id": 12, "customer_id": None, "score": None, "sent_datetime": None, "scored_datetime": None},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> SwitchedOn:
    """A help desk of two tickets."""
    made = switched_on(tmp_path_factory)
    folder = tmp_path_factory.mktemp("landing") / "gorgias"
    folder.mkdir()
    for name, objects in FILES.items():
        if name == "tickets_1":
            page = {"data": objects, "meta": {"next_cursor": None}, "object": "list"}
            (folder / f"{name}.json").write_text(json.dumps(page, indent=1), encoding="utf-8")
            continue
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in objects), encoding="utf-8")
    made.load(folder.parent)
    return made


def utc(clock: str) -> datetime:
    return datetime.fromisoformat(f"2025-10-07 {clock}")


def test_every_key_is_known_and_no_row_is_rejected(desk: SwitchedOn) -> None:
    assert [(each.feed, each.rows_read, each.refusal_reason, each.rows_rejected, each.unknown_columns) for each in desk.loaded] == [
        ("messages", 5, None, 0, ()),
        ("satisfaction_surveys", 3, None, 0, ()),
        ("tickets", 2, None, 0, ()),
        ("messages", 2, None, 0, ()),
        ("ticket_tags", 3, None, 0, ()),
    ]


def test_a_renamed_key_is_named_in_a_page_and_in_what_stands_within(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = switched_on(tmp_path_factory)
    folder = tmp_path_factory.mktemp("renamed") / "gorgias"
    folder.mkdir()
    ticket = {"id": 1, "created_datetime": at("08:00"), "state": "open", "tags": [{"title": "x"}], "messages": [{"id": 1, "author": {}}]}
    (folder / "tickets_1.json").write_text(json.dumps({"data": [ticket]}), encoding="utf-8")
    tickets, messages, tags = made.load(folder.parent)
    assert tickets.unknown_columns == ("state",)
    assert (messages.refusal_reason, "'ticket_id', 'created_datetime' are not in" in messages.message) == ("missing_required_column", True)
    assert (tags.refusal_reason, "'name' is not in the file" in tags.message) == ("missing_required_column", True)


def test_tickets_say_what_their_tags_mean(desk: SwitchedOn) -> None:
    assert desk.rows("select ticket_id, customer_key, order_key, channel, issue_type, priority from stg_gorgias__tickets order by 1") == [
        ("11", "gorgias:501", "shopify:1001", "social", "return_exchange", "urgent"),
        ("12", None, None, "chat", "unknown", None),
    ]


def test_events_are_what_was_written_and_the_last_closing(desk: SwitchedOn) -> None:
    assert desk.rows(
        "select ticket_id, event_type, actor_id, to_value, occurred_at from stg_gorgias__ticket_events order by occurred_at, event_id"
    ) == [
        ("11", "created", None, "open", utc("08:00")),
        ("11", "bot_reply", "7", None, utc("08:01")),
        ("11", "internal_note", "8", None, utc("08:02")),
        ("11", "agent_reply", "8", None, utc("08:10")),
        ("11", "customer_reply", None, None, utc("08:20")),
        ("11", "status_changed", None, "solved", utc("08:30")),
        ("12", "created", None, "open", utc("09:00")),
        # Of two messages in the ticket's own second the first is what it began with.
        ("12", "bot_reply", "7", None, utc("09:00")),
    ]
    assert desk.rows("select ticket_key, tag from stg_gorgias__ticket_tags order by tag") == [
        ("gorgias:11", "Refund"),
        ("gorgias:11", "VIP"),
    ]
    assert desk.rows("select agent_id, agent_role, valid_from from stg_gorgias__agents order by 1") == [
        ("7", "bot", utc("08:01")),
        ("8", "human", utc("08:02")),
    ]


def test_surveys_are_sent_answered_and_scored(desk: SwitchedOn) -> None:
    assert desk.rows("select invitation_id, ticket_id, sent_at from stg_gorgias__survey_invitations order by 1") == [
        ("1", "11", utc("08:40")),
        ("2", "12", utc("08:40")),
    ]
    assert desk.rows("select response_key, submitted_at from stg_gorgias__survey_responses") == [("gorgias:1", utc("08:50"))]
    assert desk.rows("select answer_key, score from stg_gorgias__survey_answers") == [("gorgias:1|overall", Decimal(4))]


def test_the_books_balance(desk: SwitchedOn) -> None:
    assert desk.unbalanced() == []
