"""Loads the landed extracts of a source, archives their files, and has their rows merged into the current ones.

What becomes of each extract is decided in ``extract_loader``; here is only the order of things.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from orchestration.loading.archive import Archive
from orchestration.loading.books import Books
from orchestration.loading.bytes_scan import COPY_PREFIX
from orchestration.loading.current_rows import merge_new_extracts
from orchestration.loading.declarations import SourceDeclaration
from orchestration.loading.discovery import LandedFile, discover
from orchestration.loading.extract_loader import ExtractLoader
from orchestration.loading.keeping import Keeper
from orchestration.loading.results import ExtractResult, SourceLoad, StillChanging
from orchestration.loading.session import Statements

Connection = duckdb.DuckDBPyConnection


def load_source(
    connection: Connection,
    source: SourceDeclaration,
    landing: Path,
    *,
    run_id: str,
    on_extract: Callable[[ExtractResult], None] | None = None,
    feeds: set[str] | None = None,
    archive: Archive | None = None,
) -> SourceLoad:
    """Load every extract of ``source`` that has landed and was not handled before, in the order of file names.

    The raw schema has to stand (``prepare_raw``). ``on_extract`` hears of each extract after its commit; after that its file goes
    into ``archive``. What the archive has and the ledger does not know (the warehouse is new, or an old one was restored) is loaded
    before, under the numbers, names and moments of its first load; but not what was removed from the archive or is left out on
    purpose, whose bytes are a duplicate when they come again. With ``feeds`` only those feeds are loaded. In the end the new extracts
    are merged into the tables of current rows.

    A fault that is not the extract's (disk full, memory) leaves nothing of the transaction it falls into and is raised. So is
    ``ArchiveError`` when archived bytes are missing or damaged, or when an extract that was loaded once would be refused now.
    """
    unknown = (feeds or set()) - set(source.feeds)
    if unknown:
        raise ValueError(f"source '{source.name}' has no feed {sorted(unknown)}; it has {sorted(source.feeds)}")
    discovery = discover(source, landing)
    load = SourceLoad(source.name, left_for_next_run=dict(discovery.unfinished), unclaimed_files=discovery.unclaimed)
    with _loading(connection) as statements:
        books = Books(connection, source.name, last_archived_id=0 if archive is None else archive.last_extract_id())
        keeper = None if archive is None else Keeper(archive.of_source(source.name), books, is_moved=archive.takes_from(landing))
        # What is taken out of the landing zone has been hashed before, however much it looks like a file that was handled.
        trusts_states = keeper is None or not keeper.is_moved
        loader = ExtractLoader(statements, books, run_id, archive=None if keeper is None else keeper.archive, trusts_states=trusts_states)
        wanted = set(source.feeds) if feeds is None else feeds

        def note(result: ExtractResult) -> None:
            load.extracts.append(result)
            if on_extract is not None:
                on_extract(result)

        if keeper is not None:
            for result in loader.load_again(source, keeper.unknown(source, wanted), keeper.archive):
                note(result)
                load.loaded_again.add(result.extract_id)
        # A file of several feeds may be taken out of the landing zone before the last of them has been asked, which knew it.
        there = (file for file in discovery.files if file.feed.name in wanted and not (books.is_known(file) and _is_gone(file)))
        for file, outcome in loader.load(there):
            if isinstance(outcome, StillChanging):
                load.left_for_next_run[file.name] = str(outcome)
                continue
            if outcome is None:
                load.known_files += 1
            else:
                note(outcome)
            problem = None if keeper is None else keeper.keep(file)
            if problem is not None:
                load.not_archived[file.name] = problem
            if file.state is None or file.path.exists():
                load.files_left[file.name] = file.state
        merge_new_extracts(connection, source)
    return load


def _is_gone(file: LandedFile) -> bool:
    return bool(file.readers) and not file.path.exists()


@contextmanager
def _loading(connection: Connection) -> Generator[Statements]:
    """The connection as the loader needs it, and afterwards as it was."""
    order = connection.execute("select current_setting('preserve_insertion_order')").fetchall()[0][0]
    # Rows carry their number, so the engine need not keep their order, which would cost memory.
    connection.execute("set preserve_insertion_order = false")
    # Lines that somebody's scan on this connection could not split are not ours.
    for table in ("reject_errors", "reject_scans"):
        connection.execute(f"drop table if exists temp.{table}")
    statements = Statements(connection)
    # Only one process writes to a warehouse, so copies that lie there are of one that was killed.
    if statements.scratch is not None:
        for copy in statements.scratch.glob(f"{COPY_PREFIX}*"):
            copy.unlink()
    try:
        yield statements
    except BaseException:
        # The connection may be past use; the error that says why is on its way up.
        with suppress(duckdb.Error):
            _leave(statements, order)
        raise
    _leave(statements, order)


def _leave(statements: Statements, order: object) -> None:
    statements.forget()
    statements.connection.execute(f"set preserve_insertion_order = {str(order).lower()}")
