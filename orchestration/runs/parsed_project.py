"""The dbt project as it was parsed, kept in dbt's folder of a home for the builds that follow. Parses nothing itself.

dbt keeps what it parsed too, but parses all of it again when the database lies elsewhere or a variable was given on the command line
(``as_of``), and reads every file each time. What it makes of the project's files depends on neither: whether they are the same is what
the fingerprint says.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.project import PROJECT_ROOT

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_PARSED_BY_DBT = "partial_parse.msgpack"
_KEPT = "parsed_project.msgpack"
_MARK = "manifest.fingerprint"

FILES = (_KEPT, _MARK)
# Beside it lies what its templates were compiled to, which is worth the same to any other project: orchestration.runs.compiled_templates.
TEMPLATES = "compiled_templates"


class ParsedProject:
    """What is kept in dbt's folder ``target``."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def is_of(self, fingerprint: str) -> bool:
        """Whether this is the project of that fingerprint, at the place where it lies now."""
        mark = self._target / _MARK
        return (self._target / _KEPT).exists() and mark.exists() and mark.read_text(encoding="utf-8") == _marked(fingerprint)

    def keep(self, fingerprint: str) -> None:
        """Keep what dbt has just parsed. The mark is written last: without it, all is parsed again."""
        shutil.copyfile(self._target / _PARSED_BY_DBT, self._target / _KEPT)
        (self._target / _MARK).write_text(_marked(fingerprint), encoding="utf-8")

    def forget(self) -> None:
        """Trust nothing that is kept."""
        (self._target / _MARK).unlink(missing_ok=True)

    def manifest(self) -> Manifest:
        """What is kept, ready for dbt to run."""
        from dbt.contracts.graph.manifest import Manifest

        manifest = Manifest.from_msgpack((self._target / _KEPT).read_bytes())
        manifest.build_flat_graph()
        return manifest


def _marked(fingerprint: str) -> str:
    return f"{fingerprint} {PROJECT_ROOT}"
