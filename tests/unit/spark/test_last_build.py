"""What a build on Spark takes over of the last one. Needs no Spark: it is files."""

import os
from pathlib import Path

import pytest

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.settings import PROJECT_FINGERPRINT, SPARK_LAST_TABLES, SPARK_TABLES
from orchestration.spark.building import hand_over
from orchestration.spark.last_build import begin_build, take_over, was_built


@pytest.fixture
def last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The last build's folder, of the project ``one``: a table in three parts, and the notes of what it was built from."""
    folder = tmp_path / "tables" / "last"
    monkeypatch.setenv(SPARK_LAST_TABLES.variable, str(folder))
    monkeypatch.setenv(SPARK_TABLES.variable, str(tmp_path / "tables" / "now"))
    monkeypatch.setenv(PROJECT_FINGERPRINT.variable, "one")
    begin_build(folder)
    for part in ("days-2025-10", "days-2025-11", "longer-2025"):
        file = folder / "measures.db" / "measure_tickets" / f"period_part={part}" / "rows.parquet"
        file.parent.mkdir(parents=True)
        file.write_text(part, encoding="utf-8")
    notes = folder / "notes.db" / "measure_tickets"
    notes.mkdir(parents=True)
    (notes / "_SUCCESS").touch()
    return folder


def files(folder: Path) -> dict[str, int]:
    """The files in a folder and which they are."""
    return {str(file.relative_to(folder)): file.stat().st_ino for file in folder.rglob("*") if file.is_file()}


def test_parts_in_which_nothing_is_touched_are_the_very_files_of_the_last_build(last: Path, tmp_path: Path) -> None:
    before = files(last)
    folder = Path(take_over("measures", "measure_tickets", ["days-2025-11", "longer-2025", "days-2025-12"]))
    assert folder == tmp_path / "tables" / "now" / "measures.db" / "measure_tickets"
    table = files(last / "measures.db" / "measure_tickets")
    assert files(folder) == {name: table[name] for name in ("period_part=days-2025-10/rows.parquet",)}
    assert list(folder.iterdir()) == [folder / "period_part=days-2025-10"], "a part without rows has no folder"
    assert files(last) == before


def test_where_files_cannot_have_two_names_they_are_copied(last: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refuse)
    folder = Path(take_over("measures", "measure_tickets", []))
    assert {file.read_text(encoding="utf-8") for file in folder.rglob("*.parquet")} == {"days-2025-10", "days-2025-11", "longer-2025"}
    assert not set(files(folder).values()) & set(files(last).values())


def test_what_a_table_without_rows_was_shown_by_is_left_behind(last: Path) -> None:
    (last / "measures.db" / "measure_refunds" / "_empty").mkdir(parents=True)
    assert list(Path(take_over("measures", "measure_refunds", [])).iterdir()) == []


@pytest.mark.parametrize(("project", "given"), [("another", True), ("", True), ("one", False)])
def test_nothing_is_known_of_another_project_and_without_a_last_build(
    last: Path, monkeypatch: pytest.MonkeyPatch, project: str, given: bool
) -> None:
    assert was_built("measure_tickets")
    monkeypatch.setenv(PROJECT_FINGERPRINT.variable, project)
    if not given:
        monkeypatch.setenv(SPARK_LAST_TABLES.variable, "")
    assert not was_built("measure_tickets")


def test_a_table_that_was_not_made_to_its_end_is_not_known(last: Path) -> None:
    assert not was_built("measure_requests")
    (last / "notes.db" / "measure_tickets" / "_SUCCESS").unlink()
    assert not was_built("measure_tickets")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose warehouse shows the tables of the build ``shown``; of one that was killed a folder is there too."""
    monkeypatch.setenv("AFTERSALES_ENGINE", "spark")
    for setting in (SPARK_TABLES, SPARK_LAST_TABLES):
        monkeypatch.setenv(setting.variable, "")
    home = Home(tmp_path / "home")
    for run in ("shown", "killed"):
        (home.spark / "tables" / run).mkdir(parents=True)
    with connected(home.warehouse) as connection:
        connection.execute(f"copy (select 1 as a) to '{home.spark}/tables/shown/rows.parquet' (format parquet)")
        connection.execute(f"create view told as from read_parquet('{home.spark}/tables/shown/*.parquet')")
    return home


def test_a_build_goes_on_from_the_one_that_is_shown(home: Home) -> None:
    hand_over(home, run_id="now")
    assert (SPARK_TABLES.text, SPARK_LAST_TABLES.text) == (str(home.spark / "tables" / "now"), str(home.spark / "tables" / "shown"))


def test_a_build_that_is_tried_again_does_not_go_on_from_itself(home: Home) -> None:
    hand_over(home, run_id="shown")
    assert SPARK_LAST_TABLES.text == ""


def test_after_duckdb_there_is_nothing_to_go_on_from(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERSALES_ENGINE", "duckdb")
    hand_over(home, run_id="of_duckdb")
    assert not (home.spark / "tables").exists()
    monkeypatch.setenv("AFTERSALES_ENGINE", "spark")
    hand_over(home, run_id="now")
    assert SPARK_LAST_TABLES.text == ""
