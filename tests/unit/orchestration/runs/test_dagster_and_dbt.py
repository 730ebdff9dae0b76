"""Canary: what assembles a refresh loads no dbt, and Dagster then reads the nodes of a project from its manifest."""

import json
import subprocess
import sys

PROGRAM = """
import json, sys
import orchestration.definitions
from dagster_dbt.utils import select_unique_ids
nodes = select_unique_ids("fqn:*", "", "", None, {"metadata": {"dbt_version": "1.11.16"}, "nodes": {"model.a.b": {}, "test.a.c": {}}})
print(json.dumps([sorted(nodes), sorted(name for name in sys.modules if name.partition(".")[0] in ("dbt", "dbt_common"))]))
"""


def test_a_refresh_is_assembled_without_dbt() -> None:
    finished = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    nodes, loaded = json.loads(finished.stdout)
    assert nodes == ["model.a.b", "test.a.c"]
    # A folder that other packages put theirs into; nothing is in it.
    assert set(loaded) <= {"dbt"}
