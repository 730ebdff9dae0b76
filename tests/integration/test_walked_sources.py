"""The page that walks two sources is followed by its letters: its files are written, and two refreshes publish what it says."""

import re
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.support.warehouse import PROJECT_ROOT, aftersales, copied_project

PAGE = (PROJECT_ROOT / "docs" / "walked-sources.md").read_text(encoding="utf-8")
FIRST, SECOND = PAGE.split("## Second refresh")
SOURCES = ("--source", "till", "--source", "desk")

pytestmark = pytest.mark.timeout(1800)


def write_files(part: str, project: Path) -> None:
    for name, text in re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)^```$", part, re.MULTILINE | re.DOTALL):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def switch_on(project: Path) -> None:
    (listed,) = re.findall(r"under `vars`:\n\n```yaml\n(.*?)^```$", SECOND, re.MULTILINE | re.DOTALL)
    declared = yaml.safe_load(listed)
    file = project / "dbt_project.yml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["vars"]["source_systems"] = declared["source_systems"]
    settings["vars"]["staged_entities"] |= declared["staged_entities"]
    file.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The marts after the second refresh."""
    project = copied_project(tmp_path_factory.mktemp("walked"))
    write_files(FIRST, project)
    first = aftersales("refresh", "--home", project / "var", *SOURCES, project=project)
    assert first.returncode == 0, first.stdout + first.stderr
    assert re.search(r"till\s+lines\s+2\s+6\b", first.stdout), first.stdout
    assert re.search(r"desk\s+log\s+2\s+6\b", first.stdout), first.stdout
    write_files(SECOND, project)
    switch_on(project)
    second = aftersales("refresh", "--home", project / "var", *SOURCES, project=project)
    assert second.returncode == 0, second.stdout + second.stderr
    assert " 0 failed" in second.stdout, second.stdout
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
