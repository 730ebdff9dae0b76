"""A macro is found under its name, and described in the YAML of its theme."""

import re
from pathlib import Path

import pytest
import yaml

MACROS = Path(__file__).resolve().parents[2] / "macros"
MACRO_FILES = sorted(MACROS.rglob("*.sql"))
# A materialization is described at the head of its file: dbt keeps it under a name of its own.
MATERIALIZATIONS = {"by_period", "by_key", "by_part", "fingerprinted", "written_later", "table", "view"}


@pytest.mark.parametrize("path", [path for path in MACRO_FILES if path.stem not in MATERIALIZATIONS], ids=lambda path: path.stem)
def test_a_macro_bears_the_name_of_its_file_and_is_described_with_its_arguments(path: Path) -> None:
    (signature,) = re.findall(rf"\{{%-?\s*macro {path.stem}\(([^)]*)\)", path.read_text(encoding="utf-8"))
    described = {
        macro["name"]: macro for file in path.parent.glob("_*.yml") for macro in yaml.safe_load(file.read_text(encoding="utf-8"))["macros"]
    }
    assert path.stem in described, f"Describe {path.stem} in {path.parent.name}/_{path.parent.name}__macros.yml."
    assert described[path.stem]["description"].strip()
    arguments = [argument.split("=")[0].strip() for argument in signature.split(",") if argument.strip()]
    assert [argument["name"] for argument in described[path.stem].get("arguments", [])] == arguments
