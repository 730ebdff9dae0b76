"""A refresh in a process group of its own that is watched, and killed at a moment of choice; which stage it was in then."""

from __future__ import annotations

import json
import os
import random
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from orchestration.publishing import versions
from tests.faults.harness import refresh_process
from tests.support.warehouse import PROJECT_ROOT

Stage = Literal["start", "load", "inbound checks", "build", "snapshot", "outbound checks", "publish", "swap"]
Scope = Literal["group", "leader"]
STAGES: tuple[Stage, ...] = ("start", "load", "inbound checks", "build", "snapshot", "outbound checks", "publish", "swap")

# The longest that anything may take; a refresh that hangs is a finding too.
_DEADLINE_SECONDS = 1800.0
_STAGE_OF_TITLE: dict[str, Stage] = {
    "Read the project": "start",
    "Check what came in": "inbound checks",
    "Build and test the models": "build",
    # Its rows are part of what is built.
    "Foretell what is coming": "build",
    "Build the snapshot": "snapshot",
    "Check the snapshot": "outbound checks",
    "Publish the snapshot": "publish",
}
_LOAD = "Load "
# After the new version has its name: mostly within the swap itself, else in what follows it (pruning, the last records).
_SWAP_SECONDS = (0.004, 0.08)


class RefreshHangs(RuntimeError):
    """A refresh did not come to an end."""


@dataclass
class Timeline:
    """When each stage began and ended, in seconds since the start of the process, and how the refresh ended."""

    began: dict[Stage, float] = field(default_factory=dict)
    ended: dict[Stage, float] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)
    outcome: str | None = None
    next_steps: list[str] = field(default_factory=list)

    def take(self, event: Mapping[str, Any], seconds: float) -> None:
        """Note one line of the process."""
        if "outcome" in event:
            self.outcome, self.next_steps = event["outcome"], [*event["next_steps"], *event["checks"]]
            return
        title = event["stage"]
        stage: Stage = "load" if title.startswith(_LOAD) else _STAGE_OF_TITLE[title]
        if event["status"] == "started":
            self.began.setdefault(stage, seconds)
        elif event["status"] == "warned":
            self.details.append(event["detail"])
        else:
            self.ended[stage] = seconds

    @property
    def stage(self) -> Stage:
        """The stage the refresh is in. From the end of one to the beginning of the next it still counts as in the earlier one."""
        return next((stage for stage in reversed(STAGES) if stage in self.began), "start")

    def lengths(self) -> dict[Stage, float]:
        """Seconds from each stage's beginning to the next one's."""
        begun: list[Stage] = [stage for stage in STAGES if stage in self.began]
        ends = [self.began[stage] for stage in begun[1:]] + [max([*self.ended.values(), *self.began.values()], default=0.0)]
        return {stage: end - self.began[stage] for stage, end in zip(begun, ends, strict=False)}


class Refreshing:
    """A refresh that runs."""

    def __init__(self, home: Path, landing: Path, log: Path, *, python: Path | None = None, project: Path = PROJECT_ROOT) -> None:
        """Start it, of what lies in ``project``; with ``python`` it and its children are started by that program."""
        self._published = home / "published"
        self._before = set(versions.versions(self._published)) if self._published.exists() else set[str]()
        environment = {**os.environ, "PYTHONPATH": str(project)}
        if python is not None:
            environment[refresh_process.EXECUTABLE_VARIABLE] = str(python)
        self._log = log.open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [str(python or sys.executable), "-m", refresh_process.__name__, str(home), str(landing)],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            process_group=0,
        )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._started = time.monotonic()
        self._rest = b""
        self._is_at_end = False
        self.timeline = Timeline()

    @property
    def seconds(self) -> float:
        """Since the start of the process."""
        return time.monotonic() - self._started

    def _listen(self, seconds: float) -> None:
        """Take in what the process tells within that time, or at once when there is something."""
        if self._is_at_end:
            time.sleep(seconds)
            return
        for _ in self._selector.select(seconds):
            assert self._process.stdout is not None
            told = os.read(self._process.stdout.fileno(), 65_536)
            self._is_at_end = not told
            self._take(told)
        if self.seconds > _DEADLINE_SECONDS:
            self.kill("group")
            raise RefreshHangs(f"a refresh still ran after {_DEADLINE_SECONDS:g} seconds, in the stage {self.timeline.stage}")

    def _take(self, told: bytes) -> None:
        *lines, self._rest = (self._rest + told).split(b"\n")
        for line in lines:
            self.timeline.take(json.loads(line), self.seconds)

    def wait(self) -> Timeline:
        """Wait for its end."""
        while not self._is_at_end:
            self._listen(1.0)
        self._process.wait()
        self._close()
        return self.timeline

    def wait_for(self, stage: Stage, share: float, length: float, chance: random.Random) -> None:
        """Return ``share`` of ``length`` seconds after ``stage`` began, or when the refresh has gone beyond it."""
        if stage == "swap":
            self._wait_for_swap(chance)
            return
        while stage not in self.timeline.began and not self._is_at_end and STAGES.index(self.timeline.stage) <= STAGES.index(stage):
            if stage == "start":
                break
            self._listen(0.2)
        moment = self.timeline.began.get(stage, 0.0) + share * length
        while self.seconds < moment and STAGES.index(self.timeline.stage) <= STAGES.index(stage) and not self._is_at_end:
            self._listen(max(0.0, min(0.2, moment - self.seconds)))

    def _wait_for_swap(self, chance: random.Random) -> None:
        while "publish" not in self.timeline.began and not self._is_at_end:
            self._listen(0.2)
        while not self._new_versions() and not self._is_at_end:
            self._listen(0.0)
        time.sleep(chance.uniform(0.0, chance.choice(_SWAP_SECONDS)))

    def _new_versions(self) -> set[str]:
        return set(versions.versions(self._published)) - self._before

    def kill(self, scope: Scope) -> None:
        """SIGKILL to the whole process group, or to the process that leads the refresh alone, as when memory runs out."""
        if scope == "leader":
            os.kill(self._process.pid, signal.SIGKILL)
        else:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        while scope == "group" and _living_members(self._process.pid):
            time.sleep(0.005)
        self._close()

    def survivors(self) -> int:
        """How many processes of the group are still alive."""
        return len(_living_members(self._process.pid))

    def _close(self) -> None:
        self._selector.close()
        assert self._process.stdout is not None
        # What it told right before it was killed is still in the pipe.
        while told := self._process.stdout.read():
            self._take(told)
        self._process.stdout.close()
        self._log.close()

    def hit(self) -> tuple[Stage, str]:
        """The stage in which a killed refresh was, as the snapshot folder shows it, and what is to be seen there."""
        if self.timeline.stage != "publish":
            return self.timeline.stage, ""
        names = {path.name for path in self._published.iterdir()}
        new = self._new_versions()
        current = versions.current_version(self._published)
        if new and current not in new:
            is_linked = any(name.startswith(".current-") for name in names)
            return "swap", "the new link is made" if is_linked else "the new version has its name"
        if new:
            is_pruning = any(name.startswith(".removing-") for name in names)
            return "swap", "an old version is being removed" if is_pruning else "swapped"
        return "publish", "the new version has not got its name"


def _living_members(group: int) -> list[int]:
    """The processes of a group; those that are dead and only not yet taken note of do not count.

    A process is dead when all of its threads are: its first one counts as dead at once, while the last one holds its files and locks.
    """
    members: list[int] = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                _, _, process_group = _stat(folder)
                if int(process_group) == group and any(_stat(thread)[0] not in "ZX" for thread in (folder / "task").iterdir()):
                    members.append(int(folder.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
    return members


def _stat(process: Path) -> list[str]:
    """State, parent and group of a process or thread."""
    return (process / "stat").read_text().rpartition(")")[2].split()[:3]
