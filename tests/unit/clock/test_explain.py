"""``aftersales explain`` over a help desk with one of each: what it says of events, intervals and verdicts."""

import io
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import duckdb
import pytest
from rich.console import Console

from command_line.explain import rendered
from reading.tickets import Explanation, meaning_of, read_explanation
from tests.support.compiled_models import CompiledModel
from tests.support.ticket_clock import HelpDesk, at


@pytest.fixture(scope="module")
def desk(clock_models: list[CompiledModel]) -> Iterator[duckdb.DuckDBPyConnection]:
    help_desk = HelpDesk(as_of=at("2025-03-20 12:00"))
    help_desk.seeds = {"calendar_assignments": [{"source_system": "contract", "calendar_code": "cn_office"}]}
    help_desk.agent("contract", "ann", "human", team="Returns")
    help_desk.agent("contract", "robot", "bot")
    key = help_desk.ticket("T1", at("2025-03-07 17:50"), source="contract", issue_type="repair")
    help_desk.event(key, at("2025-03-07 17:00"), "agent_reply", actor="ann", event_id="e0")
    help_desk.event(key, at("2025-03-07 17:51"), "bot_reply", actor="robot", event_id="e1")
    help_desk.event(key, at("2025-03-07 17:52"), "assigned", to_value="ann", event_id="e2")
    help_desk.event(key, at("2025-03-10 09:20"), "agent_reply", actor="ann", event_id="e3")
    help_desk.event(key, at("2025-03-10 09:20"), "status_changed", from_value="new", to_value="pending", event_id="e4")
    help_desk.event(key, at("2025-03-10 10:00"), "agent_reply", actor="stranger", event_id="e5")
    help_desk.event(key, at("2025-03-10 11:00"), "status_changed", from_value="pending", to_value="solved", event_id="e6")
    help_desk.event(key, at("2025-03-11 09:00"), "status_changed", from_value="solved", to_value="open", event_id="e7")
    help_desk.event(key, at("2025-03-11 10:00"), "status_changed", from_value="open", to_value="solved", event_id="e8")
    help_desk.event(key, at("2025-03-11 10:30"), "result_feedback", actor="ann", event_id="e9")
    child = help_desk.ticket("T2", at("2025-03-07 18:00"), source="contract", merged_into=key)
    help_desk.event(child, at("2025-03-11 10:40"), "customer_reply", event_id="f1")
    help_desk.agent("other", "bob", "human")
    help_desk.ticket("T2", at("2025-03-07 18:00"), source="other")
    connection = help_desk.build(clock_models)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def explanation(desk: duckdb.DuckDBPyConnection) -> Explanation:
    return read_explanation(desk, "T1")


@pytest.mark.parametrize(
    ("event_id", "meaning"),
    [
        ("e0", ["dated before the creation: stops no clock"]),
        ("e1", ["first bot reply"]),
        ("e2", ["first assignment"]),
        ("e3", ["first human reply"]),
        ("e4", ["waits on the customer from here"]),
        ("e5", ["by nobody on the staff list: counts as no reply"]),
        ("e6", ["first resolution"]),
        ("e7", ["reopened: the clock runs again"]),
        ("e8", ["resolution for good"]),
        ("e9", ["reports the result"]),
        ("f1", ["happened on contract:T2, merged into this one: a contact"]),
    ],
)
def test_each_event_says_what_it_did_to_the_clocks(explanation: Explanation, event_id: str, meaning: list[str]) -> None:
    (event,) = [event for event in explanation.events if event["event_key"] == f"contract:{event_id}"]
    assert meaning_of(event, explanation.ticket) == meaning


def test_the_page_names_the_sums_the_policy_and_the_verdict(explanation: Explanation) -> None:
    console = Console(width=220, record=True, file=io.StringIO())
    for part in rendered(explanation, ZoneInfo("Asia/Shanghai")):
        console.print(part)
    text = console.export_text()
    assert "Ticket contract:T1: repair by chat, priority normal" in text
    assert "With contract:ann of Returns, business minutes by cn_office" in text
    lines = [[cell.strip() for cell in line.strip("│ ").split("│")] for line in text.splitlines()]
    # Friday 17:50 to Monday 09:20: three intervals, 30 open minutes.
    assert ["first_reply", "until the first human reply", "3,810", "30", "1–3"] in lines
    assert ["on_hold", "on hold", "0", "0", "none"] in lines
    (verdict,) = [line for line in lines if line[0] == "first_reply" and line[1] == "met"]
    assert verdict[2:8] == ["reply_default_2025: First reply within one office hour", "normal", "60", "30", "0", "cn_office"]


def test_the_page_tells_the_turns_and_what_came_of_them(explanation: Explanation) -> None:
    console = Console(width=260, record=True, file=io.StringIO())
    for part in rendered(explanation, ZoneInfo("Asia/Shanghai")):
        console.print(part)
    lines = [[cell.strip() for cell in line.strip("│ ").split("│")] for line in console.export_text().splitlines()]
    # The stranger's reply closes nothing; what was written on the merged ticket came when this one was solved.
    turns = [line for line in lines if len(line) == 10 and line[2] in ("creation", "message")]
    assert turns == [
        [
            "1",
            "2025-03-07 17:50:00",
            "creation",
            "1",
            "answered by contract:ann, too late to count as answered",
            "63:30:00",
            "0:30:00",
            "0:03:00",
            "no",
            "–",
        ],
        [
            "2",
            "2025-03-11 10:40:00",
            "message",
            "1",
            "void: solved without an answer, or written when it was solved",
            "–",
            "–",
            "0:03:00",
            "–",
            "–",
        ],
    ]


def test_the_time_of_moments_is_that_of_the_zone_asked_for(explanation: Explanation) -> None:
    console = Console(width=220, record=True, file=io.StringIO())
    for part in rendered(explanation, ZoneInfo("UTC")):
        console.print(part)
    assert "Opened 2025-03-07 09:50:00 (UTC)" in console.export_text()


def test_a_ticket_nobody_knows_is_refused_with_the_newest_ones(desk: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(LookupError, match=r"There is no ticket 'T99'. The newest tickets: contract:T2"):
        read_explanation(desk, "T99")


def test_an_id_that_two_sources_have_asks_for_the_key(desk: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(LookupError, match=r"Give one of the keys: contract:T2, other:T2"):
        read_explanation(desk, "T2")
    assert read_explanation(desk, "other:T2").ticket["ticket_id"] == "T2"
