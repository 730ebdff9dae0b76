"""dbt on Spark: ``python -m orchestration.spark.session build --target spark``. Has dbt-spark use a Spark session of the project's own.

The adapter's own session turns ANSI mode off, whatever the profile says, and again before every statement; here what cannot be cast
or divided is an error, as in DuckDB, and not a null. And it asks for Hive's catalogue, a database that serves one process at a time
and outlives a killed one; this catalogue lives as long as the build.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from orchestration.home import Home
from orchestration.runs.child_processes import die_with_parent
from orchestration.settings import SPARK_MASTER, SPARK_MEMORY, SPARK_TABLES
from orchestration.spark.last_build import begin_build, take_over, was_built

_SETTINGS = {
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.ansi.enabled": "true",
    # What is added to a decimal keeps its places, as in DuckDB, and does not lose one each time for a digit that no figure has.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.default": "parquet",
    # The parts of a table are the folders that there are, as its files are the files.
    "spark.sql.hive.manageFilesourcePartitions": "false",
    # What tells that a table was written to its end.
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "true",
    # As DuckDB reads it: not the 96-bit timestamps of old.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Figures of periods are a byte or two a row: 10 MB of Parquet, which Spark would send to all sides of a join, are millions.
    "spark.sql.autoBroadcastJoinThreshold": "512k",
    # Understanding a statement, not its rows, is what takes time. What follows of each condition is worked out again for each part of it.
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.maxPlanStringLength": "2000",
    # Each small table that is joined takes a page, which is 64 MB by itself: with twenty of them a build did nothing but make room.
    "spark.buffer.pageSize": "2m",
    "spark.sql.ui.retainedExecutions": "1",
    "spark.ui.enabled": "false",
    # Dagster reads what dbt writes on this very output, and dbt tells what goes wrong.
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    # Without checksums beside each file, of which each costs a process that sets its permissions.
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
}

# Up to so much that was loaded, and so much that was built of it, the code that Spark would write and compile for each statement takes
# longer than it saves.
_SMALL_BYTES = 16 * 1024**2
_INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
    # Planning each stage anew, by what the one before it made, is for rows too.
    "spark.sql.adaptive.enabled": "false",
}
_COMPILED = {
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "FALLBACK",
    "spark.sql.adaptive.enabled": "true",
}
# Of Java likewise: its second compiler and its collector on all cores are for processes that live longer. It cannot be told later.
_JAVA_OF_SMALL = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"


def tables_folder(home: Home) -> Path:
    """Where the tables of this build are written, a folder per schema."""
    return Path(SPARK_TABLES.value) if SPARK_TABLES.value else home.spark / "tables"


def session_settings(home: Home) -> dict[str, str]:
    """What Spark is told: settings of where and with what it works, and of how much there is to work on."""
    settings = {
        **_SETTINGS,
        "spark.master": SPARK_MASTER.text,
        "spark.driver.memory": SPARK_MEMORY.text,
        "spark.sql.warehouse.dir": str(tables_folder(home)),
        "spark.local.dir": str(home.spark / "scratch"),
    }
    if SPARK_MASTER.text.startswith("local"):
        # Nobody else is to reach it, and it listens even where it is all alone.
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if is_small(home.spark / "feeds"):
        settings |= {
            **_INTERPRETED,
            "spark.driver.extraJavaOptions": f"{_JAVA_OF_SMALL} -Xms{SPARK_MEMORY.text}",
            "spark.executor.extraJavaOptions": _JAVA_OF_SMALL,
        }
    return settings


def is_small(folder: Path) -> bool:
    """Whether the tables in ``folder`` are so little that what is made of them is interpreted."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            # Other tables are made and dropped meanwhile.
            with suppress(FileNotFoundError):
                size += (Path(place) / name).stat().st_size
    return size <= _SMALL_BYTES


def open_session(home: Home) -> Any:
    """A session that writes its tables to ``tables_folder``, which is emptied."""
    from pyspark import java_gateway  # pyright: ignore[reportMissingImports]
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

    patched: Any = java_gateway
    patched.Popen = _tied_to_this_process
    # Its logger adds megabytes to each error.
    logging.getLogger("SQLQueryContextLogger").disabled = True
    shutil.rmtree(tables_folder(home), ignore_errors=True)
    begin_build(tables_folder(home))
    builder: Any = SparkSession.builder
    for name, value in session_settings(home).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _tied_to_this_process(*command: Any, preexec_fn: Any, **options: Any) -> Any:
    """Java, which in the middle of a statement does not notice that Python is gone."""

    def begin() -> None:
        preexec_fn()
        die_with_parent()

    # Safe: nothing else is at work yet in this process, and it is pyspark that has a preexec_fn.
    return subprocess.Popen(*command, preexec_fn=begin, **options)  # noqa: PLW1509


def have_dbt_use(session: Any, tables: Path) -> None:
    """Let every statement of dbt's in this process run in ``session``, which compiles from when there is much in ``tables``.

    From then on rows are dealt into two parts for each core that there is by then: executors of a cluster come one after the other.
    """
    from dbt.adapters.spark.impl import SparkAdapter  # pyright: ignore[reportMissingImports]
    from dbt.adapters.spark.session import Cursor  # pyright: ignore[reportMissingImports]
    from dbt_common.exceptions import DbtRuntimeError
    from pyspark.errors import AnalysisException  # pyright: ignore[reportMissingImports]

    def execute(self: Any, sql: str, *parameters: Any) -> None:
        if "create table" in sql and not (session.conf.get("spark.sql.codegen.wholeStage") == "false" and is_small(tables)):
            parts = 2 * max(2, session.sparkContext.defaultParallelism)
            for name, value in (_COMPILED | {"spark.sql.shuffle.partitions": str(parts)}).items():
                session.conf.set(name, value)
        try:
            self._df = session.sql(sql % parameters if parameters else sql)
        except AnalysisException as error:
            raise DbtRuntimeError(str(error)) from error

    patched: Any = Cursor
    patched.execute = execute
    # What macros ask for under these names.
    asked: Any = SparkAdapter
    functions: tuple[Any, ...] = (was_built, take_over)
    for function in functions:
        setattr(asked, function.__name__, staticmethod(function))
        asked._available_ |= {function.__name__}


if __name__ == "__main__":
    home = Home.from_environment()
    have_dbt_use(open_session(home), tables_folder(home))
    from dbt.cli.main import cli

    cli(prog_name="dbt")
