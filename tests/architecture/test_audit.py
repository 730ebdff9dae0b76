"""``make audit`` never calls a pin sound that nobody was asked about."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "audit.py"
SOUND = {"name": "sound", "version": "1.0", "vulns": []}
WEAK = {"name": "weak", "version": "1.0", "vulns": [{"id": "CVE-2025-0001", "fix_versions": ["1.1"]}, {"id": "CVE-2025-0002"}]}
SKIPPED = {"name": "skipped", "skip_reason": "Dependency not found on PyPI and could not be audited: skipped (1.0)"}


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "_installed_tool", lambda: Path("pip-audit"))
    return module


def answer(audit: ModuleType, monkeypatch: pytest.MonkeyPatch, reports: dict[str, Any]) -> None:
    monkeypatch.setattr(audit, "_report", lambda tool, service, pins: reports[service])


@pytest.mark.parametrize("answers", [None, {"dependencies": [SKIPPED, SKIPPED]}, {"dependencies": []}])
def test_nobody_asked_is_said_and_is_no_failure(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answers: Any
) -> None:
    answer(audit, monkeypatch, {"pypi": answers, "osv": None})
    assert audit.main() == 0
    assert capsys.readouterr().out == (
        "No advisory list could be reached (pypi, osv): nothing was audited. Run make audit where one can be.\n"
    )


def test_the_second_list_is_asked_when_the_first_knows_nothing(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(audit, monkeypatch, {"pypi": {"dependencies": [SKIPPED]}, "osv": {"dependencies": [SOUND, SKIPPED]}})
    assert audit.main() == 0
    assert capsys.readouterr().out.splitlines() == [
        "Not on the list of osv, so not audited: skipped.",
        "1 pins audited against osv: no known weakness.",
    ]


def test_a_known_weakness_fails_and_names_pin_advisory_and_cure(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(audit, monkeypatch, {"pypi": {"dependencies": [SOUND, WEAK]}})
    assert audit.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "weak 1.0: CVE-2025-0001, mended in 1.1",
        "weak 1.0: CVE-2025-0002, not mended yet",
        "2 pins audited against pypi: 1 with known weaknesses.",
    ]


def test_a_tool_that_cannot_be_installed_is_said(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "_installed_tool", lambda: None)
    assert audit.main() == 0
    assert "nothing was audited" in capsys.readouterr().out


def test_a_report_that_is_none_is_nobody_asked(audit: ModuleType, tmp_path: Path) -> None:
    tool = tmp_path / "pip-audit"
    tool.write_text(f"#!{sys.executable}\nraise SystemExit('requests.exceptions.ConnectionError')\n")
    tool.chmod(0o700)
    assert audit._report(tool, "pypi", ["a==1"]) is None
