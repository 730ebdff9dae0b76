"""Tells faults that pass by themselves from faults that do not, and asks Dagster to try the former again."""

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from orchestration.runs.fault_advice import FaultKind, kind_of

MAX_RETRIES = 3
FIRST_WAIT_SECONDS = 5.0

_TRANSIENT_ERRORS = frozenset({errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.ETIMEDOUT, errno.ESTALE})
_TRANSIENT_PHRASE = "resource temporarily unavailable"


def is_transient(error: BaseException) -> bool:
    """Whether the same step may well succeed a little later: another process holds the file, the system was busy.

    Bad data, broken SQL, a full disk and a missing permission are not transient: trying again only hides them.
    """
    if isinstance(error, OSError) and error.errno in _TRANSIENT_ERRORS:
        return True
    return kind_of(error) is FaultKind.HELD or _TRANSIENT_PHRASE in str(error).lower()


@contextmanager
def retried_when_transient(context: dg.OpExecutionContext | dg.AssetExecutionContext) -> Generator[None]:
    """Turn a transient fault in the block into a retry after 5, 10, 20 seconds; let every other error through."""
    try:
        yield
    except Exception as error:
        if not is_transient(error):
            raise
        wait_seconds = FIRST_WAIT_SECONDS * 2**context.retry_number
        context.log.warning(f"{error} Trying again in {wait_seconds:g} seconds.")
        raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=wait_seconds) from error
