"""Checks every ``AFTERSALES_`` setting of a refresh before it begins. Each is read by those who use it; none is read here a second way."""

from __future__ import annotations

import os
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dagster as dg
import duckdb

from orchestration.automation import nightly_schedule, refresh_job, sensor_seconds
from orchestration.connections import connected, insist_memory_limit_is_usable
from orchestration.home import Home
from orchestration.loading import ArchiveError
from orchestration.loading.retention import DAYS_VARIABLE, archive_days
from orchestration.publishing.announcing import snapshots_to_keep
from orchestration.publishing.business_zone import ZONE_VARIABLE, business_time_zone
from orchestration.publishing.customer_key import KEY_VARIABLE, customer_key
from orchestration.publishing.errors import PublishingError
from orchestration.settings import WHAT_TO_DO, SettingError

_CRON_VARIABLE = "AFTERSALES_REFRESH_CRON"
_SENSOR_VARIABLE = "AFTERSALES_SENSOR_SECONDS"


def insist_settings_are_usable(home: Home) -> None:
    """Raise ``SettingError`` for the first setting that a refresh of ``home`` could not use. Makes no customer key.

    A key file that may not be read is no wrong setting: the ``OSError`` is raised as it is.
    """
    insist_memory_limit_is_usable()
    _insist_zone_is_known()
    _insist_schedule_is_understood()
    _insist_sensor_has_an_interval()
    _insist_retention_is_a_time()
    try:
        snapshots_to_keep()
        if KEY_VARIABLE in os.environ or home.customer_key_file.exists():
            customer_key(home.customer_key_file)
    except PublishingError as error:
        # Nothing hangs on to it: people are told the innermost cause of a failed run.
        raise SettingError(str(error)) from None


def _insist_zone_is_known() -> None:
    """Known to Python and to DuckDB, each of which brings a list of its own."""
    zone = business_time_zone()
    where = ZONE_VARIABLE if ZONE_VARIABLE in os.environ else "business_time_zone in dbt_project.yml"
    try:
        ZoneInfo(zone)
        with connected(":memory:") as connection:
            connection.execute("select timezone(?, timestamp '2026-01-01 00:00:00')", [zone]).fetchall()
    except (ZoneInfoNotFoundError, ValueError, OSError, duckdb.Error):
        raise SettingError(
            f"{where} is {zone!r}; it has to be the IANA name of a time zone, such as Asia/Shanghai or Europe/Berlin. {WHAT_TO_DO}"
        ) from None


def _insist_schedule_is_understood() -> None:
    try:
        nightly_schedule(refresh_job())
    except dg.DagsterInvalidDefinitionError:
        raise SettingError.of(_CRON_VARIABLE, "a cron expression of five fields, such as 30 2 * * *") from None


def _insist_sensor_has_an_interval() -> None:
    try:
        is_usable = sensor_seconds() >= 1
    except (ValueError, OverflowError):
        is_usable = False
    if not is_usable:
        raise SettingError.of(_SENSOR_VARIABLE, "a number of seconds, 1 or more")


def _insist_retention_is_a_time() -> None:
    try:
        days = archive_days()
    except ArchiveError as error:
        raise SettingError(f"{error} {WHAT_TO_DO}") from None
    if days is not None and days >= date.today().toordinal():
        raise SettingError.of(DAYS_VARIABLE, "a number of days that the calendar goes back, or empty to keep everything")
