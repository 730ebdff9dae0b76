"""Whether a value of a personal column could reach a mart, as far as dbt's manifest tells: by which models read what.

A model carries a personal column when it reads its feed and names the column, or reads a model that carries it and names something that
bears its name. Whoever selects everything carries everything. What nothing names on the way cannot arrive; in doubt it can.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from orchestration.project import DbtManifest, Relation

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

    manifest: DbtManifest
    _carriers: dict[PersonalColumn, dict[str, str | None]] = field(default_factory=dict[PersonalColumn, dict[str, str | None]])

    @property
    def columns(self) -> Iterator[PersonalColumn]:
        """Every column that a feed declares ``pii``."""
        for name, feed in self.manifest.sources.items():
            for column in feed.columns:
                if column.meta.get("pii"):
                    yield PersonalColumn(column.name.lower(), feed.unique_id, f"{name}.{column.name}")

    def way_to(self, mart: Relation, personal: PersonalColumn) -> list[str] | None:
        """The models through which values of the column could reach the mart, from the first to the mart; None: through none."""
        if mart.reads is None:
            return [mart.name]
        if personal not in self._carriers:
            self._carriers[personal] = self._carried(personal)
        carriers = self._carriers[personal]
        if mart.unique_id not in carriers:
            return None
        way: list[str] = []
        step: str | None = mart.unique_id
        while step is not None:
            way.insert(0, self.manifest.relations[step].name)
            step = carriers[step]
        return way

    def _carried(self, personal: PersonalColumn) -> dict[str, str | None]:
        """The models that carry a column, each with the one it has it from."""
        read_by: dict[str, list[Relation]] = {}
        for model in self.manifest.models:
            for parent in model.reads or ():
                read_by.setdefault(parent, []).append(model)
        column = re.compile(rf"\b{re.escape(personal.name)}\b")
        bearing = re.compile(rf"(?<![a-z0-9]){re.escape(personal.name)}(?![a-z0-9])")
        carriers: dict[str, str | None] = {}
        waiting: deque[str] = deque()
        for model in read_by.get(personal.source_id, []):
            if _names(_code(model), column):
                carriers[model.unique_id] = None
                waiting.append(model.unique_id)
        while waiting:
            carrier = waiting.popleft()
            for model in read_by.get(carrier, []):
                if model.unique_id not in carriers and _names(_code(model) + _emitted(model), bearing):
                    carriers[model.unique_id] = carrier
                    waiting.append(model.unique_id)
        return carriers


def _code(model: Relation) -> str:
    return _COMMENTS.sub(" ", model.code).lower()


def _emitted(model: Relation) -> str:
    """What a model may name beyond its own code: its declared columns, and what its macros of the project write."""
    # relation.name is an attribute, and no column.
    texts = [_ATTRIBUTES.sub(" ", _COMMENTS.sub(" ", macro)) for macro in model.macros]
    return " ".join([" ", *(column.name for column in model.columns), *texts]).lower()


def _names(code: str, column: re.Pattern[str]) -> bool:
    return column.search(code) is not None or _EVERYTHING.search(code) is not None
