"""Dagster's own storage on PostgreSQL: the documented settings start, keep runs, and the next refresh ends the run of a killed one."""

from pathlib import Path

import dagster as dg
import psycopg2
import pytest
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.run_storage import PostgresRunStorage
from dagster_postgres.schedule_storage import PostgresScheduleStorage

from orchestration.home import Home
from orchestration.project import PROJECT_ROOT
from orchestration.runs.refresh import prepare_home
from orchestration.runs.stale_runs import end_stale_runs
from tests.support.fault_postgresql import postgresql_database

SETTINGS = PROJECT_ROOT / "deploy" / "dagster-postgresql.yaml"


def test_runs_are_kept_in_postgresql_and_a_killed_one_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AFTERSALES_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(variable, "")
    home = Home(tmp_path / "home")
    prepare_home(home)
    with (home.dagster / "dagster.yaml").open("ab") as settings:
        settings.write(SETTINGS.read_bytes())
    written = (home.dagster / "dagster.yaml").read_bytes()
    prepare_home(home)
    assert (home.dagster / "dagster.yaml").read_bytes() == written, "settings that are there are left alone"

    @dg.op
    def load_contract() -> None: ...

    @dg.job
    def refresh() -> None:
        load_contract()

    with postgresql_database("dagster") as url:
        monkeypatch.setenv("AFTERSALES_DAGSTER_POSTGRES_URL", url)
        with dg.DagsterInstance.get() as instance:
            assert isinstance(instance.run_storage, PostgresRunStorage)
            assert isinstance(instance.event_log_storage, PostgresEventLogStorage)
            assert isinstance(instance.schedule_storage, PostgresScheduleStorage)
            assert refresh.execute_in_process(instance=instance).success
            killed = instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.STARTED)
            begun = dg.DagsterEvent(dg.DagsterEventType.STEP_START.value, job_name="refresh", step_key="load_contract")
            instance.report_dagster_event(begun, killed.run_id)
            assert end_stale_runs(instance, current_run_id="") == [killed.run_id]
        with psycopg2.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("select status, count(*) from runs group by status order by status")
            assert cursor.fetchall() == [("FAILURE", 1), ("SUCCESS", 1)]
    assert not list(home.dagster.rglob("*.db")), "nothing is kept in files"
