"""Shows a refresh while it runs: bars on a terminal, plain lines elsewhere. What it comes to is ``refresh_summary``."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from orchestration.runs.refresh_report import EventKind, RefreshEvent

_KIND_NAMES: dict[EventKind, str] = {"stage": "stages", "feed": "feeds", "model": "models", "check": "checks"}
# Of these a plain line tells the count, every so many.
_PLAIN_STEPS: dict[EventKind, int] = {"check": 100, "model": 50}


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
    """One line per stage, per feed that brought rows, and per model and check that did not succeed; the others are counted."""

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
    """An event as one line; None for what went well and is only counted, but now and then and at the end the count is told."""
    detail = f"  {event.detail}" if event.detail else ""
    if event.kind == "stage":
        return f"{event.name} ..." if event.status == "started" else f"{event.name}: {event.status}{detail}"
    counted = f"{event.done}/{event.total}" if event.total else str(event.done)
    if event.status == "started":
        return None
    if event.status == "succeeded" and event.kind in _PLAIN_STEPS:
        is_told = event.done % _PLAIN_STEPS[event.kind] == 0 or (event.done == event.total and event.done > 1)
        return f"  {event.kind}s {counted}" if is_told else None
    if event.status == "succeeded" and not detail:
        return None
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
