"""Text that is not in the declared encoding though it decodes: refused where it is plain, told where it may be chance."""

import gzip
from pathlib import Path

import pytest

from orchestration.loading import ExtractResult, Status
from tests.unit.loading.shop import Shop

DECLARATION = """
sources:
  - name: shop
    config: {meta: {encoding: ENCODING}}
    tables:
      - name: cases
        identifier: shop__cases
        config: {meta: {key: [case_id]}}
        columns:
          - {name: case_id, data_type: text}
          - {name: note, data_type: text}
"""


def load(tmp_path: Path, encoding: str, content: bytes, name: str = "cases.csv") -> tuple[Shop, ExtractResult]:
    shop = Shop(tmp_path, DECLARATION.replace("ENCODING", encoding))
    return shop, shop.load_one(name, content)


def text(*notes: str) -> str:
    return "case_id,note\n" + "".join(f"{number},{note}\n" for number, note in enumerate(notes))


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "latin-1", "cp1252", "shift_jis", "big5"])
@pytest.mark.parametrize("is_gzip", [False, True])
def test_a_utf_8_file_is_not_decoded_as_something_else(tmp_path: Path, encoding: str, is_gzip: bool) -> None:
    content = text("退货已收到", "地址", "ok").encode()
    shop, result = load(tmp_path, encoding, gzip.compress(content) if is_gzip else content, "cases.csv.gz" if is_gzip else "cases.csv")
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "not_in_declared_encoding")
    assert result.message == (
        f"the file is UTF-8 (line 2 has the first sign beyond ASCII), but {shop.source.feeds['cases'].encoding} is declared; "
        "have it delivered so, or declare encoding: utf-8 for the feed"
    )
    assert shop.rows(table="raw.shop__cases") == []


def test_a_mark_of_utf_8_at_the_beginning_says_it_as_well(tmp_path: Path) -> None:
    _, result = load(tmp_path, "gb18030", b"\xef\xbb\xbf" + text("ok").encode())
    assert result.refusal_reason == "not_in_declared_encoding"
    assert result.message.startswith("the file is UTF-8 (it begins with the byte order mark of UTF-8), but gb18030 is declared")


def test_what_may_be_utf_8_by_chance_is_loaded_as_declared_and_told(tmp_path: Path) -> None:
    # Two characters of gb18030 that happen to be valid UTF-8.
    chance = "庐露"
    content = text(chance).encode("gb18030")
    content.decode("utf-8")
    shop, result = load(tmp_path, "gb18030", content)
    assert (result.status, shop.rows("note", "raw.shop__cases")) == (Status.LOADED, [(chance,)])
    assert result.warning == (
        "the text was read as gb18030, as declared, and would be UTF-8 too (line 2): "
        "look whether it reads well, and declare encoding: utf-8 if not"
    )


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("gb18030", "退货已收到，质量很好"),
        ("latin-1", "Größe geändert naïve"),
        ("cp1252", "„Größe“ – 5 €"),
        ("shift_jis", "返品を受け取りました"),
        ("utf-16", "退货"),
    ],
)
def test_text_in_its_encoding_is_neither_refused_nor_told(tmp_path: Path, encoding: str, note: str) -> None:
    shop, result = load(tmp_path, encoding, text(note).encode(encoding))
    assert (result.warning, shop.rows("note", "raw.shop__cases")) == (None, [(note,)])


def test_plain_ascii_is_in_every_encoding(tmp_path: Path) -> None:
    assert load(tmp_path, "gb18030", text("ok", "fine").encode())[1].warning is None


def test_a_file_that_is_utf_8_up_to_a_broken_end_is_looked_at_as_declared(tmp_path: Path) -> None:
    # Cut in the middle of a character it is not UTF-8, and gb18030 cannot read its end either.
    content = text("退货已收到").encode().rstrip(b"\n")[:-1]
    assert load(tmp_path, "gb18030", content)[1].refusal_reason == "not_in_declared_encoding"


def test_a_utf_8_file_with_a_damaged_sign_is_not_decoded_as_something_else_either(tmp_path: Path) -> None:
    # The byte A0 is a part of a sign of gb18030, and of none of UTF-8.
    content = text("退货已收到", "质量很好").encode() + b"9,\xa0x\n"
    _, result = load(tmp_path, "gb18030", content)
    assert (result.status, result.refusal_reason) == (Status.REFUSED, "not_in_declared_encoding")
    assert "the file is UTF-8 (line 2 has the first sign beyond ASCII, except 1 damaged sign, the first in line 4)" in result.message


def test_signs_that_are_utf_8_by_chance_do_not_make_a_file_utf_8(tmp_path: Path) -> None:
    # One sign in seven of gb18030 reads as UTF-8 too; the others break it.
    note = "石头剪刀布，石狮子看着石榴树"
    shop, result = load(tmp_path, "gb18030", text(note).encode("gb18030"))
    assert (result.warning, shop.rows("note", "raw.shop__cases")) == (None, [(note,)])


def test_control_signs_that_another_encoding_leaves_are_told(tmp_path: Path) -> None:
    # The quotes of Windows are control signs in Latin-1.
    shop, result = load(tmp_path, "latin-1", text("\u201cGr\u00f6\u00dfe\u201d").encode("cp1252"))
    assert result.status is Status.LOADED
    assert result.warning == (
        "the text was read as iso8859-1, as declared, and has signs that nobody writes (U+0080 to U+009F, first in line 2): "
        "look whether it reads well, and correct encoding in the declaration if not"
    )
    assert shop.rows("note", "raw.shop__cases") == [("\x93Größe\x94",)]


def test_json_lines_are_looked_at_too(tmp_path: Path) -> None:
    content = '{"case_id": "1", "note": "退货已收到"}\n'.encode()
    assert load(tmp_path, "gb18030", content, "cases.jsonl")[1].refusal_reason == "not_in_declared_encoding"
