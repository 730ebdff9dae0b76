"""What tests of refreshes on Apache Spark need: the reason to skip them, what has to be the same, and a standalone cluster on loopback."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tests.support.warehouse import differing_marts, published

ON_SPARK = {"AFTERSALES_ENGINE": "spark"}


def why_not(*, is_the_one: bool = False) -> str | None:
    """Why a refresh on Spark is not tested here; None: it is. CI asks for ``one``, ``make test-spark`` for all."""
    asked = os.environ.get("AFTERSALES_SPARK_TESTS")
    if asked is None or (asked == "one" and not is_the_one):
        return "a refresh on Spark takes minutes: make test-spark"
    if find_spec("pyspark") is None or find_spec("dbt.adapters.spark") is None:
        return "pyspark is not installed; Spark is the optional engine"
    return None if shutil.which("java") else "there is no Java on the PATH; Spark needs one"


def assert_the_same_is_published(one: Path, other: Path) -> None:
    """Insist that two homes publish the same: every mart row by row, its types, and what the gate and the row accounting said."""
    types = "select schema_name, table_name, column_name, data_type from duckdb_columns() where database_name = 'marts' order by all"
    checks = "select stage, subject, rule, status from quality.check_results order by all"
    books = "select stage, entity, from_table, to_table, rows_in, left_out, rows_out, is_balanced from quality.row_accounting order by all"
    assert differing_marts(one, other) == {}
    for query in (types, checks, books):
        with published(one) as of_one, published(other) as of_other:
            assert of_one.execute(query).fetchall() == of_other.execute(query).fetchall()


def made_anew(home: Path) -> Counter[str]:
    """Of how many tables by period none, some and all periods were made anew, as dbt said in the last refresh."""
    log = max(home.glob("dagster/storage/*/compute_logs/*.out"), key=lambda file: file.stat().st_mtime)
    said = re.findall(r": (\d+|every) periods? made anew", log.read_text(encoding="utf-8"))
    return Counter({"0": "none", "every": "all"}.get(number, "some") for number in said)


def java_processes(marked: str) -> list[int]:
    """The Java processes with ``marked`` in their command line or their working folder."""
    found: list[int] = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                words = (folder / "cmdline").read_bytes().decode(errors="replace")
                place = str((folder / "cwd").readlink())
            except OSError:
                continue
            if "java" in words.split("\0")[0] and marked in f"{words} {place}":
                found.append(int(folder.name))
    return found


class Cluster(NamedTuple):
    """The master's address and the processes of master and workers; executors are started by the workers."""

    address: str
    processes: tuple[int, ...]


def on_cluster(folder: Path, address: str, memory: str) -> dict[str, str]:
    """The variables that have ``aftersales`` build on a cluster, with so much memory for the driver and for each executor."""
    defaults = folder / "conf" / "spark-defaults.conf"
    defaults.parent.mkdir(exist_ok=True)
    defaults.write_text(f"spark.executor.memory {memory}\n", encoding="utf-8")
    return {
        **ON_SPARK,
        "AFTERSALES_SPARK_MASTER": address,
        "AFTERSALES_SPARK_MEMORY": memory,
        "SPARK_CONF_DIR": str(defaults.parent),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


@contextmanager
def cluster(folder: Path, *, workers: int = 2, memory: str = "1g") -> Generator[Cluster]:
    """A master and workers of one core and so much memory each, from the pyspark that is installed; their files go into ``folder``."""
    import pyspark

    spark_class = str(Path(pyspark.__file__).parent / "bin" / "spark-class")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"spark://127.0.0.1:{port}"
    master = ["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]
    worker = ["org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", memory, "--webui-port", "0"]
    log = folder / "cluster.log"
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder / "work"), "SPARK_DAEMON_MEMORY": "256m"}
    processes: list[subprocess.Popen[bytes]] = []
    with log.open("wb") as output:
        try:
            for arguments in (master, *([[*worker, address]] * workers)):
                processes.append(subprocess.Popen([spark_class, *arguments], stdout=output, stderr=output, env=environment))
            deadline = time.monotonic() + 120
            while log.read_text(encoding="utf-8").count("Successfully registered with master") < workers:
                assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
                time.sleep(0.5)
            yield Cluster(address, tuple(process.pid for process in processes))
        finally:
            for process in reversed(processes):
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=60)
