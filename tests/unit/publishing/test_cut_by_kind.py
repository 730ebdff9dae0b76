"""A table of very many rows is cut by what its rows speak of, too: a late change in one family leaves the parts of the others alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from orchestration.publishing import copying
from orchestration.publishing.parts import Layout
from orchestration.publishing.replica import rows
from orchestration.publishing.replica.rows import delete_parts, touched_parts
from reading.manifest import SnapshotManifest, TableEntry, read_manifest
from tests.unit.publishing.large_shop import insist_same_as_made_anew, parts, written
from tests.unit.publishing.shop import ORDERS, Shop, copied, folder_of_this_process, model, ready_shop

BOARD = "scoreboard.kpi_scoreboard"
COLUMNS = ("family", "period_start", "period_grain", "dimension", "member", "unit", "value", "judged_at")
AS_OF = "timestamp '2026-01-31 16:00:00'"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop with a scoreboard of 1,000 rows, ten times what makes a table one of months, published once.

    Each of 25 days in each of two months has ten rows of cost and ten of voice that agree in six columns.
    """
    return copied(_shop(), tmp_path)


@cache
def _shop() -> Shop:
    made = ready_shop(folder_of_this_process())
    made.split_from_rows = 100
    made.describe(ORDERS, model("marts/scoreboard/kpi_scoreboard.sql", dict.fromkeys(COLUMNS)))
    made.change(
        "create schema scoreboard",
        f"""
        create table {BOARD} as
            select
                case when id % 2 = 0 then 'cost' else 'voice' end as family,
                date '2026-01-01' + cast(id // 20 % 25 + 31 * (id // 500) as integer) as period_start,
                'day' as period_grain, 'overall' as dimension, 'all' as member, 'ratio' as unit,
                id / 7 as value, timestamp '2026-01-01 00:00:00' as judged_at
            from range(1000) as ids (id)
        """,
    )
    made.publish()
    return made


def told(shop: Shop) -> dict[str, int]:
    return {name: part.rows for name, part in parts(shop.publish(), BOARD).items()}


def test_ten_times_what_makes_a_table_one_of_months_makes_it_one_of_months_and_kinds(shop: Shop) -> None:
    assert told(shop) == {"2026-01_cost": 250, "2026-01_voice": 250, "2026-02_cost": 250, "2026-02_voice": 250}
    shop.change(f"delete from {BOARD} where rowid = 0")
    assert told(shop) == {"2026-01": 499, "2026-02": 500}


@pytest.mark.parametrize("kind", ["null", "'two words'", "'Cost'", "'../cost'", "''", f"'{'x' * 65}'"])
def test_where_a_kind_could_name_no_file_the_table_is_cut_by_month_alone(shop: Shop, tmp_path: Path, kind: str) -> None:
    shop.change(f"update {BOARD} set family = {kind} where rowid = 0")
    published = shop.publish()
    assert set(parts(published, BOARD)) == {"2026-01", "2026-02"}
    insist_same_as_made_anew(shop, published, tmp_path / "anew")
    shop.change(f"update {BOARD} set family = '{'x' * 64}' where rowid = 0")
    again = shop.publish()
    assert {name: part.rows for name, part in parts(again, BOARD).items()}[f"2026-01_{'x' * 64}"] == 1
    insist_same_as_made_anew(shop, again, tmp_path / "again")


def test_of_many_kinds_there_would_be_too_many_files(shop: Shop) -> None:
    shop.change(f"update {BOARD} set family = 'family_' || rowid where rowid < 30")
    assert len({name.split("_", 1)[1] for name in told(shop)}) == 32
    shop.change(f"update {BOARD} set family = 'family_30' where rowid = 30")
    assert set(told(shop)) == {"2026-01", "2026-02"}


@pytest.mark.parametrize(
    ("statement", "touched"),
    [
        ("update {0} set value = -1 where rowid = 0", {"2026-01_cost"}),
        ("update {0} set family = 'voice' where rowid = 0", {"2026-01_cost", "2026-01_voice"}),
        ("update {0} set family = 'new' where rowid = 0", {"2026-01_cost", "2026-01_new"}),
        ("update {0} set period_start = '2026-02-01' where rowid = 0", {"2026-01_cost", "2026-02_cost"}),
        ("update {0} set period_start = null where rowid = 0", {"2026-01_cost", "undated_cost"}),
        (f"update {{0}} set judged_at = {AS_OF} where rowid in (0, 1)", {"2026-01_cost", "2026-01_voice", "open_cost", "open_voice"}),
        ("create or replace table {0} as select * from {0} order by hash(value)", set[str]()),
        ("update {0} set period_grain = 'week' where rowid = 0", {"2026-01_cost"}),
        # What each day of it changes is in no month's file.
        ("update {0} set period_grain = 'year' where rowid in (0, 501)", {"2026-01_cost", "2026-02_voice", "2026_cost", "2026_voice"}),
        ("update {0} set period_grain = 'quarter', period_start = null where rowid = 0", {"2026-01_cost", "undated_cost"}),
        (
            f"update {{0}} set period_grain = 'quarter', judged_at = {AS_OF} where rowid < 4",
            {f"{when}_{kind}" for when in ("2026-01", "open") for kind in ("cost", "voice")},
        ),
    ],
)
def test_a_change_touches_the_kind_it_is_of_and_gives_what_a_new_snapshot_gives(
    shop: Shop, tmp_path: Path, statement: str, touched: set[str]
) -> None:
    shop.change(statement.format(BOARD))
    published = shop.publish()
    assert written(published) == {f"kpi_scoreboard/{part}" for part in touched}
    insist_same_as_made_anew(shop, published, tmp_path / "anew")


def test_a_year_that_goes_on_touches_none_of_its_months(shop: Shop, tmp_path: Path) -> None:
    shop.change(f"update {BOARD} set period_grain = 'year', period_start = '2026-01-01' where rowid in (0, 501)")
    assert {name: rows for name, rows in told(shop).items() if "-" not in name} == {"2026_cost": 1, "2026_voice": 1}
    shop.change(f"update {BOARD} set value = -1 where rowid = 0")
    published = shop.publish()
    assert written(published) == {"kpi_scoreboard/2026_cost"}
    insist_same_as_made_anew(shop, published, tmp_path / "anew")


def test_the_rows_of_a_day_that_are_of_another_kind_are_not_compared(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    compare = copying._compare  # pyright: ignore[reportPrivateUsage]
    compared: list[tuple[int]] = []

    def watched(connection: Any, *others: Any) -> Any:
        expected = compare(connection, *others)
        compared.extend(connection.execute(f"select count(*) from {side}_rows").fetchone() for side in ("new", "old"))
        return expected

    monkeypatch.setattr(copying, "_compare", watched)
    # Of the first day a row of cost, of the second one of voice.
    shop.change(f"update {BOARD} set value = -1 where rowid in (0, 21)")
    assert written(shop.publish()) == {"kpi_scoreboard/2026-01_cost", "kpi_scoreboard/2026-01_voice"}
    assert compared == [(20,), (20,)]


def test_a_copy_elsewhere_changes_the_parts_that_changed_and_all_when_they_are_cut_otherwise(shop: Shop) -> None:
    def board() -> TableEntry:
        manifest = read_manifest((shop.published / "current").resolve())
        return next(entry for entry in manifest.tables if entry.full_name == BOARD)

    before = board()
    shop.change(f"update {BOARD} set value = -1 where rowid = 0")
    shop.publish()
    assert touched_parts(before, board()) == (["2026-01_cost"], ["2026-01_cost"])
    by_kind = board()
    shop.change(f"delete from {BOARD} where rowid = 1")
    shop.publish()
    assert touched_parts(by_kind, board()) == ([part.part for part in by_kind.parts], ["2026-01", "2026-02"])
    assert '"source"."family" = \'cost\'' in Layout.by("period_start", {}, None, kind="family").condition(["2026-01_cost"])


def test_a_copy_of_a_snapshot_without_parts_by_year_is_replaced_whole(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def current() -> SnapshotManifest:
        return read_manifest((shop.published / "current").resolve())

    def board(manifest: SnapshotManifest) -> TableEntry:
        return next(entry for entry in manifest.tables if entry.full_name == BOARD)

    former = current()
    shop.change(f"update {BOARD} set period_grain = 'year', period_start = '2026-01-01' where rowid = 0")
    shop.publish()
    assert "2026_cost" in {part.part for part in board(current()).parts}
    gone, come = touched_parts(board(former), board(current()))
    assert (gone, come) == tuple([part.part for part in board(manifest).parts] for manifest in (former, current()))
    asked: list[str] = []
    monkeypatch.setattr(rows, "run", lambda _, statement: asked.append(statement))
    server: Any = None
    delete_parts(server, former, board(current()), gone)
    delete_parts(server, former, board(current()), gone[:1])
    assert asked[0].endswith("where true") and "2026-01-01" in asked[1]
