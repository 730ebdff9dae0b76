"""Says which suites a stage has: inbound by the declared feeds, outbound by dbt's manifest and the snapshot's record. Opens no database."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from expectations.inbound.feed import feeds_of, personal_columns_of
from expectations.inbound.suites import inbound_suites
from expectations.outbound.definitions import read_definitions
from expectations.outbound.mart import published_marts
from expectations.outbound.suites import outbound_suites
from expectations.suites import Stage, Suite
from orchestration.loading.declarations import read_declarations
from orchestration.project import manifest_in

# What says which tables a snapshot has, before it is announced and after.
_RECORDS = ("building.json", "manifest.json")


def suites_for(
    stage: Stage, models_folder: Path, *, database: Path, manifest: Path | None = None, as_of: datetime | None = None
) -> list[Suite]:
    """The suites of ``stage`` over ``database`` for the dbt project whose models stand in ``models_folder`` (its seeds stand beside it).

    Outbound suites need dbt's ``manifest`` of that project. Raises ``FileNotFoundError`` when there is none or ``database`` is not that
    of a snapshot.
    """
    sources = list(read_declarations(models_folder).values())
    if stage == "inbound":
        return inbound_suites(feeds_of(sources), as_of)
    if manifest is None:
        raise FileNotFoundError("Outbound expectations are made from dbt's manifest.json. Give it: --manifest var/dbt/manifest.json.")
    return outbound_suites(
        published_marts(manifest_in(manifest).marts),
        read_definitions(models_folder.parent / "seeds" / "reference" / "kpi_definitions.csv"),
        personal_columns=personal_columns_of(sources),
        rows=_rows_of_tables(database.parent),
        as_of=as_of,
    )


def _rows_of_tables(snapshot: Path) -> dict[str, int]:
    """How many rows each table of a snapshot should have: as many as the warehouse had when it was built."""
    for name in _RECORDS:
        if (snapshot / name).exists():
            tables = json.loads((snapshot / name).read_text(encoding="utf-8"))["tables"]
            return {f"{table['schema_name']}.{table['name']}": table["rows"] for table in tables}
    raise FileNotFoundError(f"{snapshot} is no snapshot: it has no {' and no '.join(_RECORDS)}. Outbound expectations run over a snapshot.")
