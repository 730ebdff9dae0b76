"""Says which suites a stage has: inbound by the declared feeds, outbound by dbt's manifest and the snapshot's record. Opens no database."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

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
    marts = published_marts(manifest_in(manifest).marts)
    tables = _tables_of(database.parent)
    beside_the_marts = tables.keys() - {mart.subject for mart in marts}
    return outbound_suites(
        marts,
        read_definitions(models_folder.parent / "seeds" / "reference" / "kpi_definitions.csv"),
        personal_columns=personal_columns_of(sources),
        # As many rows as the warehouse had when the snapshot was built.
        rows={subject: table["rows"] for subject, table in tables.items()},
        record_columns=[f"{subject}.{column['name']}" for subject in beside_the_marts for column in tables[subject].get("columns", [])],
        as_of=as_of,
    )


def _tables_of(snapshot: Path) -> dict[str, dict[str, Any]]:
    """What the record beside a snapshot says of each of its tables."""
    for name in _RECORDS:
        if (snapshot / name).exists():
            tables = json.loads((snapshot / name).read_text(encoding="utf-8"))["tables"]
            return {f"{table['schema_name']}.{table['name']}": table for table in tables}
    raise FileNotFoundError(f"{snapshot} is no snapshot: it has no {' and no '.join(_RECORDS)}. Outbound expectations run over a snapshot.")
