"""What a refresh does before and after dbt builds, by the engine that builds: Spark is handed what it reads."""

from __future__ import annotations

import shutil

from orchestration.home import Home
from orchestration.project import dbt_manifest
from orchestration.settings import SPARK_LAST_TABLES, SPARK_TABLES, engine
from orchestration.spark.feeds import write_feeds
from orchestration.spark.tables import forget_tables, show_tables, shown_folder


def hand_over(home: Home, *, run_id: str) -> None:
    """Make ready what the engine reads. Each build of Spark's has a folder of its own: until it is taken back, the one before is shown.

    From that one it goes on, and from no other: what a killed build left was never looked at.
    """
    tables = home.spark / "tables"
    if engine() == "duckdb":
        forget_tables(home.warehouse)
        shutil.rmtree(tables, ignore_errors=True)
        return
    write_feeds(home.warehouse, home.spark / "feeds")
    SPARK_TABLES.give(str(tables / run_id))
    last = shown_folder(home.warehouse, tables)
    # A build that is tried again begins with an empty folder.
    SPARK_LAST_TABLES.give(str(last) if last and last.name != run_id else "")


def take_back(home: Home, *, run_id: str) -> None:
    """Show in the warehouse file what Spark built, also where it was not all, and remove what earlier builds left."""
    if engine() == "duckdb":
        return
    tables = home.spark / "tables"
    show_tables(home.warehouse, dbt_manifest(home.dbt_target), tables / run_id)
    for folder in tables.iterdir() if tables.exists() else ():
        if folder.name != run_id:
            shutil.rmtree(folder, ignore_errors=True)
