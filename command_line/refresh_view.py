"""Shows a refresh: bars while it runs on a terminal, plain lines elsewhere, and the same summary at the end."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from orchestration.runs.refresh_report import EventKind, FeedCount, RefreshEvent, RefreshOutcome
from reading import figures
from reading.check_results import CheckResult
from reading.manifest import HeadlineEntry

_KIND_NAMES: dict[EventKind, str] = {"stage": "stages", "feed": "feeds", "model": "models", "check": "checks"}
_STATUS_STYLES = {"on_target": "green", "off_target": "yellow", "no_target": "default"}
_STATUS_WORDS = {"on_target": "on target", "off_target": "off target", "no_target": ""}
_PLAIN_CHECK_STEP = 100
_MOST_WARNINGS = 20
_MOST_FAILED_CHECKS = 30


class RefreshView(Protocol):
    """Something that shows a refresh's events while it is open."""

    def __enter__(self) -> Self:
        """Begin showing."""
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Stop showing, whatever happened."""
        ...

    def tell(self, event: RefreshEvent) -> None:
        """Show one event."""
        ...


def refresh_view(console: Console) -> RefreshView:
    """Bars on a terminal, lines elsewhere."""
    return BarView(console) if console.is_terminal else LineView(console)


class LineView:
    """One line per stage, feed and model, and per check that did not pass; passed checks are counted."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        """Begin; nothing is kept open."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """End; nothing was kept open."""

    def tell(self, event: RefreshEvent) -> None:
        """Print the event's line, when it has one."""
        line = plain_line(event)
        if line is not None:
            self._console.print(line, markup=False, soft_wrap=True)


def plain_line(event: RefreshEvent) -> str | None:
    """An event as one line; None for a check that passed, but every hundredth and the last tell the count."""
    detail = f"  {event.detail}" if event.detail else ""
    if event.kind == "stage":
        return f"{event.name} ..." if event.status == "started" else f"{event.name}: {event.status}{detail}"
    counted = f"{event.done}/{event.total}" if event.total else str(event.done)
    if event.status == "started":
        return None
    if event.kind == "check" and event.status == "succeeded":
        is_told = event.done % _PLAIN_CHECK_STEP == 0 or event.done == event.total
        return f"  checks {counted}" if is_told else None
    said = "" if event.status == "succeeded" else f"  {event.status.upper()}"
    return f"  {event.kind} {counted}  {event.name}{said}{detail}"


class BarView:
    """A bar per kind of thing in the running stage; what fails or warns is printed above and stays."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[subject]}", style="dim", markup=False),
            console=console,
        )
        self._stage = ""
        self._tasks: dict[tuple[str, EventKind], TaskID] = {}

    def __enter__(self) -> Self:
        """Begin drawing."""
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Leave the last drawing where it is."""
        self._progress.stop()

    def tell(self, event: RefreshEvent) -> None:
        """Move the bar of the event's kind, and print what went wrong."""
        if event.kind == "stage":
            self._tell_stage(event)
            return
        task = self._task(event.kind)
        self._progress.update(task, completed=event.done, total=event.total, subject=event.name)
        if event.status in {"failed", "warned"}:
            style = "red" if event.status == "failed" else "yellow"
            self._console.print(f"  {event.kind} {event.name}: {event.detail or event.status}", style=style, markup=False)

    def _tell_stage(self, event: RefreshEvent) -> None:
        if event.status == "started":
            self._stage = event.name
            self._progress.update(self._task("stage"), total=1)
            return
        for (stage, kind), task in self._tasks.items():
            if stage == event.name and event.status != "warned":
                if kind == "stage" and event.status == "succeeded":
                    self._progress.update(task, completed=1)
                self._progress.update(task, subject=event.detail if kind == "stage" else "")
                self._progress.stop_task(task)
        if event.status in {"failed", "warned"}:
            style = "red" if event.status == "failed" else "yellow"
            self._console.print(f"{event.name}: {event.detail or event.status}", style=style, markup=False)

    def _task(self, kind: EventKind) -> TaskID:
        key = (self._stage, kind)
        if key not in self._tasks:
            description = self._stage if kind == "stage" else f"  {_KIND_NAMES[kind]}"
            self._tasks[key] = self._progress.add_task(description, total=None, subject="")
        return self._tasks[key]


def print_outcome(console: Console, outcome: RefreshOutcome) -> None:
    """The summary of a refresh: rows by feed, warnings, checks, headline KPIs, snapshot, what to do next."""
    console.print()
    if outcome.feeds:
        console.print(feed_table(outcome.feeds))
    elif outcome.status != "failed":
        console.print("No new file was delivered; what was loaded before is what counts.")
    _print_warnings(console, outcome.warnings)
    if outcome.status != "unchanged":
        _print_checks(console, outcome)
    if outcome.headline:
        console.print(headline_table(outcome.headline))
    elif outcome.status == "published":
        console.print("No headline KPIs: no month that had ended by then holds a value.")
    if outcome.as_of is not None:
        console.print(f"The marts speak of {outcome.as_of:%Y-%m-%d %H:%M} UTC.")
    match outcome.status:
        case "unchanged":
            console.print(f"As published before: {outcome.snapshot_path}", style="green", markup=False, soft_wrap=True)
        case "published":
            console.print(f"Published: {outcome.snapshot_path}", style="green", markup=False, soft_wrap=True)
        case "gate_failed":
            console.print("Not published: a critical check failed.", style="bold red")
            _print_untouched(console, outcome)
        case "failed":
            console.print("Not published: the refresh did not come to its end.", style="bold red")
            _print_untouched(console, outcome)
    for step in outcome.next_steps:
        console.print(f"→ {step}", markup=False, soft_wrap=True)


def _print_untouched(console: Console, outcome: RefreshOutcome) -> None:
    if outcome.snapshot_path is None:
        console.print("Nothing has been published before; readers find no snapshot yet.")
    else:
        console.print(f"Readers still see the last good snapshot: {outcome.snapshot_path}", markup=False, soft_wrap=True)


def _print_warnings(console: Console, warnings: Sequence[str]) -> None:
    for warning in warnings[:_MOST_WARNINGS]:
        console.print(f"! {warning}", style="yellow", markup=False, soft_wrap=True)
    if len(warnings) > _MOST_WARNINGS:
        console.print(f"! and {len(warnings) - _MOST_WARNINGS:,} more warnings", style="yellow")


def _print_checks(console: Console, outcome: RefreshOutcome) -> None:
    critical = sum(check.severity == "critical" for check in outcome.failed_checks)
    console.print(
        f"Checks: {outcome.checks_passed:,} passed, {outcome.checks_failed:,} failed, {critical:,} of them critical.",
        style="red" if critical else "default",
    )
    if not outcome.failed_checks:
        return
    shown = sorted(outcome.failed_checks, key=lambda check: (check.severity != "critical", check.subject, check.rule))
    console.print(failed_check_table(shown[:_MOST_FAILED_CHECKS]))
    if len(shown) > _MOST_FAILED_CHECKS:
        console.print(f"and {len(shown) - _MOST_FAILED_CHECKS:,} more failed checks.")


def feed_table(feeds: Sequence[FeedCount]) -> Table:
    """Rows read, accepted and rejected by feed, with a total."""
    table = Table(title="What was delivered", title_justify="left", show_footer=len(feeds) > 1)
    table.add_column("Source", footer="all")
    table.add_column("Feed")
    totals = {
        "Files": sum(feed.files for feed in feeds),
        "Refused": sum(feed.refused for feed in feeds),
        "Rows read": sum(feed.read for feed in feeds),
        "Accepted": sum(feed.accepted for feed in feeds),
        "Rejected": sum(feed.rejected for feed in feeds),
    }
    for title, total in totals.items():
        table.add_column(title, justify="right", no_wrap=True, footer=figures.count(total))
    for feed in feeds:
        table.add_row(
            escape(feed.source),
            escape(feed.feed),
            figures.count(feed.files),
            _alarming(feed.refused),
            figures.count(feed.read),
            figures.count(feed.accepted),
            _alarming(feed.rejected),
        )
    return table


def failed_check_table(checks: Sequence[CheckResult]) -> Table:
    """The failed checks: which table, which rule, how many rows, what it means."""
    table = Table(title="Failed checks", title_justify="left")
    table.add_column("Severity", no_wrap=True)
    table.add_column("Table", overflow="fold")
    table.add_column("Rule", overflow="fold")
    table.add_column("Rows", justify="right", no_wrap=True)
    table.add_column("What is wrong", overflow="fold")
    for check in checks:
        style = "red" if check.severity == "critical" else "yellow"
        table.add_row(
            f"[{style}]{check.severity}[/]",
            escape(check.subject),
            escape(check.rule),
            figures.count(check.rows_failed),
            escape(check.message),
        )
    return table


def headline_table(headline: Sequence[HeadlineEntry]) -> Table:
    """The headline KPIs of one month beside target and month before."""
    table = Table(title=f"Headline KPIs of {figures.period(headline[0].period, 'month')}", title_justify="left")
    table.add_column("KPI", overflow="fold")
    for title in ("Value", "Target", "Month before", "Change"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for kpi in headline:
        table.add_row(
            escape(kpi.name),
            figures.figure(kpi.value, kpi.unit),
            figures.figure(kpi.target, kpi.unit),
            figures.figure(kpi.previous, kpi.unit),
            figures.change(kpi.change, kpi.change_kind),
            f"[{_STATUS_STYLES[kpi.status]}]{_STATUS_WORDS[kpi.status]}[/]",
        )
    return table


def _alarming(number: int) -> str:
    return f"[yellow]{number:,}[/]" if number else "0"
