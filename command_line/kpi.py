"""``aftersales kpi``: one KPI over time, with the parts it is made of and its definition, from the published scoreboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from command_line import figures
from command_line.shared import HomeOption, failed, home_folder, misused, output_console, reading_snapshot, unknown_name

_STATUS_WORDS = {"on_target": "[green]on target[/]", "off_target": "[yellow]off target[/]", "no_target": ""}
_DIRECTION_WORDS = {"up": "higher is better", "down": "lower is better", "none": "neither direction is better"}


class Grain(StrEnum):
    """The periods of the scoreboard."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True)
class _Definition:
    kpi_id: str
    family: str
    name_en: str
    name_zh: str
    unit: str
    good_direction: str
    date_basis: str
    numerator: str | None
    denominator: str | None
    formula_in_words: str
    why_empty: str | None


@dataclass(frozen=True)
class _Row:
    period_start: date
    member: str
    value: float | None
    lower: float | None
    upper: float | None
    numerator: float | None
    denominator: float | None
    n: int | None
    is_small_sample: bool | None
    is_running: bool | None
    previous: float | None
    change: float | None
    change_kind: str
    target: float | None
    status: str | None


def kpi(  # noqa: PLR0917 - a command's options
    kpi_id: Annotated[str, typer.Argument(metavar="KPI_ID", help="The KPI's id, such as csat_rate.")],
    grain: Annotated[Grain, typer.Option("--grain", help="Length of the periods.")] = Grain.MONTH,
    dimension: Annotated[
        str, typer.Option("--dimension", help="What to split by, such as channel, issue_type, region, merchant.")
    ] = "overall",
    member: Annotated[
        str | None, typer.Option("--member", help="Only this member of the dimension, such as chat.", show_default="all")
    ] = None,
    last: Annotated[int, typer.Option("--last", min=1, help="How many of the newest periods to show.")] = 6,
    home: HomeOption = None,
) -> None:
    """Show a KPI: value, interval, numerator, denominator, previous period, target, and what it means.

    Example: aftersales kpi csat_rate --grain month --dimension channel --member chat --last 12
    """
    with reading_snapshot(home_folder(home)) as snapshot:
        connection = snapshot.connection
        try:
            definition = _definition(connection, kpi_id)
            _refuse_unknown_names(connection, kpi_id, grain, dimension, member)
            rows = _rows(connection, kpi_id, grain=grain, dimension=dimension, member=member, last=last)
        except duckdb.CatalogException as error:
            raise failed(f"The snapshot has no KPI scoreboard ({str(error).splitlines()[0]}). Run: aftersales refresh") from error
    console = output_console()
    _print_definition(console, definition)
    if definition.why_empty:
        console.print(f"No value: {definition.why_empty}", style="yellow", markup=False)
    elif not any(row.value is not None for row in rows):
        console.print("No value in these periods.", style="yellow")
    if rows:
        console.print(_table(rows, definition, grain=grain, dimension=dimension))
    if any(row.is_small_sample for row in rows):
        console.print("* fewer observations than the minimum sample: read with care.")
    if any(row.is_running for row in rows):
        console.print("… the period had not ended at as_of.")


def _definition(connection: duckdb.DuckDBPyConnection, kpi_id: str) -> _Definition:
    row = connection.execute(
        """
        select
            kpi_id, family, kpi_name_en, kpi_name_zh, unit, good_direction, date_basis,
            numerator, denominator, formula_in_words, why_empty
        from scoreboard.kpi_coverage
        where kpi_id = ?
        """,
        [kpi_id],
    ).fetchone()
    if row is None:
        known = connection.execute("select kpi_id from scoreboard.kpi_coverage order by kpi_id").fetchall()
        raise misused(unknown_name("KPI", kpi_id, [known_id for (known_id,) in known]))
    return _Definition(*row)


def _refuse_unknown_names(connection: duckdb.DuckDBPyConnection, kpi_id: str, grain: Grain, dimension: str, member: str | None) -> None:
    rows = connection.execute(
        "select distinct dimension from scoreboard.kpi_scoreboard where kpi_id = ? and period_grain = ? order by dimension",
        [kpi_id, grain.value],
    ).fetchall()
    dimensions = [name for (name,) in rows]
    if dimensions and dimension not in dimensions:
        raise misused(unknown_name(f"dimension of {kpi_id} by {grain.value}", dimension, dimensions))
    if member is None:
        return
    rows = connection.execute(
        """
        select distinct member from scoreboard.kpi_scoreboard
        where kpi_id = ? and period_grain = ? and dimension = ?
        order by member
        """,
        [kpi_id, grain.value, dimension],
    ).fetchall()
    members = [name for (name,) in rows]
    if members and member not in members:
        raise misused(unknown_name(f"member of {dimension}", member, members[:200]))


def _rows(connection: duckdb.DuckDBPyConnection, kpi_id: str, *, grain: Grain, dimension: str, member: str | None, last: int) -> list[_Row]:
    rows = connection.execute(
        """
        select
            period_start, member, value, lower, upper, numerator, denominator, n,
            is_small_sample, is_running_period, previous_value, change_from_previous, change_kind, target_value, status
        from (
            select *, dense_rank() over (order by period_start desc) as recency
            from scoreboard.kpi_scoreboard
            where kpi_id = $kpi_id and period_grain = $grain and dimension = $dimension
                and ($member is null or member = $member)
        ) as ranked
        where recency <= $last
        order by period_start, member
        """,
        {"kpi_id": kpi_id, "grain": grain.value, "dimension": dimension, "member": member, "last": last},
    ).fetchall()
    return [_Row(*row) for row in rows]


def _print_definition(console: Console, definition: _Definition) -> None:
    console.print(f"[bold]{escape(definition.name_en)}[/]  {escape(definition.name_zh)}  [dim]{definition.kpi_id}, {definition.family}[/]")
    console.print(escape(definition.formula_in_words) + ".")
    if definition.numerator and definition.denominator:
        console.print(f"  numerator    {escape(definition.numerator)}")
        console.print(f"  denominator  {escape(definition.denominator)}")
    console.print(f"  dated by     {escape(definition.date_basis)}; {_DIRECTION_WORDS.get(definition.good_direction, '')}")


def _table(rows: Sequence[_Row], definition: _Definition, *, grain: Grain, dimension: str) -> Table:
    unit = definition.unit
    table = Table()
    table.add_column("Period", no_wrap=True)
    if dimension != "overall":
        table.add_column(dimension, overflow="fold")
    for title in ("Value", "95 % interval", "Numerator", "Denominator", "n", "Previous", "Change", "Target"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_row(
            figures.period(row.period_start, grain.value) + (" …" if row.is_running else ""),
            *([escape(row.member)] if dimension != "overall" else []),
            figures.figure(row.value, unit) + ("*" if row.is_small_sample else ""),
            figures.interval(row.lower, row.upper, unit),
            figures.part(row.numerator),
            figures.part(row.denominator),
            figures.count(row.n),
            figures.figure(row.previous, unit),
            figures.change(row.change, row.change_kind),
            figures.figure(row.target, unit),
            _STATUS_WORDS.get(row.status or "", ""),
        )
    return table
