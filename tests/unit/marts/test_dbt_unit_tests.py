"""Runs the unit tests that stand beside the models in YAML, in a warehouse whose feeds were all declared and never delivered."""

import json
from pathlib import Path

import pytest

from tests.support.compiled_models import build, compiled_project, new_warehouse
from tests.support.warehouse import dbt_of_the_project


def test_every_unit_test_of_a_model_passes(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    project = compiled_project(tmp_path_factory)
    # A unit test reads the column types of what a model refs, so those have to exist; rows are the test's own.
    build(project, new_warehouse(project, tmp_path / "warehouse.duckdb"))
    tested = dbt_of_the_project(tmp_path, "--quiet", "test", "--select", "test_type:unit")
    results = json.loads((tmp_path / "dbt" / "run_results.json").read_text(encoding="utf-8"))["results"]
    tests = [result for result in results if not result["unique_id"].startswith("operation.")]
    assert {result["unique_id"] for result in tests if result["status"] != "pass"} == set(), tested.stdout + tested.stderr
    assert tested.returncode == 0, tested.stdout + tested.stderr

    manifest = json.loads((tmp_path / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    assert {result["unique_id"] for result in tests} == set(manifest["unit_tests"])
