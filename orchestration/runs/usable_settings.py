"""Insists before a refresh begins that every setting can be used. Reads none itself: that is ``orchestration.settings``."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dagster as dg
import duckdb

from orchestration.automation import nightly_schedule, refresh_job
from orchestration.connections import connected, insist_memory_limit_is_usable
from orchestration.home import Home
from orchestration.publishing.customer_key import customer_key
from orchestration.publishing.errors import CustomerKeyError
from orchestration.settings import (
    BUSINESS_TIME_ZONE,
    CUSTOMER_KEY,
    ENGINE,
    REFRESH_CRON,
    WHAT_TO_DO,
    SettingError,
    archive_days,
    business_time_zone,
    engine,
    report_language,
    sensor_seconds,
    snapshots_to_keep,
)

_OF_SPARK = {"pyspark": "the Python package pyspark", "dbt.adapters.spark": "dbt-spark"}


def insist_settings_are_usable(home: Home) -> None:
    """Raise ``SettingError`` for the first setting that a refresh of ``home`` could not use. Makes no customer key.

    A key file that may not be read is no wrong setting: the ``OSError`` is raised as it is.
    """
    insist_memory_limit_is_usable()
    _insist_zone_is_known()
    sensor_seconds()
    _insist_schedule_is_understood()
    archive_days()
    snapshots_to_keep()
    report_language()
    _insist_engine_is_here()
    if CUSTOMER_KEY.given is not None or home.customer_key_file.exists():
        try:
            customer_key(home.customer_key_file)
        except CustomerKeyError as error:
            # Nothing hangs on to it: people are told the innermost cause of a failed run.
            raise SettingError(str(error)) from None


def _insist_engine_is_here() -> None:
    if engine() != "spark":
        return
    missing = [what for package, what in _OF_SPARK.items() if find_spec(package) is None]
    if shutil.which("java") is None:
        missing.append("Java 17 on the PATH")
    if missing:
        raise SettingError(
            f"{ENGINE.variable} is spark, which needs {' and '.join(missing)}. Install what is missing "
            f"(docs/spark.md says how), or take the setting away to build with DuckDB."
        )


def _insist_zone_is_known() -> None:
    """Known to Python and to DuckDB, each of which brings a list of its own."""
    zone = business_time_zone()
    try:
        ZoneInfo(zone)
        with connected(":memory:") as connection:
            connection.execute("select timezone(?, timestamp '2026-01-01 00:00:00')", [zone]).fetchall()
    except (ZoneInfoNotFoundError, ValueError, OSError, duckdb.Error):
        if BUSINESS_TIME_ZONE.given is not None:
            raise BUSINESS_TIME_ZONE.error() from None
        where = "business_time_zone in dbt_project.yml"
        raise SettingError(f"{where} is {zone!r}; it has to be {BUSINESS_TIME_ZONE.expected}. {WHAT_TO_DO}") from None


def _insist_schedule_is_understood() -> None:
    try:
        nightly_schedule(refresh_job())
    except dg.DagsterInvalidDefinitionError:
        raise REFRESH_CRON.error() from None
