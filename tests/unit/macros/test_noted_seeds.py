"""Seeds of a project that loaded them all, and passed all of their tests, are left out of its next builds."""

from pathlib import Path

import duckdb
import pytest

from tests.support.dbt_project import dbt, prepared_project

HOOKS = """
on-run-start: ["{{ begin_build() }}"]
on-run-end: ["{{ note_seeds(results) }}"]
"""
SEEDS = """
seeds:
  - name: letters
    config: {column_types: {letter: varchar}}
    columns: [{name: letter, data_tests: [not_null]}]
"""


def test_seeds_are_noted_when_all_are_loaded_and_right_and_forgotten_when_others_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = prepared_project(tmp_path / "project", {"numbers.sql": "select 1 as number"})
    with (folder / "dbt_project.yml").open("a", encoding="utf-8") as project:
        project.write(HOOKS)
    (folder / "seeds").mkdir()
    (folder / "seeds" / "letters.yml").write_text(SEEDS, encoding="utf-8")

    def noted(letters: str, *arguments: str, fingerprint: str = "this") -> str | None:
        monkeypatch.setenv("AFTERSALES_PROJECT_FINGERPRINT", fingerprint)
        (folder / "seeds" / "letters.csv").write_text(f"number,letter\n1,{letters}\n", encoding="utf-8")
        dbt(folder, "build", "--quiet", *arguments)
        with duckdb.connect(str(folder / "cases.duckdb"), read_only=True) as connection:
            ((found,),) = connection.execute("select seeds_of from working.last_build").fetchall()
        return found

    without_seeds = ("--exclude", "path:seeds")
    assert noted("") is None, "a test of theirs failed"
    assert noted("a", "--exclude", "resource_type:test") is None, "nobody tested them"
    assert noted("a") == "this"
    assert noted("a", *without_seeds) == "this"
    assert noted("", fingerprint="other") is None
    assert noted("a", *without_seeds) is None, "the other project's are loaded"
    assert noted("a") == "this"
    assert noted("b", "--select", "letters", fingerprint="") is None, "loaded by hand"
