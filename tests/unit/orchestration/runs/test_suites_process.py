"""The process that runs the suites: asked again and again, killed, and started anew."""

# What is looked at is which process answers.
# pyright: reportPrivateUsage=false

import os
import signal
from pathlib import Path

import pytest

from orchestration.runs import suites_process
from orchestration.settings import MEMORY_LIMIT


def test_each_stage_is_a_fork_of_one_process_and_a_killed_one_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(memory: str) -> tuple[int, str, int]:
        monkeypatch.setenv(MEMORY_LIMIT.variable, memory)
        (tmp_path / "warehouse.duckdb").write_text("no database", encoding="utf-8")
        arguments = ["--database", str(tmp_path / "warehouse.duckdb"), "--models", "models", "--results", str(tmp_path / "results.json")]
        exit_code, printed = suites_process.run_apart(["inbound", *arguments])
        return exit_code, printed, suites_process._started[0].pid

    exit_code, printed, answering = asked("1GB")
    assert exit_code == 1
    assert "not a valid DuckDB database file" in printed
    # The environment is that of whoever asks.
    exit_code, printed, still_answering = asked("nonsense")
    assert (exit_code, still_answering) == (1, answering)
    assert "Memory must have a number" in printed

    os.kill(answering, signal.SIGKILL)
    suites_process._started[0].wait()
    exit_code, printed, another = asked("nonsense")
    assert (exit_code, another == answering) == (1, False)
    assert "Memory must have a number" in printed
