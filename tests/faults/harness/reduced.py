"""A copy of the project with one source system and a few marts: the same job, the same stages, a quarter of the models to build."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.support.warehouse import PROJECT_ROOT, copied_project

SOURCE_SYSTEM = "contract"
# What the loader itself tells.
LOADER = "loader"
# What the expectations read of the seeds' files, whatever marts there are.
SEEDS = ("kpi_definitions",)
MARTS = ("dim_merchants", "dim_products", "fct_orders", "fct_order_items", "fct_after_sales_requests", "fct_refunds", "kpi_return_reasons")

_BUILT = ("model", "seed")


def reduced_project(folder: Path, *, dbt: Path | None = None) -> Path:
    """Make the copy in ``folder``, the harness with it, and return it. ``dbt`` is the program that parses it once."""
    shutil.rmtree(folder, ignore_errors=True)
    copied_project(folder)
    for part in ("tests/faults", "tests/support"):
        shutil.copytree(PROJECT_ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(PROJECT_ROOT / "constraints.txt", folder / "constraints.txt")
    settings = yaml.safe_load((folder / "dbt_project.yml").read_text(encoding="utf-8"))
    variables = settings["vars"]
    variables["source_systems"] = [SOURCE_SYSTEM]
    variables["staged_entities"] = {SOURCE_SYSTEM: variables["staged_entities"][SOURCE_SYSTEM]}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    manifest = _manifest(folder, dbt or Path(sys.executable).with_name("dbt"))
    for source in (folder / "models" / "staging").iterdir():
        if source.is_dir() and source.name not in (SOURCE_SYSTEM, LOADER):
            shutil.rmtree(source)
    _leave_only(_behind((*MARTS, *SEEDS), manifest), manifest, folder)
    return folder


def _manifest(folder: Path, dbt: Path) -> dict[str, Any]:
    target = folder / "target"
    folders = ("--project-dir", folder, "--profiles-dir", folder, "--target-path", target)
    subprocess.run([dbt, "parse", "--quiet", *folders], cwd=folder, check=True)
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    shutil.rmtree(target)
    return manifest


def _behind(names: tuple[str, ...], manifest: dict[str, Any]) -> set[str]:
    """The models and seeds of these names, and all that they are built from."""
    kept: set[str] = set()
    waiting = [node_id for node_id, node in manifest["nodes"].items() if node["resource_type"] in _BUILT and node["name"] in names]
    while waiting:
        node_id = waiting.pop()
        if node_id not in kept:
            kept.add(node_id)
            waiting += manifest["parent_map"][node_id]
    return kept


def _leave_only(kept: set[str], manifest: dict[str, Any], folder: Path) -> None:
    """Remove the other models and seeds with their YAML, and what tests them."""
    for node_id, node in manifest["nodes"].items():
        file = folder / node["original_file_path"]
        if node["resource_type"] in _BUILT and node_id not in kept:
            file.unlink(missing_ok=True)
            file.with_suffix(".yml").unlink(missing_ok=True)
        elif node["resource_type"] == "test" and file.suffix == ".sql" and not kept.issuperset(node["depends_on"]["nodes"]):
            file.unlink()
    names = {node["name"] for node_id, node in manifest["nodes"].items() if node_id in kept}
    for file in (folder / "models").rglob("_*.yml"):
        described = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "models" in described:
            described["models"] = [model for model in described["models"] if model["name"] in names]
            file.write_text(yaml.safe_dump(described, allow_unicode=True, sort_keys=False), encoding="utf-8")
    for exposure in manifest["exposures"].values():
        if not kept.issuperset(exposure["depends_on"]["nodes"]):
            (folder / exposure["original_file_path"]).unlink(missing_ok=True)
