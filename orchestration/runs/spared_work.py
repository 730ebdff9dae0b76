"""Spares dbt work that it does again for each statement or node, with the same outcome.

What a date may look like in all languages, for each table of results (agate's, and most are empty); what it was called with, for each
thing that it renders. A twentieth of what a build of small tables costs. Two patches, which
tests/unit/orchestration/runs/test_spared_work.py watches.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import parsedatetime
from dbt.context import providers

_providers: Any = providers
_args_to_dict: Any = _providers.args_to_dict
_known: list[tuple[Any, dict[str, Any]]] = []


def spare_repeated_work() -> None:
    """From here on, in this process. A second call changes nothing."""
    patched: Any = parsedatetime
    if not hasattr(patched.Constants, "cache_info"):
        # Read by all who have it and changed by none, but for parsing dates without a format, which dbt does not.
        patched.Constants = cache(patched.Constants)
    _providers.args_to_dict = _args_to_dict_once


def _args_to_dict_once(args: Any) -> dict[str, Any]:
    if not _known or _known[0][0] is not args:
        _known[:] = [(args, _args_to_dict(args))]
    return _known[0][1]
