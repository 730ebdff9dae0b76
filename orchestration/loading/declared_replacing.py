"""How a feed declares what an extract takes the place of, where its rows do not replace each other by a key. The SQL is ``replacing``'s."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict

_MEANT = "nothing, all, {dates: a column} or {groups: [columns]}"


class Replaces(BaseModel):
    """What an extract takes the place of. ``columns``: the one that says the day, or those that make a group."""

    model_config = ConfigDict(frozen=True)

    what: Literal["nothing", "all", "dates", "groups"]
    columns: tuple[str, ...] = ()


def _read(value: object) -> object:
    """The declared form as ``Replaces``: a word, or a mapping of a word to columns."""
    if value is None or isinstance(value, Replaces):
        return value
    if value in ("nothing", "all"):
        return Replaces(what=value)
    if isinstance(value, Mapping):
        entries = list(cast("Mapping[str, object]", value).items())
        match entries:
            case [("dates", str(column))]:
                return Replaces(what="dates", columns=(column,))
            case [("groups", list(columns))] if columns:
                return Replaces(what="groups", columns=tuple(map(str, cast("list[object]", columns))))
            case _:
                pass
    raise ValueError(f"says what an extract takes the place of: {_MEANT}")


DeclaredReplaces = Annotated[Replaces | None, BeforeValidator(_read)]


def wrong_replacing(key: tuple[str, ...], replaces: Replaces | None) -> str | None:
    """What does not go together in a feed's ``key`` (none: the line is the key) and ``replaces``, and what to do."""
    if not key and replaces is None:
        return f"key: line needs replaces, which says what an extract takes the place of: {_MEANT}"
    if key and replaces is not None and replaces.what == "nothing":
        return "replaces: nothing goes with key: line; rows with a key take the place of the rows of their key"
    return None
