"""dbt itself, run many times over small warehouses, and what a kill at any moment of a run would leave behind.

One process imports dbt and takes over the parsed project; each run is a fork of it, so that it leaves no lock on its warehouse when it
ends. What needs no materialization of dbt's own is cheaper with ``compiled_models``.
"""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from orchestration.runs.parsed_project import ParsedProject
from tests.support.compiled_models import CompiledProject
from tests.support.warehouse import PROJECT_ROOT

KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class DbtRun:
    """How a run ended: its exit code (``KILLED`` when it was killed), the status of each node by name, and its log."""

    exit_code: int
    statuses: Mapping[str, str]
    log: str

    @property
    def made_anew(self) -> dict[str, str]:
        """Of each table that is made by period: ``every period``, or how many, as ``7 periods``."""
        return dict(re.findall(r"(\w+): (every period|\d+ periods) made anew", self.log))

    @property
    def keys_made_anew(self) -> dict[str, str]:
        """Of each table that is made by key: ``every key``, or how many, as ``7 keys``."""
        return dict(re.findall(r"(\w+): (every key|\d+ keys) made anew", self.log))


class DbtRuns:
    """The process that runs are forked from."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def run(
        self,
        warehouse: Path,
        *arguments: str,
        fingerprint: str = "the same project",
        kill_after: int | None = None,
        copies: Path | None = None,
    ) -> DbtRun:
        """Run dbt on ``warehouse``. Of its statements on tables only so many are done before it is killed (``kill_after``), or after
        each the database is copied, when its files have changed, into a folder of its own in ``copies``: what a kill would leave."""
        assert self._process.stdin is not None and self._process.stdout is not None
        order = {
            "warehouse": str(warehouse),
            "arguments": arguments,
            "fingerprint": fingerprint,
            "kill_after": kill_after,
            "copies": None if copies is None else str(copies),
        }
        print(json.dumps(order), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        return DbtRun(answer["exit_code"], answer["statuses"], self._log.read_text(encoding="utf-8"))


@contextmanager
def dbt_runs(project: CompiledProject, folder: Path) -> Generator[DbtRuns]:
    """dbt with the project as it was parsed already, its artefacts in ``folder``, until the block ends."""
    folder.mkdir(parents=True)
    parsed, log = project.manifest.parent, folder / "run.log"
    with (folder / "server.log").open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", "import sys; from tests.support.dbt_runs import serve; serve(*sys.argv[1:])", parsed, log],
            cwd=PROJECT_ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(PROJECT_ROOT),
                "DBT_TARGET_PATH": str(folder / "target"),
                "DBT_LOG_PATH": str(folder / "logs"),
                "DBT_PROFILES_DIR": str(PROJECT_ROOT),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield DbtRuns(process, log)
    finally:
        process.communicate()


def serve(parsed: str, log: str) -> None:
    """Run each order that comes on stdin in a fork, and answer on stdout."""
    from dbt.cli.main import dbtRunner  # here: the tests' own process does not need it

    from orchestration.runs.compiled_templates import CompiledTemplates
    from orchestration.runs.shared_macros import share_macros
    from orchestration.runs.unheard_events import spare_unheard_events

    spare_unheard_events()
    CompiledTemplates(Path(parsed)).use()
    _work_in_one_thread()
    dbt: Any = dbtRunner(manifest=ParsedProject(Path(parsed)).manifest())
    share_macros()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # What dbt makes ready at its first call is there for the forks then. It opens no database for this one.
    dbt.invoke(["--quiet", "--log-level-file", "none", "--no-write-json", "list", "--select", "int_as_of__resolved"])
    # A collection would copy what the forks share; none of them lives long enough to need one.
    gc.freeze()
    gc.disable()
    for line in sys.stdin:
        order = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _run(dbt, order, log, writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            statuses = pipe.read()
        exit_code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"exit_code": exit_code, "statuses": json.loads(statuses or "{}")}), file=answers, flush=True)


def _work_in_one_thread() -> None:
    """Handing a few rows from thread to thread costs more than it saves."""
    connect: Any = duckdb.connect

    def connected(path: str, *, config: Mapping[str, Any], **options: Any) -> Any:
        return connect(path, config={**config, "threads": 1}, **options)

    duckdb.connect = connected


def _run(dbt: Any, order: dict[str, Any], log: str, writing: int) -> None:
    told = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(told, 1)
    os.dup2(told, 2)
    os.environ["AFTERSALES_WAREHOUSE"] = order["warehouse"]
    os.environ["AFTERSALES_PROJECT_FINGERPRINT"] = order["fingerprint"]
    if order["kill_after"] is not None:
        _after_each_statement(lambda number: os.kill(os.getpid(), signal.SIGKILL) if number == order["kill_after"] else None)
    if order["copies"] is not None:
        _after_each_statement(_Copies(Path(order["warehouse"]), Path(order["copies"])).keep)
    finished = dbt.invoke(["--log-level-file", "none", *order["arguments"]])
    with os.fdopen(writing, "w") as pipe:
        json.dump({result.node.name: str(result.status) for result in getattr(finished.result, "results", [])}, pipe)
    sys.stdout.flush()
    os._exit(0 if finished.success else 1)


def _after_each_statement(then: Callable[[int], None]) -> None:
    """Call ``then`` with the number of what is done after each statement and commit of a model."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    connections: Any = DuckDBConnectionManager
    numbers = count(1)

    def counting(do: Any) -> Any:
        def done(self: Any, *arguments: Any, **options: Any) -> Any:
            answer = do(self, *arguments, **options)
            if self.get_thread_connection().name.startswith("model."):
                then(next(numbers))
            return answer

        return done

    connections.add_query = counting(connections.add_query)
    connections.commit = counting(connections.commit)


class _Copies:
    def __init__(self, warehouse: Path, folder: Path) -> None:
        self._files = (warehouse, warehouse.with_name(f"{warehouse.name}.wal"))
        self._folder = folder
        self._kept: list[tuple[int, int]] = []

    def keep(self, number: int) -> None:
        found = [(file.stat().st_size, file.stat().st_mtime_ns) for file in self._files if file.exists()]
        if found == self._kept:
            return
        self._kept = found
        copy = self._folder / f"{number:04}"
        copy.mkdir(parents=True)
        for file in self._files:
            if file.exists():
                shutil.copyfile(file, copy / file.name)
