"""dbt as a refresh starts it: ``python -m orchestration.runs.dbt_process ARGUMENTS``. It ends when the refresh does."""

from __future__ import annotations

from orchestration.runs.child_processes import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    from dbt.cli.main import cli

    cli(prog_name="dbt")
