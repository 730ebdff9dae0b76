"""``aftersales rebuild``: the warehouse made anew from the archived extracts, through the job that the schedule starts too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import duckdb
import typer

from command_line.refresh_summary import print_outcome
from command_line.refresh_view import refresh_view
from command_line.shared import EXIT_FAILED, HomeOption, failed, home_folder, misused, output_console
from orchestration.runs.fault_advice import advice, kind_of

if TYPE_CHECKING:
    from rich.console import Console

    from orchestration.loading import ArchivedExtract


def rebuild(
    home: HomeOption = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="FILE",
            help="Go without this file from now on: its name as the ledger has it, or its SHA-256. May be given several times.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make the warehouse anew from every extract that was ever loaded, check it and publish it.

    The old warehouse is kept beside until the new one has published, and is back in its place if it does not. There has to be room
    for both. A file that is left out stays in the archive, and the same bytes delivered again are not loaded.

    Exit code 0: published. 1: it did not publish, the old warehouse is back in its place. 2: wrong usage.

    Example: aftersales rebuild --home /srv/aftersales --without contract/orders_2026-01-31.csv
    """
    place = home_folder(home)
    if not place.root.is_dir():
        raise misused(f"There is no home {place.root}.")
    console = output_console()

    from orchestration.loading import ArchiveError
    from orchestration.runs.rebuild import (  # Dagster takes seconds to import
        UnknownFile,
        archived_extract_count,
        left_out_extracts,
        run_rebuild,
    )
    from orchestration.runs.run_lock import RefreshAlreadyRunning

    try:
        with refresh_view(console) as view:
            outcome = run_rebuild(place, on_event=view.tell, without=without or [])
    except UnknownFile as error:
        raise misused(str(error)) from error
    except (ArchiveError, RefreshAlreadyRunning) as error:
        raise failed(str(error)) from error
    except (duckdb.IOException, OSError) as error:
        next_step = advice(kind_of(error), place) or "Run it again when the cause is gone."
        raise failed(
            f"The rebuild broke off: {error}. The old warehouse comes back with the next refresh or rebuild. {next_step}"
        ) from error
    print_outcome(console, outcome)
    if outcome.status != "published":
        console.print("The old warehouse is back in its place.")
        if without:
            console.print("It still has what was to be left out; the next rebuild that publishes goes without it.")
        raise typer.Exit(EXIT_FAILED)
    console.print(f"The warehouse was made anew from {archived_extract_count(place):,} archived extracts.", style="green")
    _print_left_out(console, left_out_extracts(place))


def _print_left_out(console: Console, extracts: list[ArchivedExtract]) -> None:
    for extract in extracts:
        console.print(
            f"Left out on purpose since {extract.left_out_at:%Y-%m-%d %H:%M} UTC: {extract.file_name} (extract {extract.extract_id}, "
            f"{extract.rows_read:,} rows)",
            markup=False,
            soft_wrap=True,
        )
