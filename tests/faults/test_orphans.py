"""A refresh whose leading process is killed leaves none of its processes at work."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.project import PROJECT_ROOT
from orchestration.runs.dbt_command_line import InstalledDbt, dbt_command_line
from orchestration.settings import LEADER_PROCESS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are tied together on Linux only")

# A leader that starts a process, says its number, and waits to be killed. What the process does is the second argument.
LEADER = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""
TIED = "from orchestration.runs.child_processes import end_with_parent; end_with_parent()\n"
WORK = "import time; print('at work', flush=True); time.sleep(600)"


def is_at_work(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(("work", "survives"), [(TIED + WORK, False), (WORK, True)], ids=["tied", "not tied"])
def test_a_process_that_is_tied_ends_with_its_leader(work: str, *, survives: bool) -> None:
    leader = subprocess.Popen(
        [sys.executable, "-c", LEADER, work],
        cwd=PROJECT_ROOT,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert leader.stdout is not None
    child = int(leader.stdout.readline())
    leader.kill()
    leader.wait()
    deadline = time.monotonic() + 10
    while is_at_work(child) and time.monotonic() < deadline and not survives:
        time.sleep(0.02)
    assert is_at_work(child) == survives
    if survives:
        os.kill(child, signal.SIGKILL)


def test_a_process_whose_leader_was_gone_before_it_could_tie_itself_ends_at_once() -> None:
    def started(leader: int) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), LEADER_PROCESS.variable: str(leader)}
        command = [sys.executable, "-c", f"{TIED}print('at work')"]
        return subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False)

    assert started(os.getpid()).stdout == "at work\n"
    orphan = started(os.getppid())
    assert (orphan.returncode, orphan.stdout) == (1, "")
    assert "is gone" in orphan.stderr


def test_dbt_and_the_expectations_tie_themselves_to_the_refresh() -> None:
    for module in ("orchestration/runs/dbt_process.py", "orchestration/runs/suites_process.py"):
        assert "    end_with_parent()\n" in (PROJECT_ROOT / module).read_text(encoding="utf-8"), module
    # The fork that has the suites run.
    assert "        die_with_parent()\n" in (PROJECT_ROOT / module).read_text(encoding="utf-8")


def test_dbt_is_started_in_a_tied_process_and_never_asks_the_network_for_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def start(args: list[str], **_: object) -> None:
        started.append(args)
        raise InterruptedError

    monkeypatch.setattr("dagster_dbt.core.resource.check_output", start)
    monkeypatch.setattr("dagster_dbt.core.dbt_cli_invocation.subprocess.Popen", start)
    dbt = dbt_command_line(Home(tmp_path))
    assert isinstance(dbt, InstalledDbt)
    monkeypatch.delenv(LEADER_PROCESS.variable, raising=False)
    with pytest.raises(InterruptedError):
        dbt.cli(["parse"], target_path=tmp_path / "dbt")
    assert os.environ[LEADER_PROCESS.variable] == str(os.getpid())
    assert [args[:3] for args in started] == [[sys.executable, "-m", "orchestration.runs.dbt_process"]]
