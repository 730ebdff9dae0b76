"""One look at one page: the snapshot that is read, the language, the definitions. Readings are remembered per version of the snapshot.

A run of a page looks at the current snapshot once and stays on it, so that all that is shown is of one version. What is remembered is
handed to all sessions as it is, and not copied: pages change nothing of it.
"""

from __future__ import annotations

import atexit
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import streamlit as st

from portal.words import Words, texts_of
from reading.contributions import SplitChange, split_change, why_not_split
from reading.distributions import Distribution, figure_distribution
from reading.errors import LacksTable, UnknownName
from reading.figure_rows import Cell as FigureCell
from reading.kpis import Grain, KpiDefinition, KpiFigure, kpi_definitions, kpi_figures, kpi_members, member_figures, overall_figures
from reading.manifest import TableEntry
from reading.marts import MartRows, find_mart, mart_rows, member_names, values_of
from reading.shared import SharedSnapshot
from reading.snapshot import OpenSnapshot
from reading.statements import Cell

_REMEMBERED = 500
# Schemas of what the families have in common.
_NO_FAMILY = {"core", "scoreboard"}
_EVERYTHING = "overall"


@dataclass(frozen=True)
class Visit:
    """What a page needs to be written."""

    snapshot: OpenSnapshot
    words: Words

    @property
    def version(self) -> str:
        """By what a remembered answer is known to be of this snapshot."""
        return str(self.snapshot.path)

    @cached_property
    def definitions(self) -> Mapping[str, KpiDefinition]:
        """All KPIs by id, those of the headlines first."""
        return _definitions(self.version, self.snapshot)

    @property
    def families(self) -> Sequence[str]:
        """The families, in the order of their first headline; last those that have marts and no KPI of their own."""
        told = [definition.family for definition in self.definitions.values()]
        return list(
            dict.fromkeys(told + [table.schema_name for table in self.snapshot.manifest.tables if table.schema_name not in _NO_FAMILY])
        )

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the business day."""
        return ZoneInfo(self.snapshot.manifest.business_time_zone)

    def kpis_of(self, family: str) -> Sequence[KpiDefinition]:
        """The KPIs of a family, those with a value first."""
        return sorted((each for each in self.definitions.values() if each.family == family), key=lambda each: each.why_empty is not None)

    def dimensions(self, kpi_id: str, grain: str) -> Mapping[str, Sequence[str]]:
        """Under what the KPI is told, with the members."""
        return _members(self.version, self.snapshot, kpi_id).get(grain, {})

    def overall(self, grain: str) -> Mapping[str, Sequence[KpiFigure]]:
        """The overall figures of all KPIs, oldest first."""
        return _overall(self.version, self.snapshot, grain)

    def course(self, kpi_id: str, grain: str, dimension: str = _EVERYTHING, member: str | None = None) -> Sequence[KpiFigure]:
        """The figures of one member, oldest first; the overall ones where none is named."""
        if dimension != _EVERYTHING and member is not None:
            return _course(self.version, self.snapshot, kpi_id, grain, dimension, member)
        # All days of all KPIs are many.
        told = _overall_of(self.version, self.snapshot, kpi_id, grain) if grain == Grain.DAY else self.overall(grain)
        return told.get(kpi_id, [])

    def members(self, kpi_id: str, grain: str, dimension: str, on: date) -> Sequence[KpiFigure]:
        """The figures of all members in one period."""
        return _member_figures(self.version, self.snapshot, kpi_id, grain, dimension, on)

    def distribution(self, cell: FigureCell) -> Distribution | None:
        """How the cases behind a figure are distributed."""
        return _distribution(self.version, self.snapshot, cell)

    def why_not_split(self, kpi_id: str) -> str | None:
        """Why changes of the KPI are never split over members."""
        return _why_not_split(self.version, self.snapshot, kpi_id)

    def split(self, kpi_id: str, grain: str, dimension: str, on: date) -> SplitChange | None:
        """What the members of a dimension did to the change of that period; ``None`` where nobody can tell."""
        return _split(self.version, self.snapshot, kpi_id, grain, dimension, on)

    def mart(self, name: str) -> TableEntry | None:
        """The mart of that name, where the snapshot has it."""
        return find_mart(self.snapshot, name)

    def rows(self, mart: TableEntry, limit: int = 5_000, **where: object) -> MartRows:
        """Rows of a mart."""
        return _rows(self.version, self.snapshot, mart.full_name, tuple(where.items()), limit)

    def values(self, mart: TableEntry, column: str, **where: object) -> Sequence[Cell]:
        """What a column of a mart holds, in order."""
        return _values(self.version, self.snapshot, mart.full_name, column, tuple(where.items()))


@cache
def shared_snapshot(published: Path) -> SharedSnapshot:
    """What all runs of all pages look at. Kept here: Streamlit makes the module of the script anew for each run."""
    shared = SharedSnapshot(published)
    # DuckDB complains of what is still open when the interpreter is taken down.
    atexit.register(shared.close)
    return shared


def words_of(snapshot: OpenSnapshot, language: str) -> Words:
    """The words of a language, with the names that the snapshot gives."""
    return Words(language, texts_of(language), _member_names(str(snapshot.path), snapshot))


# Streamlit leaves arguments that begin with an underscore out of what an answer is remembered by.
def _entry(snapshot: OpenSnapshot, full_name: str) -> TableEntry:
    return next(table for table in snapshot.manifest.tables if table.full_name == full_name)


@st.cache_resource(max_entries=4, show_spinner=False)
def _member_names(version: str, _snapshot: OpenSnapshot) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    return member_names(_snapshot)


@st.cache_resource(max_entries=4, show_spinner=False)
def _definitions(version: str, _snapshot: OpenSnapshot) -> Mapping[str, KpiDefinition]:
    ordered = sorted(kpi_definitions(_snapshot), key=lambda each: (each.headline_place is None, each.headline_place, each.kpi_id))
    return {each.kpi_id: each for each in ordered}


@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _members(version: str, _snapshot: OpenSnapshot, kpi_id: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    return kpi_members(_snapshot, kpi_id)


@st.cache_resource(max_entries=8, show_spinner=False)
def _overall(version: str, _snapshot: OpenSnapshot, grain: str) -> Mapping[str, Sequence[KpiFigure]]:
    return overall_figures(_snapshot, grain=Grain(grain))


@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _overall_of(version: str, _snapshot: OpenSnapshot, kpi_id: str, grain: str) -> Mapping[str, Sequence[KpiFigure]]:
    return overall_figures(_snapshot, grain=Grain(grain), kpi_id=kpi_id)


@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _course(version: str, _snapshot: OpenSnapshot, kpi_id: str, grain: str, dimension: str, member: str) -> Sequence[KpiFigure]:
    return kpi_figures(_snapshot, kpi_id, grain=Grain(grain), dimension=dimension, member=member)


@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _member_figures(version: str, _snapshot: OpenSnapshot, kpi_id: str, grain: str, dimension: str, on: date) -> Sequence[KpiFigure]:
    return member_figures(_snapshot, kpi_id, grain=Grain(grain), dimension=dimension, on=on)


@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _distribution(version: str, _snapshot: OpenSnapshot, cell: FigureCell) -> Distribution | None:
    try:
        return figure_distribution(_snapshot, cell)
    except LacksTable:
        return None


@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _why_not_split(version: str, _snapshot: OpenSnapshot, kpi_id: str) -> str | None:
    return why_not_split(_snapshot, kpi_id)


@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _split(version: str, _snapshot: OpenSnapshot, kpi_id: str, grain: str, dimension: str, on: date) -> SplitChange | None:
    try:
        split = split_change(_snapshot, kpi_id, grain=Grain(grain), dimension=dimension, on=on)
    except UnknownName:
        return None
    return split if split is not None and split.period_start == on else None


@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _rows(version: str, _snapshot: OpenSnapshot, full_name: str, where: tuple[tuple[str, object], ...], limit: int) -> MartRows:
    return mart_rows(_snapshot, _entry(_snapshot, full_name), dict(where), limit=limit)


@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _values(version: str, _snapshot: OpenSnapshot, full_name: str, column: str, where: tuple[tuple[str, object], ...]) -> Sequence[Cell]:
    return values_of(_snapshot, _entry(_snapshot, full_name), column, dict(where))
