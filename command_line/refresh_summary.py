"""Sums a refresh up when it has ended: what was delivered, what is wrong, the headline KPIs, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from command_line.alert_view import print_alerts
from command_line.shared import command, plain_table
from orchestration.home import Home
from orchestration.runs.refresh_report import FeedCount, RefreshOutcome
from reading import figures
from reading.check_results import CheckResult
from reading.manifest import HeadlineEntry

_STATUS_STYLES = {"on_target": "green", "off_target": "yellow", "no_target": "default"}
_STATUS_WORDS = {"on_target": "on target", "off_target": "off target", "no_target": ""}
_MOST_WARNINGS = 20
_MOST_FAILED_CHECKS = 30
# What the month before was is said where it fits beside a KPI's name in one line.
_WIDE = 96


def print_outcome(console: Console, outcome: RefreshOutcome) -> None:
    """The summary of a refresh: rows by feed, warnings, checks, headline KPIs, snapshot, what to do next."""
    console.print()
    if outcome.feeds:
        console.print(feed_table(outcome.feeds))
    elif outcome.status != "failed":
        where = f" to {outcome.landing}" if outcome.landing else ""
        console.print(f"No new file was delivered{where}; what was loaded before is what counts.", markup=False, soft_wrap=True)
    _print_warnings(console, outcome.warnings)
    if outcome.status != "unchanged":
        _print_checks(console, outcome)
    print_alerts(console, outcome.alerts)
    if outcome.headline:
        console.print(headline_table(outcome.headline, width=console.width))
        if any(kpi.change is None and kpi.value is not None for kpi in outcome.headline):
            console.print("Without a change: the month is too young to be compared, or the one before is not whole.")
    elif outcome.status == "published":
        console.print("No headline KPIs: no month that had ended by then holds a value.")
    if outcome.as_of is not None:
        console.print(f"The marts speak of {outcome.as_of:%Y-%m-%d %H:%M} UTC.")
    _print_what_stands(console, outcome)
    for step in outcome.next_steps:
        console.print(f"→ {step}", markup=False, soft_wrap=True)


def _print_what_stands(console: Console, outcome: RefreshOutcome) -> None:
    match outcome.status:
        case "unchanged":
            console.print(f"As published before: {outcome.snapshot_path}", style="green", markup=False, soft_wrap=True)
        case "published":
            console.print(f"Published: {outcome.snapshot_path}", style="green", markup=False, soft_wrap=True)
        case "copies_failed":
            console.print(f"Published: {outcome.snapshot_path}", style="green", markup=False, soft_wrap=True)
            console.print("What is made from it was not made: the report or the replica is as it was.", style="bold red")
        case "gate_failed":
            console.print("Not published: a critical check failed.", style="bold red")
            _print_untouched(console, outcome)
        case "failed":
            console.print("Not published: the refresh did not come to its end.", style="bold red")
            _print_untouched(console, outcome)


def print_what_next(console: Console, home: Home, headline: Sequence[HeadlineEntry]) -> None:
    """What to do with a snapshot that stands, as commands that can be copied."""
    console.print("What next")
    if (report := home.published / "report.html").exists():
        console.print(f"→ To open in a browser, or to mail: {report}", markup=False, soft_wrap=True)
    steps = {"All KPIs": "kpi"}
    if headline:
        steps["One of them by channel"] = f"kpi {headline[0].kpi_id} --dimension channel --last 3"
    steps["What was checked and loaded"] = "status"
    for what, words in steps.items():
        console.print(f"→ {what}: {command(words, home)}", markup=False, soft_wrap=True)


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
    console.print(failed_checks(shown[:_MOST_FAILED_CHECKS]))
    if len(shown) > _MOST_FAILED_CHECKS:
        console.print(f"and {len(shown) - _MOST_FAILED_CHECKS:,} more failed checks.")


def feed_table(feeds: Sequence[FeedCount]) -> Table:
    """Files and rows by feed, with a total; what was refused and rejected only where something was."""
    counts = {
        "Files": [feed.files for feed in feeds],
        "Refused": [feed.refused for feed in feeds],
        "Rows read": [feed.read for feed in feeds],
        "Accepted": [feed.accepted for feed in feeds],
        "Rejected": [feed.rejected for feed in feeds],
    }
    if not any(counts["Refused"]):
        del counts["Refused"]
    if not any(counts["Rejected"]):
        del counts["Rejected"], counts["Accepted"]
    table = plain_table("What was delivered", has_total=len(feeds) > 1)
    table.add_column("Source", footer="all", overflow="fold")
    table.add_column("Feed", overflow="fold")
    for title, numbers in counts.items():
        table.add_column(title, justify="right", no_wrap=True, footer=figures.count(sum(numbers)))
    for place, feed in enumerate(feeds):
        cells = (_number(numbers[place], is_alarming=title in {"Refused", "Rejected"}) for title, numbers in counts.items())
        table.add_row(escape(feed.source), escape(feed.feed), *cells)
    return table


def failed_checks(checks: Sequence[CheckResult]) -> Group:
    """The failed checks, each in its own lines: how bad, which table, which rule, what it means, and values that it quotes."""
    lines: list[Text | Padding] = [Text("Failed checks", style="italic")]
    for check in checks:
        head = Text(f"{check.severity} ", style="red" if check.severity == "critical" else "yellow")
        head.append(f"{check.subject} {check.rule}", style="default")
        # What the message begins with has just been said.
        said = re.sub(rf"^\S+ breaks {re.escape(check.rule)}: ", "", check.message)
        rows = f"{figures.count(check.rows_failed)} rows. " if said == check.message and check.rows_failed is not None else ""
        lines += [head, Padding(Text(f"{rows}{said}"), (0, 0, 0, 2))]
        # The expectations' messages end with examples of their own.
        if check.stage == "dbt":
            lines += [Padding(Text(example), (0, 0, 0, 4)) for example in check.examples]
    return Group(*lines)


def headline_table(headline: Sequence[HeadlineEntry], *, width: int) -> Table:
    """The headline KPIs of one month beside target and, where the console is wide enough, the month before."""
    is_wide = width >= _WIDE
    table = plain_table(f"Headline KPIs of {figures.period(headline[0].period, 'month')}")
    table.add_column("KPI", overflow="fold")
    for title in ("Value", "Target", *(["Month before"] if is_wide else []), "Change"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for kpi in headline:
        table.add_row(
            escape(kpi.name),
            figures.figure(kpi.value, kpi.unit),
            figures.figure(kpi.target, kpi.unit),
            *([figures.figure(kpi.previous, kpi.unit)] if is_wide else []),
            figures.change(kpi.change, kpi.change_kind),
            f"[{_STATUS_STYLES[kpi.status]}]{_STATUS_WORDS[kpi.status]}[/]",
        )
    return table


def _number(number: int, *, is_alarming: bool) -> str:
    return f"[yellow]{number:,}[/]" if number and is_alarming else figures.count(number)
