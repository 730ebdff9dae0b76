"""Ties the processes that a refresh starts to the one that leads it. A leader that is killed must not leave one at work."""

from __future__ import annotations

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Have this process killed when the one that started it ends, however that ends. Does something on Linux only.

    Without it, the models that a killed refresh was building go on being built, and the warehouse stays locked until they are.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
