"""The sources that come with the project: off they are nothing, on they know every column of what their systems hand out."""

import json

import pytest

from orchestration.loading import read_declarations
from orchestration.project import MODELS_FOLDER
from tests.support.built_in_sources import SOURCES
from tests.support.compiled_models import compiled_project


def test_a_source_that_is_off_is_no_node_and_no_table(tmp_path_factory: pytest.TempPathFactory) -> None:
    manifest = json.loads(compiled_project(tmp_path_factory).manifest.read_text(encoding="utf-8"))
    nodes = [*manifest["nodes"].values(), *manifest["sources"].values()]
    of_built_in = [node["name"] for node in nodes if set(SOURCES) & set(node["fqn"])]
    assert of_built_in == []
    assert [node["name"] for node in nodes if "mapping" in node["fqn"]] == []
    assert not set(SOURCES) & set(read_declarations(MODELS_FOLDER))


def test_every_feed_says_which_columns_it_does_not_want() -> None:
    """So that a column that was renamed is told by its name."""
    feeds = [feed for source in SOURCES.values() for feed in source.feeds.values()]
    assert [f"{feed.source_system}.{feed.name}" for feed in feeds if not feed.ignored_columns] == []
