"""Runs the unit tests that stand beside the models in YAML, in a warehouse whose feeds were all declared and never delivered."""

import json
import os
import subprocess
import sys
from pathlib import Path

from orchestration.connections import connected
from orchestration.loading.declarations import read_declarations
from orchestration.loading.raw_schema import prepare_raw
from tests.support.warehouse import PROJECT_ROOT


def dbt(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            Path(sys.executable).with_name("dbt"),
            *arguments,
            "--profiles-dir",
            str(PROJECT_ROOT),
            "--log-path",
            str(home / "logs"),
            "--quiet",
        ],
        cwd=PROJECT_ROOT,
        env={**os.environ, "AFTERSALES_HOME": str(home), "DBT_TARGET_PATH": str(home / "target")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_unit_test_of_a_model_passes(tmp_path: Path) -> None:
    with connected(tmp_path / "warehouse.duckdb") as connection:
        prepare_raw(connection, read_declarations(PROJECT_ROOT / "models"))
    # A unit test reads the column types of what a model refs, so those have to exist; rows are the test's own.
    built = dbt(tmp_path, "build", "--empty", "--resource-type", "seed", "--resource-type", "model")
    assert built.returncode == 0, built.stdout + built.stderr

    tested = dbt(tmp_path, "test", "--select", "test_type:unit")
    results = json.loads((tmp_path / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    tests = [result for result in results if not result["unique_id"].startswith("operation.")]
    assert {result["unique_id"] for result in tests if result["status"] != "pass"} == set(), tested.stdout + tested.stderr
    assert tested.returncode == 0, tested.stdout + tested.stderr

    manifest = json.loads((tmp_path / "target" / "manifest.json").read_text(encoding="utf-8"))
    assert {result["unique_id"] for result in tests} == set(manifest["unit_tests"])
