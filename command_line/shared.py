"""What the commands share: exit codes, consoles, the home folder, and how an error becomes a sentence and a code."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from orchestration.connections import insist_memory_limit_is_usable
from orchestration.home import Home
from orchestration.settings import HOME, MEMORY_LIMIT, SettingError
from reading.errors import NotOneReading, SnapshotError, UnknownName
from reading.snapshot import OpenSnapshot, opened_snapshot

EXIT_FAILED = 1
EXIT_USAGE = 2

# Output that goes to a file or a pipe is not squeezed into 80 columns.
PIPED_WIDTH = 180

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of the warehouse's state. Default: AFTERSALES_HOME, else ./var.", show_default=False),
]


def output_console() -> Console:
    """A console on standard output as it is now (a refresh redirects ``sys.stdout`` while it runs)."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False, soft_wrap=False)


def error_console() -> Console:
    """A console on standard error: messages about the work, never its result."""
    return Console(file=sys.stderr, width=None if sys.stderr.isatty() else PIPED_WIDTH, highlight=False)


def home_folder(home: Path | None) -> Home:
    """The home the option names, else the environment's. The environment follows, for what runs underneath."""
    if home is not None:
        HOME.give(str(home.resolve()))
    return Home.from_environment()


def plain_table(title: str, *, has_total: bool = False) -> Table:
    """A table without a frame, so that two columns more fit on a narrow terminal."""
    return Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, pad_edge=False, show_footer=has_total)


def command(words: str, home: Home) -> str:
    """``aftersales`` and ``words`` as they can be copied: by the path it was called by where it is not on ``PATH``, for this home."""
    program = Path(sys.argv[0])
    is_called = program.name == "aftersales" and shutil.which("aftersales") is None
    at_home = "" if home.root.resolve() == Path("var").resolve() else f" --home {home.root}"
    return f"{min(os.path.relpath(program), str(program), key=len) if is_called else 'aftersales'} {words}{at_home}"


def failed(message: str) -> typer.Exit:
    """Say what went wrong and return the exit to raise (code 1)."""
    error_console().print(message, markup=False, style="red")
    return typer.Exit(EXIT_FAILED)


def misused(message: str) -> typer.Exit:
    """Say what was asked wrongly and return the exit to raise (code 2)."""
    error_console().print(message, markup=False, style="red")
    return typer.Exit(EXIT_USAGE)


@contextmanager
def reading_snapshot(home: Home) -> Generator[OpenSnapshot]:
    """The published snapshot. A command that cannot have it says why and ends with code 1; one that asks it wrongly, with code 2."""
    try:
        insist_memory_limit_is_usable()
        with opened_snapshot(home.published, memory_limit=MEMORY_LIMIT.text) as snapshot:
            yield snapshot
    except (SnapshotError, SettingError, PermissionError) as error:
        raise failed(str(error)) from error
    except (UnknownName, NotOneReading) as error:
        raise misused(str(error)) from error
