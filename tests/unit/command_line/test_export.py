"""``aftersales export`` writes what is published, all of it and nothing else, in each format."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from orchestration.home import Home
from reading import exports

Run = Callable[..., Any]


def scoreboard(home: Home, condition: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str((home.published / "current").resolve() / "marts.duckdb"), read_only=True) as marts:
        return marts.execute(
            f"from scoreboard.kpi_scoreboard where {condition} order by kpi_id, period_grain, period_start, dimension, member"
        ).fetchall()


def csv_rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def test_without_names_all_kpis_go_into_one_file_and_what_they_mean_into_another(run: Run, published_home: Home, tmp_path: Path) -> None:
    said = run("export", "--to", tmp_path / "new", "--home", published_home.root)
    assert said.exit_code == 0, said.output
    assert f"{tmp_path}/new/kpis.csv: 9 rows\n{tmp_path}/new/definitions.csv: 3 rows\n" == said.stdout
    kpis = csv_rows(tmp_path / "new" / "kpis.csv")
    assert [(row["kpi_id"], row["value"]) for row in kpis[:2]] == [("bot_csat_mean", ""), ("csat_rate", "0.80")]
    assert (tmp_path / "new" / "kpis.csv").read_bytes().startswith(b"\xef\xbb\xbfkpi_id,"), "spreadsheets know it for UTF-8"
    definitions = {row["kpi_id"]: row["kpi_name_zh"] for row in csv_rows(tmp_path / "new" / "definitions.csv")}
    assert definitions == {"csat_rate": "客户满意率", "nps": "净推荐值", "bot_csat_mean": "机器人满意度"}


def test_kpis_grains_and_dimensions_narrow_it(run: Run, published_home: Home, tmp_path: Path) -> None:
    for arguments, condition in (
        (("--kpi", "csat_rate"), "kpi_id = 'csat_rate'"),
        (("--kpi", "csat_rate", "--kpi", "nps", "--grain", "month"), "kpi_id in ('csat_rate', 'nps') and period_grain = 'month'"),
        (("--dimension", "channel"), "dimension = 'channel'"),
        (("--grain", "year", "--grain", "month", "--dimension", "overall"), "dimension = 'overall'"),
        (("--kpi", "nps", "--dimension", "channel"), "false"),
    ):
        said = run("export", *arguments, "--format", "parquet", "--to", tmp_path, "--home", published_home.root)
        assert said.exit_code == 0, said.output
        assert duckdb.read_parquet(str(tmp_path / "kpis.parquet")).fetchall() == scoreboard(published_home, condition)


def test_a_workbook_has_a_sheet_each_with_numbers_as_numbers_and_dates_as_dates(run: Run, published_home: Home, tmp_path: Path) -> None:
    said = run("export", "--kpi", "csat_rate", "--format", "xlsx", "--to", tmp_path, "--home", published_home.root)
    assert said.exit_code == 0, said.output
    workbook = openpyxl.load_workbook(tmp_path / "kpis.xlsx")
    assert workbook.sheetnames == ["kpis", "definitions"]
    rows = [list(row) for row in workbook["kpis"].iter_rows(values_only=True)]
    expected = scoreboard(published_home, "kpi_id = 'csat_rate'")
    assert [[cell.date() if isinstance(cell, datetime) else cell for cell in row] for row in rows[1:]] == [
        [float(cell) if type(cell).__name__ == "Decimal" else cell for cell in row] for row in expected
    ]
    assert isinstance(expected[0][3], date)


def test_a_mart_is_exported_as_it_is_and_no_cell_becomes_a_formula(run: Run, published_home: Home, tmp_path: Path) -> None:
    for file_format in ("csv", "parquet", "xlsx"):
        said = run("export", "--mart", "core.fct_notes", "--format", file_format, "--to", tmp_path, "--home", published_home.root)
        assert said.exit_code == 0, said.output
    assert [row["note"] for row in csv_rows(tmp_path / "core.fct_notes.csv")] == ["'=1+1", "'@sum", "plain"]
    assert [row["amount"] for row in csv_rows(tmp_path / "core.fct_notes.csv")] == ["-1.50", "0.25", ""]
    assert len(duckdb.read_parquet(str(tmp_path / "core.fct_notes.parquet")).fetchall()) == 3
    sheet = openpyxl.load_workbook(tmp_path / "core.fct_notes.xlsx")["core.fct_notes"]
    cells = [(cell.value, cell.data_type) for cell in sheet["B"]]
    assert cells == [("note", "s"), ("=1+1", "s"), ("@sum", "s"), ("plain", "s")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--kpi", "csat_rat"), "There is no KPI 'csat_rat'. Did you mean csat_rate, bot_csat_mean?"),
        (("--dimension", "chanel"), "There is no dimension 'chanel'. Did you mean channel?"),
        (("--mart", "core.fct_note"), "There is no mart 'core.fct_note'. Did you mean core.fct_notes?"),
        (("--mart", "core.fct_notes", "--kpi", "nps"), "leave --kpi, --grain and --dimension out"),
    ],
)
def test_what_is_not_there_is_said_and_nothing_is_written(
    run: Run, published_home: Home, tmp_path: Path, words: Callable[[str], str], arguments: tuple[str, ...], message: str
) -> None:
    said = run("export", *arguments, "--to", tmp_path / "new", "--home", published_home.root)
    assert said.exit_code == 2
    assert message in words(said.output)
    assert not (tmp_path / "new").exists()


def test_more_rows_than_a_sheet_holds_are_refused(
    run: Run, published_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Callable[[str], str]
) -> None:
    monkeypatch.setattr(exports, "MOST_SHEET_ROWS", 9)
    assert run("export", "--format", "xlsx", "--to", tmp_path, "--home", published_home.root).exit_code == 0
    monkeypatch.setattr(exports, "MOST_SHEET_ROWS", 8)
    said = run("export", "--format", "xlsx", "--to", tmp_path / "new", "--home", published_home.root)
    assert said.exit_code == 2
    assert "kpis has 9 rows and a sheet holds 8. Ask for less" in words(said.output)
