"""``aftersales explain`` of a customer: which systems' accounts they are, and by what those were recognised."""

import io
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import duckdb
import pytest
from click.testing import Result
from rich.console import Console

from command_line.explain import rendered_customer
from reading.customers import is_customer_key, read_customer
from reading.errors import UnknownName

JOINED, ALONE = "a1" * 32, "b2" * 32


@pytest.fixture
def snapshot() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema core")
        connection.execute(
            "create table core.dim_customers as select * from (values "
            f"('{JOINED}', 'store', 'outdoor'), ('{ALONE}', 'olist', 'olist')) as rows (customer_key, source_system, shop)"
        )
        connection.execute(
            f"""
            create table core.dim_customer_joins as
            select '{JOINED}' as customer_key, rows.source_system, rows.join_rule, rows.account_count, rows.delivered_at
            from (values
                ('desk', 'email', 2, timestamp '2026-01-01 20:00:00'),
                ('desk', 'id', 1, timestamp '2026-01-02 20:00:00'),
                ('polls', 'phone', 1, timestamp '2026-02-01 20:00:00'),
                ('store', 'first', 1, timestamp '2026-01-01 20:00:00')
            ) as rows (source_system, join_rule, account_count, delivered_at)
            """
        )
        yield connection


def page(snapshot: duckdb.DuckDBPyConnection, key: str) -> str:
    console = Console(width=220, file=io.StringIO(), record=True)
    for part in rendered_customer(read_customer(snapshot, key), ZoneInfo("Asia/Shanghai")):
        console.print(part)
    return console.export_text()


def test_each_system_says_by_what_it_was_recognised_and_since_when(snapshot: duckdb.DuckDBPyConnection) -> None:
    lines = [[cell.strip() for cell in line.strip("│ ").split("│")] for line in page(snapshot, JOINED).splitlines() if "│" in line]
    assert lines == [
        ["store", "the first account", "1", "2026-01-02 04:00:00"],
        ["desk", "the same e-mail address", "2", "2026-01-02 04:00:00"],
        ["desk", "an id: one of the systems names the other's customer", "1", "2026-01-03 04:00:00"],
        ["polls", "the same telephone number", "1", "2026-02-02 04:00:00"],
    ]
    assert f"Customer {JOINED} of shop outdoor" in page(snapshot, JOINED)


def test_a_customer_of_one_account_is_recognised_as_nobody(snapshot: duckdb.DuckDBPyConnection) -> None:
    assert "One account, in olist: nobody of another system was recognised as them." in page(snapshot, ALONE)
    assert read_customer(snapshot, ALONE).joins == []


def test_a_key_may_be_written_in_capitals(snapshot: duckdb.DuckDBPyConnection) -> None:
    assert read_customer(snapshot, JOINED.upper()).key == JOINED


def test_an_unknown_customer_is_told_where_keys_are(snapshot: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UnknownName, match=r"Those of this snapshot are in core\.dim_customers"):
        read_customer(snapshot, "c3" * 32)


@pytest.mark.parametrize(
    ("text", "is_key"),
    [(JOINED, True), (JOINED.upper(), True), (JOINED[:-1], False), (JOINED + "0", False), ("g" * 64, False), ("contract:T00001", False)],
)
def test_a_published_key_is_64_hexadecimal_digits(text: str, is_key: bool) -> None:
    assert is_customer_key(text) is is_key


@pytest.mark.parametrize(("asked", "shown"), [((), "2026-01-01 15:00:00"), (("--zone", "Asia/Tokyo"), "2026-01-02 05:00:00")])
def test_moments_are_in_the_business_zone_that_the_snapshot_names(
    snapshot: duckdb.DuckDBPyConnection,
    run: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    asked: tuple[str, ...],
    shown: str,
) -> None:
    opened = SimpleNamespace(connection=snapshot, manifest=SimpleNamespace(business_time_zone="America/New_York"))
    monkeypatch.setattr("command_line.explain.reading_snapshot", lambda _: nullcontext(opened))
    monkeypatch.setenv("AFTERSALES_BUSINESS_TIME_ZONE", "Asia/Shanghai")
    result = run("explain", JOINED, *asked)
    assert result.exit_code == 0
    assert shown in result.stdout


@pytest.mark.parametrize(("width", "is_told"), [(149, True), (150, False)])
def test_a_terminal_too_narrow_for_a_tickets_tables_is_told_how_to_see_all_of_them(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, width: int, is_told: bool
) -> None:
    opened = SimpleNamespace(connection=None, manifest=SimpleNamespace(business_time_zone="Asia/Shanghai"), has_table=lambda *_: False)
    monkeypatch.setattr("command_line.explain.reading_snapshot", lambda _: nullcontext(opened))
    monkeypatch.setattr("command_line.explain.read_explanation", lambda *_: SimpleNamespace(ticket={"ticket_key": "contract:T1"}))
    for shown in ("rendered", "rendered_costs", "read_costs"):
        monkeypatch.setattr(f"command_line.explain.{shown}", lambda *_: [])
    monkeypatch.setattr("command_line.shared.PIPED_WIDTH", width)
    assert ("a terminal of 150 columns shows all" in run("explain", "T1").stdout) == is_told
