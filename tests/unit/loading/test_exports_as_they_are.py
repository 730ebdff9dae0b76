"""What a declaration says of exports as people have them: names that change, lines around the rows, signs around the values."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestration.loading import DeclarationError, ExtractResult, read_declarations
from orchestration.loading.cleaning import BLANKS
from tests.unit.loading.shop import Shop
from tests.unit.loading.test_values import REJECTED, check, values_of

QUICK = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


def declaration(meta: str, *columns: str, of_source: str = "time_zone: Asia/Shanghai") -> str:
    listed = "\n".join(f"          - {{{column}}}" for column in columns)
    return f"""
sources:
  - name: shop
    config: {{meta: {{{of_source}}}}}
    tables:
      - name: lines
        identifier: shop__lines
        config: {{meta: {{key: line, replaces: nothing, {meta}}}}}
        columns:
{listed}
"""


ORDER, STATUS = "name: order_no, data_type: text, config: {meta: {required: true}}", "name: status, data_type: text"
CANCELLED = "name: cancelled, data_type: text, config: {meta: {header: [Cancelled at, Canceled at]}}"


def shop_of(folder: Path, *said: str, of_source: str = "time_zone: Asia/Shanghai") -> Shop:
    folder.mkdir(exist_ok=True)
    return Shop(folder, declaration(*said, of_source=of_source))


def load(shop: Shop, name: str, content: str) -> ExtractResult:
    """What becomes of a file, whatever was refused before it."""
    shop.deliver(name, content)
    (result,) = (extract for extract in shop.load().extracts if extract.file_name == f"shop/{name}")
    shop.assert_books_balance()
    return result


def rows_of(shop: Shop, columns: str) -> list[tuple[object, ...]]:
    return shop.rows(columns, "raw.shop__lines")


def fault_of(folder: Path, *said: str, of_source: str = "time_zone: Asia/Shanghai") -> str:
    (folder / "_shop__sources.yml").write_text(declaration(*said, of_source=of_source), encoding="utf-8")
    with pytest.raises(DeclarationError) as raised:
        read_declarations(folder)
    return str(raised.value)


def test_a_column_comes_under_any_of_its_names(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, "ignored_columns: [Notes]", ORDER, CANCELLED)
    load(shop, "lines_1.csv", "order_no,Cancelled at,Notes\n1,x,a\n")
    load(shop, "lines_2.csv", "Canceled at,order_no\ny,2\n")
    load(shop, "lines_3.jsonl", '{"order_no": 3, "Canceled at": "z"}\n{"order_no": 4, "Canceled at": null}\n')
    assert rows_of(shop, "order_no, cancelled") == [("1", "x"), ("2", "y"), ("3", "z"), ("4", None)]
    assert shop.ledger("unknown_columns, warning") == [(None, None)] * 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lines.csv", "order_no,Cancelled at,Canceled at\n1,x,y\n"),
        ("lines.jsonl", '{"order_no": 1, "Cancelled at": "x", "Canceled at": "y"}\n'),
    ],
)
def test_a_file_with_two_names_of_one_column_is_refused(tmp_path: Path, name: str, content: str) -> None:
    refused = load(shop_of(tmp_path, "ignored_columns: [Notes]", ORDER, CANCELLED), name, content)
    assert refused.refusal_reason == "ambiguous_header"
    assert "'Cancelled at' and 'Canceled at' are both there" in refused.message


def test_a_renamed_column_is_told_by_name_and_a_required_one_refuses_the_file(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, "ignored_columns: [Notes]", ORDER, CANCELLED)
    told = load(shop, "lines_1.csv", "order_no,Voided at,Notes\n1,x,a\n")
    assert told.unknown_columns == ("Voided at",)
    assert told.warning is not None
    assert told.warning.startswith("the declared column 'Cancelled at' or 'Canceled at' is not in the file, and null")
    refused = load(shop, "lines_2.csv", "Order,Canceled at\n1,x\n")
    assert (refused.refusal_reason, "'order_no' is not in the file" in refused.message) == ("missing_required_column", True)
    # Without a column that is new, one is only lacking; and a feed that does not say what it ignores does not know all columns.
    assert load(shop, "lines_3.csv", "order_no\n1\n").warning is None
    shop.declare(declaration("globs: ['*.csv']", ORDER, CANCELLED))
    assert load(shop, "lines_4.csv", "order_no,Voided at\n4,x\n").warning is None


def test_lines_around_the_header_are_no_rows(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, "lines_before_header: 2, rows_after_header: 2", ORDER, STATUS)
    explained = '"Which order?\nThe ""number"" of it",Status\n"{""ImportId"":""QID1""}",{}\n'
    loaded = load(shop, "lines_1.csv", f'an "export,\n\norder_no,status\n{explained}1,new\n2,a,b\n3,old\n')
    assert (loaded.rows_read, loaded.rows_rejected) == (3, 1)
    assert rows_of(shop, "order_no, status") == [("1", "new"), ("3", "old")]
    assert shop.rejects() == [(8, None, "too_many_columns")]
    same = load(shop, "lines_2.csv", f"\r\nwhat it is\r\norder_no,status\r\n{explained.replace(chr(10), chr(13) + chr(10))}4,new\r\n")
    assert (same.rows_read, rows_of(shop, "order_no")[2:]) == (1, [("4",)])
    short = load(shop, "lines_3.csv", "a\nb\norder_no,status\nQ,Q\n")
    assert (short.refusal_reason, "has 1 after its header" in short.message) == ("empty_file", True)
    straddling = load(shop, "lines_4.csv", 'a\n"b\norder_no,status\nQ",Q\n')
    assert (straddling.refusal_reason, "line 2 is not closed within the 2 lines" in straddling.message) == ("wrong_content", True)


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_rows_that_are_none_of_the_feed_are_left_out_and_counted(tmp_path: Path, file_format: str) -> None:
    shop = shop_of(tmp_path, "leave_out: {order_no: [汇总值, 平均值], status: [Survey Preview]}", ORDER, "name: status, data_type: integer")
    values = [("1", "5"), ("汇总值", "x"), ("2", "Survey Preview"), ("3", "x"), ("", "4"), ("平均值", ""), ("汇总值2", "6")]
    csv = "order_no,status\n" + "".join(f"{order},{status}\n" for order, status in values)
    jsonl = "".join(json.dumps({"order_no": order, "status": status}, ensure_ascii=False) + "\n" for order, status in values)
    loaded = load(shop, f"lines.{file_format}", csv if file_format == "csv" else jsonl)
    assert (loaded.rows_read, loaded.rows_accepted, loaded.rows_rejected, loaded.rows_left_out) == (4, 2, 2, 3)
    assert loaded.rows_read + loaded.rows_left_out == len(values)
    assert "3 left out as declared" in loaded.message
    assert rows_of(shop, "order_no, status") == [("1", 5), ("汇总值2", 6)]
    assert [reason for _, _, reason in shop.rejects()] == ["wrong_type", "required_null"]


@QUICK
@given(
    st.lists(
        st.tuples(st.sampled_from(["", " ", "\u3000", "\t", "\xa0"]), TEXTS, st.sampled_from(["", "  ", "\u2009\t"])),
        min_size=1,
        max_size=20,
    )
)
@example([(" ", "", " "), ("", "a\u3000b", "\u3000")])
def test_trimming_is_what_python_strips(tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str, str]]) -> None:
    delivered = ["".join(parts) for parts in texts]
    found = values_of(tmp_path_factory.mktemp("trim"), "text", delivered, clean="[trim]")
    assert found == [text.strip(BLANKS) or None for text in delivered]
    assert [text.strip(BLANKS) for text in delivered] == [text.strip() for text in delivered]


def test_what_spreadsheets_put_around_values_is_taken_off(tmp_path: Path) -> None:
    cases: dict[str, object] = {
        '="0012"': "0012",
        "0012": "0012",
        '\t="3515"': "3515",
        "'75008": "75008",
        "'=1": "=1",
        "'t Hooft": "'t Hooft",
        "''1": "''1",
        '="': '="',
        '=""': None,
        "=12": "=12",
        "\t6917 ": "6917",
        "-": None,
        " - ": None,
        "": None,
    }
    check(tmp_path, "text", cases, clean="[trim, tab, excel_text, apostrophe]", null_markers="['-']")


def test_values_stay_as_they_are_where_nothing_is_declared(tmp_path: Path) -> None:
    check(tmp_path, "text", {'="0012"': '="0012"', "\t1": "\t1", "'1": "'1"})


def test_units_stand_beside_numbers_and_signs_are_the_declared_ones(tmp_path: Path) -> None:
    cases: dict[str, object] = {
        "1.234,56": 1234.56,
        "0元": 0.0,
        "¥ 5": 5.0,
        "-¥5,5": -5.5,
        "US$1.000": 1000.0,
        "元": REJECTED,
        "5元元": REJECTED,
        "1,234.56": REJECTED,
        "五元": REJECTED,
    }
    check(tmp_path, "double", cases, units="[元, ¥, US$, $]", decimal_sign="','", thousands_sign="'.'")


def test_durations_are_seconds(tmp_path: Path) -> None:
    cases: dict[str, object] = {
        "123秒": 123,
        "2分3秒": 123,
        "01:00:05": 3605,
        "26:00:00": 93600,
        " 90 ": 90,
        "2分": REJECTED,
        "1.5": REJECTED,
        "-3秒": REJECTED,
        "1:2": REJECTED,
        "": None,
    }
    check(tmp_path, "seconds", cases, duration_formats="['%S秒', '%M分%S秒', '%H:%M:%S']")


@QUICK
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 999), st.integers(0, 59)), min_size=1, max_size=20))
def test_durations_are_what_their_parts_add_up_to(tmp_path_factory: pytest.TempPathFactory, times: list[tuple[int, int, int]]) -> None:
    texts = [f"{hours}h {minutes:02}m {seconds}s" for hours, minutes, seconds in times]
    found = values_of(tmp_path_factory.mktemp("durations"), "seconds", texts, duration_formats="['%Hh %Mm %Ss']")
    assert found == [hours * 3600 + minutes * 60 + seconds for hours, minutes, seconds in times]


MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1))


@QUICK
@given(st.lists(MOMENTS, min_size=1, max_size=20))
def test_moments_as_numbers_are_those_of_python(tmp_path_factory: pytest.TempPathFactory, moments: list[datetime]) -> None:
    folder = tmp_path_factory.mktemp("epochs")
    whole = [moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in moments]
    for unit, texts in {
        "epoch_seconds": [f"{moment.replace(tzinfo=UTC).timestamp():.3f}" for moment in whole],
        "epoch_milliseconds": [str(round(moment.replace(tzinfo=UTC).timestamp() * 1000)) for moment in whole],
    }.items():
        (folder / unit).mkdir()
        assert values_of(folder / unit, "timestamp", texts, timestamp_formats=f"[{unit}]", clock_tolerance_minutes="99999999") == whole


def test_offsets_are_read_as_people_write_them(tmp_path: Path) -> None:
    cases: dict[str, object] = {
        "2026/07/17 9:05:00 AM GMT+8": datetime(2026, 7, 17, 1, 5),
        "2026/07/17 9:05:00 PM GMT-03:30": datetime(2026, 7, 18, 0, 35),
        "2026/07/17 9:05:00 AM UTC": datetime(2026, 7, 17, 9, 5),
        "2026/07/17 9:05:00 AM +0800": datetime(2026, 7, 17, 1, 5),
        "2026/07/17 9:05:00 AM GMT+8:30": datetime(2026, 7, 17, 0, 35),
        "2026/07/17 9:05:00 AM CST": REJECTED,
        "2026/07/17 9:05:00 AM GMT+8x": REJECTED,
    }
    check(tmp_path, "timestamp", cases, timestamp_formats="['%Y/%m/%d %I:%M:%S %p %z']")


ANSWERS = "name: answers, data_type: text, config: {meta: {pii: true}}"


@QUICK
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=20), st.lists(TEXTS, min_size=2, max_size=2))
@example([("x", ""), ("", 'he said "no"')], ['Q\n1 "why"', "it's"])
def test_what_is_not_declared_is_kept_as_json(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[str, str]], questions: list[str]
) -> None:
    names = [f"1{question}" if place else f"2{question}" for place, question in enumerate(questions)]
    names = [name.strip() for name in names]
    shop = shop_of(tmp_path_factory.mktemp("answers"), "other_columns: answers, ignored_columns: [IP]", ORDER, ANSWERS)
    fields = [["order_no", "IP", *names], *([str(number), "x", *row] for number, row in enumerate(values))]
    text = "".join(",".join('"' + field.replace('"', '""') + '"' for field in row) + "\n" for row in fields)
    loaded = load(shop, "lines.csv", text)
    assert (loaded.refusal_reason, loaded.unknown_columns) == (None, ())
    found = [json.loads(str(answers)) for (answers,) in rows_of(shop, "answers")]
    assert found == [{name: value for name, value in zip(names, row, strict=True) if value} for row in values]
    shop.connection.close()


def test_what_is_collected_is_cleaned_and_null_markers_are_no_values(tmp_path: Path) -> None:
    said = "other_columns: answers, clean: [trim], null_markers: [n/a]"
    shop = shop_of(tmp_path, said, ORDER, ANSWERS)
    load(shop, "lines.csv", 'order_no,Q1,Q2,Q3,Q4\n1, ," yes ",n/a, n/a\n')
    assert rows_of(shop, "answers") == [('{"Q2":"yes"}',)]


def test_json_is_read_by_paths_and_what_is_not_there_is_null(tmp_path: Path) -> None:
    shop = shop_of(
        tmp_path,
        "ignored_columns: [meta]",
        "name: order_id, data_type: text, config: {meta: {required: true, header: $.order.id}}",
        "name: email, data_type: text, config: {meta: {header: $.order.customer.email, pii: true}}",
        "name: paid, data_type: 'decimal(18,2)', config: {meta: {header: '$.order.\"paid amount\"'}}",
        "name: tags, data_type: text, config: {meta: {header: '$.tags[*].name'}}",
        "name: first, data_type: text, config: {meta: {header: '$.tags[0]'}}",
        "name: whole, data_type: text, config: {meta: {header: tags}}",
    )
    first = '{"order": {"id": 7, "customer": {"email": "a@b.c"}, "paid amount": 1.5}, "tags": [{"name": "x"}, {"name": "y"}], "meta": 1}\n'
    second = '{"order": {"id": "08", "customer": null}, "tags": []}\n'
    loaded = load(shop, "lines_1.jsonl", first + second + '{"order": {"customer": {}}}\n' + '{"order": {"id": 9, "paid amount": "x"}}\n')
    assert (loaded.rows_accepted, loaded.rows_rejected, loaded.unknown_columns) == (2, 2, ())
    tags = '[{"name": "x"}, {"name": "y"}]'
    assert rows_of(shop, "order_id, email, cast(paid as double), tags, first") == [
        ("7", "a@b.c", 1.5, '["x","y"]', '{"name":"x"}'),
        ("08", None, None, "[]", None),
    ]
    assert [json.loads(str(whole)) for (whole,) in rows_of(shop, "whole")] == [json.loads(tags), []]
    assert shop.rejects("line, column_name, reason") == [(3, "order_id", "required_null"), (4, "paid", "wrong_type")]


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (("other_columns: answers", ORDER), "other_columns names column 'answers', which is not declared"),
        (("other_columns: status", ORDER, STATUS), "it has to be text with pii: true"),
        (("leave_out: {state: [x]}", ORDER, STATUS), "leave_out names column 'state', which is not declared (did you mean 'status'?)"),
        (("ignored_columns: [order_no]", ORDER), "header 'order_no' is declared twice"),
        (("clean: [trimm]", ORDER), "Input should be 'trim'"),
        (("units: ['%5']", ORDER), "could be part of a number"),
        (("duration_formats: ['%M%S']", ORDER), "leaves open where one part ends"),
        (("duration_formats: ['%Y']", ORDER), "is made of %D, %H, %M and %S"),
        (("duration_formats: [minutes]", ORDER), "says no time"),
        (("duration_formats: ['%S s %S']", ORDER), "says the same part twice"),
        (("timestamp_formats: [epoch_seconds, epoch_milliseconds]", ORDER), "a number cannot be told to be"),
        (("date_formats: [epoch_seconds]", ORDER), "says a moment and no date"),
        (("rows_after_header: -1", ORDER), "greater than or equal to 0"),
        (("globs: []", "name: a, data_type: text, config: {meta: {header: $.a..b}}"), "begins like a path into JSON and is none"),
        (("globs: []", ORDER, "name: a, data_type: text, config: {meta: {header: [order_no, b]}}"), "header 'order_no' is declared twice"),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused_with_the_reason(tmp_path: Path, said: tuple[str, ...], fault: str) -> None:
    assert fault in fault_of(tmp_path, *said)


def test_other_columns_are_collected_of_tables_only(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, "other_columns: answers", ORDER, ANSWERS)
    assert load(shop, "lines.jsonl", '{"order_no": 1, "Q1": 2}\n').refusal_reason == "wrong_content"
    assert load(shop, "lines.csv", "order_no\n1\n").refusal_reason is None
    path = tmp_path / "made.parquet"
    shop.connection.execute(f"copy (select 2 as order_no, 1.5 as score, 'x' as \"a b\", null as \"none\") to '{path}' (format parquet)")
    shop.deliver("lines.parquet", path.read_bytes())
    shop.load()
    assert rows_of(shop, "answers") == [("{}",), ('{"score":"1.5","a b":"x"}',)]


def test_a_column_without_a_name_is_read_from_csv_and_refused_as_json(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, "", "name: place, data_type: integer, config: {meta: {header: ''}}", ORDER)
    assert load(shop, "lines-1.csv", ",order_no\n7,1001\n").rows_accepted == 1
    for name in ("lines-2.jsonl", "lines-3.jsonl"):
        shop.deliver(name, '{"order_no": "1002"}\n')
    refused = [extract for extract in shop.load().extracts if extract.file_format == "jsonl"]
    assert [extract.refusal_reason for extract in refused] == ["wrong_content", "wrong_content"]
    assert all("column 'place' has no name in its files, which JSON needs" in (extract.message or "") for extract in refused)
    assert rows_of(shop, "place, order_no") == [(7, "1001")]


def test_names_that_differ_in_capitals_only_are_read_from_csv_and_refused_as_json(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, "", ORDER, "name: status, data_type: text, config: {meta: {header: [Item sku, Item SKU]}}")
    assert load(shop, "lines-1.csv", "order_no,Item SKU\n1001,a\n").rows_accepted == 1
    refused = load(shop, "lines-2.jsonl", '{"order_no": "1002", "Item sku": "b"}\n')
    assert refused.refusal_reason == "wrong_content"
    assert "the feed knows names that differ in capitals only (Item sku, Item SKU)" in (refused.message or "")
