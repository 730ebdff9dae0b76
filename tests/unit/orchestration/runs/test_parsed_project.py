"""What was parsed is taken over for the very project that it was parsed from, and for no other."""

from pathlib import Path

import pytest

from orchestration.runs import parsed_project
from orchestration.runs.parsed_project import ParsedProject


@pytest.fixture
def parsed(tmp_path: Path) -> ParsedProject:
    (tmp_path / "partial_parse.msgpack").write_bytes(b"what dbt parsed")
    project = ParsedProject(tmp_path)
    assert not project.is_of("one")
    project.keep("one")
    return project


def test_it_is_of_the_project_that_was_parsed(parsed: ParsedProject) -> None:
    assert parsed.is_of("one")
    assert not parsed.is_of("another")


def test_it_is_of_no_project_that_lies_elsewhere(parsed: ParsedProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Seeds are read from where they were found.
    monkeypatch.setattr(parsed_project, "PROJECT_ROOT", tmp_path)
    assert not parsed.is_of("one")


@pytest.mark.parametrize("name", parsed_project.FILES)
def test_it_is_of_no_project_when_half_of_it_is_gone(parsed: ParsedProject, tmp_path: Path, name: str) -> None:
    (tmp_path / name).unlink()
    assert not parsed.is_of("one")


def test_what_is_forgotten_is_parsed_again(parsed: ParsedProject) -> None:
    parsed.forget()
    assert not parsed.is_of("one")
    parsed.forget()
