"""What docs/querying.md shows does run, on a snapshot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from reading.snapshot import opened_snapshot

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "querying.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_page_shows_both_languages() -> None:
    assert len(blocks("python")) == 3
    assert len(blocks("sql")) == 2


@pytest.mark.parametrize("block", blocks("python"))
def test_each_python_example_runs(block: str, published_home: Any) -> None:
    exec(block.replace('"var/', f'"{published_home.root}/'), {})


@pytest.mark.parametrize("block", blocks("sql"))
def test_each_sql_example_finds_something(block: str, published_home: Any) -> None:
    with opened_snapshot(published_home.published) as snapshot:
        assert snapshot.connection.execute(block).fetchall()
