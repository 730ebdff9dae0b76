"""dbt's artefacts are written at once, and are what dbt writes, to the last byte."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dbt.artifacts.schemas.base as base
import dbt.artifacts.schemas.run.v5.run as run
import pytest
from dbt import compilation
from dbt.parser.manifest import write_manifest
from dbt.task import runnable
from dbt_common.clients.system import write_json

from orchestration.runs.written_artifacts import spare_unread_artifacts, write_artifacts_at_once

CONTENT = {
    "text": 'ä "q" \u2028 \\',
    "at": datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC),
    "exact": Decimal("1.50"),
    "nested": [{"a": None, "b": [1.5, float("nan"), True, ()]}, {}],
    "of other keys": {1: "one", None: "none"},
}


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undone after the test."""
    for module in (base, run):
        monkeypatch.setattr(module, "write_json", module.write_json)
    write_artifacts_at_once()


@pytest.mark.usefixtures("patched")
@pytest.mark.parametrize("module", [base, run], ids=lambda module: module.__name__)
def test_an_artefact_is_the_same_to_the_last_byte_and_its_folder_is_made(module: object, tmp_path: Path) -> None:
    written = getattr(module, "write_json")  # noqa: B009 - dbt's modules have no types
    assert written is not write_json
    assert written(str(tmp_path / "new" / "ours.json"), CONTENT) is write_json(str(tmp_path / "dbts.json"), CONTENT) is True
    assert (tmp_path / "new" / "ours.json").read_bytes() == (tmp_path / "dbts.json").read_bytes()
    with pytest.raises(OSError, match="Is a directory"):
        written(str(tmp_path), CONTENT)


@pytest.mark.parametrize("manifest_stands", [False, True])
def test_no_graph_is_written_and_no_manifest_where_one_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, manifest_stands: bool
) -> None:
    # Undone after the test.
    monkeypatch.setattr(compilation.Compiler, "write_graph_file", compilation.Compiler.write_graph_file)
    monkeypatch.setattr(runnable, "write_manifest", write_manifest)
    spare_unread_artifacts(manifest_stands=manifest_stands)
    compiler: Any = compilation.Compiler
    compiler(config=None).write_graph_file("a linker", "a manifest")
    assert (getattr(runnable, "write_manifest") is write_manifest) is not manifest_stands  # noqa: B009
