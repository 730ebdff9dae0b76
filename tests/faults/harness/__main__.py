"""Runs trials until there are enough kills, or refreshes under readers and a rebuild, and sums up what is in the results file."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.faults.harness.material import Reference, Shop, code_fingerprint, loaded_extracts, references, simulated_shop
from tests.faults.harness.reduced import reduced_project
from tests.faults.harness.refreshing import STAGES, Refreshing, Stage
from tests.faults.harness.trials import Chain, unarchived, unbalanced_books
from tests.support.fault_readers import reading
from tests.support.warehouse import PROJECT_ROOT, aftersales, differing_marts
from tests.support.warm import WarmPython

# How the kills are spread: by how much a stage writes, not by how long it takes; the swap takes milliseconds.
_WEIGHTS: dict[Stage, int] = {
    "start": 3,
    "load": 7,
    "inbound checks": 4,
    "build": 6,
    "snapshot": 4,
    "outbound checks": 3,
    "publish": 3,
    "swap": 4,
}
_LEADER_EVERY = 8
_SHOP_ORDERS = 260
_SHOP_DAYS = 30
_BATCHES = 5

Record = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; 0 when no trial of the results file found anything wrong and nothing is missing."""
    options = _parser().parse_args(arguments)
    if options.reduced:
        return _in_reduced_project(options)
    options.results.parent.mkdir(parents=True, exist_ok=True)
    if not options.report:
        os.environ["AFTERSALES_CUSTOMER_KEY"] = "the key of the fault harness"
        os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
        os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
        options.work.mkdir(parents=True, exist_ok=True)
        warm = WarmPython(options.work / "warm")
        try:
            if options.kills:
                _kill(options, warm)
            if options.refreshes:
                _refresh_under_readers(options, warm)
        finally:
            warm.stop()
    return _report(_records(options), options)


def _parser() -> argparse.ArgumentParser:
    folder = Path(tempfile.gettempdir()) / "aftersales-faults"
    parser = argparse.ArgumentParser(prog="python -m tests.faults.harness", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many kills the results file shall hold in the end (default 200)")
    parser.add_argument("--refreshes", type=int, default=30, help="how many refreshes run under readers before a rebuild (default 30)")
    parser.add_argument("--readers", type=int, default=16, help="how many reader processes there are then (default 16)")
    parser.add_argument("--lanes", type=int, choices=(1, 2), default=1, help="how many trials run side by side (default 1)")
    parser.add_argument("--results", type=Path, default=folder / "results.jsonl", help="JSON lines; a run goes on from what is in it")
    parser.add_argument("--work", type=Path, default=folder / "work", help="folder for homes and extracts")
    parser.add_argument("--report", action="store_true", help="only sum up the results file")
    parser.add_argument("--reduced", action="store_true", help="in a copy of the project with a quarter of the models, which costs a third")
    # What the copy of the project is told of the one it is a copy of.
    parser.add_argument("--commit", default=_commit(), help=argparse.SUPPRESS)
    parser.add_argument("--project", default="whole project", help=argparse.SUPPRESS)
    return parser


def _in_reduced_project(options: argparse.Namespace) -> int:
    """Run the harness once more, from the copy: what it runs is what lies around it."""
    project = reduced_project(options.work / "reduced-project")
    passed_on = {name: value for name, value in vars(options).items() if not isinstance(value, bool)} | {"project": "reduced project"}
    arguments = [f"--{name}={value.resolve() if isinstance(value, Path) else value}" for name, value in passed_on.items()]
    command = [sys.executable, "-m", "tests.faults.harness", *arguments, *(["--report"] if options.report else [])]
    return subprocess.run(command, cwd=project, env={**os.environ, "PYTHONPATH": str(project)}, check=False).returncode


def _records(options: argparse.Namespace) -> list[Record]:
    """What was found in this project so far."""
    lines = options.results.read_text(encoding="utf-8").splitlines() if options.results.exists() else []
    return [record for record in map(json.loads, lines) if record["project"] == options.project]


def _append(options: argparse.Namespace, record: Record) -> None:
    told = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "commit": options.commit, "project": options.project}
    with options.results.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**told, **record}) + "\n")


def _commit() -> str:
    found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip()


def _is_kill(record: Record) -> bool:
    return record["kind"] == "kill" and record["hit"] is not None


def _kill(options: argparse.Namespace, warm: WarmPython) -> None:
    shop = simulated_shop(options.work / "shop", orders=_SHOP_ORDERS, days=_SHOP_DAYS, batches=_BATCHES)
    parsed, made = references(options.work / f"reference-{code_fingerprint()}", shop, python=warm.python)
    with ThreadPoolExecutor(options.lanes) as lanes:
        for lane in [lanes.submit(_lane, number, options, warm, shop, parsed, made) for number in range(options.lanes)]:
            lane.result()


def _lane(number: int, options: argparse.Namespace, warm: WarmPython, shop: Shop, parsed: Path, made: list[Reference]) -> None:
    chain = Chain(options.work / f"lane-{number}", shop, parsed, made, warm.python)
    chain.begin()
    while True:
        records = [record for record in _records(options) if record["kind"] == "kill"]
        kills = sum(_is_kill(record) for record in records)
        if kills >= options.kills:
            return
        if chain.is_over:
            chain.begin()
        chance = random.Random(f"{len(records)}-{number}")
        stage = _next_stage(records, chance)
        trial = chain.trial(
            stage,
            _typical_length(stage, records, chain.next_reference),
            scope="leader" if len(records) % _LEADER_EVERY == _LEADER_EVERY - 1 else "group",
            chance=chance,
        )
        _append(options, {"kind": "kill", **trial.as_record()})
        said = "; ".join(trial.failures) or "all as if nothing had happened"
        where = f"{trial.hit or 'too late'} {trial.seen_on_disk}".strip()
        print(
            f"{kills + 1}/{options.kills}  batch {trial.batch}, {trial.scope} killed after {trial.seconds_until_kill:.1f} s in: {where}."
            f" Next refresh {trial.seconds_of_recovery:.0f} s, {trial.reads} reads: {said}",
            flush=True,
        )
        if trial.failures:
            kept = options.work / "findings" / f"{time.time_ns()}"
            shutil.copytree(chain.folder, kept, symlinks=True)
            print(f"kept for a look: {kept}", flush=True)
            chain.begin()


def _next_stage(records: Sequence[Record], chance: random.Random) -> Stage:
    """The stage that is furthest behind its share of the kills."""
    hits = Counter(record["hit"] for record in records if record["hit"])
    return min(STAGES, key=lambda stage: (hits[stage] / _WEIGHTS[stage], chance.random()))


def _typical_length(stage: Stage, records: Sequence[Record], reference: Reference) -> float:
    """Seconds that the stage takes on this machine, as the last refreshes had it."""
    lengths = [record["lengths"][stage] for record in records[-20:] if stage in record["lengths"]]
    return statistics.median(lengths) if lengths else reference.lengths.get(stage, 10.0)


def _refresh_under_readers(options: argparse.Namespace, warm: WarmPython) -> None:
    if _enough_readers(_records(options), options):
        return
    shop = simulated_shop(options.work / "shop", orders=_SHOP_ORDERS, days=_SHOP_DAYS, batches=_SHOP_DAYS)
    folder: Path = options.work / "readers"
    shutil.rmtree(folder, ignore_errors=True)
    home, landing = folder / "home", folder / "landing"
    landing.mkdir(parents=True)
    failures: list[str] = []

    def refresh(batch: int) -> None:
        if batch < len(shop.batches):
            shop.deliver(batch, landing)
        timeline = Refreshing(home, landing, folder / "refresh.log", python=warm.python).wait()
        if timeline.outcome != "published":
            failures.append(f"refresh {batch} ended as {timeline.outcome}: {' '.join(timeline.next_steps)}")

    # The first one makes something to read.
    refresh(0)
    with reading(home / "published", options.readers, pause_seconds=options.readers / 4) as readers:
        readers.wait_until_all_read()
        for batch in range(1, options.refreshes + 1):
            refresh(batch)
            print(f"refresh {batch}/{options.refreshes}, {readers.reads:,} reads so far", flush=True)
        readers.wait_until_all_read()
    seen = readers.sightings
    record: Record = {
        "kind": "readers",
        "readers": options.readers,
        "refreshes": options.refreshes,
        "versions": len(seen.tables_of_version),
        "reads": seen.reads,
        "errors": seen.errors,
        "mixed": seen.mixed,
        "failures": failures + seen.errors + seen.mixed,
    }
    rebuild = {"kind": "rebuild", "refreshes": options.refreshes + 1, **_rebuilt(home, folder / "before")}
    _append(options, record)
    _append(options, rebuild)


def _rebuilt(home: Path, before: Path) -> Record:
    """Rebuild the warehouse from its archive, and say in what it is not what it was."""
    shutil.copytree(home / "published", before / "published", symlinks=True)
    loaded = loaded_extracts(home / "warehouse.duckdb")
    started = time.monotonic()
    rebuild = aftersales("rebuild", "--home", home)
    failures = [] if rebuild.returncode == 0 else [f"the rebuild ended with {rebuild.returncode}: {rebuild.stderr}"]
    failures += [f"{rows} rows of {mart} are not those of before" for mart, rows in differing_marts(home, before).items()]
    if loaded_extracts(home / "warehouse.duckdb") != loaded:
        failures.append("the ledger is not that of before")
    failures += [*unbalanced_books(home / "warehouse.duckdb"), *unarchived(home)]
    return {"extracts": len(loaded), "seconds": time.monotonic() - started, "failures": failures}


def _enough_readers(records: Sequence[Record], options: argparse.Namespace) -> bool:
    """Whether so many refreshes under so many readers, and the rebuild after them, are among the records."""
    enough = [
        record
        for record in records
        if record["kind"] == "readers"
        and record["refreshes"] >= options.refreshes
        and record["readers"] >= options.readers
        and record["reads"] >= record["readers"] * record["refreshes"]
    ]
    return bool(enough) and any(record["kind"] == "rebuild" for record in records)


def _report(records: Sequence[Record], options: argparse.Namespace) -> int:
    """Print what the results come to; 1 when something is wrong or missing."""
    trials = [record for record in records if record["kind"] == "kill"]
    hits = [record for record in trials if _is_kill(record)]
    wrong = [record for record in records if record["failures"]]
    print(
        f"\n{options.project}: {len(hits)} kills in {len(trials)} trials "
        f"({sum(record['scope'] == 'leader' for record in hits)} of the leading process alone)"
    )
    for stage in STAGES:
        places = Counter(record["seen_on_disk"] for record in hits if record["hit"] == stage)
        told = "; ".join(f"{place}: {count}" for place, count in sorted(places.items()) if place)
        print(f"  {stage:16} {sum(places.values()):4}{f'   ({told})' if told else ''}")
    recovered = [record for record in hits if not record["failures"]]
    print(f"after {len(recovered)} of them the next refresh published the marts, the ledger and the books of an undisturbed run")
    print(f"meanwhile a reader read {sum(record['reads'] for record in trials):,} times")
    under_readers = [record for record in records if record["kind"] == "readers"]
    for record in under_readers:
        print(
            f"{record['readers']} readers over {record['refreshes']} refreshes: {record['reads']:,} reads of "
            f"{record['versions']} versions, {len(record['errors'])} errors, {len(record['mixed'])} mixed sets"
        )
    for record in (record for record in records if record["kind"] == "rebuild"):
        outcome = "equals the warehouse it replaced" if not record["failures"] else "is NOT what it was"
        print(f"a rebuild from {record['extracts']:,} extracts of {record['refreshes']} refreshes {outcome}")
    for record in wrong:
        print(f"WRONG at {record['at']} ({record['commit']}, {record.get('hit') or record['kind']}): {'; '.join(record['failures'])}")
    is_missing = len(hits) < options.kills or (options.refreshes > 0 and not _enough_readers(records, options))
    if is_missing:
        print(
            f"Not finished: {options.kills} kills and {options.refreshes} refreshes under {options.readers} readers are asked for. "
            "Run it again to go on."
        )
    return 1 if wrong or is_missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
