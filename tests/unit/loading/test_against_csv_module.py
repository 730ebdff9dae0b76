"""The loader and Python's csv module agree: the same number of rows in every file that is loaded, the same values in every accepted row."""

import csv
import gzip
import io
import tempfile
from pathlib import Path

import duckdb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.loading import ExtractResult, Status
from tests.support.warehouse import real_data
from tests.unit.loading.shop import Shop

COLUMNS = ("key", "first", "second")
THREE_TEXTS = """
sources:
  - name: shop
    tables:
      - name: texts
        identifier: shop__texts
        config: {meta: {key: [key]}}
        columns:
          - {name: key, data_type: text}
          - {name: first, data_type: text}
          - {name: second, data_type: integer}
"""


def loaded(content: bytes, name: str = "texts.csv") -> tuple[ExtractResult, list[tuple[object, ...]]]:
    """Load one file into a warehouse of its own; the books have to balance."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as connection:
        shop = Shop(Path(folder), THREE_TEXTS, connection)
        result = shop.load_one(name, content)
        return result, shop.rows(", ".join(COLUMNS), "raw.shop__texts")


def rows_of(content: bytes) -> list[list[str]]:
    """The rows after the header as the csv module reads them; a blank line is none."""
    records = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return [record for record in records if record][1:]


# Texts that a CSV writer may meet; a NUL is not among them, which the csv module cannot read.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
awkward = st.text(st.sampled_from([*'",\n\r \tx7', "退", "\u2028", "\x85", "'", "\\", "#"]), max_size=8)
integers = st.integers(-(2**63), 2**63 - 1).map(str)
quoting = st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC])


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(st.one_of(texts, awkward), st.one_of(texts, awkward), st.one_of(integers, awkward)), max_size=20),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=quoting,
    is_gzip=st.booleans(),
    has_mark=st.booleans(),
)
@example(
    rows=[("1", "two\r\nlines", "x"), ("2", "\r", "1"), ("3", "\n\n", "2")],
    line_end="\n",
    quoting=csv.QUOTE_ALL,
    is_gzip=False,
    has_mark=False,
)
@example(rows=[("1", '"', "x"), ("2", '""\n"', "")], line_end="\r\n", quoting=csv.QUOTE_MINIMAL, is_gzip=True, has_mark=True)
def test_what_a_csv_writer_writes_is_read_as_the_csv_module_reads_it(
    rows: list[tuple[str, str, str]], line_end: str, quoting: int, is_gzip: bool, has_mark: bool
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    content = (b"\xef\xbb\xbf" if has_mark else b"") + out.getvalue().encode()
    expected = rows_of(content)
    result, accepted = loaded(gzip.compress(content) if is_gzip else content, "texts.csv.gz" if is_gzip else "texts.csv")
    assert result.status is Status.LOADED, result.message
    assert result.rows_read == len(expected)
    # A writer with another line end leaves a lone return unquoted, and every reader takes it for a line end.
    assert accepted == [
        (row[0], row[1] or None, int(row[2]) if row[2] else None)
        for row in expected
        if len(row) == len(COLUMNS) and row[0] and (not row[2] or is_integer(row[2]))
    ]


def is_integer(text: str) -> bool:
    try:
        return text.isascii() and "_" not in text and -(2**63) <= int(text) < 2**63
    except ValueError:
        return False


# Anything at all: quotes, delimiters and line ends where they do not belong. A space before a quote is left out: DuckDB
# drops it and takes the quote for structural, the csv module does neither.
noise = st.lists(st.sampled_from([*'""",,,\n\n\r', "a", "7", "退", "\r\n"]), max_size=60).map("".join)


@settings(max_examples=150, deadline=None)
@given(noise=noise, line_end=st.sampled_from(["\n", "\r\n"]))
@example(noise='1,"a,7\n2,b,7\n', line_end="\n")
@example(noise='1,"a"a,7\n2,b,7\n', line_end="\n")
@example(noise='1,a"a,7\n2,"b\nc",7\n', line_end="\n")
@example(noise='1,"a\n","\n', line_end="\n")
@example(noise='"\n"a\r\n', line_end="\n")
@example(noise='"\n"a\r\n1,b,2\n', line_end="\n")
@example(noise='"\n"a,""a"', line_end="\n")
@example(noise='\r,"\n"7', line_end="\r\n")
@example(noise=',\r""\n\n"', line_end="\r\n")
@example(noise=',\r""\n"\n"', line_end="\r\n")
@example(noise='a"\r""\n\n"', line_end="\r\n")
def test_of_any_text_either_every_row_is_accounted_for_or_the_file_is_refused(noise: str, line_end: str) -> None:
    content = (",".join(COLUMNS) + line_end + noise).encode()
    result, accepted = loaded(content)
    if result.status is Status.LOADED:
        # Where text follows a closing quote, how many rows that is is anybody's guess; then each line of the file is accounted for.
        lines = sum(bool(line) for line in content.decode().replace("\r", "\n").split("\n")) - 1
        assert result.rows_read == len(rows_of(content)) or (result.rows_read == lines and result.rows_rejected > 0), result
        assert result.rows_accepted == len(accepted)
    else:
        assert result.refusal_reason in ("unclosed_quote", "wrong_content"), result


@settings(max_examples=80, deadline=None)
@given(
    content=st.binary(max_size=200), name=st.sampled_from(["texts.csv", "texts.csv.gz", "texts.jsonl", "texts.jsonl.gz", "texts.parquet"])
)
def test_any_bytes_end_in_the_ledger(content: bytes, name: str) -> None:
    result, _ = loaded(content, name)
    assert result.message


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, 400), replacement=st.binary(max_size=3), name=st.sampled_from(["texts.csv", "texts.csv.gz", "texts.jsonl"]))
def test_any_damage_to_a_good_file_ends_in_the_ledger(position: int, replacement: bytes, name: str) -> None:
    if name == "texts.jsonl":
        good = b"".join(b'{"key": "%d", "first": "x", "second": %d}\n' % (number, number) for number in range(12))
    else:
        good = b"key,first,second\n" + b"".join(b'%d,"x, ""y""",%d\n' % (number, number) for number in range(20))
    good = gzip.compress(good) if name.endswith(".gz") else good
    result, _ = loaded(good[:position] + replacement + good[position + 1 :], name)
    assert result.message


def test_real_reviews_with_comments_over_several_lines_are_read_as_the_csv_module_reads_them(tmp_path: Path) -> None:
    declaration = """
sources:
  - name: shop
    config: {meta: {time_zone: America/Sao_Paulo}}
    tables:
      - name: reviews
        identifier: shop__reviews
        config: {meta: {key: [review_id, order_id]}}
        columns:
          - {name: review_id, data_type: text}
          - {name: order_id, data_type: text}
          - {name: review_score, data_type: integer, config: {meta: {required: true}}}
          - {name: review_comment_title, data_type: text}
          - {name: review_comment_message, data_type: text}
          - {name: review_creation_date, data_type: timestamp}
          - {name: review_answer_timestamp, data_type: timestamp}
"""
    content = (real_data() / "olist" / "olist_order_reviews_dataset.csv").read_bytes()
    shop = Shop(tmp_path, declaration)
    result = shop.load_one("reviews.csv", content)
    expected = rows_of(content)
    assert (result.rows_read, result.rows_accepted) == (len(expected), len(expected)) == (19_986, 19_986)
    found = shop.rows("review_id, order_id, review_score, review_comment_title, review_comment_message", "raw.shop__reviews")
    assert found == [(row[0], row[1], int(row[2]), row[3] or None, row[4] or None) for row in expected]
    over_lines = sum("\n" in row[3] or "\n" in row[4] for row in expected)
    assert over_lines == sum("\n" in f"{row[3]}{row[4]}" for row in found) == 807
    shop.connection.close()


def test_every_real_olist_file_has_as_many_rows_as_the_csv_module_counts(tmp_path: Path) -> None:
    from orchestration.loading import load_source, prepare_raw, read_declarations
    from tests.support.warehouse import PROJECT_ROOT

    folder = real_data()
    sources = read_declarations(PROJECT_ROOT / "models")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        prepare_raw(connection, sources)
        load = load_source(connection, sources["olist"], folder, run_id="x")
    assert len(load.extracts) == 7
    for extract in load.extracts:
        assert extract.rows_read == len(rows_of((folder / extract.file_name).read_bytes())), extract
        assert extract.rows_read == extract.rows_accepted + extract.rows_rejected
