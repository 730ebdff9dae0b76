"""The dbt project: where it stands, its variables, and what dbt's manifest says of models, sources and data tests.

The one reader of ``dbt_project.yml`` and of ``manifest.json``. Runs no dbt and knows no Dagster; what a feed's columns mean to the
loader is read by ``loading.declarations``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

PROJECT_ROOT = Path(__file__).resolve().parents[1]
MODELS_FOLDER = PROJECT_ROOT / "models"
PROJECT_FILE = PROJECT_ROOT / "dbt_project.yml"
MANIFEST_FILE = "manifest.json"

_MARTS_FOLDER = "marts"

_Node = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A described column of a model or a source table."""

    name: str
    data_type: str
    description: str
    meta: Mapping[str, Any]


@dataclass(frozen=True)
class Relation:
    """A model, seed, snapshot or source table. ``path`` begins below the folder of its kind, ``file`` at the project's root."""

    name: str
    kind: str
    schema: str
    path: str
    file: str
    description: str
    meta: Mapping[str, Any]
    columns: tuple[Column, ...]
    # The columns that tell its rows apart, as a data test claims.
    grain: tuple[str, ...] = ()
    # The feeds that it reads itself, as ``<source>.<feed>``.
    feeds: tuple[str, ...] = ()
    unique_id: str = ""
    # The unique ids of what it reads; None where the manifest does not say.
    reads: tuple[str, ...] | None = None
    # As it is written, and the macros of the project that it uses.
    code: str = ""
    macros: tuple[str, ...] = ()
    materialized: str = ""

    @property
    def subject(self) -> str:
        """``schema.name``, as check results and people name it."""
        return f"{self.schema}.{self.name}"

    @property
    def layer(self) -> str:
        """The first folder of its path: ``staging``, ``intermediate``, ``marts``."""
        return self.path.split("/", maxsplit=1)[0]


@dataclass(frozen=True)
class DataTest:
    """A data test, and the name of the relation that it is about."""

    name: str
    subject: str
    column: str | None
    severity: Literal["critical", "warning"]
    description: str


class DbtManifest:
    """What dbt made of the project when it parsed it last. Each part is made out when it is asked for."""

    def __init__(self, content: _Node) -> None:
        self._content = content

    @cached_property
    def relations(self) -> Mapping[str, Relation]:
        """Models, seeds and snapshots of the project by their unique id."""
        project = (self._content.get("metadata") or {}).get("project_name")
        return {
            unique_id: replace(_relation(node, unique_id), grain=self._grain(unique_id), feeds=self._feeds(node), macros=self._macros(node))
            for unique_id, node in self._nodes.items()
            if node["resource_type"] in ("model", "seed", "snapshot") and (project is None or node.get("package_name") in (None, project))
        }

    @property
    def models(self) -> Sequence[Relation]:
        """The models, in the manifest's order."""
        return [relation for relation in self.relations.values() if relation.kind == "model"]

    @property
    def marts(self) -> Sequence[Relation]:
        """The models under ``models/marts``."""
        return [model for model in self.models if model.layer == _MARTS_FOLDER]

    @cached_property
    def sources(self) -> Mapping[str, Relation]:
        """The declared feeds as raw tables, by ``<source>.<feed>``."""
        return {_feed_name(node): _relation(node, unique_id) for unique_id, node in self._source_nodes.items()}

    @cached_property
    def data_tests(self) -> Mapping[str, DataTest]:
        """The data tests by their unique id."""
        return {unique_id: self._data_test(node) for unique_id, node in self._nodes.items() if node["resource_type"] == "test"}

    @property
    def _nodes(self) -> Mapping[str, _Node]:
        return self._content["nodes"]

    @property
    def _source_nodes(self) -> Mapping[str, _Node]:
        return self._content.get("sources") or {}

    def _feeds(self, node: _Node) -> tuple[str, ...]:
        read: Sequence[str] = (node.get("depends_on") or {}).get("nodes") or []
        return tuple(_feed_name(self._source_nodes[name]) for name in read if name in self._source_nodes)

    def _macros(self, node: _Node) -> tuple[str, ...]:
        macros: Mapping[str, _Node] = self._content.get("macros") or {}
        used = [macros[name] for name in (node.get("depends_on") or {}).get("macros") or [] if name in macros]
        return tuple(str(macro.get("macro_sql") or "") for macro in used if macro.get("package_name") == node.get("package_name"))

    def _grain(self, unique_id: str) -> tuple[str, ...]:
        """As a test of the whole relation claims, else the first column that is claimed to be unique."""
        claims = self._uniqueness.get(unique_id, [])
        return next((columns for columns in claims if len(columns) > 1), claims[0] if claims else ())

    @cached_property
    def _uniqueness(self) -> Mapping[str, list[tuple[str, ...]]]:
        """The columns that data tests claim to be unique together, by the unique id of the relation."""
        claims: dict[str, list[tuple[str, ...]]] = {}
        for node in self._nodes.values():
            test: _Node = node.get("test_metadata") or {}
            if "unique" in str(test.get("name")) and node.get("attached_node"):
                arguments: _Node = test.get("kwargs") or {}
                columns: Sequence[str] = arguments.get("columns") or [str(arguments["column_name"])]
                claims.setdefault(str(node["attached_node"]), []).append(tuple(columns))
        return claims

    def _data_test(self, node: _Node) -> DataTest:
        attached = node.get("attached_node")
        tested = [attached] if attached else list(node["depends_on"]["nodes"])
        subjects = [f"{parent['schema']}.{parent['name']}" for parent in map(self._nodes.get, tested) if parent is not None]
        return DataTest(
            name=str(node["name"]),
            subject=subjects[0] if subjects else str(node["name"]),
            column=node.get("column_name"),
            severity="warning" if str(node["config"].get("severity", "error")).lower() == "warn" else "critical",
            description=str(node.get("description") or ""),
        )


def dbt_manifest(target: Path) -> DbtManifest:
    """The manifest in dbt's folder ``target``; parsed once for as long as the file stays as it is.

    Raises ``FileNotFoundError`` when there is none and ``ValueError`` when it was not written to its end.
    """
    return manifest_in(target / MANIFEST_FILE)


def manifest_in(file: Path) -> DbtManifest:
    """The manifest in ``file``. Raises as ``dbt_manifest`` does."""
    status = file.stat()
    return _read(file, status.st_mtime_ns, status.st_size)


# A process deals with one project; the manifest of a large one takes 50 MB as Python objects.
@lru_cache(maxsize=1)
def _read(file: Path, _modified_ns: int, _bytes: int) -> DbtManifest:
    return DbtManifest(json.loads(file.read_bytes()))


@cache
def project_variables(project_file: Path = PROJECT_FILE) -> Mapping[str, Any]:
    """``vars`` of ``dbt_project.yml``."""
    return yaml.safe_load(project_file.read_text(encoding="utf-8"))["vars"]


def _feed_name(source: _Node) -> str:
    return f"{source['source_name']}.{source['name']}"


def _relation(node: _Node, unique_id: str) -> Relation:
    # dbt fills config.meta or the older place meta, by version and kind of node.
    columns: Mapping[str, _Node] = node.get("columns") or {}
    return Relation(
        name=str(node.get("alias") or node["name"]),
        kind=str(node["resource_type"]),
        schema=str(node["schema"]),
        path=str(node["path"]),
        file=str(node.get("original_file_path") or node["path"]),
        description=str(node.get("description") or ""),
        meta=_meta(node),
        columns=tuple(
            Column(str(each["name"]), str(each.get("data_type") or ""), str(each.get("description") or ""), _meta(each))
            for each in columns.values()
        ),
        unique_id=unique_id,
        reads=tuple(node["depends_on"].get("nodes") or []) if "depends_on" in node else None,
        code=str(node.get("raw_code") or ""),
        materialized=str((node.get("config") or {}).get("materialized") or ""),
    )


def _meta(node: _Node) -> Mapping[str, Any]:
    return {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}
