"""The systemd units that the operations page tells to install are understood by systemd and name programs and folders that exist."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.home import PROJECT_ROOT

UNITS = sorted((PROJECT_ROOT / "deploy").glob("*.service"))


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
