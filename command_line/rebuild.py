"""``aftersales rebuild``: the warehouse made anew from the archived extracts, through the job that the schedule starts too."""

from __future__ import annotations

import duckdb
import typer

from command_line.refresh_view import print_outcome, refresh_view
from command_line.shared import EXIT_FAILED, HomeOption, failed, home_folder, misused, output_console
from orchestration.fault_advice import advice, kind_of


def rebuild(home: HomeOption = None) -> None:
    """Make the warehouse anew from every extract that was ever loaded, check it and publish it.

    The old warehouse is kept beside until the new one has published, and is back in its place if it does not. There has to be room
    for both.

    Exit code 0: published. 1: it did not publish, everything is as before. 2: wrong usage.

    Example: aftersales rebuild --home /srv/aftersales
    """
    place = home_folder(home)
    if not place.root.is_dir():
        raise misused(f"There is no home {place.root}.")
    console = output_console()

    from orchestration.loading import ArchiveError
    from orchestration.rebuild import archived_extract_count, run_rebuild  # Dagster takes seconds to import
    from orchestration.run_lock import RefreshAlreadyRunning

    try:
        with refresh_view(console) as view:
            outcome = run_rebuild(place, on_event=view.tell)
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
        raise typer.Exit(EXIT_FAILED)
    console.print(f"The warehouse was made anew from {archived_extract_count(place):,} archived extracts.", style="green")
