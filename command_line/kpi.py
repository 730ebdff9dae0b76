"""``aftersales kpi``: one KPI over time, with the parts it is made of and its definition, from the published scoreboard.

The rows behind a figure are shown by ``kpi_rows``, what moved it is said by ``kpi_why``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from command_line.kpi_rows import figure_asked_for, rendered_rows
from command_line.kpi_why import GRAINS, why_it_moved
from command_line.shared import HomeOption, home_folder, misused, output_console, plain_table, reading_snapshot
from reading import figures
from reading.figure_rows import Cell, figure_rows
from reading.kpis import Grain, KpiDefinition, KpiFigure, kpi_definition, kpi_definitions, kpi_figures

# Narrower than this, a figure is told without its parts; members take some columns more.
_WIDE, _MEMBER = 116, 16
_STATUS_WORDS = {"on_target": "[green]on target[/]", "off_target": "[yellow]off target[/]", "no_target": ""}
_DIRECTION_WORDS = {"up": "higher is better", "down": "lower is better", "none": "neither direction is better"}


def kpi(  # noqa: PLR0917 - a command's options
    kpi_id: Annotated[str | None, typer.Argument(metavar="[KPI_ID]", help="The KPI's id, such as csat_rate; without one, all.")] = None,
    grain: Annotated[Grain, typer.Option("--grain", help="Length of the periods.")] = Grain.MONTH,
    dimension: Annotated[
        str, typer.Option("--dimension", help="What to split by, such as channel, issue_type, region, merchant.")
    ] = "overall",
    member: Annotated[
        str | None, typer.Option("--member", help="Only this member of the dimension, such as chat.", show_default="all")
    ] = None,
    last: Annotated[int, typer.Option("--last", min=1, help="How many of the newest periods to show.")] = 6,
    rows: Annotated[bool, typer.Option("--rows", help="List the rows behind one figure, and what each adds to it.")] = False,
    why: Annotated[
        bool, typer.Option("--why", help="Say which members moved the figure from the period before: of all dimensions, or of one.")
    ] = False,
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on", "--period", formats=["%Y-%m-%d"], help="With --rows or --why: a day in the period.", show_default="the newest"
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="With --rows: how many of them to list.")] = 20,
    home: HomeOption = None,
) -> None:
    """Show a KPI: value, interval, numerator, denominator, previous period, target, and what it means. Without an id, list them all.

    Example: aftersales kpi csat_rate --grain month --dimension channel --member chat --last 12

    Example: aftersales kpi csat_rate --why --dimension channel
    """
    console = output_console()
    if rows and (kpi_id is None or (dimension != "overall" and member is None)):
        raise misused("--rows lists the rows of one figure: give a KPI's id, and with --dimension one --member.")
    if why and (rows or kpi_id is None or member is not None or grain not in GRAINS):
        raise misused(f"--why is of a KPI and all members: give its id, a --grain of {', '.join(GRAINS)}, and neither --member nor --rows.")
    with reading_snapshot(home_folder(home)) as snapshot:
        if kpi_id is None:
            _print_all(console, kpi_definitions(snapshot))
            return
        definition = kpi_definition(snapshot, kpi_id)
        if why:
            asked = None if dimension == "overall" else dimension
            for sentence in why_it_moved(snapshot, definition, grain=grain, dimension=asked, on=on.date() if on else None):
                console.print(sentence, markup=False)
            return
        if rows:
            told = kpi_figures(snapshot, kpi_id, grain=grain, dimension=dimension, member=member)
            figure = figure_asked_for(told, kpi_id=kpi_id, grain=grain, on=on.date() if on else None)
            cell = Cell(kpi_id, grain, dimension, figure)
            for part in rendered_rows(cell, definition, figure_rows(snapshot, cell, limit=limit)):
                console.print(part)
            return
        shown = kpi_figures(snapshot, kpi_id, grain=grain, dimension=dimension, member=member, last=last)
    _print_figures(console, shown, definition, grain=grain, dimension=dimension)


def _print_figures(console: Console, shown: Sequence[KpiFigure], definition: KpiDefinition, *, grain: Grain, dimension: str) -> None:
    _print_definition(console, definition)
    if definition.why_empty:
        console.print(f"No value: {definition.why_empty}", style="yellow", markup=False)
    elif not any(row.value is not None for row in shown):
        console.print("No value in these periods.", style="yellow")
    wide = _WIDE if dimension == "overall" else _WIDE + _MEMBER
    if shown:
        console.print(_table(shown, definition, grain=grain, dimension=dimension, is_wide=console.width >= wide))
        if console.width < wide:
            console.print(f"Parts, interval and the period before: on a terminal of {wide} columns.")
    if any(row.change is None and row.value is not None for row in shown):
        console.print("Without a change: the period is too young to be compared, or the one before is not whole or has no value.")
    if any(row.is_small_sample for row in shown):
        console.print("* fewer observations than the minimum sample: read with care.")
    if any(row.is_running for row in shown):
        console.print("… the period had not ended at as_of.")


def _print_all(console: Console, definitions: Sequence[KpiDefinition]) -> None:
    table = plain_table("KPIs with a value")
    table.add_column("KPI", no_wrap=True)
    table.add_column("Name", overflow="fold")
    table.add_column("Family", no_wrap=True)
    valued = [each for each in definitions if not each.why_empty]
    for each in sorted(valued, key=lambda each: (each.family, each.kpi_id)):
        table.add_row(escape(each.kpi_id), escape(each.name_en), escape(each.family))
    console.print(table)
    empty = [each.kpi_id for each in definitions if each.why_empty]
    if empty:
        console.print(f"Without one, {len(empty):,}; each says why when it is asked for: {', '.join(empty)}.", markup=False)


def _print_definition(console: Console, definition: KpiDefinition) -> None:
    console.print(f"[bold]{escape(definition.name_en)}[/]  {escape(definition.name_zh)}  [dim]{definition.kpi_id}, {definition.family}[/]")
    console.print(escape(definition.formula_en) + ".")
    if definition.numerator and definition.denominator:
        console.print(f"  numerator    {escape(definition.numerator)}")
        console.print(f"  denominator  {escape(definition.denominator)}")
    console.print(f"  dated by     {escape(definition.date_basis)}; {_DIRECTION_WORDS.get(definition.good_direction, '')}")


def _table(rows: Sequence[KpiFigure], definition: KpiDefinition, *, grain: Grain, dimension: str, is_wide: bool) -> Table:
    """The figures; on a narrow console without the parts, the interval and the period before, so that no number is cut."""
    unit = definition.unit
    columns = {
        "Value": [figures.figure(row.value, unit) + ("*" if row.is_small_sample else "") for row in rows],
        "95 % interval": [figures.interval(row.lower, row.upper, unit) for row in rows],
        "Numerator": [figures.part(row.numerator) for row in rows],
        "Denominator": [figures.part(row.denominator) for row in rows],
        "n": [figures.count(row.n) for row in rows],
        "Previous": [figures.figure(row.previous, unit) for row in rows],
        "Change": [figures.change(row.change, row.change_kind) for row in rows],
        "Target": [figures.figure(row.target, unit) for row in rows],
    }
    shown = columns if is_wide else {title: columns[title] for title in ("Value", "n", "Change", "Target")}
    table = plain_table(f"By {grain.value}")
    table.add_column("Period", no_wrap=True)
    if dimension != "overall":
        table.add_column(dimension, overflow="fold")
    for title in shown:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for place, row in enumerate(rows):
        table.add_row(
            figures.period(row.period_start, grain.value) + (" …" if row.is_running else ""),
            *([escape(row.member)] if dimension != "overall" else []),
            *(cells[place] for cells in shown.values()),
            _STATUS_WORDS.get(row.status or "", ""),
        )
    return table
