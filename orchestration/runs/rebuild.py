"""Makes the warehouse anew from the archived extracts, through the refresh job. The old file stays until the new one has published.

Also notes in the archive which extracts a rebuild goes without.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches

import duckdb

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.loading import Archive, ArchivedExtract, ArchiveError, read_declarations
from orchestration.loading.retention import needed_without
from orchestration.project import MODELS_FOLDER
from orchestration.runs.old_warehouse import settle_rebuild
from orchestration.runs.refresh import run_refresh
from orchestration.runs.refresh_events import OnEvent
from orchestration.runs.refresh_report import RefreshOutcome
from orchestration.runs.run_lock import RefreshAlreadyRunning, refresh_lock

_SHOWN = 5
# The file is a few renamings away from being settled; a refresh that began meanwhile settles it itself.
_WAIT_SECONDS = 5.0


class UnknownFile(ValueError):
    """A name that is not the name of exactly one loaded extract. The message says what may have been meant."""


def run_rebuild(home: Home, *, on_event: OnEvent, without: Sequence[str] = ()) -> RefreshOutcome:
    """Build a new warehouse from the archive of ``home``, check it, publish it, and put it in the place of the old one.

    ``without`` names extracts by file name or SHA-256. They are left out of this rebuild and of every later one, also when this one
    does not publish and the old warehouse, which has them, is back in its place.

    Raises ``UnknownFile`` for a name that fits none or several, ``ArchiveError`` when the archive does not have all else that was
    loaded, ``RefreshAlreadyRunning`` when another process refreshes the home. Nothing is noted then.
    """
    left_out = extracts_named(home, without)
    if left_out:
        leave_out(home, left_out)
    else:
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
    return sum(extract.is_to_load for extract in _archived(home))


def left_out_extracts(home: Home) -> list[ArchivedExtract]:
    """The extracts that a rebuild goes without, on purpose."""
    return [extract for extract in _archived(home) if extract.left_out_at is not None]


def extracts_named(home: Home, names: Sequence[str]) -> list[ArchivedExtract]:
    """The extracts that ``names`` stand for: the name of a file, as the ledger has it, or its SHA-256. Of a file of several feeds all.

    Also those that were loaded and never archived. Raises ``UnknownFile``.
    """
    if not names:
        return []
    known = {_identity(extract): extract for extract in [*_loaded(home), *_archived(home)]}
    return [extract for name in dict.fromkeys(names) for extract in _named(name, list(known.values()))]


def leave_out(home: Home, extracts: Sequence[ArchivedExtract]) -> None:
    """Note in the archive that rebuilds go without ``extracts`` from now on: all of them, or none when a rebuild could not be.

    Raises ``ArchiveError`` and ``RefreshAlreadyRunning``.
    """
    moment = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    archive = Archive(home.create().archive)
    with refresh_lock(home, run_id="leaves files out"):
        # After a rebuild that was killed the file in place is half made, and the old one is who has to be asked.
        settle_rebuild(home)
        insist_archive_is_whole(home, without=extracts)
        insist_removed_bytes_are_not_needed(home, without=extracts)
        for extract in extracts:
            archive.of_source(extract.source_system).leave_out(extract, moment)


def insist_archive_is_whole(home: Home, *, without: Sequence[ArchivedExtract] = ()) -> None:
    """Raise ``ArchiveError`` when something that was loaded, and is not left out, could not be loaded from the archive again."""
    archive = Archive(home.archive)
    sources = {source: archive.of_source(source) for source in archive.source_systems()}
    if not sources:
        raise ArchiveError(
            f"{home.archive} holds no extract, so that there is nothing to build a warehouse from. If the landing zone still has every "
            f"file, move {home.warehouse.name} away by hand and run: aftersales refresh --home {home.root}"
        )
    left_out = {_identity(extract) for extract in without}
    go_without = f"aftersales rebuild --home {home.root} --without FILE"
    missing = [
        f"{extract.file_name} ({source.path_of(extract)})"
        for source in sources.values()
        for extract in source.missing
        if _identity(extract) not in left_out
    ]
    if missing:
        raise ArchiveError(
            f"{len(missing):,} of the archived extracts are missing: {_some(missing)}. Restore them from a backup, or have the same "
            f"files delivered again and run: aftersales refresh --home {home.root}. To go without one on purpose: {go_without}"
        )
    unknown = [
        extract.file_name
        for extract in _loaded(home)
        if _identity(extract) not in left_out
        and (
            extract.source_system not in sources or not sources[extract.source_system].has(extract.feed, extract.sha256, extract.extract_id)
        )
    ]
    if unknown:
        raise ArchiveError(
            f"The archive lacks {len(unknown):,} extracts that were loaded, and a rebuild would go without them: {_some(unknown)}. "
            f"Those that still lie in the landing zone, or are delivered again, are archived by: aftersales refresh --home {home.root}. "
            f"To go without one on purpose: {go_without}"
        )


def insist_removed_bytes_are_not_needed(home: Home, *, without: Sequence[ArchivedExtract]) -> None:
    """Raise ``ArchiveError`` when without these extracts rows would count again whose bytes retention has removed.

    The old warehouse is the only place that still has such rows. Where it does not have them any more, because it was made anew since,
    or cannot be asked, nothing is found.
    """
    archive, declared = Archive(home.archive), read_declarations(MODELS_FOLDER)
    needed: list[str] = []
    for source_name, feed_name in sorted({(extract.source_system, extract.feed) for extract in without}):
        source = declared.get(source_name)
        if source is None or feed_name not in source.feeds or not home.warehouse.exists():
            continue
        of_feed = [extract for extract in without if (extract.source_system, extract.feed) == (source_name, feed_name)]
        try:
            with connected(home.warehouse, read_only=True) as connection:
                found = needed_without(connection, source.feeds[feed_name], archive.of_source(source_name), of_feed)
        except duckdb.Error:
            continue
        needed += [extract.file_name for extract in found]
    if needed:
        raise ArchiveError(
            f"Without {_some([extract.file_name for extract in without])}, rows would count again that came in {_some(needed)}, and these "
            "files were removed from the archive when all of their rows had been replaced. Nothing was changed. Deliver those rows in a "
            "new file first (the same bytes would change nothing), or correct the rows of the wrong file instead of leaving it out: "
            "docs/operations.md, Replace a wrong file."
        )


def _archived(home: Home) -> list[ArchivedExtract]:
    archive = Archive(home.archive)
    return [extract for source in archive.source_systems() for extract in archive.of_source(source).extracts]


def _loaded(home: Home) -> list[ArchivedExtract]:
    """What the old warehouse has loaded; nothing when it cannot be asked any more."""
    if not home.warehouse.exists():
        return []
    columns = [column for column in ArchivedExtract.model_fields if column not in ("removed_at", "left_out_at", "first_delivered_at")]
    try:
        with connected(home.warehouse, read_only=True) as connection:
            rows = connection.execute(
                f"select {', '.join(columns)} from raw.extract_ledger where status = 'loaded' order by extract_id"
            ).fetchall()
    except duckdb.Error:
        # A file that is damaged, or that never got as far as a ledger, is what rebuilding is for.
        return []
    return [ArchivedExtract.model_validate(dict(zip(columns, row, strict=True))) for row in rows]


def _named(name: str, known: list[ArchivedExtract]) -> list[ArchivedExtract]:
    fitting = [extract for extract in known if name in (extract.file_name, extract.sha256)]
    match fitting:
        case [first, *others] if all(_file(other) == _file(first) for other in others):
            return fitting
        case []:
            names = sorted({extract.file_name for extract in known})
            near = get_close_matches(name, names, n=_SHOWN, cutoff=0.5) or [other for other in names if name and name in other][:_SHOWN]
            hint = f"Did you mean {', '.join(near)}?" if near else "The names are those of the ledger: quality.extract_ledger, file_name."
            raise UnknownFile(f"No file {name!r} was loaded. {hint}")
        case several:
            listed = "; ".join(f"{extract.file_name}, extract {extract.extract_id}, sha256 {extract.sha256}" for extract in several)
            raise UnknownFile(f"{name!r} stands for {len(several)} loaded extracts: {listed}. Say which by what tells them apart.")


def _file(extract: ArchivedExtract) -> tuple[str, str, str]:
    return extract.source_system, extract.file_name, extract.sha256


def _identity(extract: ArchivedExtract) -> tuple[str, str, str]:
    return extract.source_system, extract.feed, extract.sha256


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
