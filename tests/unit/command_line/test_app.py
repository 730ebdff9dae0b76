"""The command explains itself, starts fast, and every command shows an example."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]
COMMANDS = ["simulate", "refresh", "status", "kpi", "sql", "rotate-key"]


def test_help_lists_every_command_with_one_sentence(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert f" {command} " in result.stdout


def test_without_a_command_it_shows_the_help(run: Run) -> None:
    result = run()
    assert result.exit_code == 2
    assert "Usage: aftersales" in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: aftersales {command} " in result.stdout


def test_an_unknown_command_is_wrong_usage(run: Run) -> None:
    result = run("refesh")
    assert result.exit_code == 2
    assert "refesh" in result.stderr


def test_starting_the_command_imports_neither_dagster_nor_pandas() -> None:
    program = (
        "import command_line.app, sys; command_line.app.build_app(); "
        "print(sorted({'dagster', 'pandas', 'numpy', 'dbt'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
