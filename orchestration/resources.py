"""What the steps of a refresh share: its settings, its home and the lock that keeps a second refresh out."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import dagster as dg
from pydantic import Field, PrivateAttr

from orchestration.home import Home
from orchestration.loading import Archive, read_declarations
from orchestration.project import MANIFEST_FILE, MODELS_FOLDER, PROJECT_ROOT
from orchestration.publishing.selection import published_marts
from orchestration.runs.old_warehouse import set_warehouse_aside, settle_rebuild
from orchestration.runs.overlooked import overlooked
from orchestration.runs.run_lock import refresh_lock
from orchestration.runs.stale_runs import LOCK_WAIT_SECONDS, end_stale_runs
from orchestration.runs.usable_settings import insist_settings_are_usable
from orchestration.runs.warehouse_file import insist_warehouse_is_sound
from reading.moments import parsed_moment


class RefreshSettings(dg.ConfigurableResource[None]):
    """What one refresh is asked to do. The defaults are the nightly run's: everything, up to now."""

    landing: str | None = Field(default=None, description="Landing zone; by default the home's own.")
    sources: list[str] = Field(default_factory=list, description="Source systems whose extracts are loaded; empty means all.")
    as_of: str | None = Field(
        default=None, description="Moment (ISO 8601, UTC) the marts speak of; by default the latest the data speaks of."
    )
    rebuild: bool = Field(default=False, description="Make the warehouse anew, from the archived extracts on.")
    full: bool = Field(default=False, description="Build every model from nothing, incremental ones too.")
    lock_wait_seconds: float = Field(default=LOCK_WAIT_SECONDS, description="How long to wait for another refresh of the same home to end.")

    _home: Home = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator[None]:
        """Hold the refresh lock while the run's steps execute, on a warehouse that can be read to its last row."""
        self._home = Home.from_environment().create()
        insist_settings_are_usable(self._home)
        self._tell_before_anything_is_loaded(context)
        run_id = context.run_id or "outside a run"
        with refresh_lock(self._home, run_id=run_id, wait_seconds=self.lock_wait_seconds):
            if context.instance is not None:
                end_stale_runs(context.instance, current_run_id=run_id)
            settle_rebuild(self._home)
            if self.rebuild:
                set_warehouse_aside(self._home, run_id=run_id)
            else:
                insist_warehouse_is_sound(self._home)
            yield self  # pyright: ignore[reportReturnType]

    def _tell_before_anything_is_loaded(self, context: dg.InitResourceContext) -> None:
        """What the run would pass over, in its log; what could not be published ends it here, and not after the build."""
        for line in overlooked(self.landing_folder, read_declarations(MODELS_FOLDER), PROJECT_ROOT):
            if context.log is not None:
                context.log.warning(line)
        manifest = self._home.dbt_target / MANIFEST_FILE
        if manifest.exists():
            published_marts(manifest)

    @property
    def home(self) -> Home:
        """The home that is refreshed."""
        return self._home

    @property
    def archive(self) -> Archive:
        """Where loaded extracts are kept. What landed in the home is moved there, what landed elsewhere is copied."""
        return Archive(self._home.archive, own_landing=self._home.root / "landing")

    @property
    def landing_folder(self) -> Path:
        """The landing zone of this refresh."""
        return Path(self.landing).resolve() if self.landing else self._home.landing

    @property
    def as_of_moment(self) -> datetime | None:
        """``as_of`` as a naive UTC moment, or None."""
        return parsed_moment(self.as_of) if self.as_of else None
