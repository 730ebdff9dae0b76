"""What trials are made of: a small shop's extracts in daily batches, and what an undisturbed refresh makes of each of them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.connections import connected
from tests.faults.harness.refreshing import Refreshing, Stage
from tests.support.extracts import day_of, deliver, extract_files
from tests.support.warehouse import PROJECT_ROOT, aftersales

_CODE_FOLDERS = ("models", "macros", "seeds", "tests/data", "orchestration", "expectations")
_CODE_FILES = ("dbt_project.yml", "profiles.yml", "constraints.txt")

# What the ledger says of an extract whichever run loaded it and whenever.
_LEDGER = """
    select source_system, feed, file_name, sha256, status, refusal_reason, rows_read, rows_accepted, rows_rejected
    from raw.extract_ledger
    order by all
"""


@dataclass(frozen=True)
class Shop:
    """Simulated extracts, relative to the shop's folder, in the batches they are delivered in."""

    folder: Path
    batches: Sequence[Sequence[Path]]

    def deliver(self, batch: int, landing: Path) -> None:
        """Drop the files of a batch into ``landing``."""
        deliver(self.folder, landing, self.batches[batch])


@dataclass(frozen=True)
class Reference:
    """What an undisturbed refresh made of the first batches: a home with its snapshot, its ledger, and how long its stages took."""

    home: Path
    ledger: list[list[Any]]
    lengths: dict[Stage, float]


def code_fingerprint() -> str:
    """One text for everything that decides what a refresh publishes."""
    digest = hashlib.sha256()
    files = [PROJECT_ROOT / name for name in _CODE_FILES]
    for folder in _CODE_FOLDERS:
        files += (path for path in (PROJECT_ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    for path in sorted(files):
        digest.update(f"{path.relative_to(PROJECT_ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def simulated_shop(folder: Path, *, orders: int, days: int, batches: int) -> Shop:
    """A shop of ``days`` days, the same for the same numbers, whose files come in ``batches`` equal batches."""
    if not (folder / "truths.json").exists():
        simulated = aftersales(
            *("simulate", "--out", folder, "--orders", orders, "--days", days, "--until", "2025-11-30", "--seed", 17, "--bad-rows", "0.004")
        )
        if simulated.returncode != 0:
            raise RuntimeError(simulated.stdout + simulated.stderr)
        old = (folder / "truths.json").stat().st_mtime - 3600
        for path in folder.rglob("*"):
            os.utime(path, (old, old))
    extracts = extract_files(folder)
    days = sorted({day_of(extract) for extract in extracts})
    batch_of_day = {day: number * batches // len(days) for number, day in enumerate(days)}
    return Shop(folder, [[extract for extract in extracts if batch_of_day[day_of(extract)] == batch] for batch in range(batches)])


def ledger(warehouse: Path) -> list[list[Any]]:
    """What the ledger says of each extract, without who loaded it when."""
    with connected(warehouse) as connection:
        return [list(row) for row in connection.execute(_LEDGER).fetchall()]


def loaded_extracts(warehouse: Path) -> list[tuple[Any, ...]]:
    """Everything that the ledger says of each loaded extract."""
    with connected(warehouse) as connection:
        return connection.execute("select * from raw.extract_ledger where status = 'loaded' order by all").fetchall()


def references(folder: Path, shop: Shop, *, python: Path | None) -> tuple[Path, list[Reference]]:
    """A parsed dbt project to begin homes with, and a reference for each batch; made once and kept in ``folder``."""
    parsed = folder / "dbt"
    made = [folder / f"after-{batch}" for batch in range(len(shop.batches))]
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        home, landing = folder / "home", folder / "landing"
        landing.mkdir(parents=True)
        for batch, kept in enumerate(made):
            shop.deliver(batch, landing)
            timeline = Refreshing(home, landing, folder / f"refresh-{batch}.log", python=python).wait()
            if timeline.outcome != "published":
                raise RuntimeError(f"the undisturbed refresh {batch} did not publish: {timeline.next_steps}; see {folder}")
            shutil.copytree(home / "published", kept / "published", symlinks=True)
            told = {"ledger": ledger(home / "warehouse.duckdb"), "lengths": timeline.lengths()}
            (kept / "told.json").write_text(json.dumps(told), encoding="utf-8")
            if batch == 0:
                shutil.copytree(home / "dbt", parsed)
        (folder / "done").touch()
    return parsed, [Reference(kept, **json.loads((kept / "told.json").read_text(encoding="utf-8"))) for kept in made]
