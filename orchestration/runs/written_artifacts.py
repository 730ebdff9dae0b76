"""Has dbt write its artefacts by Python's encoder in C, and none that nobody reads. ``json.dump`` never takes it: two CPU seconds for
this project's manifest.

Patches, which tests/unit/orchestration/runs/test_written_artifacts.py watches. What is written is the same to the last byte.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dbt import compilation
from dbt.artifacts.schemas import base
from dbt.artifacts.schemas.run.v5 import run
from dbt.task import runnable
from dbt_common.utils.encoding import JSONEncoder


def write_artifacts_at_once() -> None:
    """From here on, in this process. A second call changes nothing."""
    writers: tuple[Any, ...] = (base, run)
    for writer in writers:
        writer.write_json = _write


def spare_unread_artifacts(*, manifest_stands: bool) -> None:
    """Write no graph, which is for people who look into dbt, and no manifest where that of this very project lies there already."""
    compiler: Any = compilation.Compiler
    compiler.write_graph_file = _nothing
    if manifest_stands:
        tasks: Any = runnable
        tasks.write_manifest = _nothing


def _nothing(*_: object) -> None:
    """What writing nothing takes."""


def _write(path: str, content: dict[str, Any]) -> bool:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, cls=JSONEncoder), encoding="utf-8")
    return True
