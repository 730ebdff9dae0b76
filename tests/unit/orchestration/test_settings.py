"""A setting is what the environment says, else its default; the environment is read in one module."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration import settings
from orchestration.project import PROJECT_ROOT
from orchestration.settings import Setting, SettingError

DECLARED = [value for value in vars(settings).values() if isinstance(value, Setting)]
PACKAGES = ("orchestration", "expectations", "command_line", "reading", "portal")
# The one in orchestration hands its own environment on to a process; the one in expectations tells a library what to leave.
WHERE_IT_IS_TOUCHED = {
    "orchestration/settings.py",
    "orchestration/runs/suites_process.py",
    "expectations/runner.py",
    # What numpy asks for when it is imported, whoever imports it.
    "orchestration/__init__.py",
}


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in DECLARED:
        monkeypatch.delenv(setting.variable, raising=False)


def test_each_setting_is_declared_once_and_says_what_it_means() -> None:
    assert len({setting.variable for setting in DECLARED}) == len(DECLARED) == 21
    assert all(setting.meaning.endswith(".") for setting in DECLARED)


def test_the_environment_is_read_in_one_module() -> None:
    touching = {
        path.relative_to(PROJECT_ROOT).as_posix()
        for package in PACKAGES
        for path in (PROJECT_ROOT / package).rglob("*.py")
        if any(
            isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    assert touching == WHERE_IT_IS_TOUCHED


def test_an_empty_value_is_a_value_and_nothing_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Setting("AFTERSALES_OF_A_TEST", "What a test says.", default="4", expected="a number")
    assert (setting.given, setting.value, setting.text) == (None, "4", "4")
    monkeypatch.setenv(setting.variable, "")
    assert (setting.given, setting.value, setting.text) == ("", "", "")
    assert str(setting.error()).startswith("AFTERSALES_OF_A_TEST is ''; it has to be a number. Correct it")


def test_the_home_is_var_in_the_working_folder_unless_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert (settings.home_folder(), settings.landing_folder()) == (tmp_path / "var", None)
    monkeypatch.setenv("AFTERSALES_HOME", "elsewhere")
    monkeypatch.setenv("AFTERSALES_LANDING", "drops")
    assert (settings.home_folder(), settings.landing_folder()) == (tmp_path / "elsewhere", tmp_path / "drops")


@pytest.mark.parametrize(
    ("read", "variable", "given", "expected"),
    [
        (settings.snapshots_to_keep, "AFTERSALES_KEEP_SNAPSHOTS", None, 7),
        (settings.snapshots_to_keep, "AFTERSALES_KEEP_SNAPSHOTS", "1", 1),
        (settings.archive_days, "AFTERSALES_ARCHIVE_DAYS", None, None),
        (settings.archive_days, "AFTERSALES_ARCHIVE_DAYS", "", None),
        (settings.archive_days, "AFTERSALES_ARCHIVE_DAYS", "0", 0),
        (settings.archive_days, "AFTERSALES_ARCHIVE_DAYS", "90", 90),
        (settings.sensor_seconds, "AFTERSALES_SENSOR_SECONDS", None, 60),
        (settings.sensor_seconds, "AFTERSALES_SENSOR_SECONDS", "90.5", 90),
        (settings.report_language, "AFTERSALES_REPORT", None, "en"),
        (settings.report_language, "AFTERSALES_REPORT", "zh", "zh"),
        (settings.report_language, "AFTERSALES_REPORT", "", ""),
        (settings.engine, "AFTERSALES_ENGINE", None, "duckdb"),
        (settings.engine, "AFTERSALES_ENGINE", "spark", "spark"),
        (settings.business_time_zone, "AFTERSALES_BUSINESS_TIME_ZONE", None, "Asia/Shanghai"),
        (settings.business_time_zone, "AFTERSALES_BUSINESS_TIME_ZONE", "", ""),
    ],
)
def test_what_a_setting_comes_to(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], variable: str, given: str | None, expected: object
) -> None:
    if given is not None:
        monkeypatch.setenv(variable, given)
    assert read() == expected


@pytest.mark.parametrize("given", ["0", "-1", "many", ""])
def test_a_senseless_number_of_snapshots_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("AFTERSALES_KEEP_SNAPSHOTS", given)
    with pytest.raises(SettingError, match=f"AFTERSALES_KEEP_SNAPSHOTS is '{given}'; it has to be a whole number of at least 1"):
        settings.snapshots_to_keep()


def test_a_report_in_another_language_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERSALES_REPORT", "fr")
    with pytest.raises(SettingError, match="AFTERSALES_REPORT is 'fr'; it has to be en, zh, or empty to have none"):
        settings.report_language()


def test_a_retention_that_is_no_number_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERSALES_ARCHIVE_DAYS", "a month")
    with pytest.raises(SettingError, match="AFTERSALES_ARCHIVE_DAYS is 'a month'; it has to be a whole number of days"):
        settings.archive_days()
