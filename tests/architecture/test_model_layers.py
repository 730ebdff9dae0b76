"""The dbt layers know only the layer before them, and every model has its file of descriptions beside it."""

import re
from pathlib import Path

import pytest
import yaml

from orchestration.loading import read_declarations
from tests.support.described_models import described_models

PROJECT_ROOT = Path(__file__).resolve().parents[2]
MODELS = PROJECT_ROOT / "models"
MODEL_FILES = sorted(MODELS.rglob("*.sql"))
LAYER_OF_MODEL = {path.stem: path.relative_to(MODELS).parts[0] for path in MODEL_FILES}
FOLDER_OF_MODEL = {path.stem: path.relative_to(MODELS).parts[:-1] for path in MODEL_FILES}
REFERENCE = re.compile(r"ref\(\s*'([^']+)'\s*\)")
SOURCE = re.compile(r"source\(")


# Tables of one shape are described together: families, and measures.
OF_ONE_SHAPE = (MODELS / "marts" / "_families.yml", MODELS / "marts" / "measures" / "_measures.yml")


def models_in(file: Path) -> list[str]:
    return [model["name"] for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]] if file.exists() else []


def seed_names() -> set[str]:
    return {path.stem for path in (PROJECT_ROOT / "seeds").rglob("*.csv")}


def test_there_are_models_in_every_layer() -> None:
    assert set(LAYER_OF_MODEL.values()) == {"staging", "intermediate", "marts"}


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_a_model_refs_only_what_its_layer_may_know(path: Path) -> None:
    layer = LAYER_OF_MODEL[path.stem]
    text = path.read_text(encoding="utf-8")
    referenced = set(REFERENCE.findall(text)) - seed_names()
    known = {name: FOLDER_OF_MODEL[name] for name in referenced}
    if layer == "staging":
        assert not referenced, f"{path.stem} is staging and refs {referenced}; staging reads sources only"
    else:
        assert not SOURCE.search(text), f"{path.stem} reads a source; only staging may"
    if layer == "intermediate":
        allowed = {name for name, folder in known.items() if folder[0] in {"staging", "intermediate"} or folder[:2] == ("marts", "core")}
        assert referenced == allowed, f"{path.stem} refs {referenced - allowed}: intermediate knows staging, itself and core"
    if layer == "marts":
        assert "stg_" not in " ".join(referenced), f"{path.stem} refs a staging model; marts read the intermediate layer or core"


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_a_model_is_described_in_a_file_beside_it_or_with_those_of_its_shape(path: Path) -> None:
    described = next((file for file in (path.with_suffix(".yml"), *OF_ONE_SHAPE) if path.stem in models_in(file)), None)
    assert described, f"{path.with_suffix('.yml').relative_to(PROJECT_ROOT)} is missing"
    assert described in OF_ONE_SHAPE or models_in(described) == [path.stem]
    assert described_models()[path.stem]["description"].strip(), f"{path.stem} has no description"


@pytest.mark.parametrize("path", [path for path in MODEL_FILES if LAYER_OF_MODEL[path.stem] == "marts"], ids=lambda path: path.stem)
def test_a_mart_has_an_enforced_contract_and_lets_no_personal_data_through(path: Path) -> None:
    project = yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["models"]["aftersales"]["marts"]["+contract"] == {"enforced": True}
    properties = described_models()[path.stem]
    assert "contract" not in properties.get("config", {})
    for column in properties["columns"]:
        assert column.get("data_type"), f"{path.stem}.{column['name']} has no data_type"
        assert column["name"] not in {"full_name", "email", "phone", "agent_name", "comment_text"}
        meta = column.get("config", {}).get("meta", {})
        if column["name"] == "customer_key" or column["name"].endswith("_customer_key"):
            assert meta.get("publish") in {"pseudonym", "never"}, f"{path.stem}.{column['name']} would be published in clear"


def test_staged_entities_are_the_staging_models_that_exist() -> None:
    variables = yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    declared = {source: set(entities) for source, entities in variables["staged_entities"].items()}
    existing: dict[str, set[str]] = {}
    for name, layer in LAYER_OF_MODEL.items():
        # What the loader tells of its own is no source system.
        if layer == "staging" and FOLDER_OF_MODEL[name] != ("staging", "loader"):
            source, entity = re.fullmatch(r"stg_(.+?)__(.+)", name).groups()  # type: ignore[union-attr]
            existing.setdefault(source, set()).add(entity)
    assert declared == existing
    assert set(variables["source_systems"]) <= set(existing)


def test_feeds_whose_history_staging_reads_are_those_that_keep_their_versions() -> None:
    """What staging reads otherwise than through current_rows are rows that a newer version has replaced."""
    read: set[tuple[str, str]] = set()
    for path in (MODELS / "staging").rglob("*.sql"):
        read |= set(re.findall(r"(?:all_versions\(\s*|from \{\{ )source\('(?!loader')(\w+)', '(\w+)'\)", path.read_text(encoding="utf-8")))
    declared = {
        (source.name, feed.name) for source in read_declarations(MODELS).values() for feed in source.feeds.values() if feed.keeps_versions
    }
    assert read == declared
