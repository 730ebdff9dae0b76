"""What people are shown of a run's events: stages by their names, warnings in our words, and none of Dagster's inner ones."""

from pathlib import Path

import dagster as dg

from orchestration.runs.refresh_events import EventTeller
from orchestration.runs.refresh_report import RefreshEvent


@dg.op(name="load_shop")
def load(context: dg.OpExecutionContext) -> int:
    context.log.warning("orders.csv.part: its name says it is still being written")
    return 1


@dg.op(name="outbound_suites")
def fail(loaded: int) -> int:
    raise dg.Failure("a check failed", allow_retries=False)


@dg.op(name="published_snapshot")
def publish(checked: int) -> int:
    return checked


@dg.op(name="after_it")
def tell(published: int) -> None:
    pass


@dg.job
def refresh() -> None:
    tell(publish(fail(load())))


def test_stages_and_our_warnings_are_told_and_stages_that_wait_in_vain_are_skipped(tmp_path: Path) -> None:
    told: list[RefreshEvent] = []
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        run_id = dg.DagsterRun(job_name="refresh").run_id
        instance.add_event_listener(run_id, EventTeller(told.append))
        refresh.execute_in_process(instance=instance, run_id=run_id, raise_on_error=False)
    assert [(event.name, event.status, event.detail) for event in told] == [
        ("Load shop", "started", ""),
        ("Load shop", "warned", "orders.csv.part: its name says it is still being written"),
        ("Load shop", "succeeded", ""),
        ("Check the snapshot", "started", ""),
        ("Check the snapshot", "failed", ""),
        ("Publish the snapshot", "skipped", ""),
        # Of a step that waits for one that was left out itself Dagster speaks in other words.
        ("after_it", "skipped", ""),
    ]
