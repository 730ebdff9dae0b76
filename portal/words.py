"""What the portal says, in each language. The words are in ``texts/<language>.toml``, names of KPIs and members in the snapshot."""

from __future__ import annotations

import re
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
_ACRONYMS = re.compile(r"\b(?:ces|csat|id|kpi|nps|roi|sla|utc|vip)\b", re.IGNORECASE)
_WORDS = re.compile("[a-z]+(_[a-z0-9]+)*")


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
        own = self.texts[kind].get(identifier) or (self._told_of_a_figure(identifier) if kind == "columns" else None)
        if own:
            return own
        return _as_words(identifier.removeprefix("kpi_"))

    def _told_of_a_figure(self, column: str) -> str | None:
        """What is told of one figure in several columns (its mean, bounds) is named by the figure and by what is told."""
        for ending, word in self.texts["endings"].items():
            figure = column.removesuffix(ending)
            own = self.texts["columns"].get(figure) or self._told_of_a_figure(figure) if figure != column else None
            if own:
                return own + word
        return None

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
        known = self.texts["members"].get(member)
        # Ids of shops, merchants and agents are names already; what is put together of words is written as words.
        return known or (_as_words(member) if self.language != _CHINESE and _WORDS.fullmatch(member) else member)

    def other_desks(self, kpi_id: str) -> str | None:
        """What others mean by a figure of that name, where it is known."""
        return next((said for ids, said in self.texts["other_desks"].items() if kpi_id in ids.split()), None)

    def said(self, sentence: str) -> str:
        """A sentence that the snapshot or ``reading`` says in English, in this language where it is known (``{}``: whatever it is)."""
        known = self.texts["said"].get(sentence)
        if known is not None:
            return known
        for pattern, own in _patterns(self.language):
            if found := pattern.fullmatch(sentence):
                return own.format(*(self._listed(part) for part in found.groups()))
        return self.texts["members"].get(sentence, sentence)

    def _listed(self, ids: str) -> str:
        known = {**self.texts["members"], **self.texts["dimensions"]}
        return self.texts["written"].get(", ", ", ").join(known.get(each, self._translated(each)) for each in ids.split(", "))

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


def _as_words(identifier: str) -> str:
    return _ACRONYMS.sub(lambda found: found[0].upper(), identifier.replace("_", " ").capitalize())


@cache
def texts_of(language: str) -> Mapping[str, Any]:
    """The files of a language, read once."""
    parts = sorted((Path(__file__).parent / "texts").glob(f"{language}*.toml"))
    return {name: table for part in parts for name, table in tomllib.loads(part.read_text(encoding="utf-8")).items()}


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """The sentences of a language that are filled in, the longest first."""
    filled = sorted(
        ((english, own) for english, own in texts_of(language)["said"].items() if "{}" in english), key=lambda pair: -len(pair[0])
    )
    return [(re.compile(re.escape(english).replace(re.escape("{}"), "(.+)")), own) for english, own in filled]
