"""``aftersales try``: says what a file is and what the loader would make of it, without loading it. Renders ``loading.trial``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from command_line.rejects import expected_of
from command_line.shared import EXIT_FAILED, failed, misused, output_console, plain_table
from orchestration.project import MODELS_FOLDER
from reading import figures
from reading.errors import unknown_name

if TYPE_CHECKING:
    # The loader takes a moment to import.
    from orchestration.loading import SourceDeclaration
    from orchestration.loading.trial import Trial

_MOST_TOLD = 3
# A feed that knows less of a file than that takes it by chance.
_FEWEST_KNOWN = 0.3
_FEWEST_NAMES = 2
_OTHER_COLUMNS = "missing_required_column"
_OTHER_ENCODING = "not_in_declared_encoding"


def try_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file as it was exported.", show_default=False)],
    source: Annotated[
        str | None, typer.Option("--source", metavar="SOURCE", help="Try this source's feeds only.", show_default="all that are declared")
    ] = None,
) -> None:
    """Say which source and feed know a file by its columns, and what would be accepted, rejected and why. Loads nothing.

    Columns are counted and named, values never shown. Exit code 0: some feed takes the file; 1: none does.

    Example: aftersales try ~/Downloads/orders_export.csv
    """
    if not file.is_file():
        raise misused(f"There is no file {file}.")
    from orchestration.loading import read_declarations
    from orchestration.loading.declarations import sources_switched_off
    from orchestration.loading.trial import claimed_by
    from orchestration.loading.trial import try_file as tried

    sources = read_declarations(MODELS_FOLDER, with_switched_off=True)
    switched_off = set(sources_switched_off(MODELS_FOLDER).values())
    if source is not None and source not in sources:
        raise misused(unknown_name("source", source, sorted(sources)))
    chosen = [each for name, each in sources.items() if source in (None, name)]
    try:
        trials = tried(file, [feed for each in chosen for feed in each.feeds.values()])
    except OSError as error:
        raise failed(f"{file} cannot be read: {error.strerror or error}.") from error
    console = output_console()
    taking = [trial for trial in trials if trial.refusal is None and (source is not None or trial.share_known >= _FEWEST_KNOWN)]
    if not taking:
        _tell_refusals(console, file, trials)
        raise typer.Exit(EXIT_FAILED)
    # Its name decides between feeds that fit alike.
    claimed = {(name, claimed_by(sources[name], file.name)[0]) for name in {trial.feed.source_system for trial in taking}}
    named = [trial for trial in taking if (trial.feed.source_system, trial.feed.name) in claimed and trial.fit * 2 >= taking[0].fit]
    best = (named or taking)[0]
    _tell(console, file, best, sources[best.feed.source_system])
    if best.feed.source_system in switched_off:
        added = f"add {best.feed.source_system} to source_systems in dbt_project.yml"
        console.print(f"→ The source is switched off: {added}.", markup=False, soft_wrap=True)
    others = [trial for trial in taking if trial is not best and trial.fit * 2 >= best.fit]
    for trial in others[:_MOST_TOLD]:
        told = f"{_name(trial)} would take it too: it knows {trial.names_known} of its {trial.names} columns."
        console.print(told, markup=False, soft_wrap=True)


def _name(trial: Trial) -> str:
    return f"{trial.feed.source_system}.{trial.feed.name}"


def _tell(console: Console, file: Path, trial: Trial, source: SourceDeclaration) -> None:
    from orchestration.loading.trial import claimed_by

    accepted = trial.rows - trial.rows_rejected
    counted = f"{figures.count(accepted)} of {figures.count(trial.rows)} rows would be accepted"
    rejected = f", {figures.count(trial.rows_rejected)} rejected" if trial.rows_rejected else ""
    console.print(f"{_name(trial)}: {counted}{rejected}.", markup=False, soft_wrap=True)
    for each in trial.within:
        if each.refusal is not None:
            told = f"would be refused: {each.refusal.message}"
        else:
            told = f"{figures.count(each.rows - each.rows_rejected)} of {figures.count(each.rows)} rows within it would be accepted."
        console.print(f"{_name(each)}: {told}", markup=False, soft_wrap=True)
    empty = [column.name for column in trial.feed.columns if column.name not in trial.filled]
    console.print(f"  {len(trial.filled)} of its {len(trial.feed.columns)} columns have values.", soft_wrap=True)
    if empty:
        console.print(f"  Null in every row: {', '.join(empty)}", markup=False, soft_wrap=True)
    if trial.unknown_columns:
        console.print(f"  Not declared, kept out: {', '.join(trial.unknown_columns)}", markup=False, soft_wrap=True)
    for warning in trial.warnings:
        console.print(f"  ! {warning}", markup=False, soft_wrap=True)
    if trial.rejected:
        table = plain_table("  Rows that would be rejected")
        for title in ("Column", "Why", "Expected", "First lines"):
            table.add_column(title, overflow="fold")
        table.add_column("Rows", justify="right", no_wrap=True)
        for each in trial.rejected:
            expected = expected_of(trial.feed, each.column, each.reason)
            lines = ", ".join(map(str, each.first_lines))
            table.add_row(escape(each.column or ""), each.reason.replace("_", " "), escape(expected), lines, figures.count(each.count))
        console.print(table)
    feed, problem = claimed_by(source, file.name)
    place = f"landing/{source.name}/"
    if feed == trial.feed.name:
        console.print(f"→ Put it into {place} under this name; a refresh loads it.", markup=False, soft_wrap=True)
    elif trial.feed.globs:
        console.print(f"→ For {place} name it like {' or '.join(trial.feed.globs)}.", markup=False, soft_wrap=True)
    else:
        why = f" (as {file.name} it {problem})" if problem else ""
        console.print(f"→ Put it into {place}{trial.feed.name}/{why}; a refresh loads it.", markup=False, soft_wrap=True)


def _tell_refusals(console: Console, file: Path, trials: list[Trial]) -> None:
    console.print(f"No declared feed takes {file.name}.", markup=False, soft_wrap=True)
    # What is wrong with the file itself is the same for every feed, and told once.
    told: dict[str, str] = {}
    for trial in trials:
        if trial.refusal is not None and (trial.names_known >= _FEWEST_NAMES or trial.refusal.reason != _OTHER_COLUMNS):
            # Of a file that cannot be decoded nobody knows what else is wrong with it.
            message = trial.refusal.message
            message = message.partition("; also: ")[0] if trial.refusal.reason == _OTHER_ENCODING else message
            told.setdefault(message, f"{_name(trial)} comes near: " if trial.names_known >= _FEWEST_NAMES else "")
    for message, who in list(told.items())[:_MOST_TOLD]:
        console.print(f"  {who}{message}", markup=False, soft_wrap=True)
    from orchestration.loading.discovery import SPREADSHEETS

    if file.suffix.lower() in SPREADSHEETS:
        console.print(f"→ To make CSV of it: aftersales sheet {file}", markup=False, soft_wrap=True)
    else:
        console.print(f"→ To declare it as a source of its own: aftersales new-source NAME {file}", markup=False, soft_wrap=True)
