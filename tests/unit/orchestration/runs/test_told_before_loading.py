"""What a run of Dagster's says before its first step: what it passes over, and what could never be published."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.home import Home
from orchestration.project import MANIFEST_FILE
from orchestration.resources import RefreshSettings
from orchestration.runs.failure_message import failure_message


@dg.op(required_resource_keys={"refresh"})
def load_shop() -> None: ...


@dg.job(resource_defs={"refresh": RefreshSettings()}, executor_def=dg.in_process_executor)
def refresh() -> None:
    load_shop()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("AFTERSALES_HOME", str(tmp_path))
    return Home(tmp_path).create()


def test_files_that_no_source_takes_are_in_the_log_of_the_run(home: Home) -> None:
    (home.landing / "acme").mkdir(parents=True)
    (home.landing / "acme" / "orders.csv").write_text("order_id\n1\n", encoding="utf-8")
    with dg.DagsterInstance.ephemeral() as instance:
        result = refresh.execute_in_process(instance=instance)
        said = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert any(line.startswith(f"{home.landing / 'acme'}: 1 file lies there, and no source 'acme' is declared") for line in said)


def test_a_mart_that_could_not_be_published_ends_the_run_before_its_first_step(home: Home) -> None:
    mart: dict[str, Any] = {"resource_type": "model", "name": "dim_people", "schema": "core", "path": "marts/core/dim_people.sql"}
    column = {"name": "email", "data_type": "text", "description": "E-mail."}
    node = {**mart, "config": {"contract": {"enforced": True}}, "columns": {"email": column}, "description": "People."}
    home.dbt_target.mkdir(parents=True, exist_ok=True)
    (home.dbt_target / MANIFEST_FILE).write_text(json.dumps({"nodes": {"model.shop.dim_people": node}}), encoding="utf-8")
    result = refresh.execute_in_process(raise_on_error=False)
    assert not result.success
    assert [event for event in result.all_events if event.is_step_event] == []
    assert "email" in failure_message(result.get_run_failure_event())
