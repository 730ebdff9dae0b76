"""Real invoices of a mail-order shop: orders, lines, units and refunds by month are those of a plain count with Python."""

import csv
import re
from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from tests.support.built_in_sources import SwitchedOn, switched_on
from tests.support.warehouse import PROJECT_ROOT, aftersales, real_data

PAGE = (PROJECT_ROOT / "docs" / "walked-sources.md").read_text(encoding="utf-8").partition("## One that comes with the project")[2]
Line = dict[str, str]


@pytest.fixture(scope="module")
def delivered() -> list[Line]:
    """The lines of all files."""
    lines: list[Line] = []
    for path in sorted((real_data() / "online_retail").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            lines += csv.DictReader(file)
    return lines


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SwitchedOn:
    """All files, loaded."""
    made = switched_on(tmp_path_factory)
    made.load(real_data())
    return made


def is_sold(line: Line) -> bool:
    return int(line["Quantity"]) > 0 and Decimal(line["UnitPrice"]) > 0 and line["InvoiceNo"][0] not in "CA"


def month(line: Line) -> str:
    # In winter the clocks of London show UTC.
    return line["InvoiceDate"][:7]


def test_no_line_is_rejected_and_the_books_balance(shop: SwitchedOn, delivered: list[Line]) -> None:
    assert sum(extract.rows_accepted for extract in shop.loaded) == len(delivered) == 105_335
    assert [extract.file_name for extract in shop.loaded if extract.rows_rejected or extract.unknown_columns] == []
    assert shop.unbalanced() == []


def counted(delivered: list[Line]) -> list[tuple[str, int, int, int, int, Decimal]]:
    """By month the orders, lines, units, refunds and what was refunded, as plain Python counts them."""
    orders: defaultdict[str, set[str]] = defaultdict(set)
    lines, units, refunds = Counter[str](), Counter[str](), Counter[str]()
    refunded: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in delivered:
        if is_sold(line):
            orders[month(line)].add(line["InvoiceNo"])
            lines[month(line)] += 1
            units[month(line)] += int(line["Quantity"])
        if line["InvoiceNo"].startswith("C") and int(line["Quantity"]) < 0 and Decimal(line["UnitPrice"]) > 0:
            refunds[month(line)] += 1
            refunded[month(line)] -= int(line["Quantity"]) * Decimal(line["UnitPrice"])
    return [(each, len(orders[each]), lines[each], units[each], refunds[each], refunded[each]) for each in sorted(orders)]


def test_orders_lines_units_and_refunds_of_each_month_are_those_of_python_and_of_the_page(shop: SwitchedOn, delivered: list[Line]) -> None:
    sold = shop.rows(
        "select strftime(orders.ordered_at, '%Y-%m'), count(distinct orders.order_key), count(*), cast(sum(items.quantity) as bigint)"
        " from stg_online_retail__orders as orders"
        " inner join stg_online_retail__order_items as items on orders.order_key = items.order_key group by 1 order by 1"
    )
    back = shop.rows(
        "select strftime(refunded_at, '%Y-%m'), count(*), sum(refund_amount) from stg_online_retail__refunds group by 1 order by 1"
    )
    staged = [(*left, *right[1:]) for left, right in zip(sold, back, strict=True)]
    assert staged == counted(delivered)
    assert re.findall(r"^\| (20\d\d-\d\d.*) \|$", PAGE, re.MULTILINE) == [
        f"{each} | {orders:,} | {lines:,} | {units:,} | {refunds:,} | {refunded:,}"
        for each, orders, lines, units, refunds, refunded in staged
    ]


def test_the_amount_of_each_order_is_that_of_python(shop: SwitchedOn, delivered: list[Line]) -> None:
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in filter(is_sold, delivered):
        amounts[line["InvoiceNo"]] += int(line["Quantity"]) * Decimal(line["UnitPrice"])
    found = dict(shop.rows("select order_id, order_amount from stg_online_retail__orders"))
    cent = Decimal("0.01")
    assert {order for order, amount in amounts.items() if abs(found[order] - amount) >= cent} == set()


def test_the_page_shows_what_is_said_of_a_file() -> None:
    (command,) = re.findall(r"^aftersales (try) (\S+)$", PAGE, re.MULTILINE)
    (shown,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    tried = aftersales(command[0], real_data() / "online_retail" / command[1], project=PROJECT_ROOT)
    assert (tried.returncode, tried.stdout) == (0, shown)


def test_customers_are_numbers_without_what_the_float_left(shop: SwitchedOn, delivered: list[Line]) -> None:
    expected = {line["CustomerID"].removesuffix(".0") for line in delivered} - {""}
    assert {customer for (customer,) in shop.rows("select customer_id from stg_online_retail__customers")} == expected
