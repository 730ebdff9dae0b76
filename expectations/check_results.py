"""The file that carries what the rules said to another process."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from reading.check_results import CheckResult


def write_results(results: Iterable[CheckResult], file: Path) -> None:
    """Write ``results`` as a JSON list; the file appears whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(file.suffix + ".part")
    unfinished.write_text(json.dumps([asdict(result) for result in results], ensure_ascii=False, indent=1), encoding="utf-8")
    unfinished.replace(file)
