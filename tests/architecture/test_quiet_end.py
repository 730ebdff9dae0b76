"""What the tests print ends with what they found."""

import subprocess
import sys
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]


def test_nothing_is_printed_after_the_result_of_tests_that_hypothesis_runs() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/unit/loading/test_bytes_scan.py", "-k", "utf8_is"]
    finished = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout
    assert finished.stderr == ""
