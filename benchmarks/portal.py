"""How long people wait for the portal when many look at it at once: the first page, and whatever they choose next.

``make bench-portal PUBLISHED=…`` serves a folder of snapshots and lets ``--users`` sessions look at it as browsers do, over Streamlit's own
protocol and without drawing anything: each opens the first page, then every few seconds (``--think``, half to one and a half of it) a
family with another KPI, split or length of periods. What is waited for is the whole answer, from the choice to the end of the script.
Everything is chosen at random, the same in each run, so most choices have been asked for by nobody before. Exits 1 when
the median of first pages is above a second, or that of choices above half of one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash
from websockets.asyncio.client import ClientConnection, connect

from reading.kpis import KpiDefinition, kpi_definitions, kpi_members
from reading.snapshot import opened_snapshot

FIRST_LIMIT, CHOICE_LIMIT = 1.0, 0.5
GRAINS = ("week", "month", "month", "quarter")


def main() -> int:
    """Serve, look, print, compare with the limits."""
    parser = argparse.ArgumentParser(description="How long people wait for the portal.")
    parser.add_argument("published", type=Path)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--choices", type=int, default=12, help="how often each user chooses")
    parser.add_argument("--think", type=float, default=5.0, help="seconds between the answer and the next choice")
    asked = parser.parse_args()
    with opened_snapshot(asked.published) as snapshot:
        told = [each for each in kpi_definitions(snapshot) if each.why_empty is None]
        splits = {each.kpi_id: list(kpi_members(snapshot, each.kpi_id)["month"]) for each in told}
    port = free_port()
    with subprocess.Popen(server_command(asked.published, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            firsts, choices = asyncio.run(_look(port, told, splits, asked))
            spent = _cpu_seconds(server.pid)
        finally:
            server.terminate()
    print(f"{asked.users} users at once, {len(choices)} choices, one every {asked.think:g} seconds each")
    for name, waited, limit in (("first page, warm", firsts, FIRST_LIMIT), ("a choice", choices, CHOICE_LIMIT)):
        print(f"{name:18} median {median(waited):.2f} s (limit {limit:g}), 9 of 10 within {quantiles(waited, n=10)[-1]:.2f} s")
    if spent is not None:
        print(f"the server took {spent / (len(firsts) + len(choices)):.2f} CPU seconds an answer, its start included")
    return int(median(firsts) > FIRST_LIMIT or median(choices) > CHOICE_LIMIT)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server_command(published: Path, port: int) -> list[str]:
    """What serves the snapshots in ``published``, started from the folder of the project."""
    serving = f"serve(Path({str(published)!r}), address='127.0.0.1', port={port})"
    return [sys.executable, "-c", f"from pathlib import Path; from portal.serving import serve; {serving}"]


def _cpu_seconds(process: int) -> float | None:
    """What a process has taken so far, as Linux tells; nothing elsewhere."""
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    except OSError:
        return None
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


async def _look(
    port: int, told: list[KpiDefinition], splits: dict[str, list[str]], asked: argparse.Namespace
) -> tuple[list[float], list[float]]:
    for _ in range(100):
        try:
            async with _session(port) as first:
                await _waited(first, "", {})
            break
        except OSError:
            await asyncio.sleep(0.3)
    firsts: list[float] = []
    choices: list[float] = []

    async def user(number: int) -> None:
        chance = random.Random(number)
        await asyncio.sleep(number * asked.think / asked.users)
        async with _session(port) as session:
            firsts.append(await _waited(session, "", {}))
            for _ in range(asked.choices):
                await asyncio.sleep(asked.think * chance.uniform(0.5, 1.5))
                kpi = chance.choice(told)
                chosen = {"kpi": kpi.kpi_id, "grain": chance.choice(GRAINS), "dimension": chance.choice(splits[kpi.kpi_id])}
                choices.append(await _waited(session, f"family-{kpi.family}", chosen))

    await asyncio.gather(*(user(number) for number in range(asked.users)))
    return firsts, choices


def _session(port: int) -> connect:
    return connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]


async def _waited(session: ClientConnection, page: str, chosen: dict[str, str]) -> float:
    """Seconds until the page has been written to its end."""
    begun = time.perf_counter()
    message = BackMsg()
    message.rerun_script.query_string = urlencode(chosen)
    message.rerun_script.page_script_hash = calc_hash(page)
    message.rerun_script.context_info.locale = "en"
    await session.send(message.SerializeToString())
    while True:
        answer = ForwardMsg()
        answer.ParseFromString(bytes(await session.recv(decode=False)))
        if answer.WhichOneof("type") == "script_finished" and answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
