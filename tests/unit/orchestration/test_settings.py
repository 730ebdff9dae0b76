"""A setting that publishing could not use ends a refresh before it begins, not after an hour of work."""

from pathlib import Path

import dagster as dg
import pytest

from orchestration.home import Home
from orchestration.publishing.customer_key import KEY_VARIABLE
from orchestration.publishing.errors import CustomerKeyError, PublishingError
from orchestration.publishing.snapshot import KEEP_VARIABLE
from orchestration.resources import RefreshSettings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("AFTERSALES_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    return Home(tmp_path / "home")


def begin() -> None:
    with RefreshSettings().yield_for_execution(dg.build_init_resource_context()):
        pass


def test_good_settings_let_a_refresh_begin_and_make_no_key_yet(home: Home) -> None:
    begin()
    assert not home.customer_key_file.exists()


def test_a_key_of_15_bytes_is_too_short_and_one_of_16_is_not(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "k" * 16)
    begin()
    monkeypatch.setenv(KEY_VARIABLE, "k" * 15)
    with pytest.raises(CustomerKeyError, match="has 15 bytes"):
        begin()


def test_a_key_file_that_others_may_read_ends_the_refresh(home: Home) -> None:
    home.create()
    home.customer_key_file.write_text("k" * 32, encoding="utf-8")
    home.customer_key_file.chmod(0o644)
    with pytest.raises(CustomerKeyError, match="chmod 600"):
        begin()
    home.customer_key_file.chmod(0o600)
    begin()


def test_a_number_of_snapshots_that_is_none_ends_the_refresh(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEEP_VARIABLE, "0")
    with pytest.raises(PublishingError, match=KEEP_VARIABLE):
        begin()
    monkeypatch.setenv(KEEP_VARIABLE, "1")
    begin()
