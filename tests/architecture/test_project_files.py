"""What the project's files may not contain: index hosts, secrets, unpinned dependencies, data."""

import re
import subprocess
import tomllib
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
PINS = tuple(f"constraints{of}.txt" for of in ("", "-dev", "-portal", "-sheets", "-browser", "-spark"))


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    return [PROJECT_ROOT / name for name in listing.stdout.splitlines() if (PROJECT_ROOT / name).is_file()]


def test_every_pin_is_exact_and_names_no_index_host() -> None:
    for line in [line for file in PINS for line in (PROJECT_ROOT / file).read_text(encoding="utf-8").splitlines() if line.strip()]:
        assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+( ; .+)?", line), line


def test_every_declared_dependency_is_pinned() -> None:
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *(each for name in ("dev", "portal", "sheets", "browser", "spark") for each in extras[name])]
    names = {re.split(r"[\[<>=~ ]", requirement)[0].lower().replace("_", "-") for requirement in declared}
    pinned = {
        line.split("==")[0].split("[")[0].lower()
        for file in PINS
        for line in (PROJECT_ROOT / file).read_text(encoding="utf-8").splitlines()
    }
    assert names <= pinned


def test_what_only_developers_need_is_not_among_what_the_demo_installs() -> None:
    extras = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    pinned = {line.split("==")[0] for line in (PROJECT_ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    # Great Expectations needs Altair itself.
    others = [each for name in ("dev", "portal", "sheets", "browser", "spark", "metrics") for each in extras[name] if "altair" not in each]
    assert {re.split(r"[\[<>=~ ]", each)[0].lower() for each in others} & pinned == set()


def test_no_file_is_a_key_a_database_or_large() -> None:
    for path in tracked_files():
        assert path.suffix not in {".duckdb", ".parquet", ".pem", ".key", ".wal"}, path
        assert path.stat().st_size < 1_000_000, f"{path} has {path.stat().st_size} bytes"
