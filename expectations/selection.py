"""Says which suites a stage has, from the files of the dbt project. Opens no database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from expectations.inbound.feed import feeds_of, personal_columns_of
from expectations.inbound.suites import inbound_suites
from expectations.outbound.accounting import accounting_suite
from expectations.outbound.kpi import read_kpis
from expectations.outbound.mart import read_marts
from expectations.outbound.suites import outbound_suites
from expectations.suites import Stage, Suite
from orchestration.loading.declarations import read_declarations


def suites_for(stage: Stage, models_folder: Path, *, as_of: datetime | None = None) -> list[Suite]:
    """The suites of ``stage`` for the dbt project whose models stand in ``models_folder`` (its seeds stand beside it)."""
    sources = list(read_declarations(models_folder).values())
    if stage == "inbound":
        return inbound_suites(feeds_of(sources), as_of)
    kpis = read_kpis(models_folder.parent / "seeds" / "reference" / "kpi_definitions.csv")
    return [
        *outbound_suites(read_marts(models_folder), kpis, personal_columns=personal_columns_of(sources), as_of=as_of),
        accounting_suite(),
    ]
