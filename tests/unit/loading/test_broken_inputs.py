"""Each kind of broken input has one documented outcome (docs/loading.md), a clear message, and books that balance."""

import gzip

import duckdb
import pytest

from orchestration.loading import Status
from tests.unit.loading.shop import HEADER, Shop, csv_file, order


def parquet_file(shop: Shop, query: str) -> bytes:
    path = shop.folder / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy ({query}) to '{path}' (format parquet)")
    return path.read_bytes()


# Refused whole --------------------------------------------------------------------------------------------------------


def test_missing_required_column_refuses_the_file(shop: Shop) -> None:
    result = shop.load_one("orders.csv", "order_id,status\n1,new\n")
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "missing_required_column")
    assert "'ordered_at' is not in the file, which has 'order_id', 'status'" in result.message
    assert shop.rows() == []


def test_unclosed_quote_refuses_the_file(shop: Shop) -> None:
    lines = [order(number, note="fine") for number in range(200)]
    lines[120] = order(120, note='"it began and never ended')
    result = shop.load_one("orders.csv", csv_file(*lines))
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "unclosed_quote")
    assert "line 122" in result.message
    assert shop.rows() == []
    assert shop.rejects() == []


def test_unclosed_quote_before_other_quotes_refuses_the_file(shop: Shop) -> None:
    lines = [order(number, note=f'"said ""{number}"""') for number in range(2000)]
    lines[700] = order(700, note='"it began and never ended')
    result = shop.load_one("orders.csv", csv_file(*lines))
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "unclosed_quote")


def test_unclosed_quote_that_ends_with_the_file_refuses_the_file(shop: Shop) -> None:
    result = shop.load_one("orders.csv", csv_file(order(1), order(2, note='"cut off')).rstrip(b"\n"))
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "unclosed_quote")


def test_truncated_gzip_refuses_the_file(shop: Shop) -> None:
    whole = gzip.compress(csv_file(*(order(number, note=f"note {number * 7919}") for number in range(5000))))
    result = shop.load_one("orders.csv.gz", whole[: len(whole) // 2])
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "truncated_gzip")
    assert "cut off" in result.message


def test_gzip_with_a_wrong_checksum_refuses_the_file(shop: Shop) -> None:
    whole = gzip.compress(csv_file(order(1)))
    result = shop.load_one("orders.csv.gz", whole[:-8] + bytes(8))
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "broken_gzip")


@pytest.mark.parametrize("name", ["orders.csv", "orders.jsonl"])
def test_text_that_is_not_utf8_refuses_the_file(shop: Shop, name: str) -> None:
    content = csv_file(order(1), order(2, note="Preço à vista")).decode().encode("latin-1")
    result = shop.load_one(name, content)
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "not_in_declared_encoding")
    assert "line 3" in result.message
    assert "utf-8" in result.message


@pytest.mark.parametrize("name", ["orders.csv", "orders.jsonl", "orders.parquet"])
def test_empty_file_is_refused(shop: Shop, name: str) -> None:
    result = shop.load_one(name, b"")
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "empty_file")


@pytest.mark.parametrize("content", [b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_csv_without_a_header_is_refused_as_empty(shop: Shop, content: bytes) -> None:
    result = shop.load_one("orders.csv", content)
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "empty_file")


@pytest.mark.parametrize("content", [b"order_id,ordered_at\n1,2024-01-01\n", b"PAR1 and then nothing of the kind", b"PAR1", b"\0" * 4096])
def test_parquet_that_is_none_is_refused(shop: Shop, content: bytes) -> None:
    result = shop.load_one("orders.parquet", content)
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "wrong_content")
    assert "Parquet" in result.message


def test_truncated_parquet_is_refused(shop: Shop) -> None:
    whole = parquet_file(shop, "select i::varchar as order_id, timestamp '2024-01-01' as ordered_at from range(1000) t(i)")
    result = shop.load_one("orders.parquet", whole[: len(whole) // 2])
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "wrong_content")


def test_parquet_with_damaged_pages_is_refused(shop: Shop) -> None:
    whole = bytearray(
        parquet_file(shop, "select hash(i)::varchar as order_id, timestamp '2024-01-01' as ordered_at from range(50000) t(i)")
    )
    whole[200:4000] = bytes(3800)
    result = shop.load_one("orders.parquet", bytes(whole))
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "wrong_content")
    assert shop.rows() == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv", gzip.compress(csv_file(order(1)))),
        ("orders.csv.gz", csv_file(order(1))),
        ("orders.csv", b"PK\x03\x04 a spreadsheet"),
        ("orders.jsonl", b"PAR1..."),
        ("orders.jsonl", b'[{"order_id": 1}, {"order_id": 2}]\n'),
        ("orders.jsonl", csv_file(order(1))),
    ],
)
def test_content_that_is_not_what_the_name_says_is_refused(shop: Shop, name: str, content: bytes) -> None:
    result = shop.load_one(name, content)
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "wrong_content")


def test_duplicate_header_is_refused(shop: Shop) -> None:
    result = shop.load_one("orders.csv", "order_id,ordered_at,note,note\n1,2024-01-01,a,b\n")
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "duplicate_header")
    assert "'note' stands 2 times (columns 3, 4)" in result.message


def test_nameless_surplus_columns_are_no_duplicates(shop: Shop) -> None:
    result = shop.load_one("orders.csv", "order_id,ordered_at,,\n1,2024-01-01,,\n")
    assert (result.status, result.rows_accepted) == (Status.LOADED, 1)


def test_json_lines_without_a_required_key_are_refused(shop: Shop) -> None:
    result = shop.load_one("orders.jsonl", '{"order_id": "1"}\n{"order_id": "2", "note": "x"}\n')
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "missing_required_column")
    assert "'ordered_at' is not in the file, which has 'note', 'order_id'" in result.message
    assert shop.rejects() == []


def test_parquet_of_an_impossible_type_is_refused(shop: Shop) -> None:
    result = shop.load_one(
        "orders.parquet", parquet_file(shop, "select 'a' as order_id, timestamp '2024-01-01' as ordered_at, [1, 2] as quantity")
    )
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "wrong_column_type")
    assert "'quantity' is INTEGER[]" in result.message


# Loaded ---------------------------------------------------------------------------------------------------------------


def test_extra_column_is_kept_out_and_reported_once(shop: Shop) -> None:
    shop.deliver("orders.csv", "order_id,colour,ordered_at\n1,red,2024-03-01 08:00:00\n2,blue,2024-03-01 08:00:00\n")
    load = shop.load()
    assert load.extracts[0].unknown_columns == ("colour",)
    assert [line for line in load.warnings if "'colour'" in line] == load.warnings
    assert len(load.warnings) == 1
    assert shop.ledger("status, rows_read, unknown_columns") == [("loaded", 2, "colour")]
    assert shop.rows("order_id, note") == [("1", None), ("2", None)]


@pytest.mark.parametrize("content", [HEADER, HEADER + "\n", HEADER + "\r\n", "\ufeff" + HEADER + "\n"])
def test_header_only_is_loaded_with_no_rows(shop: Shop, content: str) -> None:
    result = shop.load_one("orders.csv", content)
    assert (result.status, result.rows_read) == (Status.LOADED, 0)


def test_missing_optional_column_is_null(shop: Shop) -> None:
    result = shop.load_one("orders.csv", "order_id,ordered_at\n1,2024-03-01 08:00:00\n")
    assert result.status is Status.LOADED
    assert shop.rows("order_id, status, amount, quantity, weight, is_gift, due_on, note") == [("1", *[None] * 7)]


# Rows rejected --------------------------------------------------------------------------------------------------------


def test_wrong_type_rejects_the_row(shop: Shop) -> None:
    result = shop.load_one("orders.csv", csv_file(order(1), order(2, quantity="many"), order(3)))
    assert (result.rows_read, result.rows_accepted, result.rows_rejected) == (3, 2, 1)
    assert shop.rejects("line, column_name, reason, detail, raw_text") == [
        (3, "quantity", "wrong_type", "quantity: 'many' is not a whole number of 64 bits", order(2, quantity="many"))
    ]


def test_bad_date_rejects_the_row(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(1, due_on="2024-02-30"), order(2, ordered_at="31/12/2024"), order(3)))
    assert shop.rejects() == [(2, "due_on", "wrong_type"), (3, "ordered_at", "wrong_type")]


def test_empty_required_value_rejects_the_row(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(""), order(2, ordered_at=""), order(3)))
    assert shop.rejects() == [(2, "order_id", "required_null"), (3, "ordered_at", "required_null")]


def test_value_that_is_not_accepted_rejects_the_row(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(1, status="new"), order(2, status="lost"), order(3, status="New")))
    assert shop.rejects("line, reason, detail") == [
        (3, "value_not_accepted", "status: 'lost' is none of the accepted values: new, paid"),
        (4, "value_not_accepted", "status: 'New' is none of the accepted values: new, paid"),
    ]


def test_stray_quote_rejects_the_row_and_keeps_the_others(shop: Shop) -> None:
    stray = order(2, note='"he said "no""')
    result = shop.load_one("orders.csv", csv_file(order(1), stray, order(3), order(4, note='"fine"')))
    assert (result.rows_read, result.rows_accepted) == (4, 3)
    assert shop.rejects("line, reason, raw_text") == [(3, "stray_quote", stray)]
    assert [row[0] for row in shop.rows("order_id")] == ["1", "3", "4"]


def test_too_few_and_too_many_columns_reject_the_row(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(1), "2,2024-03-01", order(3), order(4) + ",x,y", order(5)))
    assert shop.rejects("line, reason, raw_text") == [(3, "too_few_columns", "2,2024-03-01"), (5, "too_many_columns", order(4) + ",x,y")]
    assert [row[0] for row in shop.rows("order_id")] == ["1", "3", "5"]


def test_first_wrong_column_names_the_reject_and_the_others_are_in_its_detail(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(1, quantity="x", status="y", is_gift="z")))
    assert shop.rejects("column_name, reason, detail") == [
        (
            "status",
            "value_not_accepted",
            "status: 'y' is none of the accepted values: new, paid; quantity: 'x' is not a whole number of 64 bits; "
            "is_gift: 'z' is not true or false",
        )
    ]


def test_structural_and_typed_rejects_keep_their_lines_apart(shop: Shop) -> None:
    lines = [
        order(1),
        "",
        order(2, note='"over\ntwo lines"'),
        "only one column",
        order(3, quantity="x", note='"over\n\nthree"'),
        order(4),
        order(5, note='"stray"quote'),
        order(6, quantity="y"),
    ]
    result = shop.load_one("orders.csv", csv_file(*lines))
    assert (result.rows_read, result.rows_accepted) == (7, 3)
    assert shop.rejects("line, reason, raw_text") == [
        (6, "too_few_columns", "only one column"),
        (7, "wrong_type", lines[4]),
        (11, "stray_quote", lines[6]),
        (12, "wrong_type", lines[7]),
    ]
    assert [row[0] for row in shop.rows("order_id")] == ["1", "2", "4"]


def test_cut_off_json_line_is_rejected(shop: Shop) -> None:
    good = '{"order_id": "1", "ordered_at": "2024-03-01 08:00:00"}'
    result = shop.load_one("orders.jsonl", f'{good}\n{{"order_id": "2", "ordered_at": "2024')
    assert (result.rows_read, result.rows_accepted) == (2, 1)
    assert shop.rejects("line, reason, raw_text") == [(2, "invalid_json", '{"order_id": "2", "ordered_at": "2024')]


def test_json_that_is_no_object_is_rejected(shop: Shop) -> None:
    good = '{"order_id": "1", "ordered_at": "2024-03-01 08:00:00"}'
    result = shop.load_one("orders.jsonl", f"{good}\n\n[1, 2]\n17\n{good}\n")
    assert (result.rows_read, result.rows_accepted) == (4, 2)
    assert shop.rejects("line, reason") == [(3, "not_an_object"), (4, "not_an_object")]
    assert shop.rows("_line") == [(1,), (5,)]


def test_wrong_values_in_json_and_parquet_reject_the_row_with_its_content(shop: Shop) -> None:
    bad = '{"order_id": "2", "ordered_at": "2024-03-01", "quantity": "many"}'
    shop.load_one("orders.jsonl", f'{{"order_id": "1", "ordered_at": "2024-03-01"}}\n{bad}\n')
    shop.load_one(
        "orders.parquet",
        parquet_file(
            shop,
            "select 'p' || i as order_id, timestamp '2024-01-01' as ordered_at, case when i = 2 then 1.5 end as quantity "
            "from range(4) as numbers(i)",
        ),
    )
    assert shop.rejects("line, column_name, reason, raw_text") == [
        (2, "quantity", "wrong_type", bad),
        (3, "quantity", "wrong_type", '{"order_id":"p2","ordered_at":"2024-01-01 00:00:00","quantity":1.5}'),
    ]


def test_a_thousand_bad_rows_among_a_hundred_thousand(shop: Shop) -> None:
    bad = {number: order(number, quantity=f"bad {number}") for number in range(50, 100_000, 100)}
    lines = [bad.get(number) or order(number, quantity=str(number)) for number in range(100_000)]
    result = shop.load_one("orders.csv", csv_file(*lines))
    assert (result.rows_read, result.rows_accepted, result.rows_rejected) == (100_000, 99_000, 1_000)
    assert shop.rejects("line, raw_text") == [(number + 2, text) for number, text in bad.items()]
    assert shop.rows("count(*), sum(quantity)", order_by="1") == [(99_000, sum(range(100_000)) - sum(bad))]


def test_the_other_files_of_the_run_are_loaded(shop: Shop) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.deliver("orders-2.csv", b"\xff\xfe nothing")
    shop.deliver("orders-3.parquet", b"none")
    shop.deliver("orders-4.csv", csv_file(order(4)))
    shop.load()
    assert shop.ledger("status") == [("loaded",), ("refused",), ("refused",), ("loaded",)]
    assert shop.rows("order_id") == [("1",), ("4",)]
    assert (shop.landing / "shop" / "orders-2.csv").exists()


def test_personal_values_stay_out_of_details_and_messages(tmp_path_factory: pytest.TempPathFactory) -> None:
    declaration = """
sources:
  - name: shop
    tables:
      - name: people
        identifier: shop__people
        config: {meta: {key: [person_id]}}
        columns:
          - {name: person_id, data_type: text}
          - {name: born_on, data_type: date, config: {meta: {pii: true}}}
"""
    shop = Shop(tmp_path_factory.mktemp("people"), declaration)
    shop.deliver("people.csv", "person_id,born_on\n1,the ides of March\n")
    load = shop.load()
    assert shop.rejects("detail") == [("born_on: the value is not a date (ISO 8601, or a declared date format)",)]
    assert "ides" not in " ".join(load.warnings)
    shop.connection.close()


def test_rejects_of_one_file_are_not_counted_for_the_next(shop: Shop) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1), order(2), order(3, note='"stray"quote')))
    shop.deliver("orders-2.csv", csv_file(order(4), order(5, note='"stray"quote')))
    shop.deliver("orders-3.csv", csv_file(order(6)))
    shop.load()
    shop.assert_books_balance()
    assert shop.ledger("rows_read, rows_rejected") == [(3, 1), (2, 1), (1, 0)]
    assert shop.rejects("extract_id, line") == [(1, 4), (2, 3)]


def test_a_file_with_rows_of_both_kinds_of_rejects_does_no_harm_to_the_next(shop: Shop) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1), order(2, quantity="many"), order(3, note='"stray"quote')))
    shop.deliver("orders-2.csv", csv_file(order(4), order(5, quantity="many")))
    shop.deliver("orders-3.csv", csv_file(order(6)))
    shop.load()
    shop.assert_books_balance()
    assert shop.ledger("status, rows_read, rows_rejected") == [("loaded", 3, 2), ("loaded", 2, 1), ("loaded", 1, 0)]
