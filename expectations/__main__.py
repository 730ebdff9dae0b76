"""``python -m expectations inbound|outbound``: runs the suites of one stage and writes what they said. Stops nothing.

Exit code 0 whenever the suites could be run, whatever they found; 1 when they could not, with the reason on stderr; 2 usage.
Great Expectations keeps the file locked until its process ends, which is why this is a process of its own.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from expectations.check_results import write_results
from expectations.runner import run_suites
from expectations.selection import suites_for
from reading.moments import parsed_moment


def main(arguments: Sequence[str]) -> int:
    """Run the stage that ``arguments`` name and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        suites = suites_for(options.stage, options.models, database=options.database, manifest=options.manifest, as_of=options.as_of)
        results = run_suites(options.database, suites, stage=options.stage, data_docs=options.data_docs, run_name=options.run_id)
    except (OSError, ValueError, KeyError) as error:
        print(f"The {options.stage} expectations could not be run: {error}", file=sys.stderr)  # noqa: T201
        return 1
    write_results(results, options.results)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m expectations", description="Run the expectations of one stage over a DuckDB file.")
    parser.add_argument(
        "stage", choices=("inbound", "outbound"), help="inbound: extracts after loading; outbound: a snapshot that was built"
    )
    parser.add_argument("--database", type=Path, required=True, help="the DuckDB file: the warehouse, or the marts.duckdb of a snapshot")
    parser.add_argument("--models", type=Path, required=True, help="the dbt project's models folder, with the declared feeds")
    parser.add_argument("--manifest", type=Path, help="dbt's manifest.json, which describes the marts; needed outbound")
    parser.add_argument("--results", type=Path, required=True, help="JSON file to write: a list of check results")
    parser.add_argument("--data-docs", type=Path, help="folder to write Data Docs into; none without it")
    parser.add_argument("--as-of", type=parsed_moment, help="moment the marts speak of (ISO 8601, UTC); by default what the data says")
    parser.add_argument("--run-id", default="by-hand", help="the refresh this belongs to, shown in Data Docs")
    return parser


if __name__ == "__main__":
    exit_code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # DuckDB's bindings complain about leaks when the interpreter takes itself apart with connections open, which the library leaves so.
    os._exit(exit_code)
