"""What the first refresh of a shop costs with each engine: DuckDB, Spark in one process, Spark on a standalone cluster of two workers.

``make bench-engines`` (``ENGINES="--orders 300000"`` for another size) simulates a shop and refreshes a home of its own with each engine,
each a whole ``aftersales`` process with all that it starts, the cluster's executors included. All marts that Spark publishes are compared
with DuckDB's, row by row; exits 1 when they differ.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.refresh import adopt_orphans, differing_marts, marts_of, measured, told
from tests.support.spark import ON_SPARK, cluster, on_cluster

ENGINES = ("duckdb", "spark", "cluster")
# Homes hash customers alike, so that what they publish can be compared.
CUSTOMER_KEY = "0123456789abcdef0123456789abcdef"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=30_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--bad-rows", type=float, default=0.0, help="the share of rows that break a rule")
    parser.add_argument("--memory", default="4g", help="of Spark's driver, and of each of the two executors")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--folder", type=Path, help="where shop and homes are made, and stay; what is there already is not made again")
    arguments = parser.parse_args()
    if arguments.folder is not None:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        return run(arguments.folder.resolve(), arguments)
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), arguments)


def run(folder: Path, arguments: argparse.Namespace) -> int:
    """Simulate where that is still to do, refresh with each engine; 0 when all published the same."""
    adopt_orphans()
    shop = folder / "shop"
    if not shop.exists():
        size = ("--orders", arguments.orders, "--days", arguments.days, "--until", "2025-12-01", "--seed", 11)
        measured(folder, "simulate", "--out", shop, *size, "--bad-rows", arguments.bad_rows)
    print(f"{arguments.orders:,} orders over {arguments.days} days", flush=True)
    for engine in arguments.engines:
        home = folder / engine
        with prepared(engine, folder, arguments.memory) as (environment, beside):
            refresh = ("refresh", "--home", home, "--landing", shop)
            told(engine, measured(home, *refresh, environment={"AFTERSALES_CUSTOMER_KEY": CUSTOMER_KEY, **environment}, beside=beside))
    homes = [folder / engine for engine in ENGINES if (folder / engine).exists()]
    compared = {home.name: differing_marts(marts_of(homes[0]), marts_of(home)) for home in homes[1:]}
    for engine, (marts, differing) in compared.items():
        print(f"{engine}: {marts} marts equal {homes[0].name}'s row by row." if not differing else f"{engine}: these differ: {differing}")
    return 1 if any(differing for _, differing in compared.values()) else 0


@contextmanager
def prepared(engine: str, folder: Path, memory: str) -> Generator[tuple[dict[str, str], tuple[int, ...]]]:
    """The variables that have ``aftersales`` use an engine, and the processes that work for it beside its own, until the block ends."""
    if engine == "duckdb":
        yield {}, ()
    elif engine == "spark":
        yield {**ON_SPARK, "AFTERSALES_SPARK_MEMORY": memory}, ()
    else:
        with cluster(folder, memory=memory) as (address, processes):
            yield on_cluster(folder, address, memory), processes


if __name__ == "__main__":
    sys.exit(main())
