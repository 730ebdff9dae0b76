"""``aftersales rotate-key`` asks, changes the key, and says what to do next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.publishing.customer_key import KEY_VARIABLE, customer_key

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


def test_it_makes_a_new_key_and_says_what_comes_next(run: Run, tmp_path: Path) -> None:
    old = customer_key(tmp_path / "customer_key")
    result = run("rotate-key", "--yes", "--home", tmp_path)
    new = customer_key(tmp_path / "customer_key")
    assert result.exit_code == 0, result.output
    assert new.secret != old.secret
    assert new.key_id in result.stdout
    assert "aftersales refresh" in result.stdout
    assert "AFTERSALES_KEEP_SNAPSHOTS=1" in result.stdout
    for key in (old, new):
        assert key.secret.decode() not in result.output


@pytest.mark.parametrize(("answer", "is_changed"), [("y\n", True), ("n\n", False), ("\n", False), ("", False)])
def test_it_asks_before_the_old_key_is_gone(run: Run, tmp_path: Path, answer: str, is_changed: bool) -> None:
    old = customer_key(tmp_path / "customer_key")
    result = run("rotate-key", "--home", tmp_path, standard_input=answer)
    assert "The old key will be gone" in result.output
    assert (customer_key(tmp_path / "customer_key").secret != old.secret) is is_changed
    assert (result.exit_code == 0) is is_changed


def test_a_key_of_the_environment_is_changed_there(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a key from the environment")
    result = run("rotate-key", "--yes", "--home", tmp_path)
    assert result.exit_code == 2
    assert KEY_VARIABLE in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_home_there_is_no_key_to_change(run: Run, tmp_path: Path) -> None:
    result = run("rotate-key", "--yes", "--home", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "There is no home" in result.stderr
    assert not (tmp_path / "nowhere").exists()
