"""Where the warehouse keeps its state. Knows paths, nothing of what stands in the files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from orchestration import settings


@dataclass(frozen=True)
class Home:
    """The folder that holds everything the warehouse writes (``AFTERSALES_HOME``, default ``./var``)."""

    root: Path

    @classmethod
    def from_environment(cls) -> Home:
        """The home named by ``AFTERSALES_HOME``, else ``var`` in the working folder."""
        return cls(settings.home_folder())

    @property
    def landing(self) -> Path:
        """Where shop systems drop extracts (``AFTERSALES_LANDING`` moves it elsewhere)."""
        return settings.landing_folder() or self.root / "landing"

    @property
    def archive(self) -> Path:
        """The bytes of every extract that was loaded, from which the warehouse can be made again."""
        return self.root / "archive"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that is built; one writer, no readers."""
        return self.root / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """Versioned snapshots for readers, and the link ``current``."""
        return self.root / "published"

    def landed_note(self, source_system: str) -> Path:
        """Which files of the landing zone the last load of a source system took note of."""
        return self.root / "landed" / f"{source_system}.json"

    @property
    def last_failure(self) -> Path:
        """What the last refresh said, if it did not publish."""
        return self.root / "last_failure.json"

    @property
    def told_alerts(self) -> Path:
        """Which open alerts the webhook has been told of."""
        return self.root / "told_alerts.json"

    @property
    def dagster(self) -> Path:
        """Dagster's instance folder (``DAGSTER_HOME``)."""
        return self.root / "dagster"

    @property
    def dbt_target(self) -> Path:
        """dbt's artefacts: manifest, run results, compiled SQL."""
        return self.root / "dbt"

    @property
    def spark(self) -> Path:
        """What dbt on Spark reads and writes (``profiles.yml`` says where in it)."""
        return self.root / "spark"

    @property
    def data_docs(self) -> Path:
        """Great Expectations' Data Docs, a static site."""
        return self.root / "data_docs"

    @property
    def customer_key_file(self) -> Path:
        """The key of the customer pseudonyms, when no environment variable gives it. Mode 0600."""
        return self.root / "customer_key"

    def create(self) -> Home:
        """Make the folders that a refresh writes to and return the home.

        Others may pass through the home to ``published`` and see nothing else of it: from here on, whatever this process
        and its children make is theirs alone, unless it is given to readers explicitly.
        """
        os.umask(0o077)
        for folder in (self.root, self.archive, self.dagster, self.dbt_target, self.data_docs, self.published):
            folder.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)
        for folder in (self.archive, self.dagster, self.dbt_target, self.data_docs):
            folder.chmod(0o700)
        # A warehouse that came back from a backup may have come with the modes of the backup.
        for file in (self.warehouse, self.warehouse.with_name(f"{self.warehouse.name}.wal")):
            if file.exists():
                file.chmod(0o600)
        if settings.LANDING.given is None:
            self.landing.mkdir(exist_ok=True)
        return self
