"""Formats and signs that a source declares: each is read as it is meant, or refused with the reason."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.loading import DeclarationError
from orchestration.loading.declared_formats import wrong_format
from tests.unit.loading.shop import ORDERS, Shop
from tests.unit.loading.test_declarations import read
from tests.unit.loading.test_values import REJECTED, check, values_of


@pytest.mark.parametrize(
    ("form", "text", "moment"),
    [
        ("%Y-%m-%d %H:%M:%S.%f", "2024-03-01 08:05:03.25", datetime(2024, 3, 1, 8, 5, 3, 250000)),
        ("%d.%m.%Y %H:%M:%S.%g", "01.03.2024 08:05:03.250", datetime(2024, 3, 1, 8, 5, 3, 250000)),
        ("%-d/%-m/%Y %-H:%-M:%-S", "1/3/2024 8:5:3", datetime(2024, 3, 1, 8, 5, 3)),
        ("%d/%m/%y %H:%M", "01/03/24 20:05", datetime(2024, 3, 1, 20, 5)),
        ("%d/%m/%Y %I:%M %p", "01/03/2024 12:05 AM", datetime(2024, 3, 1, 0, 5)),
        ("%m/%d/%Y %-I:%M%p", "3/1/2024 8:05pm", datetime(2024, 3, 1, 20, 5)),
        ("%a %d %b %Y", "Fri 01 Mar 2024", datetime(2024, 3, 1)),
        ("%A, %d %B %Y %H:%M", "Friday, 01 March 2024 08:05", datetime(2024, 3, 1, 8, 5)),
        ("%Y/%j", "2024/061", datetime(2024, 3, 1)),
        ("%-j.%Y", "61.2024", datetime(2024, 3, 1)),
        ("%Y%m%d%H%M%S", "20240301080503", datetime(2024, 3, 1, 8, 5, 3)),
        ("%Y年%m月%d日 %H:%M", "2024年3月1日 8:05", datetime(2024, 3, 1, 8, 5)),
        ("100%% %Y-%m-%d", "100% 2024-03-01", datetime(2024, 3, 1)),
        ("%%z %Y-%m-%d", "%z 2024-03-01", datetime(2024, 3, 1)),
        ("%d.%m.%Y %H:%M %z", "01.03.2024 08:05 +02:00", datetime(2024, 3, 1, 6, 5)),
        ("%d.%m.%Y %H:%M%z", "01.03.2024 08:05Z", datetime(2024, 3, 1, 8, 5)),
    ],
)
def test_each_directive_that_may_be_declared_reads_what_it_means(tmp_path: Path, form: str, text: str, moment: datetime) -> None:
    assert values_of(tmp_path, "timestamp", [text], timestamp_formats=f'["{form}"]', time_zone="UTC") == [moment]


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("%Y-%m-%d %H:%M:%S %Z", "has %Z: the name of a zone stands for several"),
        ("%s", "has %s: seconds since 1970 are a number"),
        ("%c", "has %c: it is written otherwise in each country"),
        ("%x %X", "it is written otherwise in each country"),
        ("%F %T", "write it out, such as %Y-%m-%d or %H:%M:%S"),
        ("%G-%V-%u", "a week and a weekday are no day"),
        ("%Y %U %w", "a week and a weekday are no day"),
        ("%Y-%m-%d %H:%M:%S.%n", "has %n: billionths"),
        ("%Y-%m-%d %Q", "has %Q: it is no directive; there are %%, %-H"),
        ("%Y-%m-%d %", "has %: it is no directive"),
        ("%d/%m %H:%M", "names no whole date"),
        ("%Y-%m", "names no whole date"),
        ("%H:%M:%S", "names no whole date"),
        ("today", "names no whole date"),
        ("%d/%m/%Y %I:%M", "leaves open whether it is morning"),
        ("%d/%m/%Y %H:%M %p", "leaves open whether it is morning"),
    ],
)
def test_a_format_that_cannot_be_read_as_it_is_meant_is_refused_with_the_reason(tmp_path: Path, form: str, why: str) -> None:
    told = wrong_format(form, is_date=False)
    assert told is not None and why in told and f"the format '{form}'" in told
    with pytest.raises(DeclarationError) as error:
        read(tmp_path, ORDERS.replace("time_zone: Asia/Shanghai", f'timestamp_formats: ["{form}"]'))
    assert f"source 'shop': config.meta.timestamp_formats: {told}" in str(error.value)


def test_a_date_has_no_offset_and_no_time_but_midnight(tmp_path: Path) -> None:
    assert "a date has no offset" in (wrong_format("%d.%m.%Y %z", is_date=True) or "")
    check(
        tmp_path,
        "date",
        {"1.3.2024 0:00": date(2024, 3, 1), "1.3.2024 8:00": REJECTED, "31.2.2024 0:00": REJECTED},
        date_formats='["%d.%m.%Y %H:%M"]',
    )


def test_moments_as_spreadsheets_write_them_are_read(tmp_path: Path) -> None:
    check(
        tmp_path,
        "timestamp",
        {
            "2026/1/5 10:00": datetime(2026, 1, 5, 2),
            "2026/1/5 9:05": datetime(2026, 1, 5, 1, 5),
            "2024/03/01 08:05:00.000": datetime(2024, 3, 1, 0, 5),
            "2026/1/5": datetime(2026, 1, 4, 16),
            "2026-1-5 9:05": datetime(2026, 1, 5, 1, 5),
            "2026/1/5 9:05:03,5": datetime(2026, 1, 5, 1, 5, 3, 500000),
            "2026/1/5 10:00+02:00": datetime(2026, 1, 5, 8),
            "2026/1/5T10:00:00Z": datetime(2026, 1, 5, 10),
            "2026/1-5 10:00": REJECTED,
            "2026/13/5 10:00": REJECTED,
            "26/1/5 10:00": REJECTED,
            "2026/1/5 10": REJECTED,
            "2026/1/5 10:0": REJECTED,
            "5/1/2026 10:00": REJECTED,
        },
    )


def test_dates_as_spreadsheets_write_them_are_read(tmp_path: Path) -> None:
    cases: dict[str, object] = {"2026/1/5": date(2026, 1, 5), "2026-1-5": date(2026, 1, 5), "2026/01/05 0:00": date(2026, 1, 5)}
    check(tmp_path, "date", {**cases, "2026/1/5 10:00": REJECTED, "2026/2/30": REJECTED, "5/1/2026": REJECTED})


# Signs of numbers -----------------------------------------------------------------------------------------------------


def test_a_declared_decimal_sign_and_thousands_sign_are_read_and_the_others_rejected(tmp_path: Path) -> None:
    check(
        tmp_path,
        "decimal(18,2)",
        {
            "1.234,50": Decimal("1234.50"),
            "-1.234.567,8": Decimal("-1234567.80"),
            "1234,5": Decimal("1234.50"),
            "0,005": Decimal("0.01"),
            ",5": Decimal("0.50"),
            "12": Decimal("12.00"),
            " 7,00 ": Decimal("7.00"),
            "": None,
            "1234.50": REJECTED,
            "1.23": REJECTED,
            "1.2345,6": REJECTED,
            "12.34.567,8": REJECTED,
            "1,234.50": REJECTED,
            "1 234,50": REJECTED,
            ",": REJECTED,
        },
        decimal_sign='","',
        thousands_sign='"."',
    )


def test_thousands_signs_go_with_whole_numbers_and_doubles_too(tmp_path: Path) -> None:
    for data_type, found in (("integer", 1234567), ("double", 1234567.0)):
        (tmp_path / data_type).mkdir()
        check(tmp_path / data_type, data_type, {"1,234,567": found, "1,23": REJECTED, "12,34,567": REJECTED}, thousands_sign='","')


def test_a_declared_space_is_any_space_that_spreadsheets_write(tmp_path: Path) -> None:
    check(
        tmp_path,
        "decimal(18,2)",
        {text: Decimal("1234567.50") for text in ("1 234 567,50", "1\u00a0234\u00a0567,50", "1\u202f234\u202f567,50")},
        decimal_sign='","',
        thousands_sign='" "',
    )


def test_numbers_of_json_are_numbers_whatever_signs_are_declared(tmp_path: Path) -> None:
    shop = Shop(
        tmp_path, ORDERS.replace("time_zone: Asia/Shanghai", 'time_zone: UTC\n        decimal_sign: ","\n        thousands_sign: "."')
    )
    row = '{"order_id": "%s", "ordered_at": "2024-03-01", "amount": %s, "quantity": %s}\n'
    shop.load_one("orders.jsonl", row % ("a", "1.234", 3) + row % ("b", '"1.234"', '"1.234"'))
    assert shop.rows("order_id, amount, quantity") == [("a", Decimal("1.23"), 3), ("b", Decimal("1234.00"), 1234)]


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ('decimal_sign: ".,"', "config.meta.decimal_sign: is one sign between digits, such as . or ,"),
        ('decimal_sign: "5"', "config.meta.decimal_sign: is one sign"),
        ('thousands_sign: "-"', "config.meta.thousands_sign: is one sign"),
        ('thousands_sign: "."', "decimal_sign and thousands_sign are both '.'"),
    ],
)
def test_signs_that_cannot_be_told_apart_are_refused(tmp_path: Path, declared: str, message: str) -> None:
    with pytest.raises(DeclarationError) as error:
        read(tmp_path, ORDERS.replace("time_zone: Asia/Shanghai", declared))
    assert message in str(error.value)


def test_a_feed_may_have_another_sign_than_its_source(tmp_path: Path) -> None:
    declared = ORDERS.replace("time_zone: Asia/Shanghai", 'decimal_sign: ","').replace(
        "key: [order_id]", 'key: [order_id]\n            thousands_sign: "."'
    )
    feed = read(tmp_path, declared).feeds["orders"]  # type: ignore[attr-defined]
    assert (feed.decimal_sign, feed.thousands_sign) == (",", ".")
