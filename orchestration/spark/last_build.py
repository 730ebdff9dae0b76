"""What a build on Spark takes over of the one before: files of tables that are made by period (``macros/by_period/by_period.sql``).

Both are named by settings, SPARK_TABLES and SPARK_LAST_TABLES. Each stands in a folder of its own, and the last one's is only read.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from orchestration.settings import PROJECT_FINGERPRINT, SPARK_LAST_TABLES, SPARK_TABLES

# Where it stands of which project a build is; the notes of what tables were built from; what a table without a row is shown by.
_PROJECT = "project"
_NOTES = "notes.db"
EMPTY = "_empty"


def begin_build(tables: Path) -> None:
    """Note in the folder ``tables`` of which project the build is."""
    tables.mkdir(parents=True, exist_ok=True)
    (tables / _PROJECT).write_text(PROJECT_FINGERPRINT.text, encoding="utf-8")


def was_built(model: str) -> bool:
    """Whether the last build made the table of ``model`` to its end, and was of the same project; of no known project none was."""
    if not SPARK_LAST_TABLES.text or not PROJECT_FINGERPRINT.text:
        return False
    last = Path(SPARK_LAST_TABLES.text)
    return is_noted(last, model) and (last / _PROJECT).read_text(encoding="utf-8") == PROJECT_FINGERPRINT.text


def is_noted(tables: Path, model: str) -> bool:
    """Whether a build in the folder ``tables`` made the table of ``model`` to its end: notes are written last, this file last of them."""
    return (tables / _NOTES / model / "_SUCCESS").exists()


def take_over(schema: str, name: str, touched_parts: Collection[str]) -> str:
    """Give the table ``schema.name`` of this build the last one's files, but for ``touched_parts``, all at once. Returns its folder."""
    place = Path(f"{schema}.db", name)
    folder = Path(SPARK_TABLES.text) / place
    left_out = {EMPTY, *(f"period_part={part}" for part in touched_parts)}
    draft = folder.with_name(f".{name}")
    shutil.copytree(Path(SPARK_LAST_TABLES.text) / place, draft, ignore=lambda _, names: left_out.intersection(names), copy_function=_link)
    return str(draft.rename(folder))


def _link(former: str, file: str) -> None:
    """Give a file that stands for good a second name; where that cannot be (a file system without), a copy."""
    try:
        os.link(former, file)
    except OSError:
        shutil.copyfile(former, file)
