"""Shows open alerts: those of the snapshot that readers see, the worst first."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from command_line.shared import plain_table
from reading import figures
from reading.manifest import AlertEntry

_MOST_ALERTS = 15
_STYLES = {"critical": "bold red", "warning": "yellow", "notice": "default"}
# The member that an alert comes from is said where it fits beside the others in one line.
_WIDE = 110


def print_alerts(console: Console, alerts: Sequence[AlertEntry]) -> None:
    """The open alerts as a table; nothing where there is none."""
    if not alerts:
        return
    console.print(_table(alerts[:_MOST_ALERTS], is_wide=console.width >= _WIDE))
    if len(alerts) > _MOST_ALERTS:
        console.print(f"and {len(alerts) - _MOST_ALERTS:,} more open alerts in forecast.kpi_alerts.")


def _table(alerts: Sequence[AlertEntry], *, is_wide: bool) -> Table:
    table = plain_table("Open alerts")
    table.add_column("Level", no_wrap=True)
    table.add_column("KPI", overflow="fold")
    for title in ("Value", "Expected"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Since", no_wrap=True)
    if is_wide:
        table.add_column("Mostly", overflow="fold")
    for alert in alerts:
        expected = f"{figures.figure(alert.expected_low, alert.unit)} to {figures.figure(alert.expected_high, alert.unit)}"
        table.add_row(
            f"[{_STYLES[alert.level]}]{alert.level}[/]",
            escape(alert.name),
            figures.figure(alert.value, alert.unit),
            expected,
            alert.since.isoformat(),
            *([escape(alert.driver or figures.NOTHING)] if is_wide else []),
        )
    return table
