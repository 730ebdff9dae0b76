"""``aftersales simulate``: has a made-up shop write the extracts it would deliver. What happens there is shop_simulator's."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from command_line.shared import failed, misused, output_console
from reading import figures

if TYPE_CHECKING:
    from shop_simulator import SimulationReport

DEFAULT_ORDERS = 20_000
DEFAULT_DAYS = 365
DEFAULT_SEED = 7


class FileFormat(StrEnum):
    """The formats of the extract contract."""

    CSV = "csv"
    CSV_GZ = "csv.gz"
    PARQUET = "parquet"
    JSONL = "jsonl"
    JSONL_GZ = "jsonl.gz"


class Dress(StrEnum):
    """As whose files the shop is written."""

    CONTRACT = "contract"
    ZENDESK_SHOPIFY_SURVEY = "zendesk+shopify+survey"
    TAOBAO = "taobao"
    GORGIAS = "gorgias"


def simulate(  # noqa: PLR0917 - a command's options
    out: Annotated[Path, typer.Option("--out", help="Landing folder to write to; the extracts go into OUT/contract.")],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Last simulated day, such as 2025-12-31.")],
    orders: Annotated[int, typer.Option("--orders", min=1, help="How many orders.")] = DEFAULT_ORDERS,
    days: Annotated[int, typer.Option("--days", min=1, help="How many days; each has its delivery.")] = DEFAULT_DAYS,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Another seed gives another shop; the same one the same bytes.")
    ] = DEFAULT_SEED,
    bad_rows: Annotated[
        float, typer.Option("--bad-rows", min=0.0, max=1.0, help="Share of rows that get a spoilt twin beside them.")
    ] = 0.0,
    strays: Annotated[
        bool, typer.Option("--strays", help="Plant a few responses to invitations that nobody sent; a refresh warns of them.")
    ] = False,
    file_format: Annotated[
        FileFormat | None, typer.Option("--format", help="Format of all files.", show_default="a mixture, each feed its own")
    ] = None,
    dress: Annotated[Dress, typer.Option("--dress", help="As whose exports the same shop is written, with their quirks.")] = Dress.CONTRACT,
) -> None:
    """Write the extracts of a made-up shop, day by day, with known truths planted in them (truths.json).

    Example: aftersales simulate --out var/landing --orders 20000 --days 365 --until 2025-12-31 --seed 7
    """
    last_day = _day(until)

    from shop_simulator import SimulationError  # NumPy takes a moment to import
    from shop_simulator import simulate as write_extracts

    console = output_console()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("simulating", total=None)

        def show(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        try:
            report = write_extracts(
                out,
                orders=orders,
                days=days,
                until=last_day,
                seed=seed,
                bad_rows=bad_rows,
                strays=strays,
                formats=file_format.value if file_format else None,
                dress=dress.value,
                on_progress=show,
            )
        except SimulationError as error:
            raise failed(str(error)) from error
    _print_report(console, report)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise misused(f"--until {text!r} is no date. Write it like 2025-12-31.") from None


def _print_report(console: Console, report: SimulationReport) -> None:
    rows, files = figures.count(sum(report.rows.values())), figures.count(sum(report.files.values()))
    delivered = f"{rows} rows of {len(report.rows)} feeds in {files} files"
    console.print(f"The simulated shop delivered {delivered}: {report.out}", markup=False, soft_wrap=True)
    console.print(f"Truths planted in them: {report.truths_file}", markup=False, soft_wrap=True)
    if report.bad_rows:
        console.print(f"Rows spoilt on purpose: {len(report.bad_rows):,}, listed in {report.report_file}", markup=False, soft_wrap=True)
