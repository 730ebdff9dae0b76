"""Whether there is anything to refresh, or to seed: what was built from, against what there is now. Loads, builds and publishes nothing."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.project import PROJECT_ROOT
from orchestration.publishing.customer_key import customer_key
from orchestration.resources import RefreshSettings
from orchestration.runs.dbt_command_line import project_fingerprint
from reading.errors import DamagedSnapshot
from reading.manifest import SnapshotManifest, read_manifest
from reading.versions import current_version

# What foretells, checks and publishes: with other code another verdict, or another file, may come of the same rows.
_JUDGING_FOLDERS = (
    "expectations",
    "orchestration/forecasting",
    "orchestration/publishing",
    "orchestration/checks",
    "orchestration/accounting",
    "reading",
)


def built_from(refresh: RefreshSettings) -> str:
    """A hash of all that decides what a refresh publishes: the accepted extracts, the project, the checks, the key, what was asked for."""
    digest = hashlib.sha256()
    key_id = customer_key(refresh.home.customer_key_file).key_id
    for part in (project_fingerprint(), version("great-expectations"), key_id, str(refresh.as_of)):
        digest.update(f"{part}|".encode())
    for path in sorted(path for folder in _JUDGING_FOLDERS for path in (PROJECT_ROOT / folder).rglob("*.py")):
        digest.update(path.read_bytes())
    for line in _loaded_extracts(refresh.home.warehouse):
        digest.update(f"{line}|".encode())
    return digest.hexdigest()


def is_unchanged(refresh: RefreshSettings) -> bool:
    """Whether the current snapshot was built from what there is now, so that building it again would give the same."""
    if refresh.full or refresh.rebuild:
        return False
    manifest = _whole_current_snapshot(refresh.home)
    return manifest is not None and manifest.built_from == built_from(refresh)


def seeds_stand(refresh: RefreshSettings) -> bool:
    """Whether the seeds in the warehouse are those of this very project, loaded by a build that passed all of their tests."""
    if refresh.full or refresh.rebuild:
        return False
    with connected(refresh.home.warehouse) as connection:
        columns = connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'working' and table_name = 'last_build'"
        ).fetchall()
        if ("seeds_of",) not in columns:
            return False
        of_this = connection.execute("select * from working.last_build where seeds_of = ?", [project_fingerprint()]).fetchall()
    return bool(of_this)


def _loaded_extracts(warehouse: Path) -> list[str]:
    with connected(warehouse) as connection:
        rows = connection.execute(
            """
            select ledger.source_system || '/' || ledger.feed || '/' || ledger.extract_id || '/' || ledger.sha256
            from raw.extract_ledger as ledger
            where ledger.status = 'loaded'
            union all
            select readings.feed_table || '/' || readings.reading from raw.feed_readings as readings
            order by 1
            """
        ).fetchall()
    return [str(row[0]) for row in rows]


def _whole_current_snapshot(home: Home) -> SnapshotManifest | None:
    """The manifest of the snapshot that readers see, None where there is none or a file of it is missing or has another length."""
    current = current_version(home.published)
    if current is None:
        return None
    folder = home.published / current
    try:
        manifest = read_manifest(folder)
    except (OSError, DamagedSnapshot):
        return None
    is_whole = all((folder / entry.file).is_file() and (folder / entry.file).stat().st_size == entry.bytes for entry in manifest.files)
    return manifest if is_whole else None
