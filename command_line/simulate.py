"""``aftersales simulate``: has a made-up shop write the extracts it would deliver. What happens there is shop_simulator's."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from command_line import figures
from command_line.shared import misused, output_console

DEFAULT_ORDERS = 20_000
DEFAULT_DAYS = 365
DEFAULT_SEED = 7


def simulate(
    out: Annotated[Path, typer.Option("--out", help="Landing folder to write to; extracts go into OUT/contract.")],
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="Last simulated day, such as 2025-12-31. The same date gives the same shop.")
    ],
    orders: Annotated[int, typer.Option("--orders", min=1, help="How many orders, about.")] = DEFAULT_ORDERS,
    days: Annotated[int, typer.Option("--days", min=1, help="How many days, one delivery each.")] = DEFAULT_DAYS,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed gives another shop.")] = DEFAULT_SEED,
) -> None:
    """Write the extracts of a made-up shop, day by day, with known truths planted in them (truths.json).

    Example: aftersales simulate --out var/landing --orders 20000 --days 365 --until 2025-12-31 --seed 7
    """
    last_day = _day(until)

    from shop_simulator.simulation import simulate as write_extracts  # NumPy and DuckDB take a moment to import

    console = output_console()
    written = write_extracts(out, orders=orders, days=days, until=last_day, seed=seed)
    console.print(f"Wrote {figures.count(written.files)} files to {out}", markup=False, soft_wrap=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise misused(f"--until {text!r} is no date. Write it like 2025-12-31.") from None
