"""The schedule and the sensor start refreshes by themselves, and Dagster's API sees them succeed (of a quarter of the models)."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.warehouse import PROJECT_ROOT, give_parsed_project

DEADLINE_SECONDS = 600

RUNS_QUERY = """
query { runsOrError { ... on Runs { results { runId status tags { key value } } } } }
"""
SCHEDULES_QUERY = """
query { repositoriesOrError { ... on RepositoryConnection { nodes { schedules { id } } } } }
"""
STOP_MUTATION = """
mutation { stopRunningSchedule(id: "%s") { ... on ScheduleStateResult { scheduleState { status } } } }
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_of(home: Path, project: Path = PROJECT_ROOT) -> dict[str, str]:
    return {
        **os.environ,
        "AFTERSALES_HOME": str(home),
        "AFTERSALES_SENSOR_SECONDS": "5",
        "AFTERSALES_REFRESH_CRON": "* * * * *",
        "PYTHONPATH": str(project),
    }


@contextmanager
def running_dagster(home: Path, project: Path) -> Iterator[str]:
    """`make dev` on a free port; yields the address of its GraphQL API."""
    port = free_port()
    log_file = home / "dagster_dev.log"
    home.mkdir(parents=True, exist_ok=True)
    with log_file.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.runs.dev", "--host", "127.0.0.1", "--port", str(port)],
            cwd=project,
            env=environment_of(home, project),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield f"http://127.0.0.1:{port}/graphql"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def asked(api: str, query: str) -> dict[str, Any] | None:
    """The answer of the API, or None while it does not answer yet."""
    request = urllib.request.Request(api, data=json.dumps({"query": query}).encode(), headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["data"]
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def runs_by_origin(answer: dict[str, Any]) -> dict[str, list[str]]:
    statuses: dict[str, list[str]] = {"sensor": [], "schedule": [], "other": []}
    for run in answer["runsOrError"]["results"]:
        tags = {tag["key"]: tag["value"] for tag in run["tags"]}
        origin = "sensor" if "dagster/sensor_name" in tags else "schedule" if "dagster/schedule_name" in tags else "other"
        statuses[origin].append(run["status"])
    return statuses


def followed(api: str, is_reached: Callable[[dict[str, list[str]]], bool]) -> dict[str, list[str]]:
    """The runs' states by what launched them, once they are as wanted; at the deadline as they are."""
    deadline = time.monotonic() + DEADLINE_SECONDS / 3
    while True:
        answer = asked(api, RUNS_QUERY)
        statuses = runs_by_origin(answer or {"runsOrError": {"results": []}})
        if is_reached(statuses) or time.monotonic() > deadline:
            return statuses
        time.sleep(2)


def stop_schedules(api: str) -> None:
    answer = asked(api, SCHEDULES_QUERY)
    assert answer is not None, "the API no longer answers"
    for repository in answer["repositoriesOrError"]["nodes"]:
        for schedule in repository["schedules"]:
            stopped = asked(api, STOP_MUTATION % schedule["id"])
            assert stopped is not None
            assert stopped["stopRunningSchedule"]["scheduleState"]["status"] == "STOPPED"


def held_back(home: Path) -> list[tuple[Path, Path]]:
    """The second day's extracts, taken out of the landing zone (where one lies, where it belongs), to follow later as news."""
    aside = home / "aside"
    aside.mkdir()
    return [(path.rename(aside / path.name), path) for path in sorted((home / "landing" / "contract").rglob("*_2025-11-15.*"))]


@pytest.mark.timeout(DEADLINE_SECONDS + 120)
def test_sensor_and_schedule_each_launch_a_run_that_succeeds(reduced_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(reduced_home / "landing", home / "landing")
    shutil.copytree(reduced_home / "home" / "dbt", home / "dbt")
    news = held_back(home)
    with running_dagster(home, reduced_home / "project") as api:
        statuses = followed(api, lambda statuses: "SUCCESS" in statuses["schedule"])
        is_news_needed = not statuses["sensor"]
        if is_news_needed:
            # The schedule came first and took every file; alone, the sensor sees what follows.
            stop_schedules(api)
            followed(api, lambda statuses: set(statuses["schedule"]) <= {"SUCCESS"})
            for extract, landing in news:
                extract.rename(landing)
        statuses = followed(api, lambda statuses: "SUCCESS" in statuses["sensor"])
    log = (home / "dagster_dev.log").read_text(encoding="utf-8")
    assert "SUCCESS" in statuses["sensor"], f"{statuses}\n{log[-5000:]}"
    assert "SUCCESS" in statuses["schedule"], f"{statuses}\n{log[-5000:]}"
    assert len(statuses["sensor"]) <= 1 + is_news_needed, "the same files started more than one run"
    assert (home / "published" / "current" / "marts.duckdb").exists()


def test_definitions_validate(tmp_path: Path) -> None:
    give_parsed_project(tmp_path / "home" / "dbt")
    finished = subprocess.run(
        [str(Path(sys.executable).with_name("dagster")), "definitions", "validate", "-m", "orchestration.definitions"],
        cwd=PROJECT_ROOT,
        env={**environment_of(tmp_path / "home"), "DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
