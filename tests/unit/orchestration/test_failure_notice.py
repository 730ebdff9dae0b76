"""A failed refresh is told with its cause and what to do, without a word of what was delivered; no notice is lost silently."""

import errno
import logging
import re
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from orchestration.automation import failure_notice, failure_text
from orchestration.checks.suites import SuitesDidNotRun
from orchestration.home import Home
from orchestration.publishing.errors import PublishingError
from orchestration.runs.last_failure import forget_failure, last_failure, note_failed_run, note_outcome
from orchestration.runs.refresh import _failure_message
from orchestration.runs.refresh_report import RefreshOutcome
from orchestration.runs.stale_runs import end_stale_runs
from tests.support.webhooks import listening

GENERAL_ADVICE = "Nothing is lost: run the refresh again when the cause is mended."
PERSON = "Mei Lin"


def failed_step(raising: Callable[[], object], *, step: str = "published_snapshot") -> dg.ExecuteInProcessResult:
    """The result of a run whose step ``step`` raises what ``raising`` does."""

    @dg.op(name=step)
    def fail() -> None:
        raising()

    @dg.job(name="refresh")
    def refresh() -> None:
        fail()

    return refresh.execute_in_process(raise_on_error=False)


def text(raising: Callable[[], object], *, step: str = "published_snapshot") -> str:
    result = failed_step(raising, step=step)
    return failure_text(result.run_id, result.get_step_failure_events()[0], Home(Path("/srv/aftersales")))


def raiser(error: BaseException, cause: BaseException | None = None) -> Callable[[], object]:
    def raising() -> object:
        raise error from cause

    return raising


def test_the_notice_names_run_stage_cause_and_what_to_do() -> None:
    result = failed_step(raiser(PublishingError("Two marts are called orders.")))
    told = failure_text(result.run_id, result.get_step_failure_events()[0], Home(Path("/srv/aftersales")))
    assert told == (
        f"The after-sales refresh {result.run_id} failed; readers still see the last good snapshot. "
        f"Publish the snapshot: Two marts are called orders. {GENERAL_ADVICE} Dagster shows the full log on the page of this run."
    )


def test_a_known_fault_gets_its_advice() -> None:
    told = text(raiser(PublishingError("The snapshot was not written."), OSError(errno.ENOSPC, "No space left on device", "/srv/x")))
    assert "Publish the snapshot: [Errno 28] No space left on device: '/srv/x'. The disk is full:" in told
    assert GENERAL_ADVICE not in told


def test_the_process_that_holds_the_warehouse_is_named() -> None:
    told = text(raiser(duckdb.IOException("IO Error: Could not set lock on file: Conflicting lock is held in psql (PID 4711)")))
    assert (
        "Publish the snapshot: IO Error: Could not set lock on file: Conflicting lock is held in psql (PID 4711). Another program" in told
    )


def test_what_an_engine_quotes_is_not_told_but_what_we_say_about_it_is() -> None:
    quoting = duckdb.ConversionException(f"Could not convert string '{PERSON}' to INT32")
    alone = text(raiser(quoting), step="load_shop")
    assert "Load shop: ConversionException, whose words may quote delivered data." in alone
    wrapped = text(raiser(PublishingError("core.fct_orders could not be copied."), quoting))
    assert "Publish the snapshot: core.fct_orders could not be copied." in wrapped
    assert PERSON not in alone + wrapped


def test_of_dbt_the_failed_models_and_tests_are_told() -> None:
    said = (
        "The dbt CLI process with command `dbt build` failed with exit code `1`.\n\nErrors parsed from dbt logs:\n\n"
        "  Runtime Error in model fct_orders (models/marts/fct_orders.sql)\n"
        f"  Conversion Error: Could not convert string '{PERSON}' to INT32\n\n"
        "  Failure in test unique_fct_tickets_ticket_key (models/marts/fct_tickets.yml)\n  Got 2 results, configured to fail if != 0\n"
    )
    told = text(raiser(DagsterDbtCliRuntimeError(said)), step="dbt_models")
    assert f"Build and test the models: dbt failed in model fct_orders, test unique_fct_tickets_ticket_key. {GENERAL_ADVICE}" in told
    assert PERSON not in told


def test_of_dbt_at_most_five_are_told_and_the_others_counted() -> None:
    said = "\n".join(f"Database Error in model model_{number} (x.sql)" for number in range(7))
    told = text(raiser(DagsterDbtCliRuntimeError(said)), step="dbt_models")
    assert "dbt failed in model model_0, model model_1, model model_2, model model_3, model model_4 and 2 more." in told


def test_the_output_of_the_expectations_is_not_told_but_its_kind_is_known() -> None:
    error = SuitesDidNotRun(f"The inbound expectations could not be run (exit code -9). Last lines:\nrow of {PERSON}")
    told = text(raiser(error), step="inbound_suites")
    assert "Check what came in: The inbound expectations could not be run (exit code -9). A step was killed from outside" in told
    assert PERSON not in told


def test_a_failure_of_our_words_is_told() -> None:
    told = text(raiser(dg.Failure("3 rows of core.fct_orders have no customer.")), step="outbound_suites")
    assert "Check the snapshot: 3 rows of core.fct_orders have no customer." in told


def test_a_run_that_was_interrupted_says_so() -> None:
    result = failed_step(raiser(DagsterExecutionInterruptedError()))
    failures = result.get_step_failure_events()
    assert "Publish the snapshot: interrupted." in failure_text(result.run_id, failures[0], Home(Path("/srv/aftersales")))
    assert _failure_message(result) == "Publish the snapshot: interrupted."


def test_a_run_that_failed_before_its_first_step_says_why() -> None:
    @dg.resource
    def lock(_: dg.InitResourceContext) -> None:
        raise PublishingError("AFTERSALES_KEEP_SNAPSHOTS is 0.")

    @dg.op(required_resource_keys={"lock"})
    def work() -> None: ...

    @dg.job(name="refresh", resource_defs={"lock": lock})
    def refresh() -> None:
        work()

    result = refresh.execute_in_process(raise_on_error=False)
    told = failure_text(result.run_id, result.get_run_failure_event(), Home(Path("/srv/aftersales")))
    assert "Start the run: AFTERSALES_KEEP_SNAPSHOTS is 0." in told
    assert _failure_message(result) == "Start the run: AFTERSALES_KEEP_SNAPSHOTS is 0."


def test_the_terminal_is_told_in_full() -> None:
    result = failed_step(raiser(PublishingError("Not copied."), duckdb.ConversionException("Could not convert string 'x'")))
    assert _failure_message(result) == "Publish the snapshot: _duckdb.ConversionException: Could not convert string 'x'"


class Failing:
    """A Dagster instance on which runs of the refresh fail, and the sensor that tells of them."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance

    def notify(self, *, log_to: logging.Handler | None = None) -> object:
        """Tell of a run that failed in its only step."""

        @dg.op
        def published_snapshot() -> None:
            raise PublishingError("Two marts are called orders.")

        @dg.job(name="refresh")
        def refresh() -> None:
            published_snapshot()

        result = refresh.execute_in_process(instance=self._instance, raise_on_error=False)
        return self._told(result.get_run_failure_event(), result.run_id, log_to)

    def notify_of_a_killed_run(self) -> object:
        """Tell of a run whose process is gone."""

        @dg.job(name="refresh")
        def refresh() -> None: ...

        run_id = self._instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.STARTED).run_id
        begun = dg.DagsterEvent(dg.DagsterEventType.STEP_START.value, job_name="refresh", step_key="load_shop")
        self._instance.report_dagster_event(begun, run_id)
        assert end_stale_runs(self._instance) == [run_id]
        (ended,) = self._instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records
        event = ended.event_log_entry.dagster_event
        assert event is not None
        return self._told(event, run_id)

    def _told(self, event: dg.DagsterEvent, run_id: str, log_to: logging.Handler | None = None) -> object:
        run = self._instance.get_run_by_id(run_id)
        assert run is not None
        context = dg.build_run_status_sensor_context("failure_notice", event, self._instance, run).for_run_failure()
        if log_to is not None:
            context.log.addHandler(log_to)
        return failure_notice()(context)


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Failing]:
    monkeypatch.setenv("AFTERSALES_HOME", str(tmp_path))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Failing(instance)


@pytest.mark.parametrize("status", [200, 204])
def test_the_webhook_is_sent_json_with_the_text(failing: Failing, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    with listening(status) as (address, received):
        monkeypatch.setenv("AFTERSALES_WEBHOOK_URL", address)
        failing.notify()
    (notice,) = received
    assert isinstance(notice, dict)
    assert list(notice) == ["text"]
    assert f"Publish the snapshot: Two marts are called orders. {GENERAL_ADVICE}" in notice["text"]


def test_of_a_killed_run_is_told_that_its_process_is_gone(failing: Failing, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(200) as (address, received):
        monkeypatch.setenv("AFTERSALES_WEBHOOK_URL", address)
        failing.notify_of_a_killed_run()
    (notice,) = received
    assert isinstance(notice, dict)
    assert "snapshot. The process of this run is gone: it was killed or the machine went down." in notice["text"]


def closed_port() -> str:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return f"http://127.0.0.1:{server.server_port}/hook/secret"


def test_a_webhook_that_answers_500_fails_the_tick_and_the_notice_is_in_its_log(
    failing: Failing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(500) as (address, _):
        insist_it_is_logged(failing, monkeypatch, caplog, address=address, trouble=r"it answered 500 \(Internal Server Error\)\.")


def test_a_webhook_that_hangs_up_fails_the_tick_and_the_notice_is_in_its_log(
    failing: Failing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(0) as (address, _):
        insist_it_is_logged(failing, monkeypatch, caplog, address=address, trouble=r"it broke off \(RemoteDisconnected\)\.")


@pytest.mark.parametrize(
    ("address", "trouble"),
    [
        (closed_port, r"it cannot be reached \(.*Connection refused\)\."),
        (lambda: "hooks.example/secret", r"its address or its answer is not HTTP \(ValueError\)\."),
        (lambda: "http://127.0.0.1:1/hook/ secret", r"its address or its answer is not HTTP \(InvalidURL\)\."),
    ],
    ids=["nobody listens", "no scheme", "a blank in it"],
)
def test_a_webhook_that_cannot_be_reached_fails_the_tick_and_the_notice_is_in_its_log(
    failing: Failing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: Callable[[], str], trouble: str
) -> None:
    insist_it_is_logged(failing, monkeypatch, caplog, address=address(), trouble=trouble)


def insist_it_is_logged(
    failing: Failing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, address: str, trouble: str
) -> None:
    """The tick fails and its log has the trouble and the notice, neither of them the address, which is a secret."""
    monkeypatch.setenv("AFTERSALES_WEBHOOK_URL", address)
    with pytest.raises(Exception, match="failure notice could not be posted") as raised:
        failing.notify(log_to=caplog.handler)
    (logged,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert re.search(rf"{trouble} The notice was: The after-sales refresh .* Two marts are called orders\.", logged)
    assert "secret" not in logged + "".join(traceback.format_exception(raised.value))


def test_without_a_webhook_nobody_is_told(failing: Failing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFTERSALES_WEBHOOK_URL", raising=False)
    assert isinstance(failing.notify(), dg.SkipReason)


def test_what_failed_is_kept_for_the_status_until_a_refresh_is_done(
    failing: Failing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AFTERSALES_WEBHOOK_URL", raising=False)
    home = Home(tmp_path)
    failing.notify()
    kept = last_failure(home)
    assert kept is not None
    assert (kept.is_of_gate, kept.said) == (False, ["Publish the snapshot: Two marts are called orders.", GENERAL_ADVICE])
    forget_failure(home)
    assert last_failure(home) is None


def test_what_was_told_later_than_the_run_failed_stays(tmp_path: Path) -> None:
    home = Home(tmp_path)
    note_outcome(home, RefreshOutcome(status="failed", as_of=None, next_steps=["Told on the terminal."]))
    for days, said in ((-1, "Told on the terminal."), (1, "Told by Dagster.")):
        note_failed_run(home, ended_at=datetime.now(UTC) + timedelta(days=days), is_of_gate=False, said=["Told by Dagster."])
        kept = last_failure(home)
        assert kept is not None
        assert kept.said == [said]
