"""How delivered text becomes a typed value: a case table per data type, and the same values from CSV, JSONL and Parquet."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.unit.loading.shop import HEADER, ORDERS, Shop

REJECTED = object()


def one_column(data_type: str, **meta: str) -> str:
    """A declaration with a key and one column of a type."""
    reading = ", ".join(f"{name}: {value}" for name, value in meta.items())
    return f"""
sources:
  - name: shop
    config: {{meta: {{{reading or "time_zone: Asia/Shanghai"}}}}}
    tables:
      - name: cases
        identifier: shop__cases
        config: {{meta: {{key: [case_id]}}}}
        columns:
          - {{name: case_id, data_type: integer}}
          - {{name: value, data_type: "{data_type}"}}
"""


def values_of(tmp_path: Path, data_type: str, texts: list[str], **meta: str) -> list[object]:
    """What each text becomes when it is delivered as CSV; the same has to come from JSONL and from Parquet text."""
    found: list[list[object]] = []
    for file_format in ("csv", "jsonl", "parquet"):
        folder = tmp_path / file_format
        folder.mkdir()
        shop = Shop(folder, one_column(data_type, **meta))
        if file_format == "csv":
            quoted = (text.replace('"', '""') for text in texts)
            content = "case_id,value\n" + "".join(f'{number},"{text}"\n' for number, text in enumerate(quoted))
        elif file_format == "jsonl":
            content = "".join(
                json.dumps({"case_id": number, "value": text}, ensure_ascii=False) + "\n" for number, text in enumerate(texts)
            )
        else:
            path = folder / "made.parquet"
            with duckdb.connect() as connection:
                connection.execute("create table made(case_id bigint, value varchar)")
                connection.executemany("insert into made values (?, ?)", list(enumerate(texts)))
                connection.execute(f"copy made to '{path}' (format parquet)")
        shop.deliver(f"cases.{file_format}", path.read_bytes() if file_format == "parquet" else content)
        shop.load()
        shop.assert_books_balance()
        rows = dict(shop.rows("case_id, value", "raw.shop__cases"))
        found.append([rows.get(number, REJECTED) for number in range(len(texts))])
        shop.connection.close()
    assert found[0] == found[1] == found[2]
    return found[0]


def check(tmp_path: Path, data_type: str, cases: dict[str, object], **meta: str) -> None:
    found = dict(zip(cases, values_of(tmp_path, data_type, list(cases), **meta), strict=True))
    assert found == cases


def test_timestamps_are_iso_8601_with_an_offset_or_in_the_zone_of_the_source(tmp_path: Path) -> None:
    check(
        tmp_path,
        "timestamp",
        {
            "2024-03-01 08:00:00": datetime(2024, 3, 1),
            "2024-03-01T08:00:00": datetime(2024, 3, 1),
            "2024-03-01T08:00": datetime(2024, 3, 1),
            "2024-03-01": datetime(2024, 2, 29, 16),
            " 2024-03-01 08:00:00 ": datetime(2024, 3, 1),
            "2024-03-01T08:00:00.123456": datetime(2024, 3, 1, 0, 0, 0, 123456),
            "2024-03-01T08:00:00,5": datetime(2024, 3, 1, 0, 0, 0, 500000),
            "2024-03-01T08:00:00.1234567": datetime(2024, 3, 1, 0, 0, 0, 123456),
            "2024-03-01T08:00:00Z": datetime(2024, 3, 1, 8),
            "2024-03-01T08:00Z": datetime(2024, 3, 1, 8),
            "2024-03-01T08:00:00.25Z": datetime(2024, 3, 1, 8, 0, 0, 250000),
            "2024-03-01T08:00:00+08:00": datetime(2024, 3, 1),
            "2024-03-01 08:00:00+08": datetime(2024, 3, 1),
            "2024-03-01 08:00:00 +08:00": datetime(2024, 3, 1),
            "2024-03-01T08:00:00+0530": datetime(2024, 3, 1, 2, 30),
            "2024-03-01T08:00:00-03:00": datetime(2024, 3, 1, 11),
            "2024-03-01T08:00:00.5-03:00": datetime(2024, 3, 1, 11, 0, 0, 500000),
            "2024-03-01T24:00:00": datetime(2024, 3, 1, 16),
            "2024/03/01 08:00:00": datetime(2024, 3, 1),
            "2024-3-1 8:00:00": datetime(2024, 3, 1),
            "1000-01-02T09:00:00": datetime(1000, 1, 2, 0, 54, 17),
            "1988-07-01 09:00:00": datetime(1988, 7, 1),
            "": None,
            "2024-02-30 08:00:00": REJECTED,
            "2024-03-01 25:00:00": REJECTED,
            "2024-03-01 08:00:61": REJECTED,
            "2024-03-01 08:00: 5": REJECTED,
            "2024-03-01 08:00:5Z": REJECTED,
            "2024-03-01 08:0 :05": REJECTED,
            "2024-03-01T08:00: 5+08:00": REJECTED,
            "24-03-01 08:00:00": REJECTED,
            "-024-03-01 08:00:00": REJECTED,
            "01/03/2024 08:00:00": REJECTED,
            "2024-03-01 08:00:00 Asia/Tokyo": REJECTED,
            "2024-03-01 08:00:00 UTC": REJECTED,
            "01.03.2024": REJECTED,
            "20240301": REJECTED,
            "1709251200": REJECTED,
            "0000-00-00 00:00:00": REJECTED,
            "0999-12-31 00:00:00": REJECTED,
            "9999-12-31 23:59:59": REJECTED,
            "1000-01-01T00:00:00+08:00": REJECTED,
            "infinity": REJECTED,
            "epoch": REJECTED,
            "now": REJECTED,
            "yesterday": REJECTED,
            "NULL": REJECTED,
        },
    )


def test_declared_timestamp_formats_are_tried_after_iso_8601(tmp_path: Path) -> None:
    check(
        tmp_path,
        "timestamp",
        {
            "14/08/2023 00:32": datetime(2023, 8, 13, 16, 32),
            "1/8/2023 9:05": datetime(2023, 8, 1, 1, 5),
            "14-Aug-23": datetime(2023, 8, 13, 16),
            "14/08/2023 00:32 +0200": datetime(2023, 8, 13, 22, 32),
            "2023-08-14 00:32:00": datetime(2023, 8, 13, 16, 32),
            "32/08/2023 00:32": REJECTED,
            "08/14/2023 00:32": REJECTED,
        },
        timestamp_formats='["%d/%m/%Y %H:%M", "%d-%b-%y", "%d/%m/%Y %H:%M %z"]',
        time_zone="Asia/Shanghai",
    )


def test_dates_are_iso_8601_without_a_time_of_day(tmp_path: Path) -> None:
    check(
        tmp_path,
        "date",
        {
            "2024-02-29": date(2024, 2, 29),
            "2024-02-29 00:00:00": date(2024, 2, 29),
            "2024-02-29T00:00:00+08:00": date(2024, 2, 29),
            "2024-02-29T00:00:00.000Z": date(2024, 2, 29),
            " 2024-02-29 ": date(2024, 2, 29),
            "": None,
            "2024-02-28T16:00:00Z": REJECTED,
            "2023-02-29": REJECTED,
            "2024-2-9": date(2024, 2, 9),
            "29.02.2024": REJECTED,
            "0000-00-00": REJECTED,
            "infinity": REJECTED,
        },
    )


def test_declared_date_formats_are_tried_after_iso_8601(tmp_path: Path) -> None:
    check(
        tmp_path,
        "date",
        {"14-Aug-23": date(2023, 8, 14), "14/8/2023": date(2023, 8, 14), "2023-08-14": date(2023, 8, 14), "8/14/2023": REJECTED},
        date_formats='["%d-%b-%y", "%d/%m/%Y"]',
    )


def test_integers_are_whole_numbers_of_64_bits(tmp_path: Path) -> None:
    check(
        tmp_path,
        "integer",
        {
            "0": 0,
            "-17": -17,
            "+5": 5,
            "007": 7,
            " 8 ": 8,
            "3.0": 3,
            "44.": 44,
            "9223372036854775807": 2**63 - 1,
            "": None,
            "9223372036854775808": REJECTED,
            "1.5": REJECTED,
            "1e3": REJECTED,
            "0x10": REJECTED,
            "1_000": REJECTED,
            "1,000": REJECTED,
            "true": REJECTED,
            "ten": REJECTED,
            "١٢": REJECTED,
        },
    )


def test_decimals_are_rounded_to_their_scale(tmp_path: Path) -> None:
    check(
        tmp_path,
        "decimal(18,2)",
        {
            "199.0": Decimal("199.00"),
            "0.1": Decimal("0.10"),
            "-.5": Decimal("-0.50"),
            "1.005": Decimal("1.01"),
            "19.989999999999998": Decimal("19.99"),
            "1e2": Decimal("100.00"),
            "9999999999999999.99": Decimal("9999999999999999.99"),
            "": None,
            "10000000000000000": REJECTED,
            "1,50": REJECTED,
            "1_0": REJECTED,
            "NaN": REJECTED,
            "inf": REJECTED,
            "¥5": REJECTED,
            "5 CNY": REJECTED,
        },
    )


def test_doubles_are_finite(tmp_path: Path) -> None:
    check(
        tmp_path,
        "double",
        {
            "1.5": 1.5,
            "-2": -2.0,
            "1e-3": 0.001,
            "": None,
            "NaN": REJECTED,
            "inf": REJECTED,
            "1e400": REJECTED,
            "1_0": REJECTED,
            "x": REJECTED,
        },
    )


def test_booleans_have_few_spellings(tmp_path: Path) -> None:
    true = dict.fromkeys(("true", "True", "TRUE", "t", "yes", "y", "1"), True)
    false = dict.fromkeys(("false", "False", "f", "no", "n", "0"), False)
    wrong = dict.fromkeys(("on", "2", "wahr", "-1", "1.0"), REJECTED)
    check(tmp_path, "boolean", {**true, **false, "": None, **wrong})


def test_text_is_kept_as_it_is(tmp_path: Path) -> None:
    texts = ["007", " x ", 'say "no"', "a,b", "two\nlines", "退货", "NULL", "\\N", "1e5", "=1+1", "a\tb", "\u00a0"]
    check(tmp_path, "text", {text: text for text in texts} | {"": None})


def test_json_numbers_and_booleans_fit_every_type_that_they_spell(shop: Shop) -> None:
    shop.load_one(
        "orders.jsonl",
        '{"order_id": 7, "ordered_at": "2024-03-01", "amount": 12.5, "quantity": 3, "weight": 1, "is_gift": true, "note": {"a": [1, 2]}}\n'
        '{"order_id": 8, "ordered_at": "2024-03-01", "amount": "12.50", "quantity": 3.0, "weight": null, "is_gift": 0}\n',
    )
    assert shop.rows("order_id, amount, quantity, weight, is_gift, note") == [
        ("7", Decimal("12.50"), 3, 1.0, True, '{"a":[1,2]}'),
        ("8", Decimal("12.50"), 3, None, False, None),
    ]


@pytest.mark.parametrize(
    ("typed", "ordered_at"),
    [
        ("timestamp '2024-03-01 08:00:00'", datetime(2024, 3, 1)),
        ("timestamp_s '2024-03-01 08:00:00'", datetime(2024, 3, 1)),
        ("timestamp_ns '2024-03-01 08:00:00'", datetime(2024, 3, 1)),
        ("timestamptz '2024-03-01 08:00:00+00'", datetime(2024, 3, 1, 8)),
        ("date '2024-03-01'", datetime(2024, 2, 29, 16)),
        ("'2024-03-01 08:00:00'", datetime(2024, 3, 1)),
    ],
)
def test_parquet_moments_of_every_type_come_to_utc(shop: Shop, typed: str, ordered_at: datetime) -> None:
    path = shop.folder / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 'x' as order_id, {typed} as ordered_at) to '{path}' (format parquet)")
    shop.load_one("orders.parquet", path.read_bytes())
    assert shop.rows("ordered_at") == [(ordered_at,)]


def test_parquet_types_convert_only_without_loss(shop: Shop) -> None:
    path = shop.folder / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                select cast(i as ubigint) as order_id, timestamp '2024-03-01' as ordered_at, cast(i + 0.5 as double) as quantity,
                    cast(i / 3.0 as double) as amount, cast(i as decimal(9, 3)) as weight, cast(i as utinyint) as is_gift,
                    timestamp '2024-03-01' + to_hours(i) as due_on, cast(i as tinyint) as note
                from range(3) as numbers(i)
            ) to '{path}' (format parquet)
            """
        )
    shop.load_one("orders.parquet", path.read_bytes())
    assert shop.rejects("line, column_name, detail") == [
        (1, "quantity", "quantity: '0.5' is not a whole number of 64 bits"),
        (
            2,
            "quantity",
            "quantity: '1.5' is not a whole number of 64 bits; "
            "due_on: '2024-03-01 01:00:00' is not a date (ISO 8601, or a declared date format)",
        ),
        (
            3,
            "quantity",
            "quantity: '2.5' is not a whole number of 64 bits; is_gift: '2' is not true or false; "
            "due_on: '2024-03-01 02:00:00' is not a date (ISO 8601, or a declared date format)",
        ),
    ]


def test_accepted_integers_are_compared_as_numbers(tmp_path: Path) -> None:
    declaration = one_column("integer").replace('data_type: "integer"}', "data_type: integer, config: {meta: {accepted_values: [1, 2]}}}")
    shop = Shop(tmp_path, declaration)
    shop.load_one("cases.csv", "case_id,value\n1,01\n2,2.0\n3,3\n4,\n")
    assert shop.rows("case_id, value", "raw.shop__cases") == [(1, 1), (2, 2), (4, None)]
    assert shop.rejects("line, reason") == [(4, "value_not_accepted")]
    shop.connection.close()


# Summer time ----------------------------------------------------------------------------------------------------------


def test_an_hour_that_happens_twice_means_the_earlier_moment(tmp_path: Path) -> None:
    # Clocks went back from 02:00 to 01:00 on 2023-11-05: 01:30 is 05:30 UTC first, 06:30 UTC then.
    check(
        tmp_path,
        "timestamp",
        {
            "2023-11-05 00:59:59": datetime(2023, 11, 5, 4, 59, 59),
            "2023-11-05 01:30:00": datetime(2023, 11, 5, 5, 30),
            "2023-11-05 02:00:00": datetime(2023, 11, 5, 7),
        },
        time_zone="America/New_York",
    )


def test_an_hour_that_never_happens_is_read_with_the_offset_before(tmp_path: Path) -> None:
    # Clocks went forward from 02:00 to 03:00 on 2023-03-12.
    check(
        tmp_path,
        "timestamp",
        {
            "2023-03-12 01:59:59": datetime(2023, 3, 12, 6, 59, 59),
            "2023-03-12 02:30:00": datetime(2023, 3, 12, 7, 30),
            "2023-03-12 03:00:00": datetime(2023, 3, 12, 7),
        },
        time_zone="America/New_York",
    )


def test_rare_spellings_are_read_in_every_file_of_a_run(shop: Shop) -> None:
    for number in range(4):
        shop.deliver(f"orders-{number}.csv", f"{HEADER.split(',status')[0]}\n{number},2024-03-01\n")
    shop.load()
    assert shop.rows("order_id, ordered_at") == [(str(number), datetime(2024, 2, 29, 16)) for number in range(4)]


def test_declared_zone_of_a_feed_overrides_that_of_its_source(shop: Shop) -> None:
    shop.declare(ORDERS.replace("key: [order_id]", "key: [order_id]\n            time_zone: UTC"))
    shop.load_one("orders.csv", "order_id,ordered_at\n1,2024-03-01 08:00:00\n")
    assert shop.rows("ordered_at") == [(datetime(2024, 3, 1, 8),)]
