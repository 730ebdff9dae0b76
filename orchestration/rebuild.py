"""Makes the warehouse anew from the archived extracts, through the refresh job. The old file stays until the new one has published."""

from __future__ import annotations

import duckdb

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.loading import Archive, ArchiveError
from orchestration.old_warehouse import settle_rebuild
from orchestration.refresh import run_refresh
from orchestration.refresh_events import OnEvent
from orchestration.refresh_report import RefreshOutcome
from orchestration.run_lock import RefreshAlreadyRunning, refresh_lock

_SHOWN = 5
# The file is a few renamings away from being settled; a refresh that began meanwhile settles it itself.
_WAIT_SECONDS = 5.0


def run_rebuild(home: Home, *, on_event: OnEvent) -> RefreshOutcome:
    """Build a new warehouse from the archive of ``home``, check it, publish it, and put it in the place of the old one.

    When it does not publish, the old one is back in its place. Raises ``ArchiveError`` when the archive does not have all that was
    loaded, ``RefreshAlreadyRunning`` when another process refreshes the home.
    """
    insist_archive_is_whole(home)
    outcome = run_refresh(home, landing=None, sources=(), as_of=None, full=False, rebuild=True, on_event=on_event)
    try:
        with refresh_lock(home, run_id="ends a rebuild", wait_seconds=_WAIT_SECONDS):
            settle_rebuild(home)
    except RefreshAlreadyRunning:
        # That refresh has settled it: it is the first thing that a refresh does.
        return outcome
    return outcome


def archived_extract_count(home: Home) -> int:
    """From how many extracts a rebuild starts."""
    archive = Archive(home.archive)
    return sum(extract.removed_at is None for source in archive.source_systems() for extract in archive.of_source(source).extracts)


def insist_archive_is_whole(home: Home) -> None:
    """Raise ``ArchiveError`` when something that was loaded could not be loaded from the archive again."""
    archive = Archive(home.archive)
    sources = {source: archive.of_source(source) for source in archive.source_systems()}
    if not sources:
        raise ArchiveError(
            f"{home.archive} holds no extract, so that there is nothing to build a warehouse from. If the landing zone still has every "
            f"file, move {home.warehouse.name} away by hand and run: aftersales refresh --home {home.root}"
        )
    missing = [str(source.path_of(extract)) for source in sources.values() for extract in source.missing]
    if missing:
        raise ArchiveError(
            f"{len(missing):,} of the archived extracts are missing: {_some(missing)}. Restore them from a backup, or take their lines out "
            "of extracts.jsonl beside them to do without them."
        )
    unknown = [
        file_name for source, feed, sha256, file_name in _loaded(home) if source not in sources or not sources[source].has(feed, sha256)
    ]
    if unknown:
        raise ArchiveError(
            f"The archive lacks {len(unknown):,} extracts that were loaded, and a rebuild would go without them: {_some(unknown)}. "
            f"Those that still lie in the landing zone are archived by: aftersales refresh --home {home.root}"
        )


def _loaded(home: Home) -> list[tuple[str, str, str, str]]:
    """Source, feed, hash and name of what the old warehouse has loaded; nothing when it cannot be asked any more."""
    if not home.warehouse.exists():
        return []
    try:
        with connected(home.warehouse, read_only=True) as connection:
            return connection.execute(
                "select source_system, feed, sha256, file_name from raw.extract_ledger where status = 'loaded' order by extract_id"
            ).fetchall()
    except duckdb.Error:
        # A file that is damaged, or that never got as far as a ledger, is what rebuilding is for.
        return []


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
