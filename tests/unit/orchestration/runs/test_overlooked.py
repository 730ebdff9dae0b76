"""What a refresh would pass over in silence is told."""

from pathlib import Path

import pytest

from orchestration.loading import read_declarations
from orchestration.project import MODELS_FOLDER, PROJECT_ROOT
from orchestration.runs.overlooked import overlooked

PROJECT = """
vars:
  source_systems: [shop]
  staged_entities: {shop: [orders]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    view(folder, "shop", "orders")
    (folder / "dbt_project.yml").write_text(PROJECT, encoding="utf-8")
    return folder


def view(project: Path, source: str, entity: str) -> None:
    path = project / "models" / "staging" / source / f"stg_{source}__{entity}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("select 1", encoding="utf-8")


def landed(tmp_path: Path, *names: str) -> Path:
    landing = tmp_path / "landing"
    for name in names:
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        (landing / name).write_text("x", encoding="utf-8")
    return landing


def test_what_lies_where_it_belongs_is_not_told(tmp_path: Path, project: Path) -> None:
    (landed(tmp_path, "shop/orders.csv", ".hidden/x.csv", ".x", "truths.json") / "empty").mkdir()
    assert overlooked(tmp_path / "landing", ["shop"], project) == []
    assert overlooked(tmp_path / "nowhere", ["shop"], project) == []


def test_files_of_a_folder_without_a_source_are_told(tmp_path: Path, project: Path) -> None:
    landing = landed(tmp_path, "acme/a.csv", "acme/orders/b.csv", "shops/c.csv")
    assert overlooked(landing, ["shop"], project) == [
        f"{landing}/acme: 2 files lie there, and no source 'acme' is declared: declare it in models/staging/acme/_acme__sources.yml, "
        "or move them into the folder of their source",
        f"{landing}/shops: 1 file lies there, and no source 'shops' is declared (did you mean 'shop'?): declare it in "
        "models/staging/shops/_shops__sources.yml, or move them into the folder of their source",
    ]


def test_files_beside_the_folders_are_told(tmp_path: Path, project: Path) -> None:
    landing = landed(tmp_path, "a.csv", "b.csv")
    assert overlooked(landing, ["shop"], project) == [
        f"{landing}: a.csv, b.csv lie in no folder of a source, such as {landing}/shop; move them"
    ]


def test_views_of_a_source_that_nothing_unites_are_told(tmp_path: Path, project: Path) -> None:
    view(project, "acme", "orders")
    assert overlooked(tmp_path / "landing", ["shop", "acme"], project) == [
        "models/staging/acme: its 1 staging views are united with nothing, because 'acme' is not in vars: source_systems "
        "of dbt_project.yml; add it there, and its entities to staged_entities"
    ]


def test_a_view_whose_entity_is_not_listed_is_told(tmp_path: Path, project: Path) -> None:
    view(project, "shop", "tickets")
    assert overlooked(tmp_path / "landing", ["shop"], project) == [
        "models/staging/shop: stg_shop__tickets is united with nothing; add tickets to vars: staged_entities: shop of dbt_project.yml"
    ]


def test_this_project_overlooks_nothing(tmp_path: Path) -> None:
    assert overlooked(tmp_path, read_declarations(MODELS_FOLDER), PROJECT_ROOT) == []
