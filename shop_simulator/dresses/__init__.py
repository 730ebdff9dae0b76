"""The simulated shop as other systems would hand it out: the same rows and planted truths, in the files and with the quirks of each.

A dress is one or more systems, each a module that says what files it has. What happens in the shop is decided elsewhere, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from shop_simulator.dresses import gorgias, shopify, survey_sheet, taobao, zendesk
from shop_simulator.dresses.files import Export, path_on, write_export
from shop_simulator.dresses.shown import show, spell_out
from shop_simulator.extracts import FeedFiles
from shop_simulator.store import Store
from shop_simulator.window import Window

DRESSES: Mapping[str, Sequence[Export]] = {
    "zendesk+shopify+survey": (*zendesk.EXPORTS, *shopify.EXPORTS, *survey_sheet.EXPORTS),
    "taobao": taobao.EXPORTS,
    "gorgias": gorgias.EXPORTS,
}
# Somebody presses "export" once a week.
DAYS_BETWEEN_EXPORTS = 7


def sources_of(dress: str) -> list[str]:
    """The folders below the landing zone that a dress fills."""
    return sorted({Path(export.path).parts[0] for export in DRESSES[dress]})


def feed_of(export: Export) -> str:
    """The name under which an export's rows and files are counted: ``zendesk.ticket``."""
    path = Path(export.path)
    return f"{path.parts[0]}.{path.name.partition('{')[0].rstrip('_')}"


def files_of(dress: str, window: Window) -> list[str]:
    """Below the landing zone, the files that a dress may come to write: none where nothing happened in the week."""
    return sorted(path_on(export, window.date_of(day)) for export in DRESSES[dress] for day in _export_days(window))


def write_dress(store: Store, window: Window, dress: str, landing: Path) -> list[FeedFiles]:
    """Write the exports of every week and of the last day."""
    counts: dict[str, list[int]] = {feed_of(export): [] for export in DRESSES[dress]}
    spell_out(store)
    before = -1
    for number, day in enumerate(_export_days(window)):
        show(store, before, day)
        before = day
        for export in DRESSES[dress]:
            rows = write_export(store.connection, export, landing / path_on(export, window.date_of(day)), number)
            counts[feed_of(export)] += [rows] if rows else []
    return [FeedFiles(feed, len(rows), 0, sum(rows), ()) for feed, rows in counts.items()]


def _export_days(window: Window) -> list[int]:
    last = window.days - 1
    return [*range(DAYS_BETWEEN_EXPORTS - 1, last, DAYS_BETWEEN_EXPORTS), last]
