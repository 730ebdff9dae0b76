"""What a table that is made by period says that it is built from, and what its tests ask of."""

import json
import re
from typing import Any

import pytest

from tests.support.compiled_models import compiled_project


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What dbt's manifest says of each model and test, by its id."""
    return json.loads(compiled_project(tmp_path_factory).manifest.read_text(encoding="utf-8"))["nodes"]


def test_a_table_made_by_period_names_all_that_it_reads_as_an_input(nodes: dict[str, dict[str, Any]]) -> None:
    unnamed: dict[str, list[str]] = {}
    for node in nodes.values():
        if node["config"]["materialized"] != "by_period" or node["config"].get("is_whole"):
            continue
        told = re.search(r"/[*] built from:(.*?)[*]/", node["compiled_code"], re.DOTALL)
        assert told is not None, f"{node['name']} does not say what it is built from"
        # Seeds belong to the project's fingerprint.
        parents = [nodes[parent]["name"] for parent in node["depends_on"]["nodes"] if parent in nodes and not parent.startswith("seed.")]
        unnamed[node["name"]] = [name for name in parents if not re.search(rf"""['"]{name}['"]""", told[1])]
    assert len(unnamed) > 10
    assert {name: parents for name, parents in unnamed.items() if parents} == {}


def test_a_test_of_a_table_made_by_period_asks_of_no_rows_outside_a_period(nodes: dict[str, dict[str, Any]]) -> None:
    wrong: list[str] = []
    for test in nodes.values():
        attached = nodes.get(test.get("attached_node") or "")
        if test["resource_type"] != "test" or attached is None or attached["config"]["materialized"] != "by_period":
            continue
        kind, arguments = test["test_metadata"]["name"], test["test_metadata"]["kwargs"]
        other_parents = [parent for parent in test["depends_on"]["nodes"] if parent != test["attached_node"]]
        is_of_one_row = kind in ("never_null", "not_null", "accepted_values", "not_negative")
        is_of_a_period = kind == "unique_combination" and {"period_grain", "period_start"} <= set(arguments["columns"])
        is_of_a_seed = kind == "relationships" and all(parent.startswith("seed.") for parent in other_parents)
        if not (is_of_one_row or is_of_a_period or is_of_a_seed):
            wrong.append(test["name"])
    assert wrong == []


def test_what_is_made_kpi_by_kpi_reads_tables_that_note_their_rows_so(nodes: dict[str, dict[str, Any]]) -> None:
    made = {name: node for name, node in nodes.items() if node["config"].get("made_by")}
    assert sorted(node["name"] for node in made.values()) == ["kpi_contributions", "kpi_scoreboard"]
    for node in made.values():
        read = [nodes[parent] for parent in node["depends_on"]["nodes"] if parent.startswith("model.") and parent in nodes]
        configs = {table["name"]: table["config"] for table in read if "kpi_id" in table["columns"]}
        noted = {name: config.get("noted_by", config.get("made_by")) for name, config in configs.items()}
        assert len(noted) >= 9 or set(noted) == {"kpi_scoreboard"}
        assert set(noted.values()) == {node["config"]["made_by"]}, noted
