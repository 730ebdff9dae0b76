"""Reader processes that open the current snapshot again and again and say whether each time they saw one whole set of marts."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import duckdb

from orchestration.connections import connected
from orchestration.sql_text import identifier
from reading.manifest import DATABASE_FILE, SnapshotManifest, read_manifest
from reading.snapshot import opened_snapshot

_ENDING_SECONDS = 120

# The hash of every row of a table, whatever their order; equal for equal tables.
TableHashes = dict[str, tuple[int, int]]


@dataclass
class Sightings:
    """What one reader saw, or all of them together."""

    reads: int = 0
    errors: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    tables_of_version: dict[str, TableHashes] = field(default_factory=dict)

    def add(self, other: Sightings) -> None:
        """Take in what another reader saw; a version that two readers saw differently is a mixed set."""
        self.reads += other.reads
        self.errors += other.errors
        self.mixed += other.mixed
        for version, tables in other.tables_of_version.items():
            self.note(version, tables)

    def note(self, version: str, tables: TableHashes) -> None:
        """Compare a whole reading of a version with the first one."""
        known = self.tables_of_version.setdefault(version, tables)
        if known != tables:
            differing = sorted(name for name in known.keys() | tables.keys() if known.get(name) != tables.get(name))
            self.mixed.append(f"{version}: {', '.join(differing)} differ from what was read of it before")


def table_hashes(connection: duckdb.DuckDBPyConnection, tables: list[tuple[str, str]]) -> TableHashes:
    """Rows and hash of each of the tables."""
    hashes: TableHashes = {}
    for schema, name in tables:
        row = connection.execute(
            f"select count(*), coalesce(sum(hash(every_row)), 0) from {identifier(schema, name)} as every_row"
        ).fetchone()
        assert row is not None
        hashes[f"{schema}.{name}"] = (int(row[0]), int(row[1]))
    return hashes


@contextmanager
def _opened_by_us(published: Path) -> Generator[tuple[SnapshotManifest, duckdb.DuckDBPyConnection]]:
    with opened_snapshot(published) as snapshot:
        yield snapshot.manifest, snapshot.connection


@contextmanager
def _opened_plainly(published: Path) -> Generator[tuple[SnapshotManifest, duckdb.DuckDBPyConnection]]:
    """As the page on querying tells notebooks to: resolve the link once, open the file in it."""
    folder = (published / "current").resolve(strict=True)
    with connected(folder / DATABASE_FILE, read_only=True) as connection:
        yield read_manifest(folder), connection


def read_once(published: Path, *, plainly: bool, chance: random.Random, seen: Sightings) -> None:
    """Open the current snapshot, read it, and note what was seen. Errors are raised."""
    with _opened_plainly(published) if plainly else _opened_by_us(published) as (manifest, connection):
        listed = [(table.schema_name, table.name) for table in manifest.tables]
        known = seen.tables_of_version.get(manifest.version)
        # A version is read in whole when it is new, and in part every time.
        chosen = listed if known is None else chance.sample(listed, min(3, len(listed)))
        hashes = table_hashes(connection, chosen)
    rows = {f"{table.schema_name}.{table.name}": table.rows for table in manifest.tables}
    wrong = [name for name, (count, _) in hashes.items() if count != rows[name]]
    if wrong or not listed:
        seen.mixed.append(f"{manifest.version}: {', '.join(wrong) or 'no table at all'} not as its manifest says")
    seen.note(manifest.version, hashes if known is None else {**known, **hashes})
    seen.reads += 1


def _read_until(published: Path, pause_seconds: float, stop: Any, reads: Any, answers: Any, number: int) -> None:
    seen = Sightings()
    chance = random.Random(number)
    while not stop.is_set():
        try:
            read_once(published, plainly=number % 2 == 1, chance=chance, seen=seen)
        except Exception as error:  # noqa: BLE001 - whatever a reader meets is what is asked for
            seen.errors.append(f"{type(error).__name__}: {error}")
        reads[number] = seen.reads
        stop.wait(pause_seconds * chance.uniform(0.5, 1.5))
    answers.put(seen)


class Readers:
    """Reader processes at work."""

    def __init__(self, published: Path, count: int, pause_seconds: float) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._stop, self._answers = context.Event(), context.Queue()
        self._reads = context.Array("q", count, lock=False)
        self._processes = [
            context.Process(
                target=_read_until, args=(published, pause_seconds, self._stop, self._reads, self._answers, number), daemon=True
            )
            for number in range(count)
        ]
        self.sightings = Sightings()

    @property
    def reads(self) -> int:
        """How often they have read so far."""
        return sum(self._reads)

    def wait_until_all_read(self, times: int = 1) -> None:
        """Wait until each has read so often from now on."""
        until = [reads + times for reads in self._reads]
        deadline = time.monotonic() + _ENDING_SECONDS
        while any(reads < target for reads, target in zip(self._reads, until, strict=True)):
            if time.monotonic() > deadline or not all(process.is_alive() for process in self._processes):
                raise TimeoutError("a reader reads no more")
            time.sleep(0.05)

    def start(self) -> None:
        """Let them begin."""
        for process in self._processes:
            process.start()

    def end(self) -> Sightings:
        """Stop them and return what all of them saw."""
        self._stop.set()
        try:
            for _ in self._processes:
                self.sightings.add(self._answers.get(timeout=_ENDING_SECONDS))
        except Empty:
            self.sightings.errors.append("a reader ended without an answer")
        finally:
            for process in self._processes:
                process.join(timeout=5)
                if process.is_alive():
                    process.kill()
        return self.sightings


@contextmanager
def reading(published: Path, count: int, *, pause_seconds: float = 0.3) -> Generator[Readers]:
    """``count`` processes that read while the block runs, pausing between reads; afterwards ``sightings`` says what they saw."""
    readers = Readers(published, count, pause_seconds)
    readers.start()
    try:
        yield readers
    finally:
        readers.end()
