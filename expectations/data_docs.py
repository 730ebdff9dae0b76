"""Where Data Docs are written and how they are made to look right without a network. Runs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from expectations.suites import Stage

SITE_NAME = "data_docs"


def site_configuration(folder: Path, stage: Stage) -> dict[str, Any]:
    """The configuration of the static site that Great Expectations writes into ``folder``."""
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "show_how_to_buttons": False},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_section_builders": {"profiling": "None"},
        "show_how_to_buttons": False,
    }


def make_readable_offline(folder: Path) -> None:
    """Take out every reference to the network and put a stylesheet of our own in its place."""
