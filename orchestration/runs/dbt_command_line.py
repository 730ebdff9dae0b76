"""dbt on the command line as Dagster starts it, and a manifest that is up to date. Reads none: that is ``orchestration.project``."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.version import Version

from orchestration.home import Home
from orchestration.project import PROJECT_ROOT, dbt_manifest
from orchestration.runs.child_processes import lead
from orchestration.runs.dagster_and_dbt import DbtCliInvocation, DbtCliResource, DbtProject
from orchestration.runs.parsed_project import ParsedProject
from orchestration.settings import PROJECT_FINGERPRINT, business_time_zone, engine

# What decides what the models say. A change in any of these files makes the next start parse the project again.
_PARSED_FILES = ("dbt_project.yml", "profiles.yml")
_PARSED_FOLDERS = ("models", "macros", "seeds", "tests/data")

# What dbt tells is in the log of the refresh already. A file of dbt's own costs CPU time: a quarter of a build's at its default level.
_DBT_FLAGS = ("--log-level-file", "none")


class ProjectDoesNotParse(RuntimeError):
    """dbt finds a fault in the models, macros, seeds or their YAML."""


def dbt_project(home: Home) -> DbtProject:
    """The dbt project at the root, with its artefacts in ``home.dbt_target``."""
    return DbtProject(project_dir=PROJECT_ROOT, profiles_dir=PROJECT_ROOT, target_path=home.dbt_target)


class InstalledDbt(DbtCliResource):
    """dbt of this Python environment, whatever ``PATH`` says, in processes that end with the one that started them."""

    def cli(self, *arguments: Any, **options: Any) -> DbtCliInvocation:
        """Start dbt, as the base class says."""
        lead()
        PROJECT_FINGERPRINT.give(project_fingerprint())
        return super().cli(*arguments, **options)

    @cached_property
    def _cli_version(self) -> Version:
        """As installed. Asked of dbt itself, it would ask the package index for newer ones, in every run."""
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        """None: it would only serve to ask the warehouse about columns and row counts, while dbt holds it."""
        return None


def dbt_command_line(home: Home) -> DbtCliResource:
    """How dbt is called on the project."""
    flags = ["-m", "orchestration.runs.dbt_process", str(home.dbt_target), *_DBT_FLAGS]
    project: Any = dbt_project(home)  # the base class takes a DbtProject, which its subclasses do not show to type checkers
    return InstalledDbt(project_dir=project, dbt_executable=sys.executable, global_config_flags=flags)


def parsed_manifest(home: Home) -> Path:
    """The path of ``manifest.json``, after parsing the project when a file of it has changed since the last time.

    Raises ``ProjectDoesNotParse`` with what dbt says.
    """
    project = dbt_project(home)
    parsed, fingerprint = ParsedProject(home.dbt_target), project_fingerprint()
    if not parsed.is_of(fingerprint) or not _is_whole(project.manifest_path):
        parsing = dbt_command_line(home).cli(["parse", "--quiet"], target_path=home.dbt_target, raise_on_error=False).wait()
        error = parsing.get_error()
        if error is not None:
            raise ProjectDoesNotParse(f"dbt cannot read the models: {str(error).split('Errors parsed from dbt logs:')[-1].strip()}")
        parsed.keep(fingerprint)
    return project.manifest_path


def _is_whole(manifest_path: Path) -> bool:
    """Whether the manifest is there and was written to its end: every build writes it anew, and may be killed while it does."""
    try:
        dbt_manifest(manifest_path.parent)
    except (FileNotFoundError, ValueError):
        return False
    return True


def project_fingerprint() -> str:
    """A hash of what decides what a build makes of the same rows: models, macros, seeds, variables, business time zone, engine."""
    digest = hashlib.sha256()
    for path in _parsed_paths():
        digest.update(f"{path.relative_to(PROJECT_ROOT)}|".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    of_engine = ("dbt-spark", "pyspark") if engine() == "spark" else ("dbt-duckdb",)
    for package in ("dbt-core", "duckdb", *of_engine):
        digest.update(f"{package}|{version(package)}|".encode())
    digest.update(business_time_zone().encode())
    return digest.hexdigest()


def _parsed_paths() -> Iterator[Path]:
    for name in _PARSED_FILES:
        yield PROJECT_ROOT / name
    for folder in _PARSED_FOLDERS:
        yield from sorted(path for path in (PROJECT_ROOT / folder).rglob("*") if path.is_file())
