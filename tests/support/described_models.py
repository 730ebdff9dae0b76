"""What the project's YAML says of its models."""

from functools import cache
from typing import Any

import yaml

from tests.support.warehouse import PROJECT_ROOT


@cache
def described_models() -> dict[str, dict[str, Any]]:
    """The properties of each model, by its name; fails on one that is described twice."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((PROJECT_ROOT / "models").rglob("*.yml")):
        for properties in yaml.safe_load(path.read_text(encoding="utf-8")).get("models") or []:
            assert properties["name"] not in found, f"{properties['name']} is described twice, the second time in {path}"
            found[properties["name"]] = properties
    return found


def columns_of(model: str) -> dict[str, str]:
    """The names and types of the columns of the project's ``model``."""
    return {column["name"]: column["data_type"] for column in described_models()[model]["columns"]}
