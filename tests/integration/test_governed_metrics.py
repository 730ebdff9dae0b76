"""The MetricFlow project is what the declarations say, and says what the scoreboard says."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from metrics.generate import FOLDER, project_files
from reading.snapshot import opened_snapshot
from tests.support.warehouse import PROJECT_ROOT, published

GROUPINGS = (("month", "overall"), ("week", "overall"), ("month", "channel"), ("quarter", "region"))
# A state, a share of customers by their latest answer, and what is looked up for each ticket: no sums of rows.
NO_METRICS = {"backlog_open", "backlog_over_7d", "problem_satisfied_rate", "within_expected_minutes_rate"}

needs_metricflow = pytest.mark.skipif(
    importlib.util.find_spec("dbt_metricflow") is None, reason="MetricFlow is not installed (constraints-metrics.txt)"
)


def test_what_is_generated_is_up_to_date(small_home: Path) -> None:
    with opened_snapshot(small_home / "home" / "published") as snapshot:
        wanted = project_files(snapshot)
    there = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()}
    differing = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    assert differing == [], "Run: make generate"


@pytest.fixture(scope="module")
def project(small_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A copy of the MetricFlow project that has been parsed, and the environment that points it to the snapshot."""
    folder = tmp_path_factory.mktemp("metrics")
    shutil.copytree(PROJECT_ROOT / "metrics", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("target", "logs"))
    environment = os.environ | {
        "AFTERSALES_SNAPSHOT": str((small_home / "home" / "published" / "current").resolve()),
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(PROJECT_ROOT),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        # Its command line looks for a newer version of itself otherwise.
        "https_proxy": "http://127.0.0.1:9",
    }
    parsed = subprocess.run(["dbt", "parse", "--quiet"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert parsed.returncode == 0, parsed.stdout + parsed.stderr
    return folder, environment


@needs_metricflow
def test_every_metric_says_what_the_scoreboard_says_in_each_grouping(small_home: Path, project: tuple[Path, dict[str, str]]) -> None:
    folder, environment = project
    with published(small_home / "home") as marts:
        kpis = {kpi for (kpi,) in marts.execute("select kpi_id from scoreboard.kpi_coverage").fetchall()}
        told = {
            (kpi, grain, dimension): marts.execute(
                "select cast(period_start as text), member, value from scoreboard.kpi_scoreboard"
                " where kpi_id = ? and period_grain = ? and dimension = ?",
                [kpi, grain, dimension],
            ).fetchall()
            for number, kpi in enumerate(sorted(kpis - NO_METRICS))
            # Each in two of the four, to save a quarter of a minute.
            for grain, dimension in GROUPINGS[number % 2 :: 2]
        }
    asked = {cell: rows for cell, rows in told.items() if rows}
    questions = [(kpi, [f"metric_time__{grain}", *([] if by == "overall" else [by])]) for kpi, grain, by in asked]
    answered = subprocess.run(
        [sys.executable, "-m", "tests.support.governed_metrics", str(folder)],
        cwd=folder,
        env=environment,
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answered.returncode == 0, answered.stderr[-3000:]
    differing: list[object] = []
    for (cell, expected), rows in zip(asked.items(), json.loads(answered.stdout), strict=True):
        found = {(start[:10], "all" if cell[2] == "overall" else key[0]): value for start, *key, value in rows if start}
        # Where nothing was counted the scoreboard says 0 of a sum, and MetricFlow has no row.
        found_or_none = {(start, member): found.pop((start, member), None) for start, member, _ in expected}
        differing += [
            (cell, start, member, value, found_or_none[start, member])
            for start, member, value in expected
            if (value or 0) != pytest.approx(found_or_none[start, member] or 0, rel=1e-9, abs=1e-12)
        ]
        differing += [(cell, key, None, value) for key, value in found.items() if value]
    assert differing == []
    assert len({kpi for kpi, _, _ in asked}) >= 100 and len(asked) > 180


@needs_metricflow
def test_mf_answers_on_the_published_snapshot(project: tuple[Path, dict[str, str]]) -> None:
    folder, environment = project
    asked = ["mf", "query", "--metrics", "csat_rate,ticket_count", "--group-by", "metric_time__month,channel", "--csv", "answer.csv"]
    answered = subprocess.run(asked, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert answered.returncode == 0, answered.stdout + answered.stderr
    assert (folder / "answer.csv").read_text().startswith("metric_time__month,channel,csat_rate,ticket_count\n")
