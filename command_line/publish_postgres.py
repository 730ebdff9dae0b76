"""``aftersales publish-postgres``: the published marts into PostgreSQL, for BI tools that speak to a server."""

from __future__ import annotations

import importlib.util
from typing import Annotated

import typer

from command_line.shared import HomeOption, error_console, failed, home_folder, misused, output_console
from orchestration.publishing.errors import PublishingError
from orchestration.settings import REPLICA_READER, REPLICA_URL
from reading.errors import SnapshotError


def publish_postgres(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="The database, such as postgresql://aftersales@db.example/marts. What it leaves out, libpq's variables and files say.",
            show_default=REPLICA_URL.variable,
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Make all tables anew and swap them in, instead of replacing what changed.")] = False,
    home: HomeOption = None,
) -> None:
    """Bring a PostgreSQL database to the published marts: for BI tools that want a server. Readers see one snapshot or the next.

    Example: aftersales publish-postgres --to postgresql://aftersales@db.example/marts
    """
    if importlib.util.find_spec("psycopg") is None:
        raise failed("This needs psycopg 3, which is not installed. Install the extra: pip install -e '.[postgres]'")
    address = to or REPLICA_URL.value
    if not address:
        raise misused(f"Which database? Name it with --to, or in {REPLICA_URL.variable}.")
    place = home_folder(home)

    from orchestration.publishing.replica.replicating import replicate_home

    try:
        replicated = replicate_home(place, address, full=full)
    except (PublishingError, SnapshotError) as error:
        raise failed(str(error)) from error
    if replicated.parts:
        how = "all tables made anew" if replicated.is_full else f"{replicated.parts:,} parts replaced"
        output_console().print(f"Snapshot {replicated.version} is in PostgreSQL: {how}, {replicated.rows:,} rows.", markup=False)
    else:
        output_console().print(f"PostgreSQL has snapshot {replicated.version} already.", markup=False)
    error_console().print(f"Whoever has the role may read it: grant {REPLICA_READER.text} to …", markup=False)
