"""A declaration that cannot be used is one message, with what and where, and code 2: in whichever command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project with a declaration that forgets its identifier."""
    models = tmp_path / "models"
    models.mkdir()
    path = models / "_acme__sources.yml"
    path.write_text(
        "sources: [{name: acme, tables: [{name: orders, config: {meta: {key: [id]}}, columns: [{name: id, data_type: text}]}]}]\n",
        encoding="utf-8",
    )
    for module in ("command_line.refresh", "command_line.rejects", "orchestration.definitions", "orchestration.runs.rebuild"):
        monkeypatch.setattr(f"{module}.MODELS_FOLDER", models)
    return path


@pytest.mark.parametrize(
    "arguments",
    [("refresh",), ("refresh", "--source", "acme"), ("rejects",), ("rejects", "--feed", "orders")],
)
def test_it_is_one_message_and_code_2(run: Run, broken: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = run(*arguments, "--home", tmp_path / "home")
    assert result.exit_code == 2
    told = " ".join(result.stderr.split())
    assert "Traceback" not in result.output + result.stderr
    assert told.endswith(
        f"A declaration cannot be used. {broken}: table 'orders': has no identifier, so that dbt would look for the raw table 'orders'; "
        "say identifier: acme__orders"
    )
    assert "cannot be used" not in result.stdout


def test_the_status_knows_of_it(run: Run, broken: Path, tmp_path: Path) -> None:
    run("refresh", "--home", tmp_path / "home")
    result = run("status", "--home", tmp_path / "home")
    assert "has no identifier" in " ".join((result.stdout + result.stderr).split())


def test_another_error_stays_an_error(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(_: Path) -> None:
        raise ValueError("not of a declaration")

    monkeypatch.setattr("orchestration.loading.read_declarations", fail)
    result = run("rejects", "--home", tmp_path / "home")
    assert isinstance(result.exception, ValueError)
