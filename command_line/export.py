"""``aftersales export``: figures, or whole marts, as files for spreadsheets and notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from command_line.shared import HomeOption, failed, home_folder, misused, output_console, reading_snapshot
from reading.exports import FileFormat, TooManyRows, kpi_extracts, mart_extracts, write_extracts
from reading.kpis import Grain
from reading.snapshot import said_when_lacking


def export(  # noqa: PLR0917 - a command's options
    kpi: Annotated[
        list[str] | None, typer.Option("--kpi", metavar="KPI_ID", help="Only this KPI; more than once for several.", show_default="all")
    ] = None,
    grain: Annotated[
        list[Grain] | None, typer.Option("--grain", help="Only periods of this length; more than once for several.", show_default="all")
    ] = None,
    dimension: Annotated[
        list[str] | None,
        typer.Option("--dimension", help="Only this split (overall is none); more than once for several.", show_default="all"),
    ] = None,
    mart: Annotated[
        list[str] | None,
        typer.Option("--mart", metavar="SCHEMA.TABLE", help="This mart instead of KPIs, such as core.fct_tickets.", show_default="none"),
    ] = None,
    file_format: Annotated[FileFormat, typer.Option("--format", help="As what the files are written.")] = FileFormat.CSV,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the files go; those of the same names are replaced.")] = Path(
        "export"
    ),
    home: HomeOption = None,
) -> None:
    """Write KPIs with all their columns, and what they mean, as files that spreadsheets and notebooks open.

    Example: aftersales export --kpi csat_rate --kpi ticket_count --grain month --format xlsx
    """
    if mart and (kpi or grain or dimension):
        raise misused("--mart exports a mart as it is: leave --kpi, --grain and --dimension out.")
    with reading_snapshot(home_folder(home)) as snapshot, said_when_lacking("KPI scoreboard"):
        extracts = (
            mart_extracts(snapshot, mart) if mart else kpi_extracts(snapshot, kpi or [], grains=grain or [], dimensions=dimension or [])
        )
        try:
            written = write_extracts(snapshot, extracts, to, file_format)
        except TooManyRows as error:
            raise misused(str(error)) from error
        except OSError as error:
            raise failed(f"The files cannot be written: {error}.") from error
    for file, rows in written.items():
        output_console().print(f"{file}: {rows:,} rows", markup=False, soft_wrap=True)
