"""What the portal says, in each language. The words are in ``texts/<language>.toml``, names of KPIs and members in the snapshot."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from reading import figures
from reading.kpis import KpiDefinition

# Each language as it calls itself.
LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文"}
_CHINESE = "zh"


@dataclass(frozen=True)
class Words:
    """The words of one language. What has no word of its own (a family or column that is new) is called by its id."""

    language: str
    texts: Mapping[str, Mapping[str, str]]
    members: Mapping[str, Mapping[str, tuple[str, str]]]

    def __call__(self, key: str, **values: object) -> str:
        """A sentence or label of the interface."""
        return self.texts["interface"][key].format(**values)

    def name(self, kind: str, identifier: str) -> str:
        """The name of a family, dimension, grain, column or other id."""
        return self.texts[kind].get(identifier) or identifier.removeprefix("kpi_").replace("_", " ").capitalize()

    def kpi(self, definition: KpiDefinition) -> str:
        """The name of a KPI."""
        return definition.name_zh if self.language == _CHINESE else definition.name_en

    def formula(self, definition: KpiDefinition) -> str:
        """The formula of a KPI in a sentence."""
        return (definition.formula_zh if self.language == _CHINESE else None) or definition.formula_en

    def member(self, dimension: str, member: str) -> str:
        """The name of a dimension's member."""
        named = self.members.get(dimension, {}).get(member)
        if named is not None:
            return named[self.language == _CHINESE] or member
        return self.texts["members"].get(member, member)

    def said(self, sentence: str) -> str:
        """A sentence that the snapshot or ``reading`` says in English, in this language where it is known."""
        known = self.texts["said"].get(sentence)
        if known is None:
            begun = next(((english, own) for english, own in self.texts["said_first"].items() if sentence.startswith(english)), None)
            known = begun[1] + sentence.removeprefix(begun[0]) if begun else sentence
        return known

    def figure(self, value: float | None, unit: str) -> str:
        """A KPI's value with its unit."""
        return self._translated(figures.figure(value, unit))

    def interval(self, lower: float | None, upper: float | None, unit: str) -> str:
        """A confidence interval."""
        return self._translated(figures.interval(lower, upper, unit))

    def change(self, moved: float | None, kind: str) -> str:
        """How a value moved."""
        return self._moved(figures.change(moved, kind))

    def difference(self, moved: float | Decimal, unit: str) -> str:
        """A difference of two values of a KPI."""
        return self._moved(figures.difference(Decimal(moved), unit))

    def age(self, written: str) -> str:
        """A length of time as ``reading.figures`` writes it."""
        return self._translated(written)

    def _moved(self, written: str) -> str:
        """A difference of shares has a name of its own in some languages."""
        return self._translated(written.replace(" points", self("points_moved")))

    def _translated(self, written: str) -> str:
        for english, own in sorted(self.texts["written"].items(), key=lambda pair: -len(pair[0])):
            written = written.replace(english, own)
        return written


@cache
def texts_of(language: str) -> Mapping[str, Any]:
    """The file of a language, read once."""
    file = Path(__file__).with_name("texts") / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
