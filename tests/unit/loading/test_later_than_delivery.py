"""Moments that lie after the first delivery of their extract are not known yet; placeholders for no moment can be declared."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.loading import Archive, SourceLoad, extract_loader, load_source, prepare_raw, read_declarations
from orchestration.project import MODELS_FOLDER
from tests.unit.loading.shop import Shop

DECLARATION = """
sources:
  - name: shop
    config: {meta: {time_zone: Asia/Shanghai}}
    tables:
      - name: orders
        identifier: shop__orders
        config: {meta: {key: [order_id]}}
        columns:
          - {name: order_id, data_type: text}
          - {name: delivered_at, data_type: timestamp}
          - {name: booked_on, data_type: date}
          - {name: expires_at, data_type: timestamp, config: {meta: {is_plan: true}}}
          - {name: note, data_type: text}
"""
# 23:30 of 1 March in Shanghai.
NOW = datetime(2026, 3, 1, 15, 30)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The wall clock of the loader, which a test may set."""
    moment = [NOW]
    monkeypatch.setattr(extract_loader, "_now", lambda: moment[0])
    return moment


def shop_of(tmp_path: Path, *changes: tuple[str, str]) -> Shop:
    declaration = DECLARATION
    for old, new in changes:
        assert old in declaration
        declaration = declaration.replace(old, new)
    return Shop(tmp_path, declaration)


def csv(*rows: str) -> str:
    return "\n".join(["order_id,delivered_at,booked_on,expires_at", *rows, ""])


def test_a_moment_later_than_its_delivery_by_more_than_an_hour_is_set_aside(tmp_path: Path, clock: list[datetime]) -> None:
    shop = shop_of(tmp_path)
    # In Shanghai it is 23:30, so that clocks may go until 00:30 of the next day.
    shop.load_one("orders.csv", csv("a,2026-03-02 00:30:00,,", "b,2026-03-02 00:30:01,,", "c,2099-12-31,,", "d,2026-03-01T16:30:01Z,,"))
    assert shop.rows("order_id") == [("a",)]
    assert shop.rejects() == [(line, "delivered_at", "later_than_delivery") for line in (3, 4, 5)]
    assert shop.rejects("detail")[1] == (
        "delivered_at: '2099-12-31' lies more than 60 minutes after the delivery of its file: "
        "it cannot have happened yet. Have it corrected, "
        "declare it in null_markers where it stands for no moment, or the column as is_plan where it says what is planned",
    )


def test_a_date_is_compared_with_the_day_of_the_feeds_zone(tmp_path: Path, clock: list[datetime]) -> None:
    shop = shop_of(tmp_path)
    # An hour after 23:30 the day is the 2nd.
    shop.load_one("orders-1.csv", csv("a,,2026-03-02,", "b,,2026-03-03,"))
    clock[0] = NOW - timedelta(hours=1)
    shop.load_one("orders-2.csv", csv("c,,2026-03-01,", "d,,2026-03-02,"))
    assert shop.rows("order_id") == [("a",), ("c",)]


def test_plans_may_lie_as_far_ahead_as_they_like(tmp_path: Path, clock: list[datetime]) -> None:
    shop = shop_of(tmp_path)
    assert shop.load_one("orders.csv", csv("a,,,2099-12-31")).rows_rejected == 0


def test_costs_that_are_booked_ahead_and_merchants_that_will_open_are_accepted(tmp_path: Path, clock: list[datetime]) -> None:
    contract = read_declarations(MODELS_FOLDER)["contract"]
    for name, text in (
        ("service_costs.csv", "cost_id,incurred_on,cost_category,amount\nr1,2026-03-01,labour,3000\nr2,2026-05-01,labour,3000\n"),
        ("merchants.csv", "merchant_id,merchant_name,opened_on\nm1,Kettles & Co,2026-04-01\n"),
        ("agent_trainings.csv", "agent_id,course,trained_on\na1,tact,2026-04-01\n"),
    ):
        (tmp_path / "landing" / "contract").mkdir(parents=True, exist_ok=True)
        (tmp_path / "landing" / "contract" / name).write_text(text, encoding="utf-8")
    with duckdb.connect() as connection:
        prepare_raw(connection, {"contract": contract})
        loaded = load_source(connection, contract, tmp_path / "landing", run_id="run")
    accepted = {extract.feed: (extract.rows_accepted, extract.rows_rejected) for extract in loaded.extracts}
    # A course that is finished next month is none yet.
    assert accepted == {"service_costs": (2, 0), "merchants": (1, 0), "agent_trainings": (0, 1)}


@pytest.mark.parametrize(("minutes", "accepted"), [(0, 1), (90, 2)])
def test_the_tolerance_is_declared(tmp_path: Path, clock: list[datetime], minutes: int, accepted: int) -> None:
    shop = shop_of(tmp_path, ("time_zone: Asia/Shanghai", f"time_zone: UTC, clock_tolerance_minutes: {minutes}"))
    assert shop.load_one("orders.csv", csv("a,2026-03-01 15:30:00,,", "b,2026-03-01 17:00:00,,")).rows_accepted == accepted


def test_typed_moments_are_compared_too(tmp_path: Path, clock: list[datetime]) -> None:
    shop = shop_of(tmp_path)
    path = tmp_path / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select unnest(['a', 'b']) as order_id, "
            "unnest([timestamp '2026-03-01 10:00:00', timestamp '2027-01-01']) as delivered_at, "
            f"unnest([date '2026-03-01', date '2026-03-01']) as booked_on) to '{path}' (format parquet)"
        )
    shop.load_one("orders.parquet", path.read_bytes())
    assert (shop.rows("order_id"), shop.rejects("reason")) == ([("a",)], [("later_than_delivery",)])


def test_many_small_files_are_compared_each_with_its_own_delivery(tmp_path: Path, clock: list[datetime]) -> None:
    shop = shop_of(tmp_path)
    for number in range(4):
        shop.deliver(f"orders-{number}.csv", csv(f"{number},{'2026-03-02 01:00:00' if number == 2 else '2026-03-01 20:00:00'},,"))
    shop.load()
    assert shop.ledger("rows_accepted, rows_rejected") == [(1, 0), (1, 0), (0, 1), (1, 0)]


def test_a_rebuild_compares_with_the_moments_of_the_first_delivery(tmp_path: Path, clock: list[datetime]) -> None:
    shop = shop_of(tmp_path)
    archive = Archive(tmp_path / "archive", own_landing=shop.landing)

    def load() -> SourceLoad:
        return load_source(shop.connection, shop.source, shop.landing, run_id="run", archive=archive)

    for number in range(3):
        shop.deliver(f"orders-{number}.csv", csv(f"{number},2026-03-01 20:00:00,,", f"{number}x,2026-03-05 20:00:00,,"))
    load()
    first = shop.rows("order_id, _extract_id, _loaded_at"), shop.rejects("line, reason, rejected_at")
    assert len(first[0]) == len(first[1]) == 3
    shop.connection.close()
    (tmp_path / "warehouse.duckdb").unlink()
    # By now 5 March has come; when the files did it had not.
    clock[0] = NOW + timedelta(days=30)
    shop = shop_of(tmp_path)
    load()
    assert (shop.rows("order_id, _extract_id, _loaded_at"), shop.rejects("line, reason, rejected_at")) == first
    # The same row in a new file is known now.
    shop.deliver("orders-new.csv", csv("1x,2026-03-05 20:00:00,,"))
    load()
    assert shop.rows("order_id")[-1] == ("1x",)


def test_what_was_refused_at_first_is_compared_with_the_day_it_came(tmp_path: Path, clock: list[datetime]) -> None:
    shop = shop_of(tmp_path)
    archive = Archive(tmp_path / "archive", own_landing=shop.landing)

    def load() -> None:
        load_source(shop.connection, shop.source, shop.landing, run_id="run", archive=archive)

    shop.deliver("orders.csv", csv("a,2026-03-01 20:00:00,,", "b,2026-03-05 20:00:00,,").replace("order_id", "id"))
    for days in (0, 10):
        clock[0] = NOW + timedelta(days=days)
        load()
    assert shop.ledger("status, first_delivered_at") == [("refused", NOW)]
    clock[0] = NOW + timedelta(days=20)
    shop.declare(DECLARATION.replace("name: order_id, data_type: text", "name: order_id, data_type: text, config: {meta: {header: id}}"))
    load()
    # On 21 March the 5th has come, but on the 1st, when the file did, nobody could know of it.
    found = shop.rows("order_id, _loaded_at"), shop.rejects(), shop.ledger("first_delivered_at")
    assert found == ([("a", clock[0])], [(3, "delivered_at", "later_than_delivery")], [(NOW,)])
    shop.connection.close()
    (tmp_path / "warehouse.duckdb").unlink()
    clock[0] = NOW + timedelta(days=60)
    shop = shop_of(tmp_path, ("name: order_id, data_type: text", "name: order_id, data_type: text, config: {meta: {header: id}}"))
    load()
    assert (shop.rows("order_id, _loaded_at"), shop.rejects(), shop.ledger("first_delivered_at")) == found


def test_the_clock_is_the_machines(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, ("Asia/Shanghai", "UTC"))
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = csv(f"a,{now + timedelta(minutes=50):%Y-%m-%d %H:%M:%S},,", f"b,{now + timedelta(minutes=70):%Y-%m-%d %H:%M:%S},,")
    shop.load_one("orders.csv", rows)
    assert shop.rows("order_id") == [("a",)]


# Placeholders ---------------------------------------------------------------------------------------------------------

PLACEHOLDERS = (
    "data_type: timestamp}",
    'data_type: timestamp, config: {meta: {null_markers: ["2099-12-31", "1970-01-01 00:00:00", never]}}}',
)


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet"])
def test_a_placeholder_is_no_moment_however_it_is_spelled(tmp_path: Path, clock: list[datetime], file_format: str) -> None:
    shop = shop_of(tmp_path, PLACEHOLDERS)
    cases = {
        "2099-12-31": None,
        "2099-12-31 23:59:59": None,
        "2099-12-31T00:00:00Z": None,
        "2099/12/31 0:00": None,
        "1970-01-01 00:00:00": None,
        "1970-01-01 00:00:01": datetime(1969, 12, 31, 16, 0, 1),
        "2026-01-01 08:00:00": datetime(2026, 1, 1),
        "never": None,
    }
    if file_format == "csv":
        content: bytes | str = "order_id,delivered_at,note\n" + "".join(f"{number},{text},never\n" for number, text in enumerate(cases))
    elif file_format == "jsonl":
        content = "".join(f'{{"order_id": "{number}", "delivered_at": "{text}", "note": "never"}}\n' for number, text in enumerate(cases))
    else:
        path = tmp_path / "made.parquet"
        with duckdb.connect() as connection:
            rows = " union all ".join(
                f"select '{n}' as order_id, '{text}' as delivered_at, 'never' as note" for n, text in enumerate(cases)
            )
            connection.execute(f"copy ({rows}) to '{path}' (format parquet)")
        content = path.read_bytes()
    assert shop.load_one(f"orders.{file_format}", content).rows_rejected == 0
    assert dict(zip(cases, (each for (each,) in shop.rows("delivered_at")), strict=True)) == cases
    # Only that column has such markers.
    assert set(shop.rows("note")) == {("never",)}


def test_typed_placeholders_are_no_moments_either(tmp_path: Path, clock: list[datetime]) -> None:
    shop = shop_of(tmp_path, ("time_zone: Asia/Shanghai", 'time_zone: Asia/Shanghai, null_markers: ["9999-12-31", "1900-01-01"]'))
    path = tmp_path / "made.parquet"
    moments = "unnest([timestamp '9999-12-31 00:00:00', timestamp '1900-01-01 12:00:00', timestamp '2026-01-01 08:00:00'])"
    dates = "unnest([date '9999-12-31', date '2026-01-01', date '1900-01-01'])"
    # A moment with an offset is looked at on the clocks of the source: this is midnight in Shanghai.
    plans = "unnest([timestamptz '1900-01-01 00:00:00+08:05:43', null, null])"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select unnest(['a', 'b', 'c']) as order_id, {moments} as delivered_at, {dates} as booked_on, {plans} as expires_at) "
            f"to '{path}' (format parquet)"
        )
    assert shop.load_one("orders.parquet", path.read_bytes()).rows_rejected == 0
    assert shop.rows("delivered_at, booked_on, expires_at") == [
        (None, None, None),
        (None, date(2026, 1, 1), None),
        (datetime(2026, 1, 1), None, None),
    ]
