"""The page that walks two sources is followed by its letters: commands run, files written, and one refresh publishes what it says."""

import re
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.support.warehouse import PROJECT_ROOT, aftersales, copied_project

PAGE = (PROJECT_ROOT / "docs" / "walked-sources.md").read_text(encoding="utf-8")
DELIVERED, PROPOSED, CORRECTED, SWITCHED_ON = re.split(r"^## (?:First and second|Third|Fourth)", PAGE, flags=re.MULTILINE)
SOURCES = ("--source", "till", "--source", "desk")

pytestmark = pytest.mark.timeout(1800)


def files_in(part: str) -> dict[str, str]:
    """The files that a part of the page shows in full."""
    return dict(re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)^```$", part, re.MULTILINE | re.DOTALL))


def write_files(part: str, project: Path) -> None:
    for name, text in files_in(part).items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def run_commands(part: str, project: Path) -> None:
    for line in re.findall(r"^aftersales (.*)$", part, re.MULTILINE):
        finished = aftersales(*line.split(), project=project)
        assert finished.returncode == 0, finished.stdout + finished.stderr


def switch_on(project: Path) -> None:
    (listed,) = re.findall(r"under `vars`:\n\n```yaml\n(.*?)^```$", SWITCHED_ON, re.MULTILINE | re.DOTALL)
    declared = yaml.safe_load(listed)
    file = project / "dbt_project.yml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["vars"]["source_systems"] = declared["source_systems"]
    settings["vars"]["staged_entities"] |= declared["staged_entities"]
    file.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after the second step: delivered files, and what was proposed of them."""
    folder = copied_project(tmp_path_factory.mktemp("walked"))
    write_files(DELIVERED, folder)
    unknown = aftersales("try", folder / "var" / "landing" / "till" / "lines_2025-11-21.csv", project=folder)
    assert "No declared feed takes lines_2025-11-21.csv." in unknown.stdout
    run_commands(PROPOSED, folder)
    return folder


def test_what_the_page_shows_of_a_proposal_is_what_is_proposed(project: Path) -> None:
    shown = files_in(PROPOSED)
    assert len(shown) == 2
    assert {name: (project / name).read_text(encoding="utf-8") for name in shown} == shown
    assert (project / "models/staging/till/stg_till__orders.yml").read_text() == files_in(CORRECTED)[
        "models/staging/till/stg_till__orders.yml"
    ]


@pytest.fixture(scope="module")
def marts(project: Path) -> Path:
    """The marts after the only refresh."""
    write_files(CORRECTED, project)
    tried = aftersales("try", project / "var/landing/desk/log_2025-11-24.csv", "--source", "desk", project=project)
    assert tried.stdout.startswith("desk.log: 3 of 3 rows would be accepted.\n"), tried.stdout
    switch_on(project)
    refresh = aftersales("refresh", "--home", project / "var", *SOURCES, project=project)
    assert refresh.returncode == 0, refresh.stdout + refresh.stderr
    assert re.search(r"till\s+lines\s+2\s+6\b", refresh.stdout), refresh.stdout
    assert re.search(r"desk\s+log\s+2\s+6\b", refresh.stdout), refresh.stdout
    assert " 0 failed" in refresh.stdout, refresh.stdout
    return project / "var" / "published" / "current" / "marts.duckdb"


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("select order_id, order_amount from core.fct_orders order by order_id", [("A1", 40), ("A2", 30)]),
        ("select order_key, refund_amount from core.fct_refunds", [("till:A1", 30)]),
        ("select ticket_id, status from core.fct_tickets order by ticket_id", [("7", "solved"), ("8", "solved")]),
        ("select count(*) from core.fct_ticket_events", [(5,)]),
        (
            "select left_out from quality.row_accounting where stage = 'staging' and entity = 'ticket_events' and source_system = 'desk'",
            [("told_again 1",)],
        ),
        (
            "select left_out from quality.row_accounting where stage = 'staging' and entity = 'orders' and source_system = 'till'",
            [("superseded 2, returned_line 1, line_of_a_known_order 1",)],
        ),
    ],
)
def test_what_the_page_works_out_by_hand_is_published(marts: Path, query: str, rows: list[tuple[object, ...]]) -> None:
    with duckdb.connect(str(marts), read_only=True) as connection:
        assert connection.execute(query).fetchall() == rows
