"""The replica in PostgreSQL as an asset, where a database for it is configured. Bringing it up to date is orchestration.publishing's."""

from typing import Any

import dagster as dg

from orchestration.assets.snapshot import PUBLISHED_KEY
from orchestration.resources import RefreshSettings
from orchestration.settings import REPLICA_URL


def replica_assets() -> list[dg.AssetsDefinition]:
    """The published marts in PostgreSQL; nothing where no database is configured."""
    address = REPLICA_URL.value
    if not address:
        return []

    @dg.asset(
        name="postgres_replica",
        deps=[PUBLISHED_KEY],
        description=f"The published marts in the PostgreSQL database of {REPLICA_URL.variable}, for tools that speak to a server.",
        group_name="published",
        kinds={"postgres"},
    )
    def postgres_replica(refresh: RefreshSettings) -> dg.MaterializeResult[Any]:
        # psycopg is an extra that only those with a replica need.
        from orchestration.publishing.replica.replicating import replicate_home

        replicated = replicate_home(refresh.home, address)
        return dg.MaterializeResult(
            metadata={"version": replicated.version, "full": replicated.is_full, "parts": replicated.parts, "rows": replicated.rows}
        )

    return [postgres_replica]
