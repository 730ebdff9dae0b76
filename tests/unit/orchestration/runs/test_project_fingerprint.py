"""What makes every period of the marts anew: each part of the project that decides what a build makes, changed alone."""

from pathlib import Path

import pytest

from orchestration.runs import dbt_command_line

FILES = (
    "dbt_project.yml",
    "profiles.yml",
    "models/marts/kpi.sql",
    "macros/kpi/kpi_family.sql",
    "seeds/reference/kpi_targets.csv",
    "tests/data/generic/never_null.sql",
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*FILES, "docs/operations.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one\n", encoding="utf-8")
    monkeypatch.setattr(dbt_command_line, "PROJECT_ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", FILES)
def test_a_line_of_the_project_makes_another_fingerprint(project: Path, name: str) -> None:
    before = dbt_command_line.project_fingerprint()
    (project / name).write_text("one\nmore\n", encoding="utf-8")
    assert dbt_command_line.project_fingerprint() != before


def test_a_new_file_makes_another_fingerprint_and_so_does_another_name(project: Path) -> None:
    found = {dbt_command_line.project_fingerprint()}
    (project / "macros" / "new.sql").write_text("one\n", encoding="utf-8")
    found.add(dbt_command_line.project_fingerprint())
    (project / "macros" / "new.sql").rename(project / "macros" / "newer.sql")
    found.add(dbt_command_line.project_fingerprint())
    assert len(found) == 3


def test_what_decides_nothing_makes_no_other_fingerprint(project: Path) -> None:
    before = dbt_command_line.project_fingerprint()
    (project / "docs" / "operations.md").write_text("two\n", encoding="utf-8")
    (project / "models" / "marts" / "kpi.sql").touch()
    assert dbt_command_line.project_fingerprint() == before


def test_another_zone_or_engine_makes_another_fingerprint(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {dbt_command_line.project_fingerprint()}
    monkeypatch.setenv("AFTERSALES_BUSINESS_TIME_ZONE", "Europe/Berlin")
    found.add(dbt_command_line.project_fingerprint())

    def other_version(package: str) -> str:
        return f"another version of {package}"

    monkeypatch.setattr(dbt_command_line, "version", other_version)
    found.add(dbt_command_line.project_fingerprint())
    assert len(found) == 3
