"""What Dagster's web page shows of the project: every asset under its layer, every automation with what it is for."""

from collections import Counter

import dagster as dg
import pytest

from orchestration.definitions import build_definitions
from orchestration.home import Home
from tests.support.warehouse import give_parsed_project


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    home = Home(tmp_path_factory.mktemp("home"))
    give_parsed_project(home.dbt_target)
    return build_definitions(home.create())


def test_every_asset_lies_in_a_group_named_for_its_layer(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assets = [graph.get(key) for key in graph.get_all_asset_keys()]
    groups = Counter(asset.group_name for asset in assets)
    assert "default" not in groups
    assert [asset.key for asset in assets if not asset.description] == []
    assert {
        "extracts_contract",
        "extracts_loader",
        "staging_contract",
        "intermediate_tickets",
        "core",
        "measures",
        "scoreboard",
        "reference",
        "published",
    } <= set(groups)


def test_schedule_and_sensors_say_what_they_are_for(definitions: dg.Definitions) -> None:
    automations = [*(definitions.schedules or ()), *(definitions.sensors or ())]
    assert {each.name for each in automations} == {"nightly_refresh", "new_extracts", "failure_notice"}
    assert [each.name for each in automations if not each.description] == []
