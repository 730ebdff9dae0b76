"""What the models say about their rows: which feed or entity they take, and which rows they leave out under which name.

Reads ``config.meta.accounting`` as dbt's manifest has it, and which sources are switched on. Opens no database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from orchestration.loading import DeclarationError
from orchestration.project import DbtManifest, Relation, project_variables

_ACCOUNTING = "accounting"
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
    """Of the rows that agree in ``columns`` (or SQL over them) one is taken; ``others`` names the rest."""

    columns: tuple[str, ...]
    others: Name


class StagedModel(_Declared):
    """How a staging model comes to its rows: from the current rows of ``feed``, each told apart as ``unfolded``, less what is left out.

    A model that reads one feed, or one of its entity's name, need not say which. ``unfolded`` gives the names by which one row becomes
    several, and of each the SQL of its ``told_value``; ``makes`` is SQL of how many rows one becomes, where that is told by data. What it
    takes of another feed too stands under ``beside``. ``keeps_withdrawn``: a withdrawal says when the row ended, so that it stays.
    """

    feed: Name | None = None
    keeps_withdrawn: bool = False
    unfolded: Mapping[Name, str] = Field(default_factory=dict)
    makes: str | None = None
    left_out: Mapping[Name, str] = Field(default_factory=dict)
    one_row_per: OneRowPer | None = None
    beside: tuple[StagedModel, ...] = ()

    @property
    def takes_current_rows_as_they_are(self) -> bool:
        """Whether each current row of the feed is one of the model's."""
        return not (self.unfolded or self.makes or self.left_out or self.one_row_per)


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


def read_accounting(manifest: DbtManifest, variables: Mapping[str, Any] | None = None) -> dict[str, Entity]:
    """The entities of a dbt project by name; ``variables`` are those of ``dbt_project.yml``, by default the project's own.

    Raises ``DeclarationError`` with file and place.
    """
    listed: Mapping[str, Any] = variables or project_variables()
    models = {model.name: model for model in manifest.models}
    marts: dict[str, tuple[str, MartModel]] = {}
    for model in manifest.marts:
        if _ACCOUNTING in model.meta:
            mart = _valid(MartModel, model)
            marts[mart.entity] = (model.subject, mart)
    entities: dict[str, Entity] = {}
    for model in manifest.models:
        if model.layer != "intermediate" or _ACCOUNTING not in model.meta:
            continue
        unioned = _valid(UnionedModel, model)
        mart_name, mart = marts.get(unioned.entity, (None, None))
        entities[unioned.entity] = Entity(
            name=unioned.entity,
            key=unioned.key,
            unioned=model.subject,
            left_out=unioned.left_out,
            staged={
                source: _staged(unioned.entity, source, models)
                for source in listed["source_systems"]
                if unioned.entity in listed["staged_entities"].get(source, [])
            },
            mart=mart_name,
            left_out_of_mart={} if mart is None else mart.left_out,
        )
    return dict(sorted(entities.items()))


def _staged(entity: str, source: str, models: Mapping[str, Relation]) -> StagedModel:
    """How a source's view of an entity comes to its rows; where it does not say which feed it takes, that is plain from what it reads."""
    name = f"stg_{source}__{entity}"
    model = models.get(name)
    if model is None:
        raise DeclarationError(
            f"dbt_project.yml: staged_entities lists {entity} of {source}, and there is no view {name}. "
            f"Write models/staging/{source}/{name}.sql, or take {entity} off the list."
        )
    staged = _valid(StagedModel, model)
    feeds = [feed.removeprefix(f"{source}.") for feed in model.feeds]
    feed = staged.feed or (feeds[0] if len(feeds) == 1 else entity)
    if feed not in feeds:
        known = f"It reads {', '.join(feeds)}" if feeds else "It reads no feed"
        raise DeclarationError(
            f"{model.file}: which feed gives the rows of {entity}? {known}, and none of the name {feed}. "
            f"Say in {name}.yml: config: {{meta: {{accounting: {{feed: ...}}}}}}; docs/row-accounting.md has an example."
        )
    strange = [other.feed for other in staged.beside if other.feed not in feeds]
    if strange:
        raise DeclarationError(
            f"{model.file}: beside names the feed {strange[0]}, which the view does not read; it reads {', '.join(feeds)}."
        )
    return staged.model_copy(update={"feed": feed})


def _valid(declared: type[_Model], model: Relation) -> _Model:
    """What a model says under ``config.meta.accounting``; one that says nothing, what goes without saying."""
    try:
        return declared.model_validate(model.meta.get(_ACCOUNTING) or {})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        described_in = f"{model.file.removesuffix('.sql')}.yml"
        raise DeclarationError(f"{described_in}: config.meta.accounting{'.' if place else ''}{place}: {first['msg']}") from error
