"""Homes, landing zones and snapshots for tests."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.project import MANIFEST_FILE
from orchestration.runs.parsed_project import FILES as PARSED_FILES
from orchestration.runs.parsed_project import TEMPLATES
from tests.support.warm import warm_python

# Names the folder that all test processes of a run share, once a run has begun.
SHARED_FOLDER = "AFTERSALES_TESTS_SHARED_FOLDER"
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
    """Run the command line in a process of its own, from the sources in ``project``. A new home has the project parsed already."""
    words = [str(argument) for argument in arguments]
    if "--home" in words:
        give_parsed_project(Path(words[words.index("--home") + 1]) / "dbt", project)
    return subprocess.run(
        [warm_python().python, "-c", "from command_line.app import main; main()", *words],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), "NO_COLOR": "1", "COLUMNS": "200", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def dbt_of_the_project(home: Path, *arguments: str, project: Path = PROJECT_ROOT) -> subprocess.CompletedProcess[str]:
    """Run dbt on the project and the warehouse of ``home``, its artefacts in the home's folder ``dbt``."""
    return _dbt(home, project, "-m", "orchestration.runs.dbt_process", home / "dbt", *arguments)


def dbt_of_a_copy(home: Path, *commands: str, project: Path) -> subprocess.CompletedProcess[str]:
    """Run dbt with some commands, one after the other, on a copy of the project, which is parsed once."""
    return _dbt(home, project, "-c", _OF_A_COPY, home / "dbt", *commands)


_OF_A_COPY = """
import pathlib, sys
from dbt.cli.main import dbtRunner
from orchestration.runs.compiled_templates import CompiledTemplates

CompiledTemplates(pathlib.Path(sys.argv[1])).use()
manifest = None
for command in ("parse", *sys.argv[2:]):
    done = dbtRunner(manifest=manifest).invoke(["--quiet", "--log-level-file", "none", *command.split()])
    manifest = manifest or done.result
    if not done.success:
        sys.exit(str(done.exception or done.result))
"""


def _dbt(home: Path, project: Path, *program: object) -> subprocess.CompletedProcess[str]:
    # Here: it takes seconds to import, in every process that tests are run in.
    from orchestration.runs.dbt_command_line import project_fingerprint

    target = home / "dbt"
    give_parsed_project(target, project)
    return subprocess.run(
        [warm_python().python, *map(str, program)],
        cwd=project,
        env={
            **os.environ,
            "PYTHONPATH": str(project),
            "AFTERSALES_HOME": str(home),
            "AFTERSALES_PROJECT_FINGERPRINT": project_fingerprint(),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(home / "logs"),
            "DBT_PROFILES_DIR": str(project),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def give_parsed_project(target: Path, project: Path = PROJECT_ROOT) -> None:
    """Let the new folder ``target`` of dbt's artefacts begin with the project as it was parsed once for all tests of this run.

    Of a copy that a test changes it begins with the templates: most of them are the same.
    """
    shared = os.environ.get(SHARED_FOLDER)
    if target.exists() or shared is None:
        return
    parsed = _made_once_in(Path(shared), "parsed_project", _parse) / "dbt"
    target.mkdir(parents=True)
    for name in (*PARSED_FILES, TEMPLATES, MANIFEST_FILE) if project == PROJECT_ROOT else (TEMPLATES,):
        shutil.copyfile(parsed / name, target / name)
        (target / name).chmod(0o600)


def _parse(home: Path) -> None:
    code = "import pathlib, sys; from orchestration.home import Home; from orchestration.runs.dbt_command_line import parsed_manifest;"
    finished = subprocess.run(
        [warm_python().python, "-c", f"{code} parsed_manifest(Home(pathlib.Path(sys.argv[1])).create())", home],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def refreshed(
    home: Path, landing: Path, *arguments: object, project: Path = PROJECT_ROOT, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Refresh ``home`` from ``landing`` and insist that it was published."""
    finished = aftersales("refresh", "--home", home, "--landing", landing, *arguments, project=project, environment=environment)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that ``make`` fills once for all test processes of this run; treat it as read-only."""
    return _made_once_in(shared_folder(tmp_path_factory), name, make)


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all test processes of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _made_once_in(shared_root: Path, name: str, make: Callable[[Path], None]) -> Path:
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
            rows = differing_rows(connection, f"one.{schema}.{table}", f"other.{schema}.{table}")
            if rows:
                differing[f"{schema}.{table}"] = rows
    return differing


def differing_rows(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    """How many rows only one of two tables has. Where count and sum of the rows' hashes are the same they are not looked at one by one."""
    hashes = "select count(*), sum(hash(compared)) from {} as compared"
    if connection.execute(hashes.format(one)).fetchone() == connection.execute(hashes.format(other)).fetchone():
        return 0
    row = connection.execute(
        f"select count(*) from ((select * from {one} except all select * from {other})"
        f" union all (select * from {other} except all select * from {one}))"
    ).fetchone()
    assert row is not None
    return row[0]
