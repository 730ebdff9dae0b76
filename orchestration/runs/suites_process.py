"""The suites as a refresh starts them: a process that loads Great Expectations once, and for each stage a fork of it.

Great Expectations keeps a DuckDB file locked until its process ends: a fork ends with its stage. ``run_apart`` asks,
``python -m orchestration.runs.suites_process`` answers, a line of JSON each. All of them end when the refresh does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from orchestration.project import PROJECT_ROOT
from orchestration.runs.child_processes import die_with_parent, end_with_parent, lead

_started: list[subprocess.Popen[str]] = []


def run_apart(arguments: Sequence[str]) -> tuple[int, str]:
    """The exit code of ``python -m expectations ARGUMENTS``, that of a kill included, and what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    process = _process(environment)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"arguments": list(arguments), "environment": environment}) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        return process.wait(), ""
    exit_code, printed = json.loads(answer)
    return exit_code, printed


def _process(environment: dict[str, str]) -> subprocess.Popen[str]:
    """The process that answers; another one when it was killed since it was last asked."""
    if not _started or _started[-1].poll() is not None:
        lead()
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.runs.suites_process"],
            cwd=PROJECT_ROOT,
            env={**environment, **os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(_end, process)
        _started[:] = [process]
    return _started[-1]


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def _answer() -> None:
    """Answer until nobody asks any more. Whoever interrupts a refresh at the keyboard means the one that leads."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from expectations.runner import load_library

    load_library()
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(_run_in_fork(**json.loads(line))), flush=True)  # noqa: T201


def _run_in_fork(*, arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
    read, written = os.pipe()
    fork = os.fork()
    if fork == 0:
        die_with_parent()
        os.dup2(written, 1)
        os.dup2(written, 2)
        os.environ.clear()
        os.environ.update(environment)
        _run_and_end(arguments)
    os.close(written)
    with os.fdopen(read, encoding="utf-8", errors="replace") as pipe:
        printed = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]), printed


def _run_and_end(arguments: list[str]) -> Any:
    from expectations.__main__ import main

    exit_code = 1
    try:
        exit_code = main(arguments)
    except BaseException:  # noqa: BLE001 - nothing may go on in the fork as if it were the process it is one of
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(exit_code)


if __name__ == "__main__":
    end_with_parent()
    _answer()
