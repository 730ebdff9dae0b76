"""Says which suites a stage has, from the files of the dbt project and, outbound, the record beside the snapshot. Opens no database."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from expectations.inbound.feed import feeds_of, personal_columns_of
from expectations.inbound.suites import inbound_suites
from expectations.outbound.definitions import read_definitions
from expectations.outbound.mart import read_marts
from expectations.outbound.suites import outbound_suites
from expectations.suites import Stage, Suite
from orchestration.loading.declarations import read_declarations

# What says which tables a snapshot has, before it is announced and after.
_RECORDS = ("building.json", "manifest.json")


def suites_for(stage: Stage, models_folder: Path, *, database: Path, as_of: datetime | None = None) -> list[Suite]:
    """The suites of ``stage`` over ``database`` for the dbt project whose models stand in ``models_folder`` (its seeds stand beside it).

    Raises ``FileNotFoundError`` when outbound suites are asked for and ``database`` is not that of a snapshot.
    """
    sources = list(read_declarations(models_folder).values())
    if stage == "inbound":
        return inbound_suites(feeds_of(sources), as_of)
    marts = read_marts(models_folder)
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
