"""The suites as a refresh starts them: ``python -m orchestration.runs.suites_process ARGUMENTS``. They end when the refresh does."""

from __future__ import annotations

import runpy

from orchestration.runs.child_processes import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    runpy.run_module("expectations", run_name="__main__", alter_sys=True)
