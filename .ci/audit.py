"""Asks pip-audit whether the pins have known weaknesses: ``make audit``. Says plainly when no list of them can be reached.

Exit code 1: a pin has a known weakness. 0: none has, or nobody could be asked; the last line says which.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PROJECT_ROOT = Path(__file__).resolve().parents[1]
PINS = PROJECT_ROOT / "constraints.txt"
TOOL = "pip-audit==2.10.1"
# An environment of its own: what the tool needs must not change what is audited.
ENVIRONMENT = PROJECT_ROOT / ".venv" / ".audit"
# Who keeps lists that pip-audit reads, in the order in which they are asked.
SERVICES = ("pypi", "osv")

Report = Mapping[str, Any]


def main() -> int:
    """Audit the pins and return the exit code."""
    tool = _installed_tool()
    if tool is None:
        return _say(f"{TOOL} cannot be installed from here: nothing was audited.")
    pins = [line for line in PINS.read_text(encoding="utf-8").splitlines() if line.strip()]
    for service in SERVICES:
        # One pin first: where there is no list, asking for all of them takes a minute to find out nothing.
        probe = _report(tool, service, pins[:1])
        if probe is None or not audited(probe):
            continue
        report = _report(tool, service, pins)
        if report is not None and audited(report):
            lines, exit_code = verdict(report, service)
            return _say(*lines, exit_code=exit_code)
    return _say(f"No advisory list could be reached ({', '.join(SERVICES)}): nothing was audited. Run make audit where one can be.")


def verdict(report: Report, service: str) -> tuple[list[str], int]:
    """What a report says, in lines for people, and the exit code. A pin that was skipped was not audited, and is said so."""
    weak = [dependency for dependency in audited(report) if dependency["vulns"]]
    lines = [
        f"{dependency['name']} {dependency['version']}: {weakness['id']}"
        + (f", mended in {', '.join(weakness['fix_versions'])}" if weakness.get("fix_versions") else ", not mended yet")
        for dependency in weak
        for weakness in dependency["vulns"]
    ]
    skipped = [str(dependency["name"]) for dependency in report["dependencies"] if "vulns" not in dependency]
    if skipped:
        lines.append(f"Not on the list of {service}, so not audited: {', '.join(skipped)}.")
    count = len(audited(report))
    lines.append(f"{count} pins audited against {service}: {f'{len(weak)} with known weaknesses' if weak else 'no known weakness'}.")
    return lines, 1 if weak else 0


def audited(report: Report) -> list[Mapping[str, Any]]:
    """The dependencies that somebody knew. pip-audit ends well, and says that all is well, when it knew none of them."""
    return [dependency for dependency in report["dependencies"] if "vulns" in dependency]


def _installed_tool() -> Path | None:
    tool = ENVIRONMENT / "bin" / "pip-audit"
    commands: list[list[str]] = [
        [sys.executable, "-m", "venv", str(ENVIRONMENT)],
        [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", TOOL],
    ]
    for command in commands:
        if not tool.exists() and subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            return None
    return tool


def _report(tool: Path, service: str, pins: Sequence[str]) -> Report | None:
    """What pip-audit says of ``pins``; None when it could not ask."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "pins.txt"
        requirements.write_text("\n".join(pins) + "\n", encoding="utf-8")
        options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json", "--vulnerability-service", service]
        finished = subprocess.run([str(tool), *options, "--requirement", str(requirements)], capture_output=True, text=True, check=False)
    try:
        return json.loads(finished.stdout)
    except json.JSONDecodeError:
        return None


def _say(*lines: str, exit_code: int = 0) -> int:
    sys.stdout.write("\n".join(lines) + "\n")
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
