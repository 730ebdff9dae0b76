"""``aftersales refresh``: starts the job that the schedule starts too, shows it, and turns its outcome into an exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import duckdb
import typer

from command_line.refresh_summary import print_outcome, print_what_next
from command_line.refresh_view import refresh_view
from command_line.shared import EXIT_FAILED, HomeOption, failed, home_folder, misused, output_console
from orchestration.project import MODELS_FOLDER
from orchestration.runs.fault_advice import advice, kind_of
from reading.errors import unknown_name
from reading.moments import parsed_moment


def refresh(
    home: HomeOption = None,
    landing: Annotated[
        Path | None, typer.Option("--landing", help="Folder with the extracts, one folder per source system.", show_default="HOME/landing")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Load only this source system. May be given several times.", show_default="all")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="MOMENT",
            help="Moment the marts speak of, ISO 8601; UTC unless it says otherwise.",
            show_default="the latest moment the data speaks of",
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Build every model from nothing, incremental ones too.")] = False,
) -> None:
    """Load new extracts, build the marts, check them, and publish them if they pass.

    Exit code 0: published. 1: a check failed or the refresh broke, readers still see the last good snapshot. 2: wrong usage, or a
    declaration that cannot be used.

    Example: aftersales refresh --landing /data/extracts --source contract --as-of 2026-01-31T16:00:00Z
    """
    sources = source or []
    if landing is not None and not landing.is_dir():
        raise misused(f"The landing folder {landing} does not exist.")
    try:
        moment = parsed_moment(as_of) if as_of is not None else None
    except ValueError as error:
        raise misused(f"--as-of {error}") from None
    if sources:
        _refuse_unknown_sources(sources)
    place = home_folder(home)
    console = output_console()

    from orchestration.runs.refresh import run_refresh  # Dagster takes seconds to import
    from orchestration.runs.run_lock import RefreshAlreadyRunning

    try:
        with refresh_view(console) as view:
            outcome = run_refresh(place, landing=landing, sources=sources, as_of=moment, full=full, on_event=view.tell)
    except RefreshAlreadyRunning as error:
        raise failed(str(error)) from error
    except (duckdb.IOException, OSError) as error:
        next_step = advice(kind_of(error), place) or "Run it again when the cause is gone."
        raise failed(f"The refresh broke off: {error}. Readers still see the last good snapshot. {next_step}") from error
    print_outcome(console, outcome)
    if outcome.status not in ("published", "unchanged"):
        raise typer.Exit(EXIT_FAILED)
    print_what_next(console, place, outcome.headline)


def _refuse_unknown_sources(sources: list[str]) -> None:
    from orchestration.loading.declarations import read_declarations

    declared = sorted(read_declarations(MODELS_FOLDER))
    for name in sources:
        if name not in declared:
            raise misused(unknown_name("source system", name, declared))
