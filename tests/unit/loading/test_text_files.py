"""Text files as real systems write them: byte order marks, line ends, blank lines, quotes over lines, encodings, compression."""

import gzip

import pytest

from orchestration.loading import Status
from tests.unit.loading.shop import HEADER, ORDERS, Shop, csv_file, order


def test_byte_order_mark_is_accepted(shop: Shop) -> None:
    shop.load_one("orders.csv", b"\xef\xbb\xbf" + csv_file(order(1), order(2)))
    assert shop.rows("order_id") == [("1",), ("2",)]


def test_byte_order_mark_before_json_is_accepted(shop: Shop) -> None:
    shop.load_one("orders.jsonl", b'\xef\xbb\xbf{"order_id": "1", "ordered_at": "2024-03-01"}\n')
    assert shop.rows("order_id") == [("1",)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(shop: Shop, line_end: str) -> None:
    shop.load_one(
        "orders.csv", csv_file(order(1, note="a"), "", order(2, note="b"), order(3, quantity="x")).decode().replace("\n", line_end)
    )
    assert shop.rows("order_id, note") == [("1", "a"), ("2", "b")]
    assert shop.rejects("line, raw_text") == [(5, order(3, quantity="x"))]


def test_mixed_line_ends_are_read(shop: Shop) -> None:
    result = shop.load_one("orders.csv", f"{HEADER}\r\n{order(1)}\n{order(2)}\r\n{order(3)}\n{order(4, quantity='x')}\r\n")
    assert (result.rows_read, result.rows_accepted) == (4, 3)
    assert shop.rejects("line, raw_text") == [(5, order(4, quantity="x"))]


@pytest.mark.parametrize(("outside", "inside"), [("\n", "\r\n"), ("\r\n", "\n"), ("\n", "\r"), ("\n", "\n")])
def test_line_ends_inside_quotes_are_part_of_the_value(shop: Shop, outside: str, inside: str) -> None:
    shop.load_one("orders.csv", outside.join([HEADER, order(1, note=f'"one{inside}two"'), order(2, note="x"), ""]))
    assert shop.rows("order_id, note") == [("1", f"one{inside}two"), ("2", "x")]


def test_blank_lines_are_no_rows(shop: Shop) -> None:
    result = shop.load_one("orders.csv", f"\n\n{HEADER}\n\n{order(1)}\n\n\n{order(2)}\n\n")
    assert (result.rows_read, result.rows_accepted) == (2, 2)


def test_last_line_needs_no_line_end(shop: Shop) -> None:
    assert shop.load_one("orders.csv", csv_file(order(1), order(2)).rstrip()).rows_accepted == 2


def test_header_over_two_lines_is_read(shop: Shop) -> None:
    result = shop.load_one("orders.csv", 'order_id,ordered_at,"extra\ncolumn"\n1,2024-03-01,x\n2,bad,x\n')
    assert result.unknown_columns == ("extra column",)
    assert shop.rows("order_id, _line") == [("1", 3)]
    assert shop.rejects("line, raw_text") == [(4, "2,bad,x")]


def test_header_names_are_trimmed_and_their_order_is_free(shop: Shop) -> None:
    shop.load_one("orders.csv", 'note , "ordered_at" ,order_id\nhello,2024-03-01,1\n')
    assert shop.rows("order_id, note") == [("1", "hello")]


def test_header_names_match_exactly(shop: Shop) -> None:
    result = shop.load_one("orders.csv", "Order_ID,ordered_at\n1,2024-03-01\n")
    assert result.refusal_reason == "missing_required_column"


def test_column_without_a_name_can_be_declared(shop: Shop) -> None:
    shop.declare(ORDERS.replace("{name: order_id, data_type: text}", "{name: order_id, data_type: text, config: {meta: {header: ''}}}"))
    shop.load_one("orders.csv", ",ordered_at\n17,2024-03-01\n")
    assert shop.rows("order_id") == [("17",)]


def test_quotes_appear_only_late_in_the_file(shop: Shop) -> None:
    lines = [order(number) for number in range(30_000)]
    lines[29_000] = order(29_000, note='"with a comma, and ""quotes"""')
    shop.load_one("orders.csv", csv_file(*lines))
    assert shop.connection.execute("select note from raw.shop__orders where note is not null").fetchall() == [
        ('with a comma, and "quotes"',)
    ]


def test_quote_inside_an_unquoted_value_is_kept(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(1, note='screen of 5"'), order(2), order(3, note='6"', quantity="x")))
    assert shop.rows("order_id, note") == [("1", 'screen of 5"'), ("2", None)]
    assert shop.rejects("line, raw_text") == [(4, order(3, note='6"', quantity="x"))]


def test_leading_zeros_and_spaces_of_identifiers_are_kept(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order("007"), order(" 8 "), order("1e5"), order("NULL")))
    assert shop.rows("order_id") == [("007",), (" 8 ",), ("1e5",), ("NULL",)]


def test_hash_signs_do_not_begin_comments(shop: Shop) -> None:
    assert shop.load_one("orders.csv", csv_file(order("#1"), order("2"))).rows_accepted == 2


@pytest.mark.parametrize("encoding", ["latin-1", "gb18030", "utf-16", "cp1252", "big5"])
def test_declared_encoding_is_read(shop: Shop, encoding: str) -> None:
    text = "退貨" if encoding in ("gb18030", "utf-16", "big5") else "à vista"
    shop.declare(ORDERS.replace("time_zone: Asia/Shanghai", f"encoding: {encoding}"))
    shop.load_one(
        "orders.csv", csv_file(order(1, note=text), order(2, note=f'"{text}\n{text}"', quantity="x"), order(3)).decode().encode(encoding)
    )
    assert shop.rows("order_id, note") == [("1", text), ("3", None)]
    assert shop.rejects("line, raw_text") == [(3, order(2, note=f'"{text}\n{text}"', quantity="x"))]
    assert list((shop.folder / "loading").iterdir()) == []


def test_text_that_is_not_in_the_declared_encoding_refuses_the_file(shop: Shop) -> None:
    shop.declare(ORDERS.replace("time_zone: Asia/Shanghai", "encoding: gb18030"))
    result = shop.load_one("orders.csv", csv_file(order(1)) + b"\xff\xff\xff\n")
    assert result.refusal_reason == "not_in_declared_encoding"
    assert "gb18030" in result.message


def test_declared_delimiter_is_read(shop: Shop) -> None:
    shop.declare(ORDERS.replace("time_zone: Asia/Shanghai", 'delimiter: ";"'))
    shop.load_one("orders.csv", csv_file(order(1), order(2, quantity="x")).replace(b",", b";"))
    assert shop.rows("order_id") == [("1",)]
    assert shop.rejects("raw_text") == [(order(2, quantity="x").replace(",", ";"),)]


def test_compressed_files_are_read_with_rejects_at_their_lines(shop: Shop) -> None:
    content = csv_file(order(1), order(2, note='"stray"x'), order(3, quantity="x"), order(4))
    shop.load_one("orders-1.csv.gz", gzip.compress(content))
    shop.load_one("orders-2.csv.gz", gzip.compress(content[:100]) + gzip.compress(content[100:] + order(5).encode()))
    assert shop.rows("order_id") == [("1",), ("4",), ("1",), ("4",), ("5",)]
    assert shop.rejects("line, reason") == [(3, "stray_quote"), (4, "wrong_type")] * 2


def test_trailing_delimiters_do_not_reject_a_row(shop: Shop) -> None:
    assert shop.load_one("orders.csv", csv_file(order(1) + ",", order(2))).rows_accepted == 2


def test_null_markers_are_null_everywhere(shop: Shop) -> None:
    shop.declare(ORDERS.replace("time_zone: Asia/Shanghai", 'null_markers: ["?", "N/A"]'))
    shop.load_one("orders.csv", csv_file(order(1, status="?", amount="N/A", quantity='"?"', due_on="", note="N/A")))
    shop.load_one(
        "orders.jsonl", '{"order_id": "2", "ordered_at": "2024-03-01", "status": "?", "amount": "N/A", "quantity": "", "note": "?"}\n'
    )
    assert shop.rows("order_id, status, amount, quantity, due_on, note") == [("1", *[None] * 5), ("2", *[None] * 5)]


def test_quoted_empty_text_is_null(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(1, note='""', quantity='""')))
    assert shop.rows("note, quantity") == [(None, None)]


@pytest.mark.parametrize(
    "name",
    [
        "orders[1].csv",
        "orders*.csv",
        "orders-?.csv",
        "orders it's.csv",
        'orders "x".csv',
        "orders_{1,2}.csv",
        "orders.$path.csv",
        "orders.$moment.$extract_id.csv",
        "orders.;drop table raw.rejects;--.csv",
        "orders.退货.csv",
    ],
)
def test_names_with_special_characters_open_only_that_file(shop: Shop, name: str) -> None:
    shop.deliver("orders-1.csv", csv_file(order("other")))
    shop.deliver("orders1.csv", csv_file(order("other")))
    name = name.replace("orders ", "orders. ")
    name = name.replace("orders[", "orders.[").replace("orders*", "orders.*")
    shop.deliver("orders.1.csv", csv_file(order("other too")))
    shop.deliver(name, csv_file(order("mine"), order(2, quantity="x")))
    shop.load()
    mine = shop.connection.execute(
        "select orders.order_id from raw.shop__orders as orders "
        "inner join raw.extract_ledger as ledger on ledger.extract_id = orders._extract_id where ledger.file_name = ?",
        [f"shop/{name}"],
    ).fetchall()
    assert mine == [("mine",)]


def test_very_long_values_are_read(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(1, note="x" * 1_000_000), order(2)))
    assert shop.rows("length(note)") == [(1_000_000,), (None,)]


def test_a_line_beyond_the_limit_is_rejected(shop: Shop) -> None:
    result = shop.load_one("orders.csv", csv_file(order(1), order(2, note="x" * 3_000_000), order(3)))
    assert result.status is Status.LOADED
    assert shop.rejects("line, reason") == [(3, "line_too_long")]
    assert shop.rows("order_id") == [("1",), ("3",)]
