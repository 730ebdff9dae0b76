"""A small shop's warehouse that is built by period, beside a copy of it that is built whole: are they equal row by row?

What is built by dbt in the one is built in the other by the models' own SQL, which is that of everything: the marts, or all tables.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.connections import connected
from tests.support.compiled_models import CompiledModel, CompiledProject, build, differing_tables, load, new_warehouse, period_hash
from tests.support.dbt_runs import DbtRun, DbtRuns
from tests.support.extracts import day_of, deliver, extract_files
from tests.support.warehouse import PROJECT_ROOT, aftersales

MARTS = tuple(sorted(folder.name for folder in (PROJECT_ROOT / "models" / "marts").iterdir() if folder.is_dir() and folder.name != "core"))
FIRST_DAYS = 10
DAYS_AFTER = range(FIRST_DAYS, FIRST_DAYS + int(os.environ.get("AFTERSALES_INCREMENTAL_DAYS", "4")))
HELD_BACK = ("survey_invitations", "survey_responses", "survey_answers")
HELD_BACK_UNTIL = 3
# All models that have to do with keys: after a run of these all is known of the keys.
KEYED = ("config.materialized:fingerprinted", "config.materialized:by_key")
_FIRST_DAY = datetime(2025, 11, 21, tzinfo=UTC).replace(tzinfo=None)

REQUESTS = "core.fct_after_sales_requests"
# How many periods of a table have not passed its tests.
UNTESTED = """
    select count(*) from measures.built_periods as made
    where model = '{}' and role = 'output' and not exists (
        from measures.built_periods as tested where tested.model = made.model and tested.role = 'tested'
        and tested.period_grain = made.period_grain and tested.period_start = made.period_start and tested.fingerprint = made.fingerprint
    )
"""
# A change of one row in each of several facts.
CHANGES = [
    f"update {REQUESTS} set region = 'north' where request_key = (select min(request_key) from {REQUESTS})",
    "update core.fct_tickets set channel = 'store' where ticket_key = (select min(ticket_key) from core.fct_tickets)",
    "update core.fct_ticket_sla set channel = 'store' where ticket_key = (select min(ticket_key) from core.fct_ticket_sla)",
    "update core.fct_agent_days set reply_count = reply_count + 1 where worked_on = (select min(worked_on) from core.fct_agent_days)",
]


def simulated_shop(folder: Path) -> None:
    """The extracts of a small shop: the days of its beginning, and those after."""
    days = DAYS_AFTER.stop
    until = _FIRST_DAY + timedelta(days=days - 1)
    finished = aftersales("simulate", "--out", folder, "--orders", 16 * days, "--days", days, "--until", until.date(), "--seed", 5)
    assert finished.returncode == 0, finished.stdout + finished.stderr


class TwinBuilds:
    """The warehouse at ``folder/daily`` and its copy at ``folder/whole``."""

    def __init__(self, project: CompiledProject, dbt: DbtRuns, folder: Path) -> None:
        self.project, self.dbt, self.folder = project, dbt, folder
        self.landing = folder / "landing"
        self.warehouse = folder / "daily" / "warehouse.duckdb"
        self._marts = [model for model in project.models if model.schema in MARTS]
        self._before_marts = [model for model in project.models if model.schema not in MARTS]

    @classmethod
    def begun(cls, project: CompiledProject, dbt: DbtRuns, folder: Path, shop: Path) -> TwinBuilds:
        """With the days of the shop's beginning loaded and built."""
        twins = cls(project, dbt, folder)
        new_warehouse(project, twins.warehouse)
        for number in range(FIRST_DAYS):
            twins.deliver_day(shop, number)
        twins.load()
        run = twins.build_all()
        assert run.exit_code == 0, run.log
        return twins

    def copied(self, folder: Path) -> TwinBuilds:
        """The same once more, to be changed."""
        twins = TwinBuilds(self.project, self.dbt, folder)
        shutil.copytree(self.landing, twins.landing)
        shutil.copytree(self.warehouse.parent, twins.warehouse.parent)
        return twins

    def deliver_day(self, shop: Path, number: int, chance: random.Random | None = None) -> datetime:
        """The extracts of a day, some of them late when ``chance`` says so; surveys all at once after a while."""
        day = _FIRST_DAY + timedelta(days=number)
        files = []
        for file in extract_files(shop):
            held_back = file.parts[1] in HELD_BACK and number < FIRST_DAYS + HELD_BACK_UNTIL
            is_late = chance is not None and day_of(file) == f"{day:%Y-%m-%d}" and chance.random() < 0.15
            if day_of(file) <= f"{day:%Y-%m-%d}" and not held_back and not is_late and not (self.landing / file).exists():
                files.append(file)
        deliver(shop, self.landing, files)
        return day

    def load(self) -> None:
        """Load what is new."""
        extracts = load(self.warehouse, self.landing).extracts
        assert [extract.file_name for extract in extracts if extract.refusal_reason is not None or extract.rows_rejected] == []

    def build_all(self, *arguments: str, fingerprint: str = "the same project", kill_after: int | None = None) -> DbtRun:
        """Have dbt build all models."""
        return self.dbt.run(self.warehouse, "--no-write-json", "run", *arguments, fingerprint=fingerprint, kill_after=kill_after)

    def made_by_key(self, fingerprint: str = "the same project") -> set[str]:
        """Have dbt build all models that have to do with keys, and say how much it made anew."""
        run = self.build_all("--select", *KEYED, fingerprint=fingerprint)
        assert run.exit_code == 0, run.log
        assert set(run.keys_made_anew) == by_key(self.project)
        return set(run.keys_made_anew.values())

    def all_built_alike(self, fingerprint: str = "the same project") -> DbtRun:
        """Have dbt build all models, insist that all are equal to those built whole, and say how it went."""
        run = self.build_all(fingerprint=fingerprint)
        assert run.exit_code == 0, run.log
        whole = self.folder / "whole" / "warehouse.duckdb"
        whole.parent.mkdir(exist_ok=True)
        shutil.copyfile(self.warehouse, whole)
        build(self.project, whole)
        assert differing_tables(self.project, self.warehouse, whole, ("intermediate", "core", *MARTS)) == {}
        assert untrue_notes(self.warehouse, self.project.models) == {}
        return run

    def change(self, *statements: str, rebuilt: Collection[str] = ()) -> None:
        """Change what the marts are built from, and build the models named ``rebuilt`` anew."""
        with connected(self.warehouse) as connection:
            for statement in statements:
                connection.execute(statement)
        build(self.project, self.warehouse, [model for model in self._before_marts if model.name in rebuilt])

    def build_marts(
        self,
        *arguments: str,
        only: str | None = None,
        fingerprint: str = "the same project",
        kill_after: int | None = None,
        copies: Path | None = None,
    ) -> DbtRun:
        """Have dbt build the marts, or what it selects by ``only``; the rest as in ``DbtRuns.run``."""
        selected = [only] if only else [f"marts.{schema}" for schema in MARTS]
        command = ["--no-write-json", "run", "--select", *selected, *arguments]
        return self.dbt.run(self.warehouse, *command, fingerprint=fingerprint, kill_after=kill_after, copies=copies)

    def build_whole(self, only: Collection[str] | None = None) -> None:
        """Copy the warehouse and build the marts of the copy whole, or the models named ``only``."""
        whole = self.folder / "whole" / "warehouse.duckdb"
        whole.parent.mkdir(exist_ok=True)
        shutil.copyfile(self.warehouse, whole)
        build(self.project, whole, self._marts if only is None else [model for model in self.project.models if model.name in only])

    def build_whole_by_dbt(self, *arguments: str, only: str, fingerprint: str) -> None:
        """As ``build_whole``, by dbt's own ``--full-refresh``."""
        whole = self.folder / "whole" / "warehouse.duckdb"
        shutil.copyfile(self.warehouse, whole)
        twins = TwinBuilds(self.project, self.dbt, self.folder)
        twins.warehouse = whole
        run = twins.build_marts("--full-refresh", *arguments, only=only, fingerprint=fingerprint)
        assert set(run.made_anew.values()) == {"every period"}, run.log

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What ``query`` finds in the warehouse."""
        with connected(self.warehouse, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def differing(self, only: Collection[str] | None = None) -> Mapping[str, int]:
        """The marts, or the models named ``only``, that differ from those of the copy that was built whole, and those of which something
        untrue is noted."""
        whole = self.folder / "whole" / "warehouse.duckdb"
        differing = differing_tables(self.project, self.warehouse, whole, MARTS if only is None else ("core", *MARTS), only)
        return differing | untrue_notes(self.warehouse, [model for model in self.project.models if only is None or model.name in only])

    def built_alike(self, only: str | None = None, fingerprint: str = "the same project") -> DbtRun:
        """Build by period and whole, insist that both are equal, and say how it went."""
        run = self.build_marts(only=only, fingerprint=fingerprint)
        assert run.exit_code == 0, run.log
        # What was not built in the one was copied into the other.
        built = None if only is None else list(run.statuses)
        self.build_whole(built)
        assert self.differing(built) == {}
        return run


def by_period(models: Collection[CompiledModel]) -> list[CompiledModel]:
    """Those that are made by period."""
    return [model for model in models if model.materialized == "by_period"]


def by_key(project: CompiledProject) -> set[str]:
    """The names of those that are made by key."""
    nodes = json.loads(project.manifest.read_text(encoding="utf-8"))["nodes"].values()
    return {node["name"] for node in nodes if node["config"].get("materialized") == "by_key"}


def untrue_notes(warehouse: Path, models: Collection[CompiledModel]) -> dict[str, int]:
    """The tables made by period whose rows are not those that built_periods says, with the number of periods of which it is untrue."""
    untrue: dict[str, int] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for model in by_period(models):
            noted = f"from measures.built_periods where model = '{model.name}' and role = 'output'"
            told_apart = "kpi_id" if connection.execute(f"{noted} and input <> '' limit 1").fetchall() else "''"
            row = connection.execute(
                f"""
                with made as (
                    select {told_apart} as input, period_grain, period_start, {period_hash(model)} as fingerprint
                    from {model.schema}.{model.name} as made group by all
                ),
                noted as (
                    select input, period_grain, period_start, fingerprint {noted}
                )
                select count(*) from (
                    (from made except all from noted) union all (from noted except all from made)
                )
                """
            ).fetchone()
            assert row is not None
            if row[0]:
                untrue[f"notes of {model.name}"] = row[0]
    return untrue


def noted(warehouse: Path) -> list[tuple[object, ...]]:
    """All that built_periods says."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute("from measures.built_periods order by all").fetchall()


def states(warehouse: Path, models: Collection[CompiledModel]) -> dict[str, tuple[object, ...]]:
    """Of each table made by period a hash of its rows, and of what is noted of it."""
    with duckdb.connect(str(warehouse)) as connection:
        found: dict[str, tuple[object, ...]] = {}
        for model in by_period(models):
            notes = f"select sum(hash(built)) from measures.built_periods as built where model = '{model.name}'"
            rows = connection.execute(f"select {period_hash(model)}, ({notes}) from {model.schema}.{model.name}").fetchone()
            assert rows is not None
            found[model.name] = rows
        return found
