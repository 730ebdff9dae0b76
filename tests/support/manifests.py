"""Nodes of a dbt manifest as dbt writes them, with what a test says of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def model_node(
    path: str, *, meta: Mapping[str, Any] | None = None, columns: Sequence[Mapping[str, Any]] = (), reads: Sequence[str] = ()
) -> dict[str, Any]:
    """A model at ``path`` below ``models/``; ``columns`` as its YAML lists them, ``reads`` the feeds (``source.feed``) it selects from."""
    return {
        "resource_type": "model",
        "package_name": "aftersales",
        "name": Path(path).stem,
        "schema": Path(path).parts[-2] if path.startswith("marts/") else Path(path).parts[0],
        "path": path,
        "original_file_path": f"models/{path}",
        "description": f"One row per row of {Path(path).stem}.",
        "config": {"meta": dict(meta or {})},
        "columns": {column["name"]: dict(column) for column in columns},
        "depends_on": {"nodes": [f"source.aftersales.{feed}" for feed in reads]},
    }


def unique_test(model: str, column: str) -> dict[str, Any]:
    """The claim that ``column`` tells the rows of ``model`` apart."""
    return {
        "resource_type": "test",
        "name": f"unique_{model}_{column}",
        "config": {},
        "depends_on": {"nodes": []},
        "attached_node": f"model.aftersales.{model}",
        "column_name": column,
        "test_metadata": {"name": "unique", "kwargs": {"column_name": column}},
    }


def manifest_of(*nodes: dict[str, Any], feeds: Sequence[str] = ()) -> dict[str, Any]:
    """A manifest with ``nodes`` and a source table for each of ``feeds``."""
    sources = [dict(zip(("source_name", "name"), feed.split("."), strict=True)) for feed in feeds]
    return {
        "metadata": {"project_name": "aftersales"},
        "nodes": {f"{node['resource_type']}.aftersales.{node['name']}": node for node in nodes},
        "sources": {
            f"source.aftersales.{source['source_name']}.{source['name']}": {
                **source,
                "resource_type": "source",
                "schema": "raw",
                "path": "models",
            }
            for source in sources
        },
    }
