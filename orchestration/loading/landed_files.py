"""Remembers which files of a landing zone a load has taken note of, for those who must not open the warehouse to ask.

One small JSON file for each source system. A file that changed since counts as new.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path

from orchestration.loading.discovery import FileState, LandedFile


def note_landed_files(note: Path, landing: Path, files: Mapping[str, FileState | None]) -> None:
    """Write to ``note`` that ``files`` (by name) of ``landing`` were handled and still lie there."""
    states = {name: _parts(state) for name, state in files.items()}
    note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = note.with_name(f".{note.name}.part")
    unfinished.write_text(json.dumps({"landing": str(landing.resolve()), "files": states}), encoding="utf-8")
    unfinished.replace(note)


def not_noted(note: Path, landing: Path, files: list[LandedFile]) -> list[LandedFile]:
    """Those of ``files`` in ``landing`` that ``note`` does not have as they are now."""
    try:
        noted = json.loads(note.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return files
    if noted["landing"] != str(landing.resolve()):
        return files
    states = noted["files"]
    return [file for file in files if file.name not in states or states[file.name] != _parts(file.state)]


def _parts(state: FileState | None) -> list[int] | None:
    return None if state is None else list(astuple(state))
