"""Whether a value of a personal column could reach a mart, as far as dbt's manifest tells: by which models read what.

A model carries a personal column when it reads its feed and names the column, or reads a model that carries it and names something that
bears its name. Whoever selects everything carries everything. What nothing names on the way cannot arrive; in doubt it can.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

Node = Mapping[str, Any]

_COMMENTS = re.compile(r"\{#.*?#\}|/\*.*?\*/|--[^\n]*", re.DOTALL)
_ATTRIBUTES = re.compile(r"\.\s*\w+")
_EVERYTHING = re.compile(r"(select|distinct)\s+\*|\.\s*\*|,\s*\*\s*(,|from)", re.IGNORECASE)
_NUMBERS_AND_MOMENTS = re.compile(
    r"(tiny|small|big|huge|u)?int|integer|double|float|real|decimal|numeric|timestamp|date|time", re.IGNORECASE
)
_TRUTHS = frozenset({"boolean", "bool"})


@dataclass(frozen=True)
class PersonalColumn:
    """A column that a feed declares as personal data, and the feed's id in the manifest."""

    name: str
    source_id: str
    told_as: str

    def is_borne_by(self, name: str) -> bool:
        """Whether a name holds that of the column as whole words."""
        return f"_{self.name}_" in f"_{name.lower()}_"

    def may_be_held_by(self, name: str, data_type: str) -> bool:
        """Whether a published column of that name and type could hold its values: a number or a moment only where its name ends so."""
        if not self.is_borne_by(name) or data_type.lower() in _TRUTHS:
            return False
        return _NUMBERS_AND_MOMENTS.match(data_type) is None or f"_{name.lower()}".endswith(f"_{self.name}")


@dataclass
class PersonalFlow:
    """The way of personal columns through the models of a manifest."""

    manifest: Node
    _carriers: dict[PersonalColumn, dict[str, str | None]] = field(default_factory=dict[PersonalColumn, dict[str, str | None]])

    @property
    def columns(self) -> Iterator[PersonalColumn]:
        """Every column that a feed declares ``pii``."""
        for source_id, source in cast(Mapping[str, Node], self.manifest.get("sources") or {}).items():
            for column in cast(Mapping[str, Node], source.get("columns") or {}).values():
                if {**(column.get("meta") or {}), **((column.get("config") or {}).get("meta") or {})}.get("pii"):
                    told_as = f"{source['source_name']}.{source['name']}.{column['name']}"
                    yield PersonalColumn(str(column["name"]).lower(), source_id, told_as)

    def way_to(self, mart_id: str, personal: PersonalColumn) -> list[str] | None:
        """The models through which values of the column could reach the mart, from the first to the mart; None: through none."""
        if "depends_on" not in self._models[mart_id]:
            return [mart_id.rsplit(".", maxsplit=1)[-1]]
        if personal not in self._carriers:
            self._carriers[personal] = self._carried(personal)
        carriers = self._carriers[personal]
        if mart_id not in carriers:
            return None
        way: list[str] = []
        step: str | None = mart_id
        while step is not None:
            way.insert(0, str(self._models[step]["name"]))
            step = carriers[step]
        return way

    @property
    def _models(self) -> Mapping[str, Node]:
        return self.manifest["nodes"]

    def _carried(self, personal: PersonalColumn) -> dict[str, str | None]:
        """The models that carry a column, each with the one it has it from."""
        read_by: dict[str, list[str]] = {}
        for model_id, model in self._models.items():
            if model["resource_type"] == "model":
                for parent in (model.get("depends_on") or {}).get("nodes") or []:
                    read_by.setdefault(parent, []).append(model_id)
        column = re.compile(rf"\b{re.escape(personal.name)}\b")
        bearing = re.compile(rf"(?<![a-z0-9]){re.escape(personal.name)}(?![a-z0-9])")
        carriers: dict[str, str | None] = {}
        waiting: deque[str] = deque()
        for model_id in read_by.get(personal.source_id, []):
            if _names(self._code(model_id), column):
                carriers[model_id] = None
                waiting.append(model_id)
        while waiting:
            carrier = waiting.popleft()
            for model_id in read_by.get(carrier, []):
                if model_id not in carriers and _names(self._code(model_id) + self._emitted(model_id), bearing):
                    carriers[model_id] = carrier
                    waiting.append(model_id)
        return carriers

    def _code(self, model_id: str) -> str:
        return _COMMENTS.sub(" ", str(self._models[model_id].get("raw_code") or "")).lower()

    def _emitted(self, model_id: str) -> str:
        """What a model may name beyond its own code: its declared columns, and what its macros of the project write."""
        model = self._models[model_id]
        macros: Mapping[str, Node] = self.manifest.get("macros") or {}
        used = [macros[name] for name in (model.get("depends_on") or {}).get("macros") or [] if name in macros]
        # relation.name is an attribute, and no column.
        texts = [_ATTRIBUTES.sub(" ", _COMMENTS.sub(" ", str(macro.get("macro_sql") or ""))) for macro in used if _is_ours(macro, model)]
        return " ".join([" ", *(model.get("columns") or {}), *texts]).lower()


def _is_ours(macro: Node, model: Node) -> bool:
    return macro.get("package_name") == model.get("package_name")


def _names(code: str, column: re.Pattern[str]) -> bool:
    return column.search(code) is not None or _EVERYTHING.search(code) is not None
