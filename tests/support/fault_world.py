"""Faults of the machine for tests: a disk of a few megabytes, a process that rights apply to, a process that holds a file open."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.warehouse import PROJECT_ROOT

_PR_CAPBSET_DROP = 24
_CAPABILITIES_BEYOND_RIGHTS = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


class SmallDisk:
    """A file system of its own, in memory, that is full after a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def grow_to(self, megabytes: int) -> None:
        """Make it as large as that."""
        subprocess.run(["mount", "-o", f"remount,size={megabytes}m", self.folder], check=True, capture_output=True)

    def free_bytes(self) -> int:
        """What can still be written."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Generator[SmallDisk]:
    """A tmpfs of ``megabytes`` mounted at ``folder``; skips the test, saying why, where nothing can be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here ({mounted.stderr.strip()}); the test needs root")
    try:
        yield SmallDisk(folder)
    finally:
        # Lazily: a process that a test left behind must not keep the mount for ever.
        subprocess.run(["umount", "--lazy", folder], check=True, capture_output=True)


def rights_apply() -> Callable[[], None] | None:
    """What a child process calls before it starts its program, so that file modes hold for it even when it runs as root.

    None where they hold anyway. Skips the test, saying why, where root cannot give its privilege up.
    """
    if os.geteuid() != 0:
        return None
    library = ctypes.CDLL(None, use_errno=True)

    def give_up_privilege() -> None:
        for capability in _CAPABILITIES_BEYOND_RIGHTS:
            if library.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                raise PermissionError(ctypes.get_errno(), "cannot drop a capability")

    tried = subprocess.run([sys.executable, "-c", "pass"], preexec_fn=give_up_privilege, check=False, capture_output=True)
    if tried.returncode != 0:
        pytest.skip("root cannot give up its privilege here, so file modes do not hold for it")
    return give_up_privilege


def python(
    code: str, *arguments: object, preexec: Callable[[], None] | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a Python process of its own that finds the project's packages."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT_ROOT,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT), **(environment or {})},
        preexec_fn=preexec,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def background_python(code: str, *arguments: object) -> Generator[subprocess.Popen[str]]:
    """``code`` in a Python process of its own that has printed its first line when the block begins, and is gone at its end."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT_ROOT,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline(), "the process ended before it was ready"
        yield process
    finally:
        process.kill()
        process.communicate()
