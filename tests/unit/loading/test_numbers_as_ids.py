"""Ids that were delivered as numbers: exactly what was meant, or not at all."""

import json
from pathlib import Path

import duckdb
import pytest

from tests.unit.loading.shop import Shop

DECLARATION = """
sources:
  - name: shop
    tables:
      - name: cases
        identifier: shop__cases
        config: {meta: {key: [case_number]}}
        columns:
          - {name: case_number, data_type: integer}
          - {name: buyer_id, data_type: text}
          - {name: note, data_type: text}
          - {name: count_number, data_type: integer}
"""
REJECTED = "rejected"


def from_parquet(folder: Path, column: str, *expressions: str) -> list[object]:
    """What a column holds in the end for each SQL expression, delivered as Parquet."""
    shop = Shop(folder, DECLARATION)
    path = folder / "made.parquet"
    rows = " union all ".join(f"select {number} as case_number, {each} as {column}" for number, each in enumerate(expressions))
    with duckdb.connect() as connection:
        connection.execute(f"copy ({rows}) to '{path}' (format parquet)")
    result = shop.load_one("cases.parquet", path.read_bytes())
    assert {reason for (reason,) in shop.rejects("reason")} <= {"wrong_type"}, result.message
    found = dict(shop.rows(f"case_number, {column}", "raw.shop__cases"))
    shop.connection.close()
    return [found.get(number, REJECTED) for number in range(len(expressions))]


def test_whole_doubles_are_written_as_integers_and_what_a_double_does_not_hold_exactly_is_rejected(tmp_path: Path) -> None:
    values = ["90001.0", "-7.0", "9007199254740991.0", "9007199254740992.0", "2.02511e17", "0.5", "'nan'", "'inf'", "null"]
    # 2^53 - 1 is the last whole number of which no other one becomes the same double.
    assert from_parquet(tmp_path, "buyer_id", *(f"cast({value} as double)" for value in values)) == [
        "90001",
        "-7",
        "9007199254740991",
        *[REJECTED] * 5,
        None,
    ]


def test_floats_of_32_bits_hold_fewer(tmp_path: Path) -> None:
    values = ["90001.0", "16777215.0", "16777216.0", "0.5"]
    assert from_parquet(tmp_path, "buyer_id", *(f"cast({value} as float)" for value in values)) == ["90001", "16777215", REJECTED, REJECTED]


def test_decimals_and_integers_name_things_exactly(tmp_path: Path) -> None:
    values = ["cast(90001 as decimal(18,2))", "cast(90001.5 as decimal(18,2))"]
    assert from_parquet(tmp_path, "buyer_id", *values) == ["90001", REJECTED]
    (tmp_path / "more").mkdir()
    assert from_parquet(tmp_path / "more", "buyer_id", "cast(202511031234567891 as bigint)") == ["202511031234567891"]


def test_text_that_names_nothing_may_have_a_fraction(tmp_path: Path) -> None:
    values = ["7.0", "7.5", "1e300"]
    assert from_parquet(tmp_path, "note", *(f"cast({value} as double)" for value in values)) == ["7", "7.5", REJECTED]


def test_whole_numbers_come_from_doubles_that_hold_them_exactly(tmp_path: Path) -> None:
    values = ["3.0", "9007199254740991.0", "9007199254740992.0", "3.5"]
    assert from_parquet(tmp_path, "count_number", *(f"cast({value} as double)" for value in values)) == [
        3,
        9007199254740991,
        REJECTED,
        REJECTED,
    ]


@pytest.mark.parametrize("breaks_a_line", [False, True])
def test_json_numbers_are_told_from_json_texts(tmp_path: Path, breaks_a_line: bool) -> None:
    cases: list[tuple[str, object]] = [
        ("90001.0", "90001"),
        ("9.0001e4", "90001"),
        ("90001", "90001"),
        ('"90001.0"', "90001.0"),
        ('"007"', "007"),
        ('""', None),
        ("null", None),
        ("202511031234567891", "202511031234567891"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("9007199254740993.0", REJECTED),
        ("2.02511E+17", REJECTED),
        ("90001.5", REJECTED),
        ("true", "true"),
    ]
    shop = Shop(tmp_path, DECLARATION)
    lines = [f'{{"case_number": {number}, "buyer_id": {text}}}' for number, (text, _) in enumerate(cases)]
    # A line that is no JSON has the file read line by line.
    shop.load_one("cases.jsonl", "\n".join([*lines, *(["{oops"] if breaks_a_line else []), ""]))
    found = dict(shop.rows("case_number, buyer_id", "raw.shop__cases"))
    assert {text: found.get(number, REJECTED) for number, (text, _) in enumerate(cases)} == dict(cases)
    assert shop.rejects("detail")[0] == (
        "buyer_id: '9007199254740992.0' is a number that went through a float, and no id that it holds exactly; "
        "have the column delivered as text",
    )


def test_json_texts_of_an_id_are_read_as_others_are(tmp_path: Path) -> None:
    shop = Shop(tmp_path, DECLARATION.replace("key: [case_number]", 'key: [case_number], null_markers: ["", "N/A"]'))
    texts = ["N/A", 'quote " and \\ and é', "2.02511E+17"]
    shop.load_one("cases.jsonl", "".join(json.dumps({"case_number": number, "buyer_id": text}) + "\n" for number, text in enumerate(texts)))
    assert shop.rows("case_number, buyer_id", "raw.shop__cases") == [(0, None), (1, 'quote " and \\ and é')]
    assert shop.rejects("reason") == [("rounded_id",)]


def test_ids_of_a_csv_that_end_in_a_point_and_zero_stay_and_are_told(tmp_path: Path) -> None:
    shop = Shop(tmp_path, DECLARATION)
    result = shop.load_one("cases.csv", "case_number,buyer_id,note\n1,90001.0,8.0\n2,90002.0,x\n3,7.05,x\n")
    assert [each for (each,) in shop.rows("buyer_id", "raw.shop__cases")] == ["90001.0", "90002.0", "7.05"]
    assert result.warning == (
        "2 of the first 3 values of buyer_id end in .0, as numbers do that went through a float; they are taken as they stand, "
        "and meet no id without it. Have the column exported as text"
    )
    assert shop.load_one("cases-2.csv", "case_number,buyer_id\n1,90001\n2,1.00\n").warning is None


def test_small_files_are_told_of_such_ids_as_alone(tmp_path: Path) -> None:
    shop = Shop(tmp_path, DECLARATION)
    for number in range(3):
        shop.deliver(f"cases-{number}.csv", f"case_number,buyer_id\n{number},9000{number}{'.0' if number == 1 else ''}\n")
    assert [extract.warning is not None for extract in shop.load().extracts] == [False, True, False]
