"""Starts Dagster's web server and daemon for the home: ``python -m orchestration.runs.dev``. What `make dev` runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from orchestration.home import Home
from orchestration.project import PROJECT_ROOT
from orchestration.runs.refresh import prepare_home


def main() -> None:
    """Replace this process by ``dagster dev`` on the project's definitions; further arguments are passed on."""
    home = prepare_home(Home.from_environment())
    sys.stdout.write(f"The warehouse's home is {home.root}; extracts are expected in {home.landing}.\n")
    sys.stdout.flush()
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.chdir(PROJECT_ROOT)
    os.execv(dagster, [dagster, "dev", "-m", "orchestration.definitions", *sys.argv[1:]])


if __name__ == "__main__":
    main()
