"""``aftersales new-source``: writes the begin of a source from its files, for a person to read and correct. Renders ``proposing``."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from command_line.shared import failed, misused, output_console
from orchestration.project import MODELS_FOLDER, PROJECT_ROOT
from orchestration.settings import business_time_zone

if TYPE_CHECKING:
    # The loader takes a moment to import.
    from orchestration.proposing import Proposal


def new_source(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A short name, such as acme: a-z, 0-9 and _.", show_default=False)],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Some of its files, several of a kind if there are.", show_default=False)
    ],
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", metavar="ZONE", help="Of moments without an offset.", show_default="the business day's")
    ] = None,
    currency: Annotated[str | None, typer.Option("--currency", metavar="CODE", help="Of amounts that name none, such as EUR.")] = None,
) -> None:
    """Propose a source: look at its files, and write declaration, views and docs into models/staging/NAME. Never overwrites.

    Types, formats, encoding, key and personal columns are told from the files; what a column means from its name. Nothing is switched on:
    read what was written, then add the lines that are printed to dbt_project.yml.

    Example: aftersales new-source acme ~/Downloads/orders_2025-*.csv --time-zone Europe/Berlin --currency EUR
    """
    if re.fullmatch(r"[a-z][a-z0-9_]*", name) is None:
        raise misused(f"{name!r} is no name for a source: it is made of a-z, 0-9 and _ and begins with a letter.")
    if currency is not None and re.fullmatch(r"[A-Z]{3}", currency) is None:
        raise misused(f"{currency!r} is no currency. Write its three letters, such as EUR.")
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise misused(f"There is no file {', '.join(missing)}.")
    from orchestration.loading import read_declarations
    from orchestration.proposing import ProposalError, propose

    sources = read_declarations(MODELS_FOLDER, with_switched_off=True)
    if name in sources:
        raise misused(f"The source '{name}' is declared already, in {sources[name].path}. Choose another name, or move its folder away.")
    try:
        proposal = propose(
            name,
            files,
            contract=sources["contract"],
            time_zone=time_zone or business_time_zone(),
            currency=currency,
            rated=_rated_currencies(),
        )
    except ProposalError as error:
        raise failed(str(error)) from error
    paths = {MODELS_FOLDER / file: text for file, text in proposal.files.items()}
    there = [str(path) for path in paths if path.exists()]
    if there:
        raise failed(f"{', '.join(there)} exists already and is not overwritten. Choose another name, or move it away.")
    for path, text in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _tell(output_console(), proposal, list(paths))


def _rated_currencies() -> dict[str, str]:
    """For which days currencies have rates, in words; nothing of one that has them for all."""
    spells: dict[str, list[tuple[str, str]]] = {}
    with (PROJECT_ROOT / "seeds" / "reference" / "exchange_rates.csv").open(encoding="utf-8", newline="") as rates:
        for row in csv.DictReader(rates):
            spells.setdefault(row["currency"], []).append((row["valid_from"], row["valid_to"]))
    return {
        currency: "" if not spell[-1][1] else f"from {min(spell)[0]} to {max(end for _, end in spell)}"
        for currency, spell in spells.items()
    }


def _tell(console: Console, proposal: Proposal, paths: list[Path]) -> None:
    def say(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    for feed in proposal.feeds:
        key = ", ".join(feed.key) or "the line"
        personal = [column.name for column in feed.columns if column.facts.personal]
        say(f"{feed.name}: {feed.contents.rows:,} rows in {len(feed.kind.paths)} files ({feed.kind.glob}), {feed.kind.encoding}, key {key}")
        if personal:
            say(f"  personal data, never published: {', '.join(personal)}")
        if feed.entities:
            say(f"  tells of {', '.join(each.entity for each in feed.entities)}")
    say("Written, to be read and corrected:")
    for path in paths:
        say(f"  {path}")
    if proposal.to_decide:
        say("To decide:")
        for each in proposal.to_decide:
            say(f"  - {each}")
    say("→ Then switch it on in dbt_project.yml, under vars:")
    say(f"    source_systems: […, {proposal.name}]")
    say(f"    staged_entities: {{{proposal.name}: [{', '.join(proposal.entities)}]}}")
    say(f"→ Put the files into landing/{proposal.name}/ and run: aftersales refresh")
