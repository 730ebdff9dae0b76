"""dbt on Spark, strictly: ``python -m orchestration.spark.strict_session build --target spark``.

Has dbt-spark leave Spark's ANSI mode on: what cannot be cast or divided is an error, as in DuckDB, and not a null.

The adapter turns it off, whatever the profile says, and again before every statement.
"""

from __future__ import annotations

import logging
from typing import Any

ANSI = "spark.sql.ansi.enabled"


def keep_ansi_mode() -> None:
    """Let every connection that this process opens from here on be strict, and only dbt tell of errors: Spark's logger adds megabytes."""
    logging.getLogger("SQLQueryContextLogger").disabled = True
    from dbt.adapters.spark import connections  # pyright: ignore[reportMissingImports]

    credentials: Any = connections.SparkCredentials
    as_dbt_does = credentials.__post_init__

    def strictly(self: Any) -> None:
        as_dbt_does(self)
        self.server_side_parameters[ANSI] = "true"

    credentials.__post_init__ = strictly


if __name__ == "__main__":
    keep_ansi_mode()
    from dbt.cli.main import cli

    cli(prog_name="dbt")
