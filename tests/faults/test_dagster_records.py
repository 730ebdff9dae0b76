"""Dagster's own records are damaged or cannot be reached: the refresh says so, and sends nobody to rebuild the warehouse."""

import os
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import OperationalError

from orchestration.home import Home
from orchestration.project import PROJECT_ROOT
from orchestration.resources import RefreshSettings
from orchestration.runs.refresh import prepare_home, run_refresh
from orchestration.runs.refresh_report import RefreshOutcome

ON_POSTGRESQL = (PROJECT_ROOT / "deploy" / "dagster-postgresql.yaml").read_text(encoding="utf-8")
URL_VARIABLE = "AFTERSALES_DAGSTER_POSTGRES_URL"
PASSWORD = "not-to-be-shown"


@dg.op(required_resource_keys={"refresh"})
def a_step_that_fails() -> None:
    raise RuntimeError("the step was reached")


@dg.job(resource_defs={"refresh": RefreshSettings()}, executor_def=dg.in_process_executor)
def refresh() -> None:
    a_step_that_fails()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home that has kept records once; its refresh is one step that always fails."""
    for variable in ("AFTERSALES_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(variable, "")
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    monkeypatch.setattr("orchestration.runs.refresh.build_definitions", lambda home: dg.Definitions(jobs=[refresh]))
    # No project is parsed for it, so there is nothing that could be published.
    monkeypatch.setattr("orchestration.runs.refresh.published_marts", lambda _: ())
    monkeypatch.setattr("dagster_postgres.utils.calculate_delay", lambda **_: 0.0)
    made = prepare_home(Home(tmp_path / "home"))
    duckdb.connect(str(made.warehouse)).close()
    with dg.DagsterInstance.get() as instance:
        instance.get_runs()
    return made


def refreshed(home: Home) -> RefreshOutcome:
    return run_refresh(home, landing=None, sources=[], as_of=None, full=False, on_event=lambda _: None)


def told_to_look_at_the_records(home: Home) -> str:
    outcome = refreshed(home)
    told = "\n".join(outcome.next_steps)
    assert outcome.status == "failed"
    assert "the step was reached" not in told
    assert "aftersales rebuild" not in told and "chown" not in told
    assert "The full log is" in told
    assert PASSWORD not in told
    logs = sorted((home.dagster / "logs").glob("refresh-*.log"), key=os.path.getmtime)
    assert "Traceback" in logs[-1].read_text(encoding="utf-8")
    return told


def garbage(content: bytes) -> bytes:
    return b"garbage " * (len(content) // 8)


def its_header_only(content: bytes) -> bytes:
    return content[:100] + b"\xff" * (len(content) - 100)


def its_first_half(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize("damage", [garbage, its_header_only, its_first_half])
@pytest.mark.parametrize("file", ["history/runs.db", "history/runs/index.db", "schedules/schedules.db"])
def test_a_damaged_file_of_dagster_is_moved_aside_and_the_warehouse_is_left_alone(home: Home, file: str, damage: object) -> None:
    path = home.dagster / file
    for log in path.parent.glob(f"{path.name}-*"):
        log.unlink()
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    told = told_to_look_at_the_records(home)
    assert f"mv {home.dagster} {home.dagster}.damaged" in told
    home.dagster.rename(f"{home.dagster}.damaged")
    assert "the step was reached" in "\n".join(refreshed(home).next_steps)


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        (None, f'environment variable "{URL_VARIABLE}" which is not set'),
        ("", "exactly one of `postgres_url`"),
        (f"not an address:{PASSWORD}", "Could not parse SQLAlchemy URL"),
        (f"postgresql://aftersales:{PASSWORD}@/dagster?host=/nowhere", 'connection to server on socket "/nowhere/'),
    ],
    ids=["no_address", "an_empty_address", "no_url", "no_server"],
)
def test_a_postgresql_that_is_not_reached_is_named_with_its_variable(
    home: Home, url: str | None, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (home.dagster / "dagster.yaml").open("a", encoding="utf-8") as settings:
        settings.write(ON_POSTGRESQL)
    if url is not None:
        monkeypatch.setenv(URL_VARIABLE, url)
    told = told_to_look_at_the_records(home)
    assert cause in told
    assert f"check that its server runs and lets this user in, and that {URL_VARIABLE} is set" in told
    assert "Stack Trace" not in told and "sqlalche.me" not in told


def test_a_dagster_yaml_that_is_broken_is_named(home: Home) -> None:
    with (home.dagster / "dagster.yaml").open("a", encoding="utf-8") as settings:
        settings.write("\nstorage: [\n")
    assert str(home.dagster / "dagster.yaml") in told_to_look_at_the_records(home)


def test_a_postgresql_that_goes_away_while_the_refresh_runs_is_no_traceback(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_the_server(*_: object, **__: object) -> None:
        raise DagsterPostgresException("too many retries for DB connection") from OperationalError("select 1", None, Exception("gone"))

    monkeypatch.setattr(dg.JobDefinition, "execute_in_process", lose_the_server)
    told = told_to_look_at_the_records(home)
    assert "too many retries for DB connection: (builtins.Exception) gone" in told
    assert f"check that its server runs and lets this user in, and that {URL_VARIABLE} is set" in told
