"""Puts the report of the current snapshot beside the snapshots, where readers find it. What it says is ``portal.report``'s."""

from __future__ import annotations

from pathlib import Path

from portal.report.page import report_of
from reading.snapshot import MEMORY_LIMIT, opened_snapshot
from reading.versions import current_version, versions

REPORTS_FOLDER = "reports"
NEWEST_REPORT = "report.html"


def publish_report(published: Path, *, language: str, memory_limit: str = MEMORY_LIMIT) -> Path:
    """Write ``reports/<version>.html`` and point ``report.html`` to it. Reports whose snapshot was pruned go. Raises ``SnapshotError``."""
    with opened_snapshot(published, memory_limit=memory_limit) as snapshot:
        file = published / REPORTS_FOLDER / f"{snapshot.path.name}.html"
        written = report_of(snapshot, language=language)
    write_report(written, file)
    file.parent.chmod(0o755)
    link = published / f".{NEWEST_REPORT}"
    link.unlink(missing_ok=True)
    link.symlink_to(file.relative_to(published))
    link.replace(published / NEWEST_REPORT)
    kept = {f"{version}.html" for version in versions(published)}
    for other in file.parent.glob("*.html"):
        if other.name not in kept:
            other.unlink()
    return file


def is_report_of_current(published: Path) -> bool:
    """Whether the newest report is that of the current snapshot."""
    version, newest = current_version(published), published / NEWEST_REPORT
    return version is None or (newest.exists() and newest.resolve().stem == version)


def write_report(report: str, file: Path) -> None:
    """Write a report as ``file``, which is then there in whole or not at all, for everybody to read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}")
    unfinished.write_text(report, encoding="utf-8")
    unfinished.chmod(0o644)
    unfinished.replace(file)
