"""Dagster's integration of dbt, loaded without dbt itself: a refresh starts dbt in a process of its own and has no use for a second one.

Dagster then takes it that dbt is installed elsewhere, which it knows how to work with, and reads from the manifest which nodes there are.
A second of CPU time of each command that refreshes. tests/unit/orchestration/runs/test_dagster_and_dbt.py watches it.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

_ASKED_FIRST = "dbt.version"


@contextmanager
def _without_dbt() -> Generator[None]:
    modules: dict[str, Any] = sys.modules
    loaded = modules.get(_ASKED_FIRST)
    modules[_ASKED_FIRST] = None
    try:
        yield
    finally:
        del modules[_ASKED_FIRST]
        if loaded is not None:
            modules[_ASKED_FIRST] = loaded


with _without_dbt():
    from dagster_dbt import (
        DagsterDbtTranslator,
        DagsterDbtTranslatorSettings,
        DbtCliInvocation,
        DbtCliResource,
        DbtProject,
        dbt_assets,
    )

__all__ = ["DagsterDbtTranslator", "DagsterDbtTranslatorSettings", "DbtCliInvocation", "DbtCliResource", "DbtProject", "dbt_assets"]
