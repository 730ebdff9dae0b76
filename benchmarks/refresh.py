"""What a refresh after one day costs against a rebuild of the same, and one without a new file: CPU seconds and peak memory, in one run.

``make bench-refresh`` simulates a shop (1,000,000 orders over 730 days take some 8 GB of disk and an hour; ``--orders`` and ``--days`` make
it smaller), refreshes a home from all but the last day's extracts, then from that day's, then from none, and rebuilds it from its
archive. Each is a whole ``aftersales`` process with all that it starts. All published marts of the refresh are compared with those of the
rebuild, row by row. Exits 1 when they differ, or when the day costs more than a quarter or the refresh of nothing more than a tenth of the
rebuild; of a small shop it does, since what a refresh costs at least is most of it there.

Below stands what each stage took, by the lines that ``aftersales`` prints, and what dbt says of its models and tests.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

PROJECT_ROOT = Path(__file__).resolve().parents[1]
DAY_LIMIT = 0.25
NOTHING_NEW_LIMIT = 0.10
SECONDS_BETWEEN_LOOKS = 0.25
PR_SET_CHILD_SUBREAPER = 36
LAYERS = {
    "stg": "staging", "int": "intermediate", "dim": "core", "fct": "core", "measure": "measures", "kpi": "families and scoreboard"
}  # fmt: skip


@dataclass
class Spent:
    """What a process and all that it started took: CPU by stage beside the whole, CPU of what worked beside it, the most memory at a
    time, dbt's seconds by layer."""

    cpu: float = 0.0
    beside: float = 0.0
    wall: float = 0.0
    peak_megabytes: float = 0.0
    by_stage: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    by_layer: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


class Trees:
    """The processes below and including ``roots``, as Linux tells of them; elsewhere nothing is told but the total."""

    def __init__(self, *roots: int) -> None:
        self._roots = roots

    def look(self) -> tuple[float, float]:
        """CPU seconds so far, those that ended included, and megabytes now."""
        found: dict[int, tuple[int, float, float]] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            except OSError:
                continue
            ticks = sum(map(int, fields[11:15]))
            pages = int(fields[21])
            found[int(folder.name)] = (int(fields[1]), ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
        cpu = megabytes = 0.0
        tree = set(self._roots)
        while True:
            more = {process for process, (parent, _, _) in found.items() if parent in tree} - tree
            if not more:
                break
            tree |= more
        for process in tree & found.keys():
            cpu += found[process][1]
            megabytes += found[process][2]
        return cpu, megabytes


def measured(home: Path, *arguments: object, environment: Mapping[str, str] | None = None, beside: Sequence[int] = ()) -> Spent:
    """Run ``aftersales`` with ``arguments`` and measure it, with what works for it in processes ``beside`` it; ends this program when it
    fails."""
    spent, lines = Spent(), list[str]()
    others = Trees(*beside)
    spent_before, _ = others.look()
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", "from command_line.app import main; main()", *map(str, arguments)],
        cwd=PROJECT_ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(PROJECT_ROOT),
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "AFTERSALES_KEEP_SNAPSHOTS": "5",
            **(environment or {}),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    tree, ended = Trees(process.pid), threading.Event()
    all_trees = Trees(process.pid, *beside)

    def watch() -> None:
        while not ended.wait(SECONDS_BETWEEN_LOOKS):
            spent.peak_megabytes = max(spent.peak_megabytes, all_trees.look()[1])

    watcher = threading.Thread(target=watch)
    watcher.start()
    before, stage = 0.0, "start"
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if line.startswith(" "):
            continue
        now, _ = tree.look()
        spent.by_stage[stage] += now - before
        before = now
        stage = line.strip().removesuffix(" ...") if line.rstrip().endswith(" ...") else "between stages and at the end"
    _, status, usage = os.wait4(process.pid, 0)
    spent.wall = time.monotonic() - began
    ended.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit("".join(lines))
    spent.cpu = usage.ru_utime + usage.ru_stime + orphans_seconds()
    spent.by_stage[stage] += spent.cpu - before
    spent.beside = others.look()[0] - spent_before
    spent.peak_megabytes = max(spent.peak_megabytes, usage.ru_maxrss / 1e3)
    spent.by_layer = dbt_seconds(home, since=time.time() - spent.wall)
    return spent


def adopt_orphans() -> None:
    """Have processes that outlive who started them become this one's, as Spark's Java does by a moment, so that what they took is known."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def orphans_seconds() -> float:
    """CPU seconds of the processes that were adopted and have ended, or are about to."""
    time.sleep(1)
    seconds = 0.0
    with suppress(ChildProcessError):
        while True:
            ended, _, usage = os.wait4(-1, os.WNOHANG)
            if not ended:
                break
            seconds += usage.ru_utime + usage.ru_stime
    return seconds


def dbt_seconds(home: Path, since: float) -> defaultdict[str, float]:
    """Seconds of dbt's last build by layer, when it ran after ``since``."""
    seconds: defaultdict[str, float] = defaultdict(float)
    found = [path for path in (home / "dbt").rglob("run_results.json") if path.stat().st_mtime > since]
    if found:
        newest = max(found, key=lambda path: path.stat().st_mtime)
        results: list[dict[str, Any]] = json.loads(newest.read_text(encoding="utf-8"))["results"]
        for result in results:
            kind, _, name, *_ = result["unique_id"].split(".")
            seconds[LAYERS.get(name.split("_")[0], "other models") if kind == "model" else f"{kind}s"] += result["execution_time"]
    return seconds


def marts_of(home: Path) -> Path:
    """The database of the snapshot that readers see."""
    return (home / "published" / "current").resolve() / "marts.duckdb"


def differing_marts(one: Path, other: Path) -> tuple[int, dict[str, int]]:
    """How many marts there are, and of those that differ how many rows only one has. Tables about runs and checks are no marts."""
    differing: dict[str, int] = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        tables = "select schema_name, table_name from duckdb_tables() where database_name = ? and schema_name <> 'quality' order by all"
        found = connection.execute(tables, ["one"]).fetchall()
        if found != connection.execute(tables, ["other"]).fetchall():
            raise SystemExit(f"The snapshots {one} and {other} do not have the same tables.")
        for schema, table in found:
            counted = connection.execute(
                f"""
                select count(*) from (
                    (from one.{schema}.{table} except all from other.{schema}.{table})
                    union all
                    (from other.{schema}.{table} except all from one.{schema}.{table})
                )
                """
            ).fetchone()
            assert counted is not None
            if counted[0]:
                differing[f"{schema}.{table}"] = counted[0]
    return len(found), differing


def day_of(extract: Path) -> str:
    """The day of delivery, as the extract's name says it."""
    return extract.name.split(".")[0][-10:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--until", default="2025-12-01", help="the last day, whose extracts come last")
    parser.add_argument("--folder", type=Path, help="where the shop and the home are made, and stay; default: a temporary folder")
    arguments = parser.parse_args()
    if arguments.folder is not None:
        arguments.folder.mkdir(parents=True)
        return run(arguments.folder.resolve(), arguments)
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), arguments)


def run(folder: Path, arguments: argparse.Namespace) -> int:
    """Simulate, refresh three times, rebuild; print what it took and judge it."""
    shop, landing, home = folder / "shop", folder / "landing", folder / "home"
    measured(
        home, "simulate", "--out", shop, "--orders", arguments.orders, "--days", arguments.days, "--until", arguments.until, "--seed", 11
    )
    extracts = sorted(path for path in (shop / "contract").rglob("*") if path.is_file())
    # What is delivered on the last day, or, where the simulator goes on for longer than the shop, after it.
    last = [path for path in extracts if day_of(path) >= arguments.until]
    deliver(shop, landing, [path for path in extracts if path not in set(last)])
    print(f"{arguments.orders:,} orders over {arguments.days} days, {len(extracts):,} extracts, {len(last)} of the last day", flush=True)

    spent: dict[str, Spent] = {}
    spent["all days but one"] = told("all days but one", measured(home, "refresh", "--home", home, "--landing", landing))
    deliver(shop, landing, last)
    spent["one day"] = told("one day", measured(home, "refresh", "--home", home, "--landing", landing))
    refreshed = marts_of(home)
    spent["nothing new"] = told("nothing new", measured(home, "refresh", "--home", home, "--landing", landing))
    spent["rebuild"] = told("rebuild", measured(home, "rebuild", "--home", home))
    return report(spent, *differing_marts(refreshed, marts_of(home)))


def deliver(shop: Path, landing: Path, extracts: list[Path]) -> None:
    """Move ``extracts`` of the shop into the landing zone."""
    for extract in extracts:
        place = landing / extract.relative_to(shop)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(extract, place)


def told(name: str, spent: Spent) -> Spent:
    """Print one line of what was spent."""
    print(f"  {name:<24} {spent.cpu + spent.beside:9.1f} CPU s {spent.wall:9.1f} s {spent.peak_megabytes:8,.0f} MB", flush=True)
    return spent


def report(spent: dict[str, Spent], marts: int, differing: dict[str, int]) -> int:
    """Print shares, stages and layers; 0 when all is within its limits."""
    rebuild = spent["rebuild"].cpu
    day, nothing_new = spent["one day"].cpu / rebuild, spent["nothing new"].cpu / rebuild
    print(
        f"One day costs {day:.1%} of a rebuild (limit {DAY_LIMIT:.0%}), a refresh of nothing {nothing_new:.1%} ({NOTHING_NEW_LIMIT:.0%})."
    )
    print(f"{marts} marts are equal row by row." if not differing else f"These marts differ: {differing}")
    for title, counters in (
        ("CPU s by stage", {name: each.by_stage for name, each in spent.items()}),
        ("dbt's seconds by layer", {name: each.by_layer for name, each in spent.items()}),
    ):
        print(f"\n{title:<32}" + "".join(f"{name:>20}" for name in counters))
        for part in sorted({part for counter in counters.values() for part in counter}, key=lambda part: -counters["rebuild"][part]):
            print(f"  {part:<30}" + "".join(f"{counter[part]:20.1f}" for counter in counters.values()))
    return 0 if not differing and day <= DAY_LIMIT and nothing_new <= NOTHING_NEW_LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
