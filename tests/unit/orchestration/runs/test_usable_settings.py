"""A setting that cannot be used ends a refresh before it begins, says which it is, and is never taken for damage."""

from pathlib import Path

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from command_line.app import build_app
from orchestration.home import Home
from orchestration.publishing.customer_key import KEY_VARIABLE
from orchestration.resources import RefreshSettings
from orchestration.runs.refresh import run_refresh
from orchestration.runs.warehouse_file import insist_warehouse_is_sound, insist_warehouse_opens
from orchestration.settings import SettingError

UNUSABLE = {
    "AFTERSALES_MEMORY_LIMIT": ["lots", "", "4000000000", "1KB"],
    "AFTERSALES_BUSINESS_TIME_ZONE": ["Mars/Olympus", "", "Asia", "/etc/localtime", "posixrules", "asia/shanghai"],
    "AFTERSALES_REFRESH_CRON": ["every night", "", "0 25 * * *", "0 0 31 2 *", "30 2 * * * *"],
    "AFTERSALES_SENSOR_SECONDS": ["a minute", "", "0", "0.5", "-60", "nan", "inf"],
    "AFTERSALES_ARCHIVE_DAYS": ["a month", "-1", "1.5", "1000000", "99999999999999"],
    "AFTERSALES_KEEP_SNAPSHOTS": ["0", "", "all", "-1"],
    "AFTERSALES_REPORT": ["fr", "EN", "yes"],
    "AFTERSALES_ENGINE": ["flink", "Spark", ""],
}
USABLE = {
    "AFTERSALES_MEMORY_LIMIT": ["4GB", "2 GiB", "50%"],
    "AFTERSALES_BUSINESS_TIME_ZONE": ["Asia/Shanghai", "Europe/Berlin", "UTC"],
    "AFTERSALES_REFRESH_CRON": ["30 2 * * *", "*/15 * * * 1-5", "@daily"],
    "AFTERSALES_SENSOR_SECONDS": ["1", "60", "90.5"],
    "AFTERSALES_ARCHIVE_DAYS": ["", "0", "400", "36500"],
    "AFTERSALES_KEEP_SNAPSHOTS": ["1", "7"],
    "AFTERSALES_REPORT": ["en", "zh", ""],
    "AFTERSALES_ENGINE": ["duckdb"],
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for variable in (*UNUSABLE, KEY_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    # Set here so that what a refresh sets is taken back.
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("AFTERSALES_HOME", str(tmp_path / "home"))
    return Home(tmp_path / "home")


def begin() -> None:
    # Without its `with` the context leaves an open database behind; what its collection logs has broken tests that came later.
    with dg.build_init_resource_context() as context, RefreshSettings().yield_for_execution(context):
        pass


def pairs(settings: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(variable, value) for variable, values in settings.items() for value in values]


def test_spark_without_its_packages_or_java_is_refused_with_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERSALES_ENGINE", "spark")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SettingError, match=r"needs (.* and )?Java 17 on the PATH\. Install what is missing"):
        begin()


def test_good_settings_let_a_refresh_begin_and_make_no_key_yet(home: Home) -> None:
    begin()
    assert not home.customer_key_file.exists()


@pytest.mark.parametrize(("variable", "value"), pairs(USABLE))
def test_a_usable_setting_lets_a_refresh_begin(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    begin()


@pytest.mark.parametrize(("variable", "value"), pairs(UNUSABLE))
def test_an_unusable_setting_ends_a_scheduled_refresh_and_is_named_with_its_value(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingError) as wrong:
        begin()
    assert str(wrong.value).startswith(f"{variable} is {value!r}; it ")
    assert wrong.value.__cause__ is None, "people are told the innermost cause, and it has to be this one"


@pytest.mark.parametrize(("variable", "value"), [(variable, values[0]) for variable, values in UNUSABLE.items()])
def test_an_unusable_setting_is_the_outcome_of_a_refresh_by_hand_which_touches_nothing(
    variable: str, value: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    outcome = run_refresh(home, landing=None, sources=[], as_of=None, full=False, on_event=lambda _: None)
    assert outcome.status == "failed"
    assert [step.startswith(f"{variable} is {value!r}; it ") for step in outcome.next_steps] == [True]
    assert "rebuild" not in outcome.next_steps[0]
    assert not home.root.exists()


def test_a_memory_limit_that_is_none_is_not_taken_for_a_damaged_warehouse(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.create()
    duckdb.connect(str(home.warehouse)).close()
    monkeypatch.setenv("AFTERSALES_MEMORY_LIMIT", "lots")
    for insist in (insist_warehouse_opens, insist_warehouse_is_sound):
        with pytest.raises(SettingError, match="AFTERSALES_MEMORY_LIMIT is 'lots'"):
            insist(home)


@pytest.mark.parametrize("command", [["status"], ["sql", "select 1"], ["kpi", "csat_rate"]], ids=["status", "sql", "kpi"])
def test_a_command_that_reads_a_snapshot_says_so_too(command: list[str], home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERSALES_MEMORY_LIMIT", "lots")
    result = CliRunner().invoke(build_app(), [*command, "--home", str(home.root)])
    assert result.exit_code == 1
    assert result.stderr.startswith("AFTERSALES_MEMORY_LIMIT is 'lots'; it has to be")


def test_a_key_of_15_bytes_is_too_short_and_one_of_16_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "k" * 16)
    begin()
    monkeypatch.setenv(KEY_VARIABLE, "k" * 15)
    with pytest.raises(SettingError, match=f"{KEY_VARIABLE} has 15 bytes") as wrong:
        begin()
    assert "k" * 15 not in str(wrong.value)


def test_a_key_file_that_others_may_read_ends_the_refresh(home: Home) -> None:
    home.create()
    home.customer_key_file.write_text("k" * 32, encoding="utf-8")
    home.customer_key_file.chmod(0o644)
    with pytest.raises(SettingError, match="chmod 600") as wrong:
        begin()
    assert "k" * 32 not in str(wrong.value)
    home.customer_key_file.chmod(0o600)
    begin()
