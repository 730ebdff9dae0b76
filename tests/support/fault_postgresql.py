"""A PostgreSQL server for tests: the system's own programs, a fresh cluster in a temporary folder, reached by a socket in it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

# PostgreSQL refuses to run as root; any user without rights will do.
_USER = "nobody"


def _programs() -> Path:
    """The folder of the newest PostgreSQL server; skips the test, saying so, when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        pytest.skip("no PostgreSQL server in /usr/lib/postgresql/*/bin or on the PATH (apt-get install postgresql)")
    return Path(on_path).resolve().parent


@contextmanager
def postgresql_database(name: str) -> Generator[str]:
    """The URL of an empty database on a server that runs during the block."""
    programs = _programs()
    # A path of its own: the name of a socket may have 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    account: dict[str, str] = {}
    if os.geteuid() == 0:
        folder.chmod(0o755)
        os.chown(folder, pwd.getpwnam(_USER).pw_uid, -1)
        account = {"user": _USER}

    def run(program: str, *arguments: object) -> None:
        subprocess.run(
            [programs / program, *map(str, arguments)],
            check=True,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **account,  # type: ignore[call-overload]
        )

    data = folder / "data"
    try:
        run("initdb", "--pgdata", data, "--auth", "trust", "--username", "aftersales", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        run("pg_ctl", "--pgdata", data, "--log", folder / "log", "--options", options, "--wait", "start")
        try:
            run("createdb", "--host", folder, "--username", "aftersales", "--encoding", "UTF8", "--template", "template0", name)
            yield f"postgresql://aftersales@/{name}?host={folder}"
        finally:
            run("pg_ctl", "--pgdata", data, "--mode", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
