"""Homes, landing zones and snapshots for tests."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[2]
PROJECT_PARTS = ("models", "seeds", "macros", "tests/data", "orchestration", "expectations", "command_line", "shop_simulator", "reading")


def real_data() -> Path:
    """The folder of real data sets; skips the test, saying so, when it is not there."""
    folder = Path(os.environ.get("AFTERSALES_REAL_DATA", PROJECT_ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; AFTERSALES_REAL_DATA names its folder")
    return folder


def copied_project(folder: Path) -> Path:
    """A copy of the project for a test that changes it, with tests/data of its tests."""
    for part in PROJECT_PARTS:
        shutil.copytree(PROJECT_ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dbt_project.yml", "profiles.yml", "pyproject.toml"):
        shutil.copyfile(PROJECT_ROOT / name, folder / name)
    return folder


def aftersales(
    *arguments: object, project: Path = PROJECT_ROOT, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, from the sources in ``project``."""
    return subprocess.run(
        [sys.executable, "-c", "from command_line.app import main; main()", *map(str, arguments)],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), "NO_COLOR": "1", "COLUMNS": "200", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def refreshed(home: Path, landing: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Refresh ``home`` from ``landing`` and insist that it was published."""
    finished = aftersales("refresh", "--home", home, "--landing", landing, *arguments)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that ``make`` fills once for all test processes of this run; treat it as read-only."""
    shared_root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared_root = shared_root.parent
    folder, done = shared_root / name, shared_root / f"{name}.done"
    with (shared_root / f"{name}.lock").open("w", encoding="utf-8") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def published(home: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory connection with the current snapshot attached as ``marts`` and in use."""
    connection = duckdb.connect()
    path = (home / "published" / "current").resolve() / "marts.duckdb"
    connection.execute(f"attach '{path}' as marts (read_only)")
    connection.execute("use marts")
    return connection


def mart_tables(home: Path) -> list[tuple[str, str]]:
    """Schema and name of every published mart; the tables about runs and checks are no marts."""
    with published(home) as connection:
        return connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'marts' and schema_name <> 'quality' order by all"
        ).fetchall()


def differing_marts(one: Path, other: Path) -> dict[str, int]:
    """The marts whose rows differ between the snapshots of two homes, with the number of rows that only one has."""
    assert mart_tables(one) == mart_tables(other)
    differing: dict[str, int] = {}
    with duckdb.connect() as connection:
        for alias, home in (("one", one), ("other", other)):
            path = (home / "published" / "current").resolve() / "marts.duckdb"
            connection.execute(f"attach '{path}' as {alias} (read_only)")
        for schema, table in mart_tables(one):
            row = connection.execute(
                f"""
                select count(*) from (
                    (select * from one.{schema}.{table} except all select * from other.{schema}.{table})
                    union all
                    (select * from other.{schema}.{table} except all select * from one.{schema}.{table})
                )
                """
            ).fetchone()
            assert row is not None
            if row[0]:
                differing[f"{schema}.{table}"] = row[0]
    return differing
