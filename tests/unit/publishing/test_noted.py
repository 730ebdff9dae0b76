"""What a table made by period holds is told by its build's notes: its rows are hashed only where those do not tell all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from reading.manifest import PartEntry
from tests.unit.publishing.large_shop import insist_same_as_made_anew, large_shop, parts, written
from tests.unit.publishing.shop import Shop

SCORES = "satisfaction.kpi_satisfaction"


def note(shop: Shop) -> None:
    """Write the notes that a build of the scores makes."""
    shop.change(
        "create schema if not exists measures",
        f"""
        create or replace table measures.built_periods as
            select
                'kpi_satisfaction' as model, role, '' as input, 'day' as period_grain, period_start,
                count(*) || ':' || sum(cast(hash(source) as decimal(38, 0))) as fingerprint
            from {SCORES} as source
            cross join (values ('input'), ('output'), ('tested')) as roles (role)
            group by all
        """,
    )


@pytest.fixture(params=[31, 32], ids=["cut by month", "one part"])
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Shop:
    """A shop whose scores are noted, published once: of 30 days of January and one of February."""
    made = large_shop(tmp_path)
    made.split_from_rows = request.param
    made.change(f"update {SCORES} set period_start = '2026-02-01' where period_start = '2026-01-07'")
    note(made)
    made.publish()
    return made


def scores(shop: Shop, part: str) -> PartEntry:
    found = parts(shop.publish(), SCORES)
    return found.get(part, found.get("all")) or pytest.fail(f"{found} has no part {part}")


def test_what_the_notes_tell_as_before_is_taken_over(shop: Shop) -> None:
    assert written(shop.publish()) == set()
    # Nobody looks at the rows: a build writes both or none.
    shop.change(f"update {SCORES} set marker = 9")
    assert written(shop.publish()) == set()


def test_a_change_that_is_noted_gives_what_a_new_snapshot_gives(shop: Shop, tmp_path: Path) -> None:
    shop.change(f"update {SCORES} set marker = 5 where period_start = '2026-02-01'", f"delete from {SCORES} where marker = 0")
    note(shop)
    published = shop.publish()
    assert written(published) == {f"kpi_satisfaction/{'2026-02' if shop.split_from_rows == 31 else 'all'}"}
    insist_same_as_made_anew(shop, published, tmp_path / "anew")


@pytest.mark.parametrize(
    "unsaid",
    [
        "delete from measures.built_periods where period_start = '2026-02-01'",
        "drop table measures.built_periods",
    ],
)
def test_a_table_whose_notes_do_not_tell_all_of_its_rows_is_hashed(shop: Shop, tmp_path: Path, unsaid: str) -> None:
    shop.change(f"update {SCORES} set marker = 5 where period_start = '2026-02-01'", unsaid)
    published = shop.publish()
    assert written(published) >= {f"kpi_satisfaction/{'2026-02' if shop.split_from_rows == 31 else 'all'}"}
    insist_same_as_made_anew(shop, published, tmp_path / "anew")


def test_what_readers_get_is_hashed_as_it_is_published_however_it_is_noted(shop: Shop) -> None:
    noted = scores(shop, "2026-02").row_hashes
    shop.change("drop table measures.built_periods")
    assert scores(shop, "2026-02").row_hashes == noted
