"""What Spark is told of how it works. That it works so, tests/spark says."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from orchestration.home import Home
from orchestration.spark.session import have_dbt_use, session_settings

SMALL_BYTES = 16 * 1024**2


def settings_with(folder: Path, *sizes: int) -> dict[str, str]:
    """The settings for a home whose feeds are files of these sizes."""
    home = Home(folder)
    for number, size in enumerate(sizes):
        file = home.spark / "feeds" / "raw" / f"feed_{number}" / "rows.parquet"
        file.parent.mkdir(parents=True)
        with file.open("wb") as empty:
            empty.truncate(size)
    return session_settings(home)


@dataclass
class Told:
    """A session of Spark that only notes what it is told."""

    settings: dict[str, str]
    defaultParallelism: int = 1  # noqa: N815, it is Spark's name
    ran: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def conf(self) -> Self:
        return self

    @property
    def sparkContext(self) -> Self:  # noqa: N802, it is Spark's name
        return self

    def get(self, name: str) -> str:
        return self.settings[name]

    def set(self, name: str, value: str) -> None:
        self.settings[name] = value

    def sql(self, statement: str) -> None:
        self.ran.append((statement, self.settings["spark.sql.codegen.wholeStage"]))


def test_statements_over_little_are_interpreted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERSALES_SPARK_MEMORY", "3g")
    settings = settings_with(tmp_path, SMALL_BYTES - 1, 1)
    assert settings["spark.sql.codegen.wholeStage"] == "false"
    assert settings["spark.driver.extraJavaOptions"].endswith("-Xms3g")


def test_statements_over_much_are_compiled(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, SMALL_BYTES, 1)
    assert "spark.sql.codegen.wholeStage" not in settings
    assert "spark.driver.extraJavaOptions" not in settings


def test_once_much_was_built_of_little_statements_are_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = pytest.importorskip("dbt.adapters.spark.session", reason="dbt-spark is not installed; Spark is the optional engine")
    monkeypatch.setattr(adapter.Cursor, "execute", adapter.Cursor.execute)
    tables = tmp_path / "tables"
    session = Told(settings_with(tmp_path, 1))
    have_dbt_use(session, tables)
    for size in (SMALL_BYTES, 1):
        adapter.Cursor(server_side_parameters={}).execute("create table core.orders")
        file = tables / "core.db" / str(size) / "part.parquet"
        file.parent.mkdir(parents=True)
        with file.open("wb") as empty:
            empty.truncate(size)
    adapter.Cursor(server_side_parameters={}).execute("create table core.tickets")
    assert [compiled for _, compiled in session.ran] == ["false", "false", "true"]


@pytest.mark.parametrize(("cores", "parts"), [(1, "4"), (2, "4"), (3, "6"), (32, "64")])
def test_rows_are_dealt_to_all_cores_that_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int, parts: str) -> None:
    adapter = pytest.importorskip("dbt.adapters.spark.session", reason="dbt-spark is not installed; Spark is the optional engine")
    monkeypatch.setattr(adapter.Cursor, "execute", adapter.Cursor.execute)
    session = Told({"spark.sql.codegen.wholeStage": "true", **settings_with(tmp_path, SMALL_BYTES, 1)})
    have_dbt_use(session, tmp_path / "tables")
    session.defaultParallelism = cores
    adapter.Cursor(server_side_parameters={}).execute("create table core.orders")
    assert session.get("spark.sql.shuffle.partitions") == parts


def test_only_on_one_machine_spark_listens_to_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_with(tmp_path)["spark.driver.bindAddress"] == "127.0.0.1"
    monkeypatch.setenv("AFTERSALES_SPARK_MASTER", "spark://host:7077")
    assert "spark.driver.bindAddress" not in settings_with(tmp_path)
