"""Puts a snapshot that was built and audited in the place of the current one: what the checks said, name, swap, prune.

Whoever calls this has run the checks; here their recorded results are only read, as a second bolt on the door. Each file has to be byte for
byte what was built, so that what is announced is what was audited. Of the tables only ``quality.check_results``, which says how the checks
ended, is written after them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.publishing import versions
from orchestration.publishing.auditing import audited
from orchestration.publishing.copying import (
    WAREHOUSE,
    TableCopy,
    attach_snapshot,
    attach_warehouse,
    copy_table,
    detach_snapshot,
    warehouse_columns,
)
from orchestration.publishing.errors import GateNotPassed, PublishingError, SpoiltSnapshot
from orchestration.publishing.quality_tables import CHECK_RESULTS
from orchestration.settings import snapshots_to_keep
from reading.manifest import (
    DRAFT_FILE,
    MANIFEST_FILE,
    CheckCounts,
    DatabaseEntry,
    SnapshotDraft,
    SnapshotManifest,
    read_draft,
    stamps_at_rest,
)

DEFAULT_KEEP = 7

# Everybody may read a snapshot, nobody may change it by accident, whatever the umask.
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755

# A run has to have said something at each of these before its marts leave the warehouse.
CHECK_STAGES = ("inbound", "dbt", "outbound")


@dataclass(frozen=True)
class PublishedSnapshot:
    """A snapshot that readers now see."""

    path: Path
    manifest: SnapshotManifest
    messages: Sequence[str]
    pruned: Sequence[str]


def announce(home: Home, *, run_id: str) -> PublishedSnapshot:
    """Announce the snapshot that ``run_id`` built in ``home``."""
    return announce_snapshot(warehouse=home.warehouse, published=home.published, run_id=run_id, keep=snapshots_to_keep())


def built_by(published: Path, run_id: str) -> tuple[Path, SnapshotDraft]:
    """The folder and the record of the snapshot that ``run_id`` has built and nobody has announced. Raises ``PublishingError``."""
    for folder in versions.building_folders(published):
        draft = read_draft(folder)
        if draft is not None and draft.run_id == run_id:
            return folder, draft
    raise PublishingError(f"Run {run_id} has built no snapshot in {published}, or another run has removed it. Run the refresh again.")


def refuse(published: Path, run_id: str) -> Path:
    """Keep the snapshot that ``run_id`` built where nobody takes it for one to read, until the next is built. Returns the folder."""
    with versions.publishing_lock(published):
        folder, draft = built_by(published, run_id)
        return versions.set_aside(published, folder, draft.version)


def announce_snapshot(*, warehouse: Path, published: Path, run_id: str, keep: int = DEFAULT_KEEP) -> PublishedSnapshot:
    """Make the snapshot that ``run_id`` built the current one, and keep the newest ``keep``.

    Raises ``GateNotPassed`` when the checks recorded for ``run_id`` do not allow it, ``SpoiltSnapshot`` when it is not what was built, and
    whatever DuckDB or the disk raise; in each case ``current`` stays as it was. In the first two cases the snapshot is set aside.
    """
    with versions.publishing_lock(published):
        folder, draft = built_by(published, run_id)
        try:
            manifest = _sealed(folder, draft, warehouse=warehouse)
            snapshot = versions.announce(published, folder, draft.version)
        except (GateNotPassed, SpoiltSnapshot):
            versions.set_aside(published, folder, draft.version)
            raise
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        moved_aside = versions.point_current_to(published, draft.version)
        pruned = versions.prune(published, keep)
    messages: list[str] = []
    if moved_aside:
        messages.append(
            f"{published / versions.CURRENT} was no link but a file or folder; it is now {published / moved_aside}. Remove it when you "
            "do not need it."
        )
    return PublishedSnapshot(path=snapshot, manifest=manifest, messages=messages, pruned=pruned)


def _sealed(folder: Path, draft: SnapshotDraft, *, warehouse: Path) -> SnapshotManifest:
    """Complete the snapshot with what the checks said, and its record with how they ended."""
    database_file = folder / draft.database.file
    with connected(":memory:") as connection:
        attach_warehouse(connection, warehouse)
        checks = _passed_checks(connection, draft.run_id)
        spoilt = draft.changed_files(folder, at_rest=draft.at_rest)
        if spoilt:
            raise SpoiltSnapshot(
                f"What was checked is not what would be published: {' '.join(spoilt)} The last good snapshot stays. Run the refresh again."
            )
        attach_snapshot(connection, database_file)
        copy = TableCopy(CHECK_RESULTS.table, CHECK_RESULTS.query)
        check_results = copy_table(connection, copy, folder=folder, version=draft.version)
        tables = sorted((*draft.tables, check_results), key=lambda table: (table.schema_name, table.name))
        tables = audited(connection, tables, folder=folder, draft=draft)
        storage_version = detach_snapshot(connection, database_file)
    # Before the stamp of the database is taken: it tells of this too.
    _open_to_readers(folder)
    database = DatabaseEntry.of(database_file, storage_version)
    said = draft.model_dump(exclude={"database", "tables", "at_rest"})
    stamps = stamps_at_rest(folder, [database.file])
    manifest = SnapshotManifest(**said, database=database, tables=tables, checks=checks, at_rest=stamps)
    manifest.write(folder / MANIFEST_FILE)
    (folder / MANIFEST_FILE).chmod(_FILE_MODE)
    (folder / DRAFT_FILE).unlink()
    return manifest


def _passed_checks(connection: duckdb.DuckDBPyConnection, run_id: str) -> CheckCounts:
    """The counts of the run's checks; raises ``GateNotPassed`` when a stage ran none or a critical one did not pass."""
    if not warehouse_columns(connection, "quality", "check_results"):
        raise GateNotPassed("No check has ever been recorded in this warehouse: refresh it before publishing.")
    counts = connection.execute(
        f"""
        select
            stage,
            count(*) filter (where status = 'passed'),
            count(*) filter (where status <> 'passed' and severity <> 'critical'),
            count(*) filter (where status <> 'passed' and severity = 'critical')
        from {WAREHOUSE}.quality.check_results
        where run_id = ?
        group by stage
        """,
        [run_id],
    ).fetchall()
    silent = [stage for stage in CHECK_STAGES if stage not in {row[0] for row in counts}]
    if silent:
        raise GateNotPassed(
            f"Run {run_id} recorded no {' and no '.join(silent)} checks: only a refresh that ran all its checks is published."
        )
    broken = sum(row[3] for row in counts)
    if broken:
        raise GateNotPassed(f"{broken} critical checks of run {run_id} did not pass: the last good snapshot stays.")
    return CheckCounts(passed=sum(row[1] for row in counts), warnings=sum(row[2] for row in counts))


def _open_to_readers(building: Path) -> None:
    building.chmod(_FOLDER_MODE)
    for path in building.rglob("*"):
        path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)
