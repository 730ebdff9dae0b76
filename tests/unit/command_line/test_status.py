"""``aftersales status`` says what readers see, and what the last refreshes met."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from command_line import shared, status
from orchestration.home import Home
from orchestration.runs.last_failure import note_outcome
from orchestration.runs.refresh_report import RefreshOutcome
from orchestration.runs.run_lock import refresh_lock
from reading.check_results import CheckResult

Run = Callable[..., Any]
Words = Callable[[str], str]


def test_it_names_the_snapshot_its_age_and_its_checks(run: Run, published_home: Any, words: Words) -> None:
    result = run("status", "--home", published_home.root)
    shown = words(result.stdout)
    assert result.exit_code == 0
    assert "Snapshot v000001-20260201T030500Z" in shown
    assert str(published_home.published / "v000001-20260201T030500Z") in shown
    assert "published 2026-02-01 03:05 UTC," in shown
    assert "speaks of everything up to 2026-02-01 02:00 UTC," in shown
    assert "checks 2 passed, 1 warnings" in shown


def test_it_shows_the_headline_of_the_newest_complete_month(run: Run, published_home: Any, words: Words) -> None:
    shown = words(run("status", "--home", published_home.root).stdout)
    assert "Headline KPIs of 2026-01" in shown
    assert "Customer satisfaction rate 91.0 % 90.0 % 86.0 % +5.0 points on target" in shown
    assert "Net promoter score +19.0 points – +12.0 points +7.0 points" in shown


def test_it_lists_the_last_refreshes_those_that_did_not_pass_too(run: Run, published_home: Any, words: Words) -> None:
    shown = words(run("status", "--home", published_home.root).stdout)
    assert "2026-02-01 03:00 2026-02-01 02:00 1 1 12,345 5 2 1 0 passed" in shown
    assert "2026-01-31 03:00 2026-01-31 02:00 0 0 0 0 0 0 1 failed" in shown


def test_it_lists_warnings_refused_files_and_rejected_rows(run: Run, published_home: Any, words: Words) -> None:
    shown = words(run("status", "--home", published_home.root).stdout)
    assert "warning satisfaction.kpi_satisfaction volume_is_usual 12 rows. 12 days have fewer responses than usual." in shown
    assert "2026-02-01 02:51 contract.refunds contract/refunds/1.csv.gz truncated_gzip" in shown
    assert "contract.orders ordered_at not_a_timestamp 5" in shown


def test_it_says_that_a_refresh_is_running(run: Run, published_home: Any) -> None:
    with refresh_lock(published_home, run_id="run-2"):
        assert "A refresh is running now" in run("status", "--home", published_home.root).stdout
    assert "A refresh is running now" not in run("status", "--home", published_home.root).stdout


def test_a_reader_who_may_not_ask_for_the_lock_sees_the_status(run: Run, published_home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(status, "is_refresh_running", refuses)
    result = run("status", "--home", published_home.root)
    assert result.exit_code == 0
    assert "Snapshot v000001" in result.stdout


def test_without_a_snapshot_it_says_what_to_run(run: Run, tmp_path: Path) -> None:
    result = run("status", "--home", tmp_path)
    assert result.exit_code == 1
    assert "Run: aftersales refresh" in result.stderr


FAILED = RefreshOutcome(status="failed", as_of=None, next_steps=["Load acme: the disk is full.", "Free some space."])


def test_after_a_first_refresh_that_failed_it_says_when_and_why(run: Run, tmp_path: Path, words: Words) -> None:
    note_outcome(Home(tmp_path), FAILED)
    result = run("status", "--home", tmp_path)
    shown = words(result.stdout)
    assert result.exit_code == 1
    assert re.search(r"The last refresh ended \S+ \S+ UTC and published nothing: it did not come to its end\.", shown)
    assert "→ Load acme: the disk is full. → Free some space." in shown
    assert "Run: aftersales refresh" in result.stderr
    assert Home(tmp_path).last_failure.stat().st_mode & 0o077 == 0


def test_what_failed_is_said_until_a_refresh_is_done(run: Run, tmp_path: Path, words: Words) -> None:
    broken = CheckResult("outbound", "core.fct_orders", "rule", "critical", "failed", 3, 1, "core.fct_orders breaks rule: 1 of 3 rows.")
    note_outcome(Home(tmp_path), replace(FAILED, status="gate_failed", failed_checks=[broken], next_steps=["Mend it."]))
    shown = words(run("status", "--home", tmp_path).stdout)
    assert "published nothing: a critical check failed. → core.fct_orders breaks rule: 1 of 3 rows. → Mend it." in shown
    note_outcome(Home(tmp_path), replace(FAILED, status="published"))
    assert run("status", "--home", tmp_path).stdout == ""


@pytest.mark.parametrize("arguments", [("status",), ("kpi", "csat_rate"), ("kpi", "csat_rate", "--dimension", "channel")], ids=" ".join)
def test_on_a_narrow_terminal_no_number_and_no_word_is_cut(
    run: Run, published_home: Any, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr(shared, "PIPED_WIDTH", 80)
    shown = run(*arguments, "--home", published_home.root).stdout
    assert ("Last refreshes" if arguments == ("status",) else "Target") in shown
    # What does not fit is cut with an ellipsis; with a blank before it it marks a period that has not ended.
    assert re.findall(r"\S…", shown) == []
