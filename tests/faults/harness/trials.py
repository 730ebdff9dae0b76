"""One trial: a refresh is killed, the next one has to put everything right. Says what was hit and what is wrong afterwards."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from orchestration.connections import connected
from orchestration.loading import Archive, read_declarations
from orchestration.project import PROJECT_ROOT
from reading.snapshot import damage
from reading.versions import current_version
from tests.faults.harness.material import Reference, Shop, ledger
from tests.faults.harness.refreshing import Refreshing, Scope, Stage
from tests.support.fault_readers import Readers, reading
from tests.support.warehouse import differing_marts

_READER_PAUSE_SECONDS = 0.5


@dataclass
class Trial:
    """What a trial aimed at, what it hit, and what is wrong: ``failures`` is empty when nothing is."""

    batch: int
    aimed: Stage
    scope: Scope
    hit: Stage | None = None
    seen_on_disk: str = ""
    seconds_until_kill: float = 0.0
    seconds_of_recovery: float = 0.0
    survivors: int = 0
    reads: int = 0
    lengths: dict[Stage, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def as_record(self) -> dict[str, Any]:
        """As it is written to the results."""
        return asdict(self)


class Chain:
    """A home that lives through the batches of the shop and a kill in each refresh."""

    def __init__(
        self, folder: Path, shop: Shop, parsed: Path, references: list[Reference], warm: Path, *, project: Path = PROJECT_ROOT
    ) -> None:
        self.folder, self._shop, self._parsed, self._references, self._warm = folder, shop, parsed, references, warm
        self._project = project
        self.home = folder / "home"
        # Its own landing zone: loaded files are moved from there into the archive.
        self._landing = self.home / "landing"
        self._next_batch = 0

    def begin(self) -> None:
        """Start over with an empty home that has nothing but a parsed project."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._landing.mkdir(parents=True)
        shutil.copytree(self._parsed, self.home / "dbt")
        self._next_batch = 0

    @property
    def is_over(self) -> bool:
        """Every batch has been delivered."""
        return self._next_batch >= len(self._references)

    @property
    def next_reference(self) -> Reference:
        """What the next refresh has to come to."""
        return self._references[self._next_batch]

    def trial(self, stage: Stage, length: float, *, scope: Scope, chance: random.Random) -> Trial:
        """Deliver the next batch, kill the refresh in ``stage``, refresh again, and compare."""
        batch, reference = self._next_batch, self.next_reference
        self._next_batch += 1
        self._shop.deliver(batch, self._landing)
        trial = Trial(batch, stage, scope)
        published = self.home / "published"
        with ExitStack() as stack:
            readers: Readers | None = None
            if batch > 0:
                readers = stack.enter_context(reading(published, 1, pause_seconds=_READER_PAUSE_SECONDS))
                readers.wait_until_all_read()
            before = current_version(published) if published.exists() else None
            killed = self._refresh("killed", is_cold=scope == "leader")
            killed.wait_for(stage, chance.random(), length, chance)
            if killed.timeline.outcome is None:
                trial.seconds_until_kill = killed.seconds
                killed.kill(scope)
                trial.hit, trial.seen_on_disk = killed.hit()
                trial.survivors = killed.survivors()
            else:
                killed.wait()
            self._look_at_what_readers_see(trial, before)
            started = time.monotonic()
            timeline = self._refresh("recovered", is_cold=False).wait()
            trial.seconds_of_recovery = time.monotonic() - started
            trial.lengths = timeline.lengths()
            if timeline.outcome != "published":
                trial.failures.append(f"the next refresh ended as {timeline.outcome}: {' '.join(timeline.next_steps)}")
            elif readers is not None:
                readers.wait_until_all_read()
        if readers is not None:
            seen = readers.sightings
            trial.reads = seen.reads
            trial.failures += [f"a reader met: {error}" for error in seen.errors]
            trial.failures += [f"a reader saw a mixed set: {mixed}" for mixed in seen.mixed]
        if timeline.outcome == "published":
            self._compare(trial, reference)
        return trial

    def _refresh(self, name: str, *, is_cold: bool) -> Refreshing:
        """A leader that is killed alone is started without the warm server: what ends with it is for its own children to know."""
        log = self.folder / f"{name}.log"
        return Refreshing(self.home, self._landing, log, python=None if is_cold else self._warm, project=self._project)

    def _look_at_what_readers_see(self, trial: Trial, before: str | None) -> None:
        """Right after the kill: the old snapshot or the new one, and whichever it is, whole and with the right marts."""
        published = self.home / "published"
        current = current_version(published) if published.exists() else None
        if current is None:
            if before is not None:
                trial.failures.append("nothing is published any more after the kill")
            return
        trial.failures += [f"after the kill the current snapshot is damaged: {fault}" for fault in damage(published / current)]
        expected = self._references[trial.batch if current != before else trial.batch - 1]
        trial.failures += [
            f"after the kill {rows} rows of {mart} are not those of an undisturbed run"
            for mart, rows in differing_marts(self.home, expected.home).items()
        ]

    def _compare(self, trial: Trial, reference: Reference) -> None:
        """After the next refresh: the marts row by row, the ledger, the books, and what may not be left behind."""
        trial.failures += [
            f"{rows} rows of {mart} are not those of an undisturbed run"
            for mart, rows in differing_marts(self.home, reference.home).items()
        ]
        trial.failures += [f"the snapshot is damaged: {fault}" for fault in damage((self.home / "published" / "current").resolve())]
        if ledger(self.home / "warehouse.duckdb") != reference.ledger:
            trial.failures.append("the ledger is not that of an undisturbed run")
        trial.failures += unbalanced_books(self.home / "warehouse.duckdb", self._project)
        trial.failures += unarchived(self.home)
        trial.failures += leftovers(self.home)


def unbalanced_books(warehouse: Path, project: Path = PROJECT_ROOT) -> list[str]:
    """Where the ledger does not agree with itself, with the raw tables of ``project`` or with the rejects."""
    faults: list[str] = []
    with connected(warehouse) as connection:
        numbers = connection.execute("select count(*), count(distinct extract_id) from raw.extract_ledger").fetchone()
        if numbers is None or numbers[0] != numbers[1]:
            faults.append(f"extract numbers are used twice: {numbers}")
        for source in read_declarations(project / "models").values():
            for feed in source.feeds.values():
                wrong = connection.execute(
                    f"""
                    with found as (
                        select _extract_id as extract_id, count(*) as row_count from {feed.raw_table} group by _extract_id
                    ),

                    rejected as (
                        select extract_id, count(*) as row_count from raw.rejects
                        where source_system = $source and feed = $feed group by extract_id
                    ),

                    entries as (
                        select extract_id, file_name, rows_read, rows_accepted, rows_rejected from raw.extract_ledger
                        where source_system = $source and feed = $feed
                    )

                    select entries.file_name, entries.rows_read, entries.rows_accepted, entries.rows_rejected, found.row_count,
                        rejected.row_count
                    from entries
                    full join found on entries.extract_id = found.extract_id
                    full join rejected on coalesce(entries.extract_id, found.extract_id) = rejected.extract_id
                    where entries.extract_id is null
                        or entries.rows_read <> entries.rows_accepted + entries.rows_rejected
                        or entries.rows_accepted <> coalesce(found.row_count, 0)
                        or entries.rows_rejected <> coalesce(rejected.row_count, 0)
                    """,
                    {"source": feed.source_system, "feed": feed.name},
                ).fetchall()
                faults += [f"the books of {feed.raw_table} do not balance: {row}" for row in wrong]
    return faults


def unarchived(home: Path) -> list[str]:
    """Loaded extracts whose bytes are not in the archive, and extracts in it that the ledger does not know."""
    with connected(home / "warehouse.duckdb") as connection:
        loaded = set(
            connection.execute("select source_system, feed, sha256 from raw.extract_ledger where status = 'loaded'").fetchall(),
        )
    archive = Archive(home / "archive")
    kept: set[tuple[str, str, str]] = set()
    faults: list[str] = []
    for source_system in archive.source_systems():
        of_source = archive.of_source(source_system)
        faults += [f"the archive lacks the bytes of {extract.file_name}" for extract in of_source.missing]
        kept |= {(source_system, extract.feed, extract.sha256) for extract in of_source.extracts}
    return faults + [f"{extract} is not both in the ledger and in the archive" for extract in sorted(loaded ^ kept)]


def leftovers(home: Path) -> list[str]:
    """What a killed refresh left lying that a finished one should have cleared away."""
    found = [
        path for path in (home / "published").iterdir() if path.name.startswith((".building-", ".refused-", ".removing-", ".current-"))
    ]
    found += (home / "loading").glob("*")
    found += home.glob("warehouse.before-*")
    found += (path for path in (home / "archive").rglob("*.part"))
    found += (path for path in (home / "landing").rglob("*") if path.is_file())
    faults = [f"{path} is left over" for path in found]
    with closing(sqlite3.connect(home / "dagster" / "history" / "runs.db")) as runs:
        (started,) = runs.execute("select count(*) from runs where status in ('STARTED', 'STARTING')").fetchone()
    if started:
        faults.append(f"{started} runs still count as under way")
    return faults
