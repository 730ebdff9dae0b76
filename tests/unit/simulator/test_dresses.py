"""The same shop in the files of other systems: nothing is lost, nothing is made up, and each system's quirks are there."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shop_simulator import SimulationError, simulate
from tests.unit.simulator.reading import open_landing

SHAPE: dict[str, Any] = {"orders": 900, "days": 30, "until": date(2024, 12, 31), "seed": 5}
DRESSES = ("zendesk+shopify+survey", "taobao", "gorgias")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The shop as the contract has it, withdrawn rows left out."""
    out = tmp_path_factory.mktemp("plain")
    simulate(out, **SHAPE)
    with open_landing(out) as connection:
        yield connection


@pytest.fixture(scope="module")
def dressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same shop in every dress, side by side: each report lists only its own files."""
    out = tmp_path_factory.mktemp("dressed")
    for dress in DRESSES:
        simulate(out / dress, **SHAPE, dress=dress)
    return out


def _rows(dressed: Path, pattern: str, encoding: str = "utf-8", skipped: int = 0) -> list[dict[str, str]]:
    """All rows of the files in the order of their names."""
    found: list[dict[str, str]] = []
    for path in sorted(dressed.glob(pattern)):
        found += list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))[skipped:]
    assert found, pattern
    return found


def _lines(dressed: Path, pattern: str) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(dressed.glob(pattern)) for line in path.read_text(encoding="utf-8").splitlines()]


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return (connection.execute(sql).fetchone() or [None])[0]


def test_newest_export_of_each_shopify_order_tells_what_the_contract_tells(plain: duckdb.DuckDBPyConnection, dressed: Path) -> None:
    newest: dict[str, list[dict[str, str]]] = {}
    for path in sorted((dressed / "zendesk+shopify+survey").glob("shopify/orders_export_*.csv")):
        orders: dict[str, list[dict[str, str]]] = {}
        for row in _rows(path.parent, path.name):
            orders.setdefault(row["Name"], []).append(row)
        newest |= orders

    assert len(newest) == _one(plain, "select count(*) from orders")
    lines = [line for order in newest.values() for line in order]
    assert len(lines) == _one(plain, "select count(*) from order_items inner join orders using (order_id)")
    assert sum(Decimal(order[0]["Total"]) for order in newest.values()) == _one(plain, "select sum(order_amount) from orders")
    cancelled = [order for order in newest.values() if order[0].get("Cancelled at") or order[0].get("Canceled at")]
    assert len(cancelled) == _one(plain, "select count(cancelled_at) from orders")


def test_shopify_has_its_quirks(dressed: Path) -> None:
    paths = sorted((dressed / "zendesk+shopify+survey").glob("shopify/orders_export_*.csv"))
    headers = [next(csv.reader(path.open(encoding="utf-8"))) for path in paths]
    assert [("Cancelled at" in header, "Canceled at" in header) for header in headers[:2]] == [(True, False), (False, True)]
    rows = _rows(dressed, "zendesk+shopify+survey/shopify/orders_export_*.csv")
    later_rows = [row for before, row in pairwise(rows) if before["Name"] == row["Name"]]
    assert {row["Created at"] + row["Total"] + row["Id"] for row in later_rows} == {""}
    assert all(row["Email"].endswith("@example.com") for row in rows)
    equal = [before for before, row in pairwise(later_rows) if before == row]
    assert equal
    first = next(row for row in rows if row["Created at"])
    assert first["Created at"].endswith(" +0800")
    assert first["Shipping Zip"].startswith("'")


def test_zendesk_tells_every_reply_once_in_a_comment_or_in_a_chat(plain: duckdb.DuckDBPyConnection, dressed: Path) -> None:
    # Rows come again in a later delivery now and then.
    comments = list({row["id"]: row for row in _rows(dressed, "zendesk+shopify+survey/zendesk/ticket_comment/*.csv")}.values())
    events = _rows(dressed, "zendesk+shopify+survey/zendesk/ticket_chat_event/*.csv")
    said = list({(row["chat_id"], row["chat_index"]): row for row in events}.values())
    replies = "select count(*) from ticket_events where event_type in ('agent_reply', 'bot_reply', 'customer_reply')"
    tickets = _one(plain, "select count(*) from tickets")

    public = [row for row in comments if row["public"] == "TRUE"]
    assert len(public) - tickets + len(said) == _one(plain, replies)
    by_staff = [row for row in public if row["user_id"].startswith("38")] + [row for row in said if row["actor_id"].startswith("agent:38")]
    assert len(by_staff) == _one(plain, replies.replace(", 'customer_reply'", ""))
    assert len(comments) - len(public) == _one(plain, "select count(*) from ticket_events where event_type = 'internal_note'")
    in_chat = {row["ticket_id"] for row in _rows(dressed, "zendesk+shopify+survey/zendesk/ticket_chat/*.csv")}
    assert len(in_chat) == _one(plain, "select count(*) from tickets where channel = 'chat'")


def test_zendesk_has_its_quirks(plain: duckdb.DuckDBPyConnection, dressed: Path) -> None:
    history = _rows(dressed, "zendesk+shopify+survey/zendesk/ticket_field_history/*.csv")
    changes = Counter(tuple(row.values()) for row in history)
    assert set(changes.values()) == {1, 2}
    assert sum(key[0] == "assignee_id" for key in changes) == _one(
        plain, "select count(*) from ticket_events where event_type = 'assigned'"
    )
    assert {row["value"] for row in history if row["field_name"] == "status"} >= {"new", "open", "on-hold", "solved"}
    assert {"medium", "normal"} <= {row["value"] for row in history if row["field_name"] == "priority"}
    assert all(row["updated"].endswith(".000 ") for row in history)
    tickets = _rows(dressed, "zendesk+shopify+survey/zendesk/ticket/*.csv")
    assert "deleted" in {row["status"] for row in tickets}
    assert any(row["merged_ticket_ids"].startswith("[") for row in tickets)
    for path in sorted(dressed.glob("zendesk+shopify+survey/zendesk/ticket_tag/*.csv"))[:1]:
        assert set(Counter(path.read_text().splitlines()[1:]).values()) == {1, 3}


def test_survey_sheet_has_two_lines_below_its_header_and_a_row_for_each_response(plain: duckdb.DuckDBPyConnection, dressed: Path) -> None:
    pattern = "zendesk+shopify+survey/survey_sheet/service_*.csv"
    with next(iter(sorted(dressed.glob(pattern)))).open(encoding="utf-8", newline="") as file:
        header, words, ids = (next(reader) for reader in [csv.reader(file)] for _ in range(3))
    question = dict(zip(header, words, strict=True))["overall"]
    assert "\n" in question and '"' in question
    assert json.loads(dict(zip(header, ids, strict=True))["EndDate"])["timeZone"] == "Asia/Shanghai"

    of_files = [len(_rows(path.parent, path.name, skipped=2)) for path in sorted(dressed.glob(pattern))]
    in_contract = "from survey_responses inner join survey_invitations using (invitation_id) where survey_type = 'service'"
    assert sum(of_files) == _one(plain, f"select count(*) {in_contract}")
    scores = [
        row["overall"] for path in sorted(dressed.glob(pattern)) for row in _rows(path.parent, path.name, skipped=2) if row["overall"]
    ]
    total = "select sum(score) from survey_answers where question_code = 'overall'"
    assert sum(map(Decimal, scores)) == _one(plain, total)


def test_taobao_has_its_quirks_and_every_order_and_return(plain: duckdb.DuckDBPyConnection, dressed: Path) -> None:
    raw = next(iter(sorted(dressed.glob("taobao/taobao/ExportOrderDetailList*.csv")))).read_bytes()
    lines = raw.decode("gb18030").split("\r\n")
    assert lines[0].endswith('"商家编码"')
    assert lines[1].endswith('",')
    assert lines[-1] == "" and "\n" not in "".join(lines)

    orders = {row["订单编号"]: row for row in _rows(dressed, "taobao/taobao/ExportOrderList*.csv", "gb18030")}
    details = _rows(dressed, "taobao/taobao/ExportOrderDetailList*.csv", "gb18030")
    assert len(orders) == _one(plain, "select count(*) from orders")
    assert {f'="{row["订单编号"]}"' for row in details} == set(orders)
    assert {row["买家服务费"] for row in orders.values()} == {"0元"}
    assert all(row["联系手机"].startswith("'000") for row in orders.values())
    assert sum(row["订单状态"] == "交易关闭" for row in orders.values()) == _one(plain, "select count(cancelled_at) from orders")
    refunds = {row["退款编号"]: row for row in _rows(dressed, "taobao/taobao/ExportRefundList*.csv", "gb18030")}
    asked = "from after_sales_requests inner join orders using (order_id) where request_type in ('return', 'refund_only')"
    assert len(refunds) == _one(plain, f"select count(*) {asked}")
    given = f"select sum(refund_amount) from refunds where request_id in (select request_id {asked})"
    assert sum(Decimal(row["买家退款金额"]) for row in refunds.values()) == _one(plain, given)


def test_gorgias_tells_tickets_messages_and_scores(plain: duckdb.DuckDBPyConnection, dressed: Path) -> None:
    pages = _lines(dressed, "gorgias/gorgias/tickets_*.json")
    tickets = {ticket["id"]: ticket for page in pages for ticket in page["data"]}
    messages = _lines(dressed, "gorgias/gorgias/messages_*.jsonl")
    surveys = {survey["id"]: survey for survey in _lines(dressed, "gorgias/gorgias/satisfaction_surveys_*.jsonl")}

    assert len(tickets) == _one(plain, "select count(*) from tickets")
    assert {ticket["status"] for ticket in tickets.values()} == {"open", "closed"}
    solved = "select count(distinct ticket_id) from ticket_events where event_type = 'assigned'"
    assert sum(ticket["assignee_user"] is not None for ticket in tickets.values()) == _one(plain, solved)
    bots = [message for message in messages if message["via"] == "rule"]
    assert len(bots) == _one(plain, "select count(*) from ticket_events where event_type = 'bot_reply'")
    assert all(message["created_datetime"].endswith(".000000+00:00") for message in messages)
    assert len(surveys) == _one(plain, "select count(*) from survey_invitations where survey_type = 'service'")


def test_people_of_a_dress_are_those_of_the_contract(plain: duckdb.DuckDBPyConnection, dressed: Path) -> None:
    emails = {row[0] for row in plain.execute("select distinct email from customers").fetchall()}
    buyers = _rows(dressed, "taobao/taobao/ExportOrderList*.csv", "gb18030")
    users = _rows(dressed, "zendesk+shopify+survey/zendesk/user/*.csv")

    assert {row["买家支付宝账号"] for row in buyers} <= emails
    assert {row["email"] for row in users if row["role"] == "end-user"} == emails
    assert all(row["email"].endswith("@staff.example") for row in users if row["role"] != "end-user")


def test_the_same_arguments_write_the_same_bytes_and_replace_what_was_worn_before(tmp_path: Path) -> None:
    shape = {**SHAPE, "orders": 60, "days": 9}
    own = tmp_path / "gorgias" / "own.jsonl"
    own.parent.mkdir()
    simulate(tmp_path, **shape, dress="taobao")
    first = {path.name: path.read_bytes() for path in tmp_path.glob("taobao/*")}
    simulate(tmp_path, **shape, dress="taobao")
    assert first == {path.name: path.read_bytes() for path in tmp_path.glob("taobao/*")}

    own.write_text("{}\n")
    with pytest.raises(SimulationError, match="gorgias holds files that no simulation wrote"):
        simulate(tmp_path, **shape, dress="gorgias")
    simulate(tmp_path, **shape)
    assert not list(tmp_path.glob("taobao/*"))
    assert own.read_text() == "{}\n"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"dress": "pirate"}, "There is no dress 'pirate'; choose from contract, zendesk"),
        ({"dress": "taobao", "bad_rows": 0.1}, "of the dress contract only"),
        ({"dress": "taobao", "formats": "csv"}, "of the dress contract only"),
    ],
)
def test_a_dress_that_cannot_be_worn_is_refused(asked: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=message):
        simulate(tmp_path / "out", **SHAPE, **asked)
    assert not (tmp_path / "out").exists()
