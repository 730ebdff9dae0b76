"""``aftersales kpi KPI_ID --rows``: the rows behind one figure and what each adds to it. Renders ``reading.figure_rows``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from rich.console import RenderableType
from rich.markup import escape
from rich.text import Text

from command_line.shared import plain_table
from reading import figures
from reading.errors import UnknownName
from reading.figure_rows import Cell, FigureRows
from reading.kpis import Grain, KpiDefinition, KpiFigure


def figure_asked_for(rows: Sequence[KpiFigure], *, kpi_id: str, grain: Grain, on: date | None) -> KpiFigure:
    """The figure of the period that ``on`` lies in, else the newest with a case. Raises ``UnknownName``."""
    begun = [row for row in rows if on is None or row.period_start <= on]
    chosen = max(begun, key=lambda row: row.period_start if on is not None or row.n else date.min, default=None)
    if chosen is None:
        raise UnknownName(f"{kpi_id} has no figure by {grain.value} on {on or 'any day'}. Leave out --on for the newest.")
    return chosen


def rendered_rows(cell: Cell, definition: KpiDefinition, listed: Sequence[FigureRows]) -> list[RenderableType]:
    """Headings and tables: the figure, its rows, what they come to."""
    figure = cell.figure
    of = "" if cell.dimension == "overall" else f" {cell.dimension} {figure.member}"
    parts: list[RenderableType] = [
        Text(
            f"{definition.name_en}, {figures.period(figure.period_start, cell.grain.value)}{of}: "
            f"{figures.figure(figure.value, definition.unit)} (numerator {figures.part(figure.numerator)}, "
            f"denominator {figures.part(figure.denominator)}, n {figures.count(figure.n)})"
        )
    ]
    for rows in listed:
        table = plain_table(rows.facts)
        for name in rows.columns:
            table.add_column(name, justify="right" if name in {"numerator", "denominator"} else "left", no_wrap=True)
        for row in rows.rows:
            *named, numerator, denominator = row
            table.add_row(
                *(escape(figures.NOTHING if value is None else str(value)) for value in named), _part(numerator), _part(denominator)
            )
        parts += [
            table,
            Text(
                f"{len(rows.rows):,} of {rows.row_count:,} rows; all add up to "
                f"numerator {_part(rows.numerator)}, denominator {_part(rows.denominator)}."
            ),
        ]
    if figure.numerator is None and figure.value is not None:
        parts.append(Text("The figure is a quantile of the rows' numerators."))
    return parts


def _part(value: Decimal | None) -> str:
    """A part as exact as it is."""
    if value is None:
        return figures.NOTHING
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
