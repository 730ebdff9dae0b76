"""Reads the parts that every level of a declaration has (names, mappings, ``config.meta``), and words what is wrong with them.

Knows nothing of sources, feeds and columns: those stand in ``declarations``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from orchestration.loading.references import suggestion

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FOREIGN_META = frozenset({"dagster"})  # meta that other tools of the house read and the loader leaves alone


class DeclarationError(ValueError):
    """A declaration that cannot be used. The message names the file, the table and the column."""


class Declared(BaseModel):
    """What ``config.meta`` of one level may say, and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_Meta = TypeVar("_Meta", bound=Declared)


def name_of(entry: Mapping[str, Any], where: str) -> str:
    """The name of an entry."""
    name = entry.get("name")
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise DeclarationError(f"{where} has the name {name!r}; a name is made of a-z, 0-9 and _ and begins with a letter")
    return name


def meta_of(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    """``config.meta`` of an entry, less what other tools read there."""
    config = entry.get("config") or {}
    meta = mapping(config, f"{where}: config").get("meta") or {}
    if "meta" in entry:
        raise DeclarationError(f"{where}: has 'meta' beside 'config'; move it to config.meta")
    return {key: value for key, value in mapping(meta, f"{where}: config.meta").items() if key not in _FOREIGN_META}


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """The value, if it is a mapping."""
    if not isinstance(value, dict):
        raise DeclarationError(f"{where}: is {type(value).__name__}, expected a mapping of names to values")
    return cast("dict[str, Any]", value)


_MEANT = {
    "tuple_type": "has to be a list, such as [a, b]",
    "string_type": "has to be text; put it in quotes",
    "bool_type": "has to be true or false",
    "bool_parsing": "has to be true or false",
}


def validated(model: type[_Meta], values: Mapping[str, Any], where: str) -> _Meta:
    """The values as ``model``."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = list(model.model_fields)
            text = f"config.meta has '{place}', which the loader does not know{suggestion(place, known)}; known here: {', '.join(known)}"
        else:
            told = _MEANT.get(first["type"], first["msg"].removeprefix("Value error, "))
            text = f"config.meta{'.' if place else ''}{place}: {told}"
        raise DeclarationError(f"{where}: {text}") from error


def insist_once(where: str, what: str, names: list[str]) -> None:
    """Raise for a name that stands twice among ``names``."""
    for name in names:
        if names.count(name) > 1:
            raise DeclarationError(f"{where}: {what} '{name}' is declared twice; keep one of them")
