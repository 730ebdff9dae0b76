"""Reads how the marts are described: the YAML beside each model under ``models/marts``. Knows no rule and no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from expectations.sql import relation

# What meta.publish says of a column that does not leave the warehouse as it is: no message may name a row by it.
_PSEUDONYM, _NEVER = "pseudonym", "never"

PERIOD_GRAIN = ("period_grain", "period_start", "dimension", "member")


@dataclass(frozen=True)
class Column:
    """A described column of a mart."""

    name: str
    data_type: str
    publish: str = "plain"

    @property
    def is_pseudonym(self) -> bool:
        """Whether readers get it as a keyed hash."""
        return self.publish == _PSEUDONYM

    @property
    def is_double(self) -> bool:
        """Whether it is a floating-point number, which may be infinite or no number at all."""
        return self.data_type.lower() in {"double", "float", "real"}


@dataclass(frozen=True)
class Mart:
    """A table that is published: models/marts/<schema>/<name>."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    grain: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The table as check results name it."""
        return f"{self.schema}.{self.name}"

    @property
    def relation(self) -> str:
        """The table as SQL names it."""
        return relation(self.subject)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns that are published, in described order."""
        return tuple(column.name for column in self.columns if column.publish != _NEVER)

    @property
    def pseudonyms(self) -> tuple[str, ...]:
        """The columns that readers get as keyed hashes."""
        return tuple(column.name for column in self.columns if column.is_pseudonym)

    @property
    def has_periods(self) -> bool:
        """Whether it has one row per period × member, the grain of every KPI family."""
        return set(PERIOD_GRAIN) <= set(self.column_names)

    @property
    def naming_columns(self) -> tuple[str, ...]:
        """The columns of the grain by which a message may name a row."""
        withheld = {column.name for column in self.columns if column.publish in (_PSEUDONYM, _NEVER)}
        return tuple(column for column in self.grain if column not in withheld)

    def has(self, *columns: str) -> bool:
        """Whether it has all of ``columns``."""
        return set(columns) <= set(self.column_names)


def read_marts(models_folder: Path) -> list[Mart]:
    """Every published mart under ``models_folder/marts``, by schema and name. A model without a description comes without columns."""
    marts_folder = models_folder / "marts"
    withheld_folders = _withheld_folders(models_folder.parent / "dbt_project.yml")
    described = {
        str(model["name"]): model
        for file in sorted(marts_folder.glob("**/*.yml"))
        for model in _models(yaml.safe_load(file.read_text(encoding="utf-8")))
    }
    return [
        _mart(file.parent.name, file.stem, described.get(file.stem, {}))
        for file in sorted(marts_folder.glob("*/*.sql"))
        if file.parent.name not in withheld_folders and _meta(described.get(file.stem, {})).get("publish") != _NEVER
    ]


def _withheld_folders(project_file: Path) -> set[str]:
    """The folders of marts that the project keeps from readers as a whole."""
    projects: dict[str, Any] = yaml.safe_load(project_file.read_text(encoding="utf-8")).get("models") or {} if project_file.exists() else {}
    return {
        folder
        for project in projects.values()
        for folder, configured in (project.get("marts") or {}).items()
        if isinstance(configured, dict) and (configured.get("+meta") or {}).get("publish") == _NEVER
    }


def _models(document: Any) -> Sequence[Mapping[str, Any]]:
    return document.get("models") or [] if isinstance(document, dict) else []


def _mart(schema: str, name: str, described: Mapping[str, Any]) -> Mart:
    columns: Sequence[Mapping[str, Any]] = described.get("columns") or []
    return Mart(
        schema=schema,
        name=name,
        columns=tuple(
            Column(str(column["name"]), str(column.get("data_type", "")), publish=str(_meta(column).get("publish", "plain")))
            for column in columns
        ),
        grain=_grain(described, columns),
    )


def _meta(described: Mapping[str, Any]) -> Mapping[str, Any]:
    return (described.get("config") or {}).get("meta") or {}


def _grain(described: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The columns that tell rows apart: as a test of the model claims, else of its first unique column."""
    for test in described.get("data_tests") or []:
        for test_name, settings in test.items() if isinstance(test, dict) else ():
            arguments = (settings or {}).get("arguments") or {}
            if "unique" in test_name and "columns" in arguments:
                return tuple(arguments["columns"])
    for column in columns:
        tests: list[Any] = column.get("data_tests") or []
        if any(test == "unique" or (isinstance(test, dict) and "unique" in test) for test in tests):
            return (str(column["name"]),)
    return ()
