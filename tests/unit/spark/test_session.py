"""What Spark is told of how it works. That it works so, tests/spark says."""

from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.spark.session import session_settings

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


def test_statements_over_little_are_interpreted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERSALES_SPARK_MEMORY", "3g")
    settings = settings_with(tmp_path, SMALL_BYTES - 1, 1)
    assert settings["spark.sql.codegen.wholeStage"] == "false"
    assert settings["spark.driver.extraJavaOptions"].endswith("-Xms3g")


def test_statements_over_much_are_compiled(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, SMALL_BYTES, 1)
    assert "spark.sql.codegen.wholeStage" not in settings
    assert "spark.driver.extraJavaOptions" not in settings


def test_only_on_one_machine_spark_listens_to_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_with(tmp_path)["spark.driver.bindAddress"] == "127.0.0.1"
    monkeypatch.setenv("AFTERSALES_SPARK_MASTER", "spark://host:7077")
    assert "spark.driver.bindAddress" not in settings_with(tmp_path)
