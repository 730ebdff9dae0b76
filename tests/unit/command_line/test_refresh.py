"""``aftersales refresh`` shows what the job tells and turns its outcome into an exit code. The job itself is replaced here."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rich.console import Console

from command_line.refresh_summary import print_outcome
from command_line.refresh_view import BarView, LineView, plain_line, refresh_view
from command_line.shared import command
from orchestration.home import Home
from orchestration.runs.refresh_report import FeedCount, RefreshEvent, RefreshOutcome
from orchestration.runs.run_lock import RefreshAlreadyRunning
from reading.check_results import CheckResult
from reading.manifest import AlertEntry, HeadlineEntry

Run = Callable[..., Any]
Words = Callable[[str], str]

CSAT = HeadlineEntry(
    kpi_id="csat_rate",
    name="Customer satisfaction rate",
    unit="ratio",
    value=0.91,
    target=0.9,
    previous=0.86,
    change=0.05,
    change_kind="points",
    status="on_target",
    period=date(2026, 1, 1),
)

DOWN = AlertEntry(
    kpi_id="ticket_count",
    name="Tickets",
    unit="count",
    level="critical",
    side="below",
    value=20,
    expected_low=64,
    expected_high=144,
    since=date(2026, 1, 30),
    judged_on=date(2026, 1, 31),
    driver_dimension="channel",
    driver_member="phone",
)

PUBLISHED = RefreshOutcome(
    status="published",
    as_of=datetime(2026, 2, 1, 2, 0),
    feeds=[
        FeedCount("contract", "orders", files=3, refused=0, read=1_234_567, accepted=1_234_560, rejected=7),
        FeedCount("contract", "refunds", files=1, refused=1, read=100, accepted=100, rejected=0),
    ],
    warnings=["contract/orders/1.csv has a column 'colour' that the feed does not declare; it was left out."],
    checks_passed=812,
    checks_failed=1,
    failed_checks=[
        CheckResult("dbt", "raw.contract__orders", "volume_is_usual", "warning", "failed", None, 12, "12 rows more than usual.")
    ],
    headline=[CSAT],
    snapshot_path=Path("/srv/aftersales/published/v000002-20260201T030500Z"),
)

GATE_FAILED = replace(
    PUBLISHED,
    status="gate_failed",
    headline=[],
    checks_failed=2,
    failed_checks=[
        *PUBLISHED.failed_checks,
        CheckResult(
            "dbt", "core.fct_refunds", "refund_never_exceeds_payment", "critical", "failed", None, 3, "3 refunds exceed what was paid."
        ),
    ],
    next_steps=["Mend the model that the failed check names, then run the refresh again."],
)

EVENTS = [
    RefreshEvent("stage", "Load contract", "started"),
    RefreshEvent("feed", "contract.orders", "succeeded", "1,234,560 rows", 1, 2),
    RefreshEvent("feed", "contract.agents", "succeeded", "", 1, 2),
    RefreshEvent("feed", "contract.refunds", "failed", "refused: truncated gzip", 2, 2),
    RefreshEvent("stage", "Load contract", "succeeded"),
    RefreshEvent("stage", "Build and test the models", "started"),
    RefreshEvent("model", "core.fct_orders", "started", "", 0, 60),
    RefreshEvent("model", "core.fct_orders", "succeeded", "", 1, 60),
    RefreshEvent("model", "core.fct_refunds", "failed", "it could not be built", 2, 60),
    RefreshEvent("model", "core.dim_date", "succeeded", "", 50, 60),
    RefreshEvent("model", "core.dim_channel", "succeeded", "", 60, 60),
    RefreshEvent("check", "core.fct_orders: unique", "succeeded", "", 1, 200),
    RefreshEvent("check", "core.fct_orders: late", "warned", "12 rows", 2, 200),
    RefreshEvent("check", "core.fct_orders: other", "succeeded", "", 100, 200),
    RefreshEvent("check", "core.fct_refunds: paid", "failed", "3 rows", 200, 200),
    RefreshEvent("stage", "Build and test the models", "failed", "1 check failed"),
]


@dataclass
class Job:
    """Stands where the Dagster job stands; remembers how it was called."""

    outcome: RefreshOutcome = PUBLISHED
    error: Exception | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)

    def run_refresh(self, home: Any, *, on_event: Callable[[RefreshEvent], None], **arguments: Any) -> RefreshOutcome:
        self.calls.append({"home": home, **arguments})
        if self.error is not None:
            raise self.error
        for event in EVENTS:
            on_event(event)
        return self.outcome


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Job:
    made = Job()
    module = ModuleType("orchestration.runs.refresh")
    module.run_refresh = made.run_refresh  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "orchestration.runs.refresh", module)
    return made


def test_published_ends_with_the_summary_and_zero(run: Run, job: Job, tmp_path: Path, words: Words) -> None:
    result = run("refresh", "--home", tmp_path)
    shown = words(result.stdout)
    assert result.exit_code == 0
    assert "contract orders 3 0 1,234,567 1,234,560 7" in shown
    assert "contract refunds 1 1 100 100 0" in shown
    assert "all 4 1 1,234,667 1,234,660 7" in shown
    assert "! contract/orders/1.csv has a column 'colour'" in shown
    assert "Checks: 812 passed, 1 failed, 0 of them critical." in shown
    assert "warning raw.contract__orders volume_is_usual 12 rows. 12 rows more than usual." in shown
    assert "Headline KPIs of 2026-01" in shown
    assert "Customer satisfaction rate 91.0 % 90.0 % 86.0 % +5.0 points on target" in shown
    assert "The marts speak of 2026-02-01 02:00 UTC." in shown
    assert "Published: /srv/aftersales/published/v000002-20260201T030500Z" in shown


def test_a_failed_gate_names_table_rule_and_rows_and_exits_with_one(run: Run, job: Job, tmp_path: Path, words: Words) -> None:
    job.outcome = GATE_FAILED
    result = run("refresh", "--home", tmp_path)
    shown = words(result.stdout)
    assert result.exit_code == 1
    assert "Checks: 812 passed, 2 failed, 1 of them critical." in shown
    assert "Not published: a critical check failed." in shown
    assert "critical core.fct_refunds refund_never_exceeds_payment 3 rows. 3 refunds exceed what was paid. warning raw" in shown
    assert "Readers still see the last good snapshot: /srv/aftersales/published/v000002-20260201T030500Z" in shown
    assert "→ Mend the model that the failed check names, then run the refresh again." in shown


def test_a_copy_that_was_not_made_leaves_the_snapshot_published_and_exits_with_one(
    run: Run, job: Job, tmp_path: Path, words: Words
) -> None:
    job.outcome = replace(PUBLISHED, status="copies_failed", next_steps=["PostgreSQL does not let us in: no password."])
    result = run("refresh", "--home", tmp_path)
    shown = words(result.stdout)
    assert result.exit_code == 1
    assert "Published: /srv/aftersales/published/v000002-20260201T030500Z" in shown
    assert "What is made from it was not made: the report or the replica is as it was." in shown
    assert "Customer satisfaction rate 91.0 %" in shown
    assert "→ PostgreSQL does not let us in: no password." in shown
    assert "Not published" not in shown


def test_a_refresh_that_broke_says_what_to_do_and_exits_with_one(run: Run, job: Job, tmp_path: Path) -> None:
    job.outcome = RefreshOutcome(status="failed", as_of=None, next_steps=["Free some disk space, then run the refresh again."])
    result = run("refresh", "--home", tmp_path)
    assert result.exit_code == 1
    assert "Not published: the refresh did not come to its end." in result.stdout
    assert "Nothing has been published before" in result.stdout
    assert "No new file was delivered" not in result.stdout
    assert "→ Free some disk space" in result.stdout


def test_a_second_refresh_is_told_about_the_first(run: Run, job: Job, tmp_path: Path) -> None:
    job.error = RefreshAlreadyRunning("A refresh is already running (process 7).")
    result = run("refresh", "--home", tmp_path)
    assert result.exit_code == 1
    assert "A refresh is already running (process 7)." in result.stderr


def test_an_error_of_the_disk_is_a_sentence_not_a_traceback(run: Run, job: Job, tmp_path: Path) -> None:
    job.error = OSError(28, "No space left on device")
    result = run("refresh", "--home", tmp_path)
    assert result.exit_code == 1
    assert "The refresh broke off: [Errno 28] No space left on device. Readers still see the last good snapshot" in result.stderr


def test_the_options_reach_the_job(run: Run, job: Job, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    run(
        "refresh", "--home", tmp_path / "home", "--landing", landing, "--source", "olist", "--source", "contract",
        "--as-of", "2026-02-01T00:00:00+08:00", "--full",
    )  # fmt: skip
    (call,) = job.calls
    assert call == {
        "home": call["home"],
        "landing": landing,
        "sources": ["olist", "contract"],
        "as_of": datetime(2026, 1, 31, 16, 0),
        "full": True,
    }
    assert call["home"].root == tmp_path / "home"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31)),
        ("2026-01-31T16:00", datetime(2026, 1, 31, 16)),
        ("2026-01-31T16:00:00Z", datetime(2026, 1, 31, 16)),
        ("2026-01-31T16:00:00-05:00", datetime(2026, 1, 31, 21)),
    ],
)
def test_as_of_is_utc_unless_it_says_otherwise(run: Run, job: Job, tmp_path: Path, text: str, moment: datetime) -> None:
    run("refresh", "--home", tmp_path, "--as-of", text)
    assert job.calls[0]["as_of"] == moment


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as-of", "yesterday"], "--as-of 'yesterday' is no moment. Write it like 2026-01-31"),
        (["--landing", "/no/such/folder"], "The landing folder /no/such/folder does not exist."),
        (["--source", "contrakt"], "There is no source system 'contrakt'. Did you mean contract"),
        (["--source", "../contract"], "There is no source system '../contract'."),
        (["--sauce", "contract"], "--sauce"),
    ],
)
def test_wrong_usage_exits_with_two_before_anything_starts(run: Run, job: Job, tmp_path: Path, arguments: list[str], message: str) -> None:
    result = run("refresh", "--home", tmp_path, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert job.calls == []


def test_without_a_terminal_each_feed_with_rows_is_a_line_and_what_went_well_is_counted() -> None:
    lines = [line for line in map(plain_line, EVENTS) if line is not None]
    assert lines == [
        "Load contract ...",
        "  feed 1/2  contract.orders  1,234,560 rows",
        "  feed 2/2  contract.refunds  FAILED  refused: truncated gzip",
        "Load contract: succeeded",
        "Build and test the models ...",
        "  model 2/60  core.fct_refunds  FAILED  it could not be built",
        "  models 50/60",
        "  models 60/60",
        "  check 2/200  core.fct_orders: late  WARNED  12 rows",
        "  checks 100/200",
        "  check 200/200  core.fct_refunds: paid  FAILED  3 rows",
        "Build and test the models: failed  1 check failed",
    ]


def test_a_pipe_gets_lines_and_a_terminal_gets_bars() -> None:
    assert isinstance(refresh_view(Console(file=io.StringIO())), LineView)
    assert isinstance(refresh_view(Console(file=io.StringIO(), force_terminal=True)), BarView)


def test_bars_show_stages_counts_and_what_went_wrong() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, color_system=None, legacy_windows=False)
    with refresh_view(console) as view:
        for event in EVENTS:
            view.tell(event)
    shown = out.getvalue()
    for text in ("Load contract", "2/2", "60/60", "200/200"):
        assert text in shown
    assert "feed contract.refunds: refused: truncated gzip" in shown
    assert "check core.fct_orders: late: 12 rows" in shown
    assert "check core.fct_refunds: paid: 3 rows" in shown


def test_many_failed_checks_and_warnings_are_cut_and_counted() -> None:
    out = io.StringIO()
    failed = [CheckResult("dbt", "core.fct_orders", f"rule_{number}", "warning", "failed", None, 1, "") for number in range(45)]
    print_outcome(
        Console(file=out, width=160),
        replace(PUBLISHED, failed_checks=failed, warnings=[f"warning {number}" for number in range(25)]),
    )
    assert "and 15 more failed checks." in out.getvalue()
    assert "! and 5 more warnings" in out.getvalue()


def test_names_with_brackets_are_shown_as_they_are() -> None:
    out = io.StringIO()
    print_outcome(Console(file=out, width=160), replace(GATE_FAILED, warnings=["[red]file[/red].csv"], feeds=[]))
    assert "! [red]file[/red].csv" in out.getvalue()
    assert "No new file was delivered" in out.getvalue()


def shown_at(width: int, outcome: RefreshOutcome) -> list[str]:
    out = io.StringIO()
    print_outcome(Console(file=out, width=width), outcome)
    return out.getvalue().splitlines()


@pytest.mark.parametrize(("width", "driver"), [(80, []), (120, ["channel", "phone"])])
def test_open_alerts_stand_above_the_headline_and_say_whom_they_come_from_where_there_is_room(width: int, driver: list[str]) -> None:
    lines = [line.split() for line in shown_at(width, replace(PUBLISHED, alerts=[DOWN])) if line.strip()]
    told = lines.index(["critical", "Tickets", "20", "64", "to", "144", "2026-01-30", *driver])
    assert told < lines.index(["Headline", "KPIs", "of", "2026-01"])


def test_more_alerts_than_fit_are_counted() -> None:
    shown = " ".join(" ".join(shown_at(120, replace(PUBLISHED, alerts=[DOWN] * 16))).split())
    assert "and 1 more open alerts in forecast.kpi_alerts." in shown


@pytest.mark.parametrize("width", [80, 120])
def test_numbers_and_words_stay_whole_on_a_narrow_terminal(width: int) -> None:
    named = CSAT.model_copy(update={"name": "Median first reply time", "unit": "minutes", "value": 1234.5, "change_kind": "relative"})
    lines = shown_at(width, replace(PUBLISHED, headline=[CSAT, named]))
    told = "\n".join(lines)
    for words in ("1,234,567", "1,234,560", "91.0 %", "+5.0 points", "Customer satisfaction rate", "Median first reply time", "on target"):
        assert words in told
    assert ("Month before" in told) == (width == 120)
    assert max(len(line) for line in lines if not line.startswith("!")) <= width


def test_values_that_a_test_quotes_stand_below_its_message() -> None:
    details = '{"meaning": "in a list", "examples": ["desk tickets.channel: Fax (3), Telex (1)"]}'
    message = "core.fct_tickets breaks values_are_listed: 4 rows. desk tickets.channel: 4 in no list."
    failed = CheckResult("dbt", "core.fct_tickets", "values_are_listed", "warning", "failed", None, 4, message, details)
    lines = [line.rstrip() for line in shown_at(80, replace(PUBLISHED, failed_checks=[failed]))]
    said = lines.index("  4 rows. desk tickets.channel: 4 in no list.")
    assert lines[said + 1] == "    desk tickets.channel: Fax (3), Telex (1)"


def test_what_is_wrong_with_a_check_is_said_in_words_that_are_not_broken() -> None:
    message = "raw.contract__orders breaks volume_is_as_usual: 1 of 113 files. Expected: a file of this run has the rows of its weekday."
    failed = CheckResult("inbound", "raw.contract__orders", "volume_is_as_usual", "warning", "failed", 113, 1, message)
    lines = shown_at(80, replace(PUBLISHED, failed_checks=[failed]))
    place = lines.index("warning raw.contract__orders volume_is_as_usual")
    assert lines[place + 1].strip() == "1 of 113 files. Expected: a file of this run has the rows of its weekday."


def test_what_was_refused_and_rejected_is_a_column_only_where_something_was() -> None:
    healthy = [FeedCount("contract", "after_sales_requests", files=3, refused=0, read=7, accepted=7, rejected=0)]
    told = "\n".join(shown_at(80, replace(PUBLISHED, feeds=healthy)))
    assert "after_sales_requests" in told
    assert [title for title in ("Refused", "Accepted", "Rejected") if title in told] == []


def test_a_refresh_without_files_names_the_folder_it_looked_into() -> None:
    told = "\n".join(shown_at(80, replace(PUBLISHED, feeds=[], landing=Path("/srv/landing"))))
    assert "No new file was delivered to /srv/landing; what was loaded before is what counts." in told


def test_a_published_refresh_ends_with_commands_that_can_be_copied(run: Run, job: Job, tmp_path: Path) -> None:
    lines = run("refresh", "--home", tmp_path).stdout.splitlines()
    assert lines[-4] == "What next"
    assert lines[-3].startswith("→ All KPIs: ")
    assert lines[-3].endswith(f"aftersales kpi --home {tmp_path}")
    assert lines[-1].endswith(f"aftersales status --home {tmp_path}")


def test_a_command_goes_without_a_home_where_the_home_is_the_usual_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / ".venv" / "bin" / "aftersales"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", "")
    assert command("status", Home(tmp_path / "var")) == ".venv/bin/aftersales status"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o700)
    monkeypatch.setenv("PATH", str(program.parent))
    assert command("status", Home(tmp_path / "other")) == f"aftersales status --home {tmp_path / 'other'}"
