"""The systemd units that the operations page tells to install are understood by systemd and name programs and folders that exist.

Commands by hand run as the units do.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from orchestration.project import PROJECT_ROOT

UNITS = sorted((PROJECT_ROOT / "deploy").glob("*.service"))
BY_HAND = PROJECT_ROOT / "deploy" / "aftersales-run"


def test_there_is_a_unit_for_the_daemon_and_one_for_the_web_page() -> None:
    assert [unit.name for unit in UNITS] == ["aftersales-daemon.service", "aftersales-web.service"]


@pytest.mark.parametrize("unit", UNITS, ids=[unit.stem for unit in UNITS])
def test_systemd_understands_the_unit(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    programs = Path(sys.executable).parent
    text = unit.read_text(encoding="utf-8")
    # As it would be on a machine where the project is installed here.
    for standing, here in (("/opt/aftersales/.venv/bin", programs), ("/opt/aftersales", PROJECT_ROOT), ("User=aftersales", "User=root")):
        assert standing in text
        text = text.replace(standing, str(here))
    (tmp_path / unit.name).write_text(text, encoding="utf-8")
    verified = subprocess.run(["systemd-analyze", "verify", tmp_path / unit.name], capture_output=True, text=True, check=False)
    complaints = [line for line in verified.stderr.splitlines() if unit.name in line]
    assert (verified.returncode, complaints) == (0, []), verified.stderr


def given_to_systemd(tmp_path: Path, *arguments: str) -> list[str]:
    """What the script for commands by hand has systemd run: a program in its place writes down how it was called."""
    record = tmp_path / "arguments"
    stand_in = tmp_path / "systemd-run"
    stand_in.write_text(f"#!/bin/sh\nprintf '%s\\0' \"$@\" > '{record}'\nexit 3\n", encoding="utf-8")
    stand_in.chmod(0o755)
    called = subprocess.run([BY_HAND, *arguments], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False)
    assert called.returncode == 3, "the exit code is that of the command"
    return record.read_text(encoding="utf-8").split("\0")[:-1]


def test_a_command_by_hand_has_user_home_and_settings_of_the_units(tmp_path: Path) -> None:
    options = given_to_systemd(tmp_path, "refresh")
    properties = {option.removeprefix("--property=") for option in options if option.startswith("--property=")}
    for unit in UNITS:
        lines = unit.read_text(encoding="utf-8").splitlines()
        settings = ("User=", "UMask=", "WorkingDirectory=", "Environment=", "EnvironmentFile=")
        assert {line for line in lines if line.startswith(settings)} == properties
        assert {Path(line.removeprefix("ExecStart=").split()[0]).parent for line in lines if line.startswith("ExecStart=")} == {
            Path(options[-2]).parent
        }
    assert Path(options[-2]).name in tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["refresh"], ["AFTERSALES", "refresh"]),
        (["sql", "select 1 as a, '*' as b", "--format", "csv"], ["AFTERSALES", "sql", "select 1 as a, '*' as b", "--format", "csv"]),
        # systemd makes one dollar sign of two, and takes what follows a single one for the name of a variable.
        (["sql", "select '$HOME ${HOME}'"], ["AFTERSALES", "sql", "select '$$HOME $${HOME}'"]),
        (["AFTERSALES_KEEP_SNAPSHOTS=1", "refresh"], ["AFTERSALES_KEEP_SNAPSHOTS=1", "AFTERSALES", "refresh"]),
        (
            ["AFTERSALES_HOME=/tmp/try", "AFTERSALES_REFRESH_CRON=30 2 * * *", "refresh"],
            ["AFTERSALES_HOME=/tmp/try", "AFTERSALES_REFRESH_CRON=30 2 * * *", "AFTERSALES", "refresh"],
        ),
        ([], ["AFTERSALES"]),
    ],
)
def test_the_words_of_a_command_by_hand_reach_it_as_they_are(arguments: list[str], command: list[str], tmp_path: Path) -> None:
    options = given_to_systemd(tmp_path, *arguments)
    program = "/opt/aftersales/.venv/bin/aftersales"
    assert options[options.index("--") + 1 :] == ["/usr/bin/env", *(program if word == "AFTERSALES" else word for word in command)]


def test_systemd_knows_the_options_of_a_command_by_hand(tmp_path: Path) -> None:
    if shutil.which("systemd-run") is None:
        pytest.skip("no systemd-run on this machine")
    options = given_to_systemd(tmp_path, "refresh")
    # Options are read in their order, so that a wrong one is complained of before the help is shown. Nothing is started.
    asked = subprocess.run(["systemd-run", *options[: options.index("--")], "--help"], capture_output=True, text=True, check=False)
    assert (asked.returncode, asked.stderr) == (0, "")


def test_the_operations_page_gives_no_command_that_would_go_without_the_servers_settings() -> None:
    page = (PROJECT_ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    commands = "\n".join(re.findall(r"^```sh\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL))
    assert "aftersales-run refresh" in commands
    assert not re.findall(r".*bin/aftersales\b.*|.*\baftersales (?:refresh|rebuild|rotate-key|status|sql|kpi)\b.*", commands)
    assert not re.findall(r".*(?:\. |source |cat )/etc/aftersales\.env.*", commands), "no shell reads what systemd reads"
