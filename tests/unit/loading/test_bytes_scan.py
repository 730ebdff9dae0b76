"""The scan of bytes finds the records that a plain walk over the text finds, wherever the chunks of reading end."""

import gzip
from pathlib import Path

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.loading import bytes_scan
from orchestration.loading.results import Refusal


def walked(text: bytes, *, skip_lines: int, is_quoted: bool) -> list[tuple[int, int]]:
    """First and last physical line of every record that is not blank, found byte by byte."""
    records: list[tuple[int, int]] = []
    line, first, body, in_quotes = 1, 1, b"", False
    for byte in (bytes([value]) for value in text + (b"" if text.endswith(b"\n") or not text else b"\n")):
        if byte == b'"' and line > skip_lines:
            in_quotes = not in_quotes
        if byte != b"\n":
            body += byte
            continue
        if in_quotes and is_quoted:
            body += byte
        else:
            if body.strip(b"\r") and first > skip_lines:
                records.append((first, line))
            first, body = line + 1, b""
        line += 1
    if body:
        records.append((first, line - 1))
    return records


pieces = st.lists(st.sampled_from([b'"', b"\n", b"\r\n", b"a", b"bb", b",", b"\n\n"]), max_size=40).map(b"".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=pieces, chunk=st.integers(1, 9), skip_lines=st.integers(0, 2), is_quoted=st.booleans(), is_gzip=st.booleans())
def test_records_are_found_whatever_the_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes, chunk: int, skip_lines: int, is_quoted: bool, is_gzip: bool
) -> None:
    # A lone return inside a line is text here, as it is for the reader of lines.
    monkeypatch.setattr(bytes_scan, "_CHUNK", chunk)
    path = tmp_path / "text"
    path.write_bytes(gzip.compress(text) if is_gzip else text)
    expected = walked(text, skip_lines=skip_lines, is_quoted=is_quoted)
    options = {"is_gzip": is_gzip, "line_end": b"\n", "skip_lines": skip_lines, "is_quoted": is_quoted}
    everything = numpy.arange(1, len(expected) + 1)
    found = bytes_scan.record_index(path, **options, wanted=everything)  # type: ignore[arg-type]
    assert found.record_count == len(expected)
    assert list(zip(found.first_lines.tolist(), found.last_lines.tolist(), strict=True)) == expected
    assert found.numbers.tolist() == everything.tolist()
    by_line = bytes_scan.record_index(path, **options, of_lines=numpy.array([first for first, _ in expected[1::2]]))  # type: ignore[arg-type]
    assert by_line.numbers.tolist() == everything[1::2].tolist()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40), chunk=st.integers(1, 5))
def test_utf8_is_recognised_whatever_the_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, chunk: int) -> None:
    content = text.encode("utf-8", errors="surrogatepass")
    monkeypatch.setattr(bytes_scan, "_CHUNK", chunk)
    path = tmp_path / "text"
    path.write_bytes(content)
    marks = bytes_scan.fingerprint(path, is_text=True)
    try:
        content.decode()
    except UnicodeDecodeError:
        assert marks.encoding_problem is not None
        return
    assert marks.encoding_problem is None
    assert marks.text is not None
    facts = (marks.text.byte_count, marks.text.line_feeds, marks.text.returns, marks.text.pairs)
    assert facts == (len(content), content.count(b"\n"), content.count(b"\r"), content.count(b"\r\n"))


@pytest.mark.parametrize(
    ("content", "line"), [(b"ok\nok\nbad \xff\n", 3), (b"\xe9\x80", 1), (b"a\n\xe9\x80", 2), (b"a\n" * 700_000 + b"\xfe", 700_001)]
)
def test_the_line_that_is_not_utf8_is_named(tmp_path: Path, content: bytes, line: int) -> None:
    path = tmp_path / "text"
    path.write_bytes(content)
    with pytest.raises(Refusal, match=rf"line {line} \(byte "):
        bytes_scan.text_facts(path, is_gzip=False)


def test_lines_of_byte_positions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytes_scan, "_CHUNK", 4)
    path = tmp_path / "text"
    path.write_bytes(b"one\ntwo\n\nfour\n")
    assert bytes_scan.line_of_bytes(path, [0, 3, 4, 8, 9, 12, 14], is_gzip=False, line_end=b"\n") == {
        0: 1,
        3: 1,
        4: 2,
        8: 3,
        9: 4,
        12: 4,
        14: 5,
    }


def test_gzip_members_padding_and_cuts(tmp_path: Path) -> None:
    def text(content: bytes) -> bytes:
        path = tmp_path / "text.gz"
        path.write_bytes(content)
        return b"".join(bytes_scan.text_chunks(path, is_gzip=True))

    one, two = gzip.compress(b"one\n" * 1000), gzip.compress(b"two\n")
    assert text(one + two) == b"one\n" * 1000 + b"two\n"
    assert text(one + bytes(512)) == b"one\n" * 1000
    assert text(gzip.compress(b"")) == b""
    for content, reason in {
        one[:-3]: "truncated_gzip",
        one + two[:5]: "truncated_gzip",
        one + b"junk": "broken_gzip",
        b"text": "wrong_content",
    }.items():
        with pytest.raises(Refusal) as refused:
            text(content)
        assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("translate", "expected"),
    [
        (bytes_scan.one_line_end, b'a\nb\nc\n\nd"\n\n"\n\n'),
        (bytes_scan.line_feeds_only, 'a\nb␍c\n␍d"\n␍"␍␍'.encode()),
        (bytes_scan.one_line_end_outside_quotes, b'a\nb\nc\n\nd"\r\n\r"\n\n'),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_line_ends_are_translated_across_chunks(translate: object, expected: bytes, size: int) -> None:
    text = b'a\r\nb\rc\r\n\rd"\r\n\r"\r\r'
    chunks = (text[start : start + size] for start in range(0, len(text), size))
    assert b"".join(translate(chunks)) == expected  # type: ignore[operator]
