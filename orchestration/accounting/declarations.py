"""What the models say about their rows: which feed or entity they take, and which rows they leave out under which name.

Reads ``config.meta.accounting`` of the YAML beside the models, and which sources are switched on. Opens no database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from orchestration.loading import DeclarationError
from orchestration.project import project_variables

# The same as the safe loader, in C where the library has it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _named(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"'{name}' is no name made of a-z, 0-9 and _")
    return name


Name = Annotated[str, AfterValidator(_named)]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_Model = TypeVar("_Model", bound=_Declared)


class OfPeer(_Declared):
    """Left out because of a row of another entity in staging: the one of the same key ``by``, where the SQL ``where`` holds of it."""

    of: Name
    by: Name
    where: str


# SQL over a row, or another entity's row. ``{as_of_at}`` and ``{as_of_on}`` stand for the moment and the day the marts speak of.
LeftOut = Mapping[Name, str | OfPeer]


class OneRowPer(_Declared):
    """Of the rows that agree in ``columns`` one is taken; ``others`` names the rest."""

    columns: tuple[Name, ...]
    others: Name


class StagedModel(_Declared):
    """How a staging model comes to its rows: from the current rows of ``feed``, each told apart as ``unfolded``, less what is left out.

    ``unfolded`` gives the names by which one row becomes several, and of each the SQL of its ``told_value``. ``keeps_withdrawn``: a
    withdrawal says when the row ended, so that it stays.
    """

    feed: Name
    keeps_withdrawn: bool = False
    unfolded: Mapping[Name, str] = Field(default_factory=dict)
    left_out: Mapping[Name, str] = Field(default_factory=dict)
    one_row_per: OneRowPer | None = None


class UnionedModel(_Declared):
    """The intermediate model that unites an entity's rows of all sources; ``key`` names a row there, in staging and in the mart."""

    entity: Name
    key: Name
    left_out: LeftOut = Field(default_factory=dict)


class MartModel(_Declared):
    """The mart that holds the rows of an entity."""

    entity: Name
    left_out: Mapping[Name, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Entity:
    """An entity on its way: staged by sources, united in ``unioned``, held by ``mart`` (None: by none as it is)."""

    name: str
    key: str
    unioned: str
    left_out: LeftOut
    staged: Mapping[str, StagedModel]
    mart: str | None
    left_out_of_mart: Mapping[str, str]


def read_accounting(project_folder: Path) -> dict[str, Entity]:
    """The entities of the dbt project in ``project_folder``, by name. Raises ``DeclarationError`` with file and place."""
    variables = project_variables(project_folder / "dbt_project.yml")
    models = project_folder / "models"
    staged = {name: (path, meta) for name, path, meta in _models_of(models / "staging")}
    marts = {
        mart.entity: (f"{path.parent.name}.{name}", mart)
        for name, path, meta in _models_of(models / "marts")
        if meta is not None and (mart := _valid(MartModel, meta, path))
    }
    entities: dict[str, Entity] = {}
    for name, path, meta in _models_of(models / "intermediate"):
        if meta is None:
            continue
        unioned = _valid(UnionedModel, meta, path)
        mart_name, mart = marts.get(unioned.entity, (None, None))
        entities[unioned.entity] = Entity(
            name=unioned.entity,
            key=unioned.key,
            unioned=f"intermediate.{name}",
            left_out=unioned.left_out,
            staged={
                source: _staged(unioned.entity, *staged[f"stg_{source}__{unioned.entity}"])
                for source in variables["source_systems"]
                if unioned.entity in variables["staged_entities"].get(source, [])
            },
            mart=mart_name,
            left_out_of_mart={} if mart is None else mart.left_out,
        )
    return entities


def _staged(entity: str, path: Path, meta: object) -> StagedModel:
    """A model that says nothing takes the feed of its entity's name as it is."""
    return StagedModel(feed=entity) if meta is None else _valid(StagedModel, meta, path)


def _models_of(folder: Path) -> Iterator[tuple[str, Path, Any]]:
    """Name, file and ``config.meta.accounting`` (None: none) of the models below ``folder``, each described in a file of its name."""
    for path in sorted(folder.rglob("*.yml")):
        text = path.read_text(encoding="utf-8")
        # Few of some hundred files say anything, and reading YAML takes longer than all the counting.
        models: list[Any] = yaml.load(text, Loader=_LOADER)["models"] if "accounting:" in text else [{"name": path.stem}]
        for model in models:
            yield str(model["name"]), path, ((model.get("config") or {}).get("meta") or {}).get("accounting")


def _valid(model: type[_Model], meta: object, path: Path) -> _Model:
    try:
        return model.model_validate(meta)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DeclarationError(f"{path}: config.meta.accounting{'.' if place else ''}{place}: {first['msg']}") from error
