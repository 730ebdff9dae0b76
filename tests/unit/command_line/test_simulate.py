"""``aftersales simulate`` writes a landing folder and says what is in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command_line.simulate import Dress
from shop_simulator.dresses import DRESSES

Run = Callable[..., Any]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_small_shop_is_written_and_counted(run: Run, tmp_path: Path) -> None:
    arguments = ("--orders", "40", "--days", "3", "--until", "2025-11-12", "--seed", "3")
    result = run("simulate", "--out", tmp_path / "one", *arguments)
    assert result.exit_code == 0
    assert re.search(r"The simulated shop delivered [0-9,]+ rows of 18 feeds in [0-9,]+ files: .*one", result.stdout)
    assert (tmp_path / "one" / "truths.json").exists()
    assert any((tmp_path / "one" / "contract" / "orders").iterdir())

    run("simulate", "--out", tmp_path / "two", *arguments)
    assert _files(tmp_path / "one" / "contract") == _files(tmp_path / "two" / "contract")


def test_files_of_somebody_else_are_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "contract" / "orders").mkdir(parents=True)
    (tmp_path / "contract" / "orders" / "real.csv").write_text("order_id\n1\n")
    result = run("simulate", "--out", tmp_path, "--orders", "40", "--days", "3", "--until", "2025-11-12")
    assert result.exit_code == 1
    assert "Choose an empty folder" in result.stderr
    assert (tmp_path / "contract" / "orders" / "real.csv").read_text() == "order_id\n1\n"


def test_the_shop_can_be_written_as_another_systems_files(run: Run, tmp_path: Path) -> None:
    result = run("simulate", "--out", tmp_path, "--orders", "40", "--days", "3", "--until", "2025-11-12", "--dress", "taobao")
    assert result.exit_code == 0
    assert re.search(r"The simulated shop delivered [0-9,]+ rows of 3 feeds in 2 files", result.stdout)
    assert (tmp_path / "taobao" / "ExportOrderList20251112.csv").exists()


def test_every_dress_can_be_asked_for() -> None:
    assert [dress.value for dress in Dress] == ["contract", *DRESSES]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--until", "soon"], "--until 'soon' is no date. Write it like 2025-12-31."),
        (["--until", "2025-12-31", "--orders", "0"], "--orders"),
        (["--until", "2025-12-31", "--bad-rows", "2"], "--bad-rows"),
        (["--until", "2025-12-31", "--format", "xlsx"], "xlsx"),
        (["--until", "2025-12-31", "--dress", "pirate"], "pirate"),
        ([], "--until"),
    ],
)
def test_wrong_usage_exits_with_two_and_writes_nothing(run: Run, tmp_path: Path, arguments: list[str], message: str) -> None:
    result = run("simulate", "--out", tmp_path / "landing", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "landing").exists()
