"""Runs the unit tests that stand beside the models in YAML, in a warehouse whose feeds were all declared and never delivered."""

import json
from pathlib import Path

from orchestration.connections import connected
from orchestration.loading.declarations import read_declarations
from orchestration.loading.raw_schema import prepare_raw
from tests.support.warehouse import PROJECT_ROOT, dbt_of_the_project


def test_every_unit_test_of_a_model_passes(tmp_path: Path) -> None:
    with connected(tmp_path / "warehouse.duckdb") as connection:
        prepare_raw(connection, read_declarations(PROJECT_ROOT / "models"))
    # A unit test reads the column types of what a model refs, so those have to exist; rows are the test's own.
    built = dbt_of_the_project(tmp_path, "--quiet", "build", "--empty", "--resource-type", "seed", "--resource-type", "model")
    assert built.returncode == 0, built.stdout + built.stderr

    tested = dbt_of_the_project(tmp_path, "--quiet", "test", "--select", "test_type:unit")
    results = json.loads((tmp_path / "dbt" / "run_results.json").read_text(encoding="utf-8"))["results"]
    tests = [result for result in results if not result["unique_id"].startswith("operation.")]
    assert {result["unique_id"] for result in tests if result["status"] != "pass"} == set(), tested.stdout + tested.stderr
    assert tested.returncode == 0, tested.stdout + tested.stderr

    manifest = json.loads((tmp_path / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    assert {result["unique_id"] for result in tests} == set(manifest["unit_tests"])
