"""The columns of a model are compared with its contract until a build made every model of that very project."""

from pathlib import Path

import pytest

from tests.support.dbt_project import dbt, prepared_project

HOOKS = """
on-run-start: ["{{ begin_build() }}"]
on-run-end: ["{{ note_compared_columns(results) }}"]
"""
CONTRACT = """
models:
  - name: numbers
    config: {materialized: table, contract: {enforced: true}}
    columns: [{name: number, data_type: integer}]
"""
AGREES, DIFFERS, FAILS = "select 1 as number", "select 1.5 as number", "select number from nowhere"


def test_columns_are_compared_with_the_contract_until_every_model_was_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = prepared_project(tmp_path / "project", {"numbers.yml": CONTRACT})
    with (folder / "dbt_project.yml").open("a", encoding="utf-8") as project:
        project.write(HOOKS)

    def is_built(numbers: str, other: str = "select 1 as one", *arguments: str, fingerprint: str = "this project") -> bool:
        monkeypatch.setenv("AFTERSALES_PROJECT_FINGERPRINT", fingerprint)
        for name, sql in {"numbers": numbers, "other": other}.items():
            (folder / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")
        return dbt(folder, "run", "--quiet", *arguments).returncode == 0

    assert not is_built(AGREES, FAILS)
    assert not is_built(DIFFERS), "nobody compared the columns of all models yet"
    assert is_built(AGREES)
    # A project of this name is not compared again: only so does it show that nobody looked.
    assert is_built(DIFFERS)
    assert not is_built(DIFFERS, "select 1 as one", "--full-refresh")
    assert not is_built(DIFFERS, fingerprint="another project")
    assert not is_built(DIFFERS, fingerprint="")
