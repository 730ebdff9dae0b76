"""A simulated shop's extracts as they are delivered: which files there are, of which day each is, and dropping some into a landing zone."""

import shutil
from collections.abc import Iterable
from pathlib import Path


def extract_files(shop: Path) -> list[Path]:
    """Every extract of the shop, relative to its folder, in order."""
    return sorted(path.relative_to(shop) for path in (shop / "contract").rglob("*") if path.is_file())


def day_of(extract: Path) -> str:
    """The day of delivery, as the extract's name says it: ``2025-11-30``."""
    return extract.name.split(".")[0][-10:]


def deliver(shop: Path, landing: Path, extracts: Iterable[Path]) -> None:
    """Drop ``extracts``, relative to ``shop``, into ``landing`` with the times they have."""
    for extract in extracts:
        (landing / extract).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(shop / extract, landing / extract)
