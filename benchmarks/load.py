"""The loader's cost against plain DuckDB, measured in one run: CPU seconds and peak memory for the same large extract.

``make bench-load`` writes one extract of 5 million rows × 15 columns as CSV, Parquet and JSONL, reads each with one
``create table … as select`` of the same types and then with the loader, every time in a process of its own, and prints
the ratios. The loader does more in its share: it hashes the file, checks its encoding and reconciles its lines, brings
timestamps to UTC, looks at every value for rejects, numbers the rows and keeps the ledger. Merging the rows into the current ones, which
writes them a second time, is counted apart. Exits 1 when a limit is passed.

For every format it also gives the cost of many small files, as daily deltas are: loaded one by one, many in a transaction, and known.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from orchestration.loading import SourceDeclaration

PROJECT_ROOT = Path(__file__).resolve().parents[1]
RATIO_LIMITS = {"csv": 1.5, "parquet": 1.5, "jsonl": 2.0}
MEMORY_LIMIT_MB = 1500
ENGINE_MEMORY = "1GB"
CSV_OPTIONS = "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"'"

# name, declared type, the type plain DuckDB reads, how the value is made from row number i
COLUMNS = (
    ("order_id", "text", "varchar", "'O' || lpad(cast(i as varchar), 10, '0')"),
    ("customer_id", "text", "varchar", "'C' || cast(hash(i) % 1000000 as varchar)"),
    ("merchant_id", "text", "varchar", "'M' || cast(hash(i + 1) % 5000 as varchar)"),
    ("ordered_at", "timestamp", "timestamp", "strftime(timestamp '2023-01-01' + to_seconds(i % 63072000), '%Y-%m-%d %H:%M:%S')"),
    ("paid_at", "timestamp", "timestamp", "strftime(timestamp '2023-01-01' + to_seconds(i % 63072000 + 600), '%Y-%m-%dT%H:%M:%S')"),
    ("shipped_at", "timestamp", "timestamptz", "strftime(timestamp '2023-01-02' + to_seconds(i % 63072000), '%Y-%m-%dT%H:%M:%S+08:00')"),
    (
        "delivered_at",
        "timestamp",
        "timestamp",
        "case when i % 5 <> 0 then strftime(timestamp '2023-01-05' + to_seconds(i % 63072000), '%Y-%m-%d %H:%M:%S') end",
    ),
    ("cancelled_on", "date", "date", "case when i % 20 = 0 then strftime(date '2023-01-01' + cast(i % 700 as integer), '%Y-%m-%d') end"),
    ("cancel_reason", "text", "varchar", "case when i % 20 = 0 then ['service', 'stock', 'price'][cast(1 + i % 3 as integer)] end"),
    ("order_amount", "decimal(18,2)", "decimal(18,2)", "cast(hash(i) % 1000000 / 100.0 as decimal(18,2))"),
    ("currency", "text", "varchar", "'CNY'"),
    ("item_count", "integer", "bigint", "i % 7"),
    ("weight", "double", "double", "cast(hash(i) % 10000 / 8.0 as double)"),
    ("is_gift", "boolean", "boolean", "i % 3 = 0"),
    ("note", "text", "varchar", "case when i % 4 = 0 then 'a comment, with a comma ' || cast(i as varchar) end"),
)
DECLARATION = """
version: 2
sources:
  - name: bench
    schema: raw
    config: {{meta: {{time_zone: Asia/Shanghai}}}}
    tables:
      - name: orders
        identifier: bench__orders
        config: {{meta: {{key: [order_id]}}}}
        columns:
{columns}
"""
REQUIRED = {"customer_id", "ordered_at"}


def declaration() -> str:
    lines: list[str] = []
    for name, data_type, _, _ in COLUMNS:
        meta = "required: true" if name in REQUIRED else ""
        if name == "cancel_reason":
            meta = "accepted_values: [service, stock, price, changed_mind, payment, other]"
        lines.append(f'          - {{name: {name}, data_type: "{data_type}"' + (f", config: {{meta: {{{meta}}}}}" if meta else "") + "}")
    return DECLARATION.format(columns="\n".join(lines))


# What runs in processes of their own --------------------------------------------------------------------------------


def write_extract(folder: Path, file_format: str, rows: int) -> None:
    from orchestration.connections import connected

    options = {"csv": "header", "parquet": "format parquet", "jsonl": "format json"}[file_format]
    # Parquet and JSON carry types of their own, as a shop's systems would write them; text stays text.
    made = ", ".join(f"{expression} as {name}" for name, _, _, expression in COLUMNS)
    target = folder / "landing" / "bench" / f"orders.{file_format}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with connected(":memory:") as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"copy (select {made} from range({rows}) as numbers(i)) to '{target}' ({options})")


def load_plain(folder: Path, file_format: str, rows: int) -> None:
    from orchestration.connections import connected

    path = folder / "landing" / "bench" / f"orders.{file_format}"
    types = ", ".join(f"'{name}': '{sql_type}'" for name, _, sql_type, _ in COLUMNS)
    casts = ", ".join(f"cast({name} as {sql_type}) as {name}" for name, _, sql_type, _ in COLUMNS)
    query = {
        "csv": f"select * from read_csv('{path}', {CSV_OPTIONS}, columns = {{{types}}})",
        "parquet": f"select {casts} from read_parquet('{path}')",
        "jsonl": f"select * from read_json('{path}', format = 'newline_delimited', columns = {{{types}}})",
    }[file_format]
    with connected(folder / "plain.duckdb") as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"create table orders as {query}")
        assert connection.execute("select count(*) from orders").fetchone() == (rows,)


def load_with_loader(folder: Path, file_format: str, rows: int) -> None:
    from orchestration.connections import connected
    from orchestration.loading import load_source, loader, prepare_raw, read_declarations

    merge = loader.merge_new_extracts

    def timed_merge(connection: duckdb.DuckDBPyConnection, source: SourceDeclaration) -> None:
        started = time.process_time()
        merge(connection, source)
        print(json.dumps({"merge_cpu": time.process_time() - started}), flush=True)

    loader.merge_new_extracts = timed_merge
    for other in (folder / "landing" / "bench").iterdir():
        if other.suffix != f".{file_format}":
            other.rename(other.with_name(other.name + ".tmp"))
    try:
        sources = read_declarations(folder / "models")
        with connected(folder / "loader.duckdb") as connection:
            prepare_raw(connection, sources)
            load = load_source(connection, sources["bench"], folder / "landing", run_id="bench")
            assert [extract.rows_accepted for extract in load.extracts] == [rows], load
    finally:
        for other in (folder / "landing" / "bench").glob("*.tmp"):
            other.rename(other.with_suffix(""))


def load_small_files(folder: Path, file_format: str, files: int) -> None:
    from orchestration.connections import connected
    from orchestration.loading import extract_loader, load_source, prepare_raw, read_declarations

    sources = read_declarations(folder / "models")
    many = extract_loader.MOST_FILES
    for warehouse, run, most_files in (("alone", "one by one", 1), ("together", "together", many), ("together", "nothing new", many)):
        extract_loader.MOST_FILES = most_files
        with connected(folder / f"{warehouse}.duckdb") as connection:
            prepare_raw(connection, sources)
            started, cpu = time.perf_counter(), time.process_time()
            load = load_source(connection, sources["bench"], folder / "small" / file_format, run_id=run)
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
            assert len(load.extracts) + load.known_files == files, load
            print(json.dumps({"run": run, "wall": 1000 * seconds / files, "cpu": 1000 * cpu / files}), flush=True)


def write_small_files(folder: Path, file_format: str, files: int) -> None:
    """Cut the first rows of the large extract into small ones of 100 rows."""
    target = folder / "small" / file_format / "bench" / "orders"
    target.mkdir(parents=True)
    large = folder / "landing" / "bench" / f"orders.{file_format}"
    if file_format == "parquet":
        from orchestration.connections import connected

        with connected(":memory:") as connection:
            connection.execute(f"create table rows as select * from '{large}' limit {100 * files}")
            for number in range(files):
                connection.execute(f"copy (from rows limit 100 offset {100 * number}) to '{target / f'{number}.parquet'}'")
        return
    with large.open() as source:
        header = source.readline() if file_format == "csv" else ""
        for number in range(files):
            lines = [source.readline() for _ in range(100)]
            (target / f"{number}.{file_format}").write_text(header + "".join(lines))


STEPS = {
    "write": write_extract,
    "plain": load_plain,
    "loader": load_with_loader,
    "write-small": write_small_files,
    "small": load_small_files,
}


# What measures them ---------------------------------------------------------------------------------------------------


def measured(step: str, folder: Path, file_format: str, number: int) -> tuple[float, float, float, str]:
    """Run a step in a process of its own: CPU seconds, wall seconds, peak memory in MB, and what it printed."""
    for left in folder.glob("*.duckdb*"):
        left.unlink()
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "AFTERSALES_MEMORY_LIMIT": ENGINE_MEMORY}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, __file__, "--step", step, "--folder", str(folder), "--format", file_format, "--number", str(number)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"step {step} failed for {file_format}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, output


def reading(run: tuple[float, float, float, str]) -> tuple[float, float, float, float]:
    """CPU seconds without those of merging, wall seconds, peak memory in MB, and the CPU seconds of merging."""
    cpu, wall, memory, output = run
    merge_cpu = json.loads(output)["merge_cpu"] if output else 0.0
    return cpu - merge_cpu, wall, memory, merge_cpu


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, in turns; the median counts")
    parser.add_argument("--formats", nargs="+", default=list(RATIO_LIMITS), choices=list(RATIO_LIMITS))
    parser.add_argument("--small-files", type=int, default=500)
    parser.add_argument("--folder", type=Path, default=None, help="where the extracts are written (default: a temporary folder)")
    parser.add_argument("--step", choices=list(STEPS), help=argparse.SUPPRESS)
    parser.add_argument("--format", help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        STEPS[arguments.step](arguments.folder, arguments.format, arguments.number)
        return 0
    with tempfile.TemporaryDirectory(prefix="aftersales-bench-", dir=arguments.folder) as name:
        return report(Path(name), arguments.rows, arguments.formats, arguments.repeat, arguments.small_files)


def report(folder: Path, rows: int, formats: list[str], repeat: int, small_files: int) -> int:
    (folder / "models").mkdir()
    (folder / "models" / "_bench__sources.yml").write_text(declaration())
    failed: list[str] = []
    print(f"{rows:,} rows × {len(COLUMNS)} columns, engine memory limit {ENGINE_MEMORY}")
    print(f"{'format':8} {'MB':>6} {'':8} {'cpu-s':>7} {'wall-s':>7} {'peak MB':>8} {'ratio':>6} {'limit':>6}")
    for file_format in formats:
        measured("write", folder, file_format, rows)
        size = (folder / "landing" / "bench" / f"orders.{file_format}").stat().st_size / 1e6
        # In turns, so that a busy moment of the machine hits both.
        runs = [[reading(measured(step, folder, file_format, rows)) for step in ("plain", "loader")] for _ in range(repeat)]
        plain, loader = (sorted(each)[repeat // 2] for each in zip(*runs, strict=True))
        ratio, limit = loader[0] / plain[0], RATIO_LIMITS[file_format]
        print(f"{file_format:8} {size:6.0f} {'plain':8} {plain[0]:7.2f} {plain[1]:7.2f} {plain[2]:8.0f}")
        print(f"{'':8} {'':6} {'loader':8} {loader[0]:7.2f} {loader[1]:7.2f} {loader[2]:8.0f} {ratio:6.2f} {limit:6.2f}")
        print(f"{'':8} {'':6} {'merge':8} {loader[3]:7.2f}", flush=True)
        if ratio > limit:
            failed.append(f"{file_format}: {ratio:.2f} times plain DuckDB, the limit is {limit}")
        if loader[2] > MEMORY_LIMIT_MB:
            failed.append(f"{file_format}: peak memory {loader[2]:.0f} MB, the limit is {MEMORY_LIMIT_MB} MB")
        if small_files:
            measured("write-small", folder, file_format, small_files)
            for line in measured("small", folder, file_format, small_files)[3].splitlines():
                result = json.loads(line)
                figures = f"{result['cpu']:.2f} ms of CPU, {result['wall']:.2f} ms a file"
                print(f"{'':8} {small_files:,} files of 100 rows, {result['run']}: {figures}", flush=True)
        (folder / "landing" / "bench" / f"orders.{file_format}").unlink()
    for line in failed:
        print(f"over the limit: {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
