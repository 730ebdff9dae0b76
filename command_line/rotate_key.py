"""``aftersales rotate-key``: another key behind the customers' hashes, from the next snapshot on."""

from __future__ import annotations

from typing import Annotated

import typer

from command_line.shared import HomeOption, failed, home_folder, misused, output_console
from orchestration.publishing.customer_key import rotated_customer_key
from orchestration.publishing.errors import CustomerKeyError

_QUESTION = "The old key will be gone: hashes of later snapshots will not match those published so far. Go on?"


def rotate_key(
    home: HomeOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make a new key for the customers' hashes in the place of the old one. The next refresh publishes with it.

    Snapshots that are published stay as they are.

    Example: aftersales rotate-key --home /srv/aftersales
    """
    place = home_folder(home)
    if not place.root.is_dir():
        raise misused(f"There is no home {place.root}. A key is made by the first refresh.")
    if not yes:
        typer.confirm(_QUESTION, abort=True)
    try:
        key = rotated_customer_key(place.customer_key_file)
    except CustomerKeyError as error:
        raise misused(str(error)) from error
    except OSError as error:
        raise failed(f"The key was not changed: {error}.") from error
    console = output_console()
    console.print(f"{key.message} Its id in the manifest of each snapshot is {key.key_id}.", markup=False, soft_wrap=True)
    console.print("→ Keep a copy in a safe place, then publish with it: aftersales refresh", markup=False, soft_wrap=True)
    console.print(
        "→ If the old key is known to somebody, what was hashed with it has to go: AFTERSALES_KEEP_SNAPSHOTS=1 aftersales refresh",
        markup=False,
        soft_wrap=True,
    )
