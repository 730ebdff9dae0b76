"""Every decision is on the list, under its own title, in the order of numbers; a number is given once."""

import re
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "decisions"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
LISTED = re.findall(r"^- \[(.+)\]\((.+\.md)\)$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_list_has_every_page_once_and_in_order() -> None:
    assert [file for _, file in LISTED] == [path.name for path in PAGES]


def test_a_page_is_listed_under_its_title() -> None:
    titles = {path.name: path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in PAGES}
    assert {file: title for title, file in LISTED if titles.get(file) != title} == {}


def test_a_number_is_given_once_and_a_page_has_date_decision_and_what_it_beat() -> None:
    assert [number for number, count in Counter(path.name[:4] for path in PAGES).items() if count > 1] == []
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        assert re.fullmatch(r"[0-9]{4}-[a-z]+(-[a-z0-9]+)+\.md", path.name), path.name
        assert re.search(r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]\b", text, re.MULTILINE), f"{path.name} has no date"
        lacking = [part for part in ("Decision", "Beaten") if f"**{part}" not in text]
        assert lacking == [], f"{path.name} lacks {lacking}"


def test_the_list_says_why_numbers_are_missing() -> None:
    assert "never filled" in (FOLDER / "README.md").read_text(encoding="utf-8")
