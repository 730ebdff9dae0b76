"""Every setting that the environment can give: its name, what it means, what holds without it, and what it has to be.

The one place that reads environment variables. What only DuckDB or Dagster can tell of a value is checked in
``runs.usable_settings``. Not here: ``AFTERSALES_DAGSTER_POSTGRES_URL``, which Dagster reads by its own settings file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.project import project_variables

WHAT_TO_DO = "Correct it where it is set (on a server: /etc/aftersales.env), or take it away to have the default, then run again."


class SettingError(RuntimeError):
    """A setting that cannot be used. The message says which one, its value unless that is secret, and what is expected."""


@dataclass(frozen=True)
class Setting:
    """An environment variable. ``expected`` ends the sentence *it has to be …*."""

    variable: str
    meaning: str
    default: str | None = None
    expected: str = ""

    @property
    def given(self) -> str | None:
        """What the environment says, an empty text included; None when it says nothing."""
        return os.environ.get(self.variable)

    @property
    def value(self) -> str | None:
        """What the environment says, else the default."""
        return os.environ.get(self.variable, self.default)

    @property
    def text(self) -> str:
        """The value of a setting that has a default."""
        return self.value or ""

    def give(self, value: str) -> None:
        """Have this process, and those that it starts, find ``value`` in the environment."""
        os.environ[self.variable] = value

    def error(self, expected: str | None = None) -> SettingError:
        """That the value cannot be used. Not for a secret: the value is shown."""
        return SettingError(f"{self.variable} is {self.given or ''!r}; it has to be {expected or self.expected}. {WHAT_TO_DO}")


HOME = Setting("AFTERSALES_HOME", "The folder that holds everything the warehouse writes.", default="var")
LANDING = Setting("AFTERSALES_LANDING", "Where shop systems drop extracts; without it, the folder landing of the home.")
MEMORY_LIMIT = Setting(
    "AFTERSALES_MEMORY_LIMIT",
    "The memory DuckDB may use.",
    default="2500MB",
    expected="an amount of memory that DuckDB can work in, such as 4GB or 50%",
)
BUSINESS_TIME_ZONE = Setting(
    "AFTERSALES_BUSINESS_TIME_ZONE",
    "The zone in which KPIs have their dates; without it, the variable business_time_zone of dbt_project.yml.",
    expected="the IANA name of a time zone, such as Asia/Shanghai or Europe/Berlin",
)
REFRESH_CRON = Setting(
    "AFTERSALES_REFRESH_CRON",
    "When the schedule starts a refresh, in the business time zone.",
    default="30 2 * * *",
    expected="a cron expression of five fields, such as 30 2 * * *",
)
SENSOR_SECONDS = Setting(
    "AFTERSALES_SENSOR_SECONDS",
    "How often the landing zone is looked at.",
    default="60",
    expected="a number of seconds, 1 or more",
)
ARCHIVE_DAYS = Setting(
    "AFTERSALES_ARCHIVE_DAYS",
    "For how many days superseded extracts are kept; without it, for ever.",
    expected="a whole number of days, or empty to keep everything",
)
KEEP_SNAPSHOTS = Setting("AFTERSALES_KEEP_SNAPSHOTS", "How many snapshots stay.", default="7", expected="a whole number of at least 1")
CUSTOMER_KEY = Setting("AFTERSALES_CUSTOMER_KEY", "The secret behind customer pseudonyms; without it, a key file in the home is made.")
WEBHOOK_URL = Setting(
    "AFTERSALES_WEBHOOK_URL", "Where notices of failed refreshes and of new alerts are posted, which is a secret; without it, nowhere."
)
REPORT_LANGUAGE = Setting(
    "AFTERSALES_REPORT",
    "The language in which the report of each refresh opens; an empty text: no report.",
    default="en",
    expected="en, zh, or empty to have none",
)
REPLICA_URL = Setting(
    "AFTERSALES_REPLICA_URL",
    "The PostgreSQL database that each refresh brings to what it published, which may hold a secret; without it, none.",
)
REPLICA_READER = Setting("AFTERSALES_REPLICA_READER", "The role in PostgreSQL that may read the replica.", default="aftersales_reader")
ENGINE = Setting(
    "AFTERSALES_ENGINE", "What builds the models: duckdb, or spark (Apache Spark).", default="duckdb", expected="duckdb or spark"
)
SPARK_MASTER = Setting("AFTERSALES_SPARK_MASTER", "Where Spark runs: in this process, or the address of a cluster.", default="local[2]")
SPARK_MEMORY = Setting("AFTERSALES_SPARK_MEMORY", "The memory of Spark's driver.", default="4g")
SPARK_TABLES = Setting("AFTERSALES_SPARK_TABLES", "Where Spark writes the tables of a build. Given by a refresh, never by people.")
SPARK_LAST_TABLES = Setting(
    "AFTERSALES_SPARK_LAST_TABLES",
    "Where the tables of Spark's last build are; without it all are made anew. Given by a refresh, never by people.",
)
LEADER_PROCESS = Setting("AFTERSALES_LEADER_PROCESS", "Whose end is that of a child process. Given by its parent, never by people.")
PROJECT_FINGERPRINT = Setting(
    "AFTERSALES_PROJECT_FINGERPRINT",
    "A hash of what decides what a build makes of rows; without it every period is made anew. Given by a refresh, never by people.",
)
DAGSTER_HOME = Setting("DAGSTER_HOME", "Dagster's folder. Given by a refresh, which knows its home.")


def home_folder() -> Path:
    """The home's folder."""
    return Path(HOME.text).resolve()


def landing_folder() -> Path | None:
    """The landing zone, where it is not the home's own."""
    return Path(LANDING.value).resolve() if LANDING.value else None


def engine() -> str:
    """What builds the models."""
    if ENGINE.text not in {"duckdb", "spark"}:
        raise ENGINE.error()
    return ENGINE.text


def business_time_zone() -> str:
    """The zone in which KPIs have their dates, as the macro ``business_time_zone`` resolves it: an empty variable is no default."""
    given = BUSINESS_TIME_ZONE.given
    return str(project_variables()["business_time_zone"]) if given is None else given


def sensor_seconds() -> int:
    """How often the landing zone is looked at."""
    try:
        seconds = int(float(SENSOR_SECONDS.text))
    except (ValueError, OverflowError):
        seconds = 0
    if seconds < 1:
        raise SENSOR_SECONDS.error()
    return seconds


def archive_days() -> int | None:
    """For how many days superseded extracts are kept; None: for ever."""
    setting = ARCHIVE_DAYS.value
    if not setting:
        return None
    if not setting.isdecimal():
        raise ARCHIVE_DAYS.error()
    if int(setting) >= date.today().toordinal():
        raise ARCHIVE_DAYS.error("a number of days that the calendar goes back, or empty to keep everything")
    return int(setting)


def report_language() -> str:
    """The language in which the report of each refresh opens; empty for none."""
    if REPORT_LANGUAGE.text not in {"en", "zh", ""}:
        raise REPORT_LANGUAGE.error()
    return REPORT_LANGUAGE.text


def snapshots_to_keep() -> int:
    """How many snapshots stay."""
    setting = KEEP_SNAPSHOTS.text
    if not setting.isdecimal() or int(setting) < 1:
        raise KEEP_SNAPSHOTS.error()
    return int(setting)
