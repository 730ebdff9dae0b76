"""Ties the processes that a refresh starts to the one that leads it. A leader that is killed must not leave one at work."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from orchestration.settings import LEADER_PROCESS

_PR_SET_PDEATHSIG = 1


def lead() -> None:
    """Let the processes that this one starts from here on know whose end is theirs."""
    LEADER_PROCESS.give(str(os.getpid()))


def end_with_parent() -> None:
    """Have this process killed when the one that started it ends, however that ends. Does something on Linux only.

    Without it, the models that a killed refresh was building go on being built, and the warehouse stays locked until they are.
    A parent that has led and was gone before this is called is noticed too: then this process ends at once.
    """
    if sys.platform == "linux":
        die_with_parent()
        leader = LEADER_PROCESS.given
        if leader is not None and os.getppid() != int(leader):
            sys.exit(f"The process {leader} that started this one is gone.")


def die_with_parent() -> None:
    """Have this process, and the program that takes its place, killed when the one that started it ends. Does something on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
