"""``aftersales sheet`` makes CSV of a spreadsheet as the loader reads it."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
# The first style is none, the second a date, the third a date with a time of day.
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm:ss"/></numFmts>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)


def _cell(value: str | float | tuple[float, int]) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
    number, style = value if isinstance(value, tuple) else (value, 0)
    return f'<c s="{style}"><v>{number!r}</v></c>'


def _spreadsheet(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("[Content_Types].xml", _TYPES)
        package = "http://schemas.openxmlformats.org/package/2006/relationships"
        document = f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        book.writestr("_rels/.rels", f'<Relationships xmlns="{package}">{document}</Relationships>')
        listed = "".join(f'<sheet name="{name}" sheetId="{place}" r:id="s{place}"/>' for place, name in enumerate(sheets, 1))
        book.writestr("xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>')
        related = "".join(
            f'<Relationship Id="s{place}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{place}.xml"/>'
            for place in range(1, len(sheets) + 1)
        )
        styles = f'<Relationship Id="st" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        book.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}">{related}{styles}</Relationships>')
        book.writestr("xl/styles.xml", _STYLES)
        for place, rows in enumerate(sheets.values(), 1):
            data = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
            book.writestr(f"xl/worksheets/sheet{place}.xml", f'<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData></worksheet>')
    return path


def test_cells_come_out_as_the_loader_reads_them(run: Run, tmp_path: Path) -> None:
    # 45962 is 2025-11-01; 0.375 of a day is nine o'clock.
    rows = [["订单编号", "qty", "price", "on", "at", "note"], ["0012", 3.0, 19.9, (45962, 1), (45962.375, 2), 'a, "b"']]
    result = run("sheet", _spreadsheet(tmp_path / "orders.xlsx", {"Sheet1": rows}))
    assert result.exit_code == 0, result.stderr
    with (tmp_path / "orders.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [rows[0], ["0012", "3", "19.9", "2025-11-01", "2025-11-01 09:00:00", 'a, "b"']]


def test_each_sheet_with_content_is_a_file_named_after_it(run: Run, tmp_path: Path) -> None:
    path = _spreadsheet(tmp_path / "book.xlsx", {"order list": [["a"], [1.0]], "empty": [], "退款": [["b"], [2.0]]})
    assert run("sheet", path, "--out", tmp_path / "out").exit_code == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["book_order_list.csv", "book_退款.csv"]
    assert run("sheet", path, "--out", tmp_path / "one", "--sheet", "退款").exit_code == 0
    assert (tmp_path / "one" / "book.csv").read_text(encoding="utf-8") == "b\n2\n"


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    path = _spreadsheet(tmp_path / "book.xlsx", {"Sheet1": [["a"]]})
    (tmp_path / "book.csv").write_text("mine\n")
    result = run("sheet", path)
    assert result.exit_code == 1
    assert "exists already" in result.stderr
    assert (tmp_path / "book.csv").read_text() == "mine\n"


def test_what_is_no_spreadsheet_is_told_in_a_sentence(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"no")
    result = run("sheet", path)
    assert result.exit_code == 1
    assert "cannot be read as a spreadsheet" in result.stderr
    assert run("sheet", _spreadsheet(path, {"Sheet1": [["a"]]}), "--sheet", "other").exit_code == 2
    assert run("sheet", _spreadsheet(path, {"Sheet1": []})).exit_code == 1


def test_without_the_library_it_is_said_how_to_get_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _spreadsheet(tmp_path / "book.xlsx", {"Sheet1": [["a"]]})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = run("sheet", path)
    assert result.exit_code == 1
    assert "make sheets" in result.stderr
