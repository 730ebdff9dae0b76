"""A server that has imported what refreshes import, and forks each of their processes from itself: seconds saved for every one.

What runs in them is what would run otherwise: the same modules, in processes of their own, in the process group of whoever started
them. Only the import of libraries has happened before, and what dbt makes ready at its first call. The server has one thread, so forking
it is safe. A program of another copy of the project imports that copy's modules.
"""

from __future__ import annotations

import array
import atexit
import gc
import importlib
import json
import os
import random
import runpy
import selectors
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from orchestration.project import PROJECT_ROOT
from orchestration.runs.child_processes import end_with_parent
from orchestration.settings import LEADER_PROCESS

_PRELOADED = (
    "dagster",
    "dagster._core.execution.api",
    "dagster_dbt",
    "dbt.cli.main",
    "dbt.task.build",
    "dbt.parser.manifest",
    "dbt.adapters.duckdb.impl",
    "duckdb",
    "great_expectations",
    "great_expectations.render.renderer.site_builder",
    "orchestration.runs.refresh",
    "expectations.runner",
    "pandas",
    "sqlalchemy.dialects.sqlite",
    "duckdb_engine",
)
_OWN_PACKAGES = ("command_line", "expectations", "orchestration", "portal", "reading", "shop_simulator", "tests")
_POLL_SECONDS = 0.02

# Stands where a program stood: sends its arguments, folder, environment and standard files to the server, and ends as the forked
# process ends.
_CLIENT = """#!{python} -ISs
import array, json, os, signal, socket, struct, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.connect({address!r})
argv = [os.path.basename(sys.argv[0]), *sys.argv[1:]]
request = json.dumps({{"argv": argv, "cwd": os.getcwd(), "env": dict(os.environ), "group": os.getpgrp(), "python": {program!r}}})
files = array.array("i", [0, 1, 2])
server.sendmsg([struct.pack("!I", len(request.encode()))], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
server.sendall(request.encode())
(worker,) = struct.unpack("!i", server.recv(4, socket.MSG_WAITALL))
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda number, _: os.kill(worker, number))
for descriptor in (0, 1, 2):
    os.close(descriptor)
answer = server.recv(4, socket.MSG_WAITALL)
(status,) = struct.unpack("!i", answer) if len(answer) == 4 else (-9,)
if status < 0:
    signal.signal(-status, signal.SIG_DFL) if -status != signal.SIGKILL else None
    os.kill(os.getpid(), -status)
os._exit(status)
"""


class WarmPython:
    """Programs ``python`` and ``dbt`` in a folder, and the server behind them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._address = str(folder / "server.sock")
        Path(self._address).unlink(missing_ok=True)
        client = _CLIENT.format(python=Path(sys.executable).resolve(), address=self._address, program=str(self.python))
        for name in ("python", "dbt"):
            program = folder / name
            program.write_text(client, encoding="utf-8")
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self._log = (folder / "server.log").open("w", encoding="utf-8")
        self._server = subprocess.Popen(
            [sys.executable, "-m", __name__, self._address],
            cwd=PROJECT_ROOT,
            env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 300
        while not Path(self._address).exists():
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the warm server did not start; see {folder / 'server.log'}")
            time.sleep(0.1)

    @property
    def python(self) -> Path:
        """Use it as ``sys.executable``, which it is in what it runs."""
        return self._folder / "python"

    @property
    def dbt(self) -> Path:
        """The program ``dbt``."""
        return self._folder / "dbt"

    def stop(self) -> None:
        """End the server, and what it forked with it. By a signal that cannot be ignored: who started us may ignore the others."""
        self._server.kill()
        self._server.wait()
        self._log.close()


@cache
def warm_python() -> WarmPython:
    """The one of this test process; started when it is first asked for, it ends with it."""
    # The path of a socket may not be long, as pytest's folders are.
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    warm = WarmPython(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(warm.stop)
    return warm


def _serve(address: str) -> None:
    end_with_parent()
    for module in _PRELOADED:
        importlib.import_module(module)
    _make_dbt_ready(Path(address).with_name("first_call"))
    # A collection would copy what the forked processes share; none of them lives long enough to need one.
    gc.freeze()
    gc.disable()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(f"{address}.new")
    listener.listen(16)
    Path(f"{address}.new").rename(address)
    worker_of: dict[socket.socket, int] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select(_POLL_SECONDS):
                if key.fileobj is listener:
                    client, _ = listener.accept()
                    worker = _forked(client, [listener, *worker_of])
                    if worker is not None:
                        worker_of[client] = worker
                        selector.register(client, selectors.EVENT_READ)
                else:
                    # The program that asked is gone, and so is what ran for it: it was killed.
                    client = next(client for client in worker_of if client is key.fileobj)
                    selector.unregister(client)
                    os.kill(worker_of[client], signal.SIGKILL)
            _answer(worker_of, selector)


def _make_dbt_ready(folder: Path) -> None:
    """Have dbt parse a project of nothing: at its first call it makes the code that reads and checks its own kinds of files."""
    from dbt.cli.main import dbtRunner

    folder.mkdir()
    (folder / "dbt_project.yml").write_text("name: nothing\nprofile: nothing\n", encoding="utf-8")
    (folder / "profiles.yml").write_text("nothing: {target: it, outputs: {it: {type: duckdb}}}\n", encoding="utf-8")
    folders = [f"--{name}={folder}" for name in ("project-dir", "profiles-dir", "log-path", "target-path")]
    parsed = dbtRunner().invoke(["--quiet", "--log-level-file", "none", "parse", *folders])
    assert parsed.success, parsed.exception


def _answer(worker_of: dict[socket.socket, int], selector: selectors.BaseSelector) -> None:
    for client, worker in list(worker_of.items()):
        ended, status, used = os.wait4(worker, os.WNOHANG)
        if ended:
            print(
                f"process {worker} ended with {os.waitstatus_to_exitcode(status)} after {used.ru_utime + used.ru_stime:.1f} s", flush=True
            )
            if client in selector.get_map():
                selector.unregister(client)
            try:
                client.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))
            except (BrokenPipeError, ConnectionResetError):
                print(f"nobody waited for process {worker} any more", flush=True)
            client.close()
            del worker_of[client]


def _forked(client: socket.socket, others: Sequence[socket.socket]) -> int | None:
    """Fork a process for what ``client`` asks for. None: the client was killed before it had asked."""
    asked, files = _asked(client)
    if not asked:
        client.close()
        return None
    server = os.getpid()
    worker = os.fork()
    if worker == 0:
        end_with_parent()
        if os.getppid() != server:
            os._exit(1)
        _become(json.loads(asked), files, [client, *others])
    for descriptor in files:
        os.close(descriptor)
    try:
        client.sendall(worker.to_bytes(4, "big", signed=True))
    except (BrokenPipeError, ConnectionResetError):
        print(f"who asked for process {worker} is gone", flush=True)
    return worker


def _asked(client: socket.socket) -> tuple[bytes, list[int]]:
    """What ``client`` asks for, and its standard files; nothing when it was killed before it had asked."""
    files = array.array("i")
    asked, length = b"", 0
    try:
        size, ancillary, _, _ = client.recvmsg(4, socket.CMSG_SPACE(3 * files.itemsize), socket.MSG_WAITALL)
        for _, _, data in ancillary:
            files.frombytes(data)
        if len(size) == 4:
            length = int.from_bytes(size, "big")
            asked = client.recv(length, socket.MSG_WAITALL)
    except ConnectionResetError:
        print("somebody who asked is gone", flush=True)
    if len(asked) == length:
        return asked, list(files)
    for descriptor in files:
        os.close(descriptor)
    return b"", []


def _become(request: Mapping[str, object], files: list[int], inherited: Sequence[socket.socket]) -> None:
    """Go on as the program that was asked for; never returns."""
    code: object = 1
    try:
        for each in inherited:
            each.close()
        os.setpgid(0, int(str(request["group"])))
        for target, descriptor in enumerate(files):
            os.dup2(descriptor, target)
            if descriptor > 2:
                os.close(descriptor)
        os.chdir(str(request["cwd"]))
        os.environ.clear()
        os.environ.update(dict(request["env"]))  # type: ignore[call-overload]
        if LEADER_PROCESS.variable in os.environ:
            # Here the server stands for the leader, between whose end and the server's word of it there is the client.
            os.environ[LEADER_PROCESS.variable] = str(os.getppid())
        sys.executable = str(request["python"])
        _import_from(os.environ.get("PYTHONPATH"))
        random.seed()
        _run(list(request["argv"]))  # type: ignore[call-overload]
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - what ends a program with a traceback
        traceback.print_exc()
    finally:
        _close_dbts_database()
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (BrokenPipeError, ValueError):
                code = code or 1
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _close_dbts_database() -> None:
    """As the end of Python would: what stands in the database's log goes into its file, which tests copy."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


def _import_from(folder: str | None) -> None:
    """Take the project's own modules from ``folder``, when that is another than the server's."""
    if folder is None or Path(folder) == PROJECT_ROOT:
        return
    for name in [name for name in sys.modules if name.split(".")[0] in _OWN_PACKAGES]:
        del sys.modules[name]
    sys.path[:] = [folder, *(entry for entry in sys.path if entry not in ("", str(PROJECT_ROOT)))]


def _run(argv: list[str]) -> None:
    program, *arguments = argv
    if program == "dbt":
        from dbt.cli.main import cli

        from orchestration.runs.compiled_templates import CompiledTemplates

        CompiledTemplates(Path(os.environ.get("AFTERSALES_TESTS_SHARED_FOLDER", ".")) / "parsed_project" / "dbt").use()
        sys.argv = argv
        cli()
    elif arguments[0] == "-c":
        sys.argv = ["-c", *arguments[2:]]
        exec(arguments[1], {"__name__": "__main__"})
    elif arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    _serve(sys.argv[1])
