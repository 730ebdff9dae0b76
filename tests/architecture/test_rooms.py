"""Each thing has its room: few files lie loose, none is too long to be read, and no module is needed by what it needs."""

import ast
import re
import subprocess
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("orchestration", "reading", "expectations", "command_line", "portal", "shop_simulator")
MOST_LOOSE_FILES = 10
MOST_LINES = 400


def modules() -> dict[str, Path]:
    listing = subprocess.run(["git", "ls-files", "*.py"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    paths = [PROJECT_ROOT / name for name in listing.stdout.splitlines() if name.split("/", maxsplit=1)[0] in PACKAGES]
    return {_module_name(path): path for path in paths if path.is_file()}


def _module_name(path: Path) -> str:
    parts = path.relative_to(PROJECT_ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(module: str, path: Path, known: set[str]) -> Iterator[str]:
    """The modules of ours that a module imports, wherever in it, but not those that only its types need."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {id(each) for node in ast.walk(tree) if _is_for_types(node) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else node.module for name in names]
        else:
            continue
        yield from (name for name in names if name in known and name != module)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def test_at_most_ten_files_lie_beside_the_folders_of_orchestration() -> None:
    loose = sorted(path.name for path in (PROJECT_ROOT / "orchestration").iterdir() if path.is_file())
    assert len(loose) <= MOST_LOOSE_FILES, f"{loose}: move one to the folder that it belongs to"


def test_no_file_of_code_is_longer_than_four_hundred_lines() -> None:
    listing = subprocess.run(["git", "ls-files", "*.py", "*.sql"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    paths = {name: PROJECT_ROOT / name for name in listing.stdout.splitlines()}
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in paths.items() if path.is_file()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}, "Split them by what they are about."


def test_no_module_is_needed_by_what_it_needs() -> None:
    known = modules()
    try:
        TopologicalSorter({name: set(_imported(name, path, set(known))) for name, path in known.items()}).prepare()
    except CycleError as error:
        raise AssertionError(f"These import each other in a circle: {' → '.join(error.args[1])}") from None


def test_what_dbt_says_of_the_project_is_read_in_one_place() -> None:
    reads_yaml = {name for name, path in modules().items() if re.search(r"^\s*import yaml", path.read_text(encoding="utf-8"), re.MULTILINE)}
    assert reads_yaml == {"orchestration.project", "orchestration.loading.declarations"}
    reads_manifest = {name for name, path in modules().items() if '"nodes"' in path.read_text(encoding="utf-8")}
    assert reads_manifest == {"orchestration.project"}
