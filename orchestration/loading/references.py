"""Whose ids a column holds: what ``refers_to`` may name, and which source systems are run as one shop.

Says what is wrong with a reference, and which name was meant; reading the declarations stands in ``declarations``. The keys that a
reference makes are made by dbt, in macros/keys.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.project import project_variables


@dataclass(frozen=True)
class Reference:
    """A column of ``source_system`` that is declared to hold ids of the feed ``refers_to``."""

    where: str
    source_system: str
    refers_to: str
    is_whole_key: bool


def shops_of_project(project_file: Path) -> dict[str, str]:
    """The shop of each source system that ``vars: shops`` lists; any other is a shop of its own. A folder without a project has none."""
    if not project_file.is_file():
        return {}
    shops: Mapping[str, Iterable[str]] = project_variables(project_file).get("shops") or {}
    return {system: shop for shop, systems in shops.items() for system in systems}


def systems_switched_on(project_file: Path) -> Collection[str] | None:
    """The sources that ``vars: source_systems`` lists; None in a folder without a project."""
    return project_variables(project_file).get("source_systems") or [] if project_file.is_file() else None


def wrong_reference(references: Iterable[Reference], feeds: Iterable[str], shops: Mapping[str, str]) -> str | None:
    """What is wrong with the first reference that cannot be used, and what to do; ``feeds`` are all that are declared, as source.feed."""
    known = list(feeds)
    for reference in references:
        system = reference.refers_to.split(".", maxsplit=1)[0]
        told = f"{reference.where}: config.meta.refers_to is '{reference.refers_to}'"
        if reference.refers_to not in known:
            near = suggestion(reference.refers_to, known)
            return f"{told}, which is no declared feed{near}; say <source>.<feed> of the system whose ids the column holds"
        if reference.is_whole_key:
            return f"{told}, but the column is the key of its own feed's rows; declare refers_to on the columns that name rows of others"
        if shops.get(system, system) != shops.get(reference.source_system, reference.source_system):
            return (
                f"{told}, but {system} and {reference.source_system} are not run as one shop; "
                "list both under one shop in vars: shops of dbt_project.yml, or leave refers_to out"
            )
    return None


def suggestion(name: str, known: Iterable[str]) -> str:
    """The known name that is most like ``name``, as a question in brackets; nothing if none is like it."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""
