"""What dbt-spark does wrong and the project mends: seeds that lose nulls, and ANSI mode that is always off.

One build on Spark; the canaries tell when the adapter does it right by itself, so that what mends it can go.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.support.dbt_project import PROJECT_FILE
from tests.support.warehouse import PROJECT_ROOT

pytest.importorskip("pyspark", reason="pyspark is not installed; Spark is the optional engine")
pytest.importorskip("dbt.adapters.spark", reason="dbt-spark is not installed; Spark is the optional engine")
if shutil.which("java") is None:
    pytest.skip("there is no Java on the PATH; Spark needs one", allow_module_level=True)

SEED = "name,share,since,is_open\nO'Neill \\ Sons,0.1,2025-01-31,true\n,,,\nNone,2,2024-02-29,false\n"
SEED_FILE = "{version: 2, seeds: [{name: shops, config: {column_types: {name: string, share: double, since: date, is_open: boolean}}}]}"
# As one text, which dbt shows in its log.
TOLD = """select concat_ws('; ', array_sort(collect_list(
    coalesce(name, 'null') || ',' || coalesce(cast(share as string), 'null') || ',' || coalesce(cast(since as string), 'null')
    || ',' || coalesce(cast(is_open as string), 'null')))) as told from {{ ref('shops') }}"""
MODELS = {
    "told.sql": "{{ config(materialized='view') }}\n" + TOLD,
    "asked.sql": "{% set asked = 'select told from ' ~ ref('told') %}"
    "{% if execute %}{% do log('told: ' ~ run_query(asked).rows[0][0], info=true) %}{% endif %}select 1 as a",
    "added.sql": "{% set asked = 'select typeof(cast(1 as decimal(38, 12)) - cast(1 as decimal(38, 12)))' %}"
    "{% if execute %}{% do log('added: ' ~ run_query(asked).rows[0][0], info=true) %}{% endif %}select 1 as a",
    "divided.sql": "{{ config(materialized='table') }} select 1 / cast(name as int) as a from {{ ref('shops') }} where name = 'None'",
}


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str]:
    """The status of each node, and what dbt said."""
    folder = tmp_path_factory.mktemp("seeds_on_spark")
    (folder / "macros").symlink_to(PROJECT_ROOT / "macros")
    (folder / "profiles.yml").write_text((PROJECT_ROOT / "profiles.yml").read_text(encoding="utf-8").replace("aftersales:", "cases:", 1))
    (folder / "dbt_project.yml").write_text(PROJECT_FILE, encoding="utf-8")
    files = {**{f"models/{name}": sql for name, sql in MODELS.items()}, "seeds/shops.csv": SEED, "seeds/shops.yml": SEED_FILE}
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    environment = {**os.environ, "AFTERSALES_HOME": str(folder), "PYTHONPATH": str(PROJECT_ROOT)}
    finished = subprocess.run(
        [sys.executable, "-m", "orchestration.spark.session", "build", "--target", "spark", "--profiles-dir", "."],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    results = folder / "target" / "run_results.json"
    assert results.exists(), finished.stdout + finished.stderr
    statuses = {
        result["unique_id"].split(".")[-1]: result["status"] for result in json.loads(results.read_text(encoding="utf-8"))["results"]
    }
    return statuses, finished.stdout


def test_a_seed_keeps_its_nulls_quotes_and_types(build: tuple[dict[str, str], str]) -> None:
    statuses, said = build
    assert (statuses["shops"], statuses["asked"]) == ("success", "success"), said
    assert "told: None,2.0,2024-02-29,false; O'Neill \\ Sons,0.1,2025-01-31,true; null,null,null,null" in said


def test_what_is_no_number_cannot_be_cast_to_one(build: tuple[dict[str, str], str]) -> None:
    statuses, said = build
    assert statuses["divided"] == "error", "ANSI mode is off: Spark makes null of it"
    assert "CAST_INVALID_INPUT" in said


def test_what_is_added_to_a_decimal_keeps_its_places(build: tuple[dict[str, str], str]) -> None:
    assert "added: decimal(38,12)" in build[1]


def test_the_adapter_still_turns_ansi_mode_off() -> None:
    from dbt.adapters.spark.connections import SparkConnectionMethod, SparkCredentials

    credentials = SparkCredentials(
        schema="main", host="none", method=SparkConnectionMethod.SESSION, server_side_parameters={"spark.sql.ansi.enabled": "true"}
    )
    assert credentials.server_side_parameters["spark.sql.ansi.enabled"] == "false", "docs/spark.md says otherwise"
