"""What dbt's docs say is whole: every column of every published table, and who reads the marts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.warehouse import PROJECT_ROOT, published

VIEWS = PROJECT_ROOT / "portal" / "views"
# Of what is not dbt's: the records of checks and files.
WITHOUT_EXPOSURE = {"data_quality"}


@pytest.fixture(scope="module")
def manifest(small_home: Path) -> dict[str, Any]:
    return json.loads((small_home / "home" / "dbt" / "manifest.json").read_bytes())


def test_every_column_that_readers_get_is_described(small_home: Path) -> None:
    with published(small_home / "home") as marts:
        undescribed = marts.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where database_name = 'marts' and coalesce(comment, '') = ''"
        ).fetchall()
    assert undescribed == []


def test_every_column_that_is_declared_is_described(manifest: dict[str, Any]) -> None:
    undescribed = [
        (node["name"], column["name"])
        for node in (*manifest["nodes"].values(), *manifest["sources"].values())
        for column in (node.get("columns") or {}).values()
        if not column["description"]
    ]
    assert undescribed == []


def test_each_page_of_the_portal_says_what_it_reads(manifest: dict[str, Any]) -> None:
    exposed = {
        exposure["name"]: {name.split(".")[-1] for name in exposure["depends_on"]["nodes"]} for exposure in manifest["exposures"].values()
    }
    pages = re.findall(r'_page\(visit, f?"([a-z-]+)', (PROJECT_ROOT / "portal" / "app.py").read_text(encoding="utf-8"))
    names = {page.replace("-", "_").replace("family_", "families") for page in pages}
    assert {name.removeprefix("portal_") for name in exposed if name.startswith("portal_")} == names - WITHOUT_EXPOSURE
    marts = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    for page in names & {view.stem for view in VIEWS.glob("*.py")} - WITHOUT_EXPOSURE:
        named = set(re.findall(r'"([a-z]+_[a-z_]+)"', (VIEWS / f"{page}.py").read_text(encoding="utf-8"))) & marts
        assert named <= exposed[f"portal_{page}"], page
