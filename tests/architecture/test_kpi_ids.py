"""No Python and no macro names a KPI: what is particular to one stands in its row of kpi_definitions."""

import ast
import csv
import re
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[2]
# The simulator plants truths under the names that readers look them up by, and it knows nothing of the marts.
EXEMPT = {"tests", "shop_simulator"}
CONTRACT = PROJECT_ROOT / "models" / "staging" / "contract" / "_contract__sources.yml"


def kpi_ids() -> set[str]:
    """The ids, less those that are also a word of the feed contract (a column refund_amount, a survey nps)."""
    with (PROJECT_ROOT / "seeds" / "reference" / "kpi_definitions.csv").open(encoding="utf-8", newline="") as file:
        ids = {row["kpi_id"] for row in csv.DictReader(file)}
    return ids - set(re.findall(r"\w+", CONTRACT.read_text(encoding="utf-8")))


def python_files() -> list[Path]:
    rooms = [
        path for path in PROJECT_ROOT.iterdir() if path.is_dir() and path.name not in EXEMPT and not path.name.startswith((".", "var"))
    ]
    return sorted(path for room in rooms for path in room.rglob("*.py"))


def code_of(source: str) -> str:
    """The code of a module without comments, docstrings and help texts, which may show a KPI as an example."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.Call):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg not in {"help", "epilog"}]
    return ast.unparse(tree)


def named(text: str) -> set[str]:
    return set(re.findall(r"\w+", text)) & kpi_ids()


def test_no_python_file_names_a_kpi() -> None:
    files = python_files()
    assert len(files) > 50
    found = {str(path.relative_to(PROJECT_ROOT)): names for path in files if (names := named(code_of(path.read_text(encoding="utf-8"))))}
    assert found == {}


def test_no_macro_names_a_kpi() -> None:
    found = {path.stem: names for path in (PROJECT_ROOT / "macros").rglob("*.sql") if (names := named(path.read_text(encoding="utf-8")))}
    assert found == {}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("limits = {'csat_rate': 1}", {"csat_rate"}),
        ("csat_rate = 1", {"csat_rate"}),
        ("def kpi():\n    '''Such as csat_rate.'''\n    return option(help='Such as csat_rate.')", set()),
        ("not_csat_rate = 'csat_rates'  # csat_rate", set()),
    ],
)
def test_a_name_is_found_in_code_and_not_in_examples(source: str, names: set[str]) -> None:
    assert named(code_of(source)) == names
