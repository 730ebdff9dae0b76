"""Feeds whose lines have no key, or come as whole groups: what an extract takes the place of, by the table of current rows and by a ranking
of all versions.
"""

import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.loading import Archive, SourceLoad, current_rows, load_source
from orchestration.loading.rejects import RejectState, export_rejects, rejected_rows
from orchestration.loading.retention import needed_without, remove_superseded
from orchestration.loading.row_versions import ranked_versions
from tests.unit.loading.shop import Shop

LINES = """
sources:
  - name: shop
    config: {meta: {time_zone: Asia/Shanghai}}
    tables:
      - name: lines
        identifier: shop__lines
        config: {meta: {key: KEY, replaces: REPLACES}}
        columns:
          - {name: sold_at, data_type: timestamp, config: {meta: {required: true}}}
          - {name: order_id, data_type: text, config: {meta: {required: true}}}
          - {name: item, data_type: text, config: {meta: {required: true}}}
          - {name: quantity, data_type: integer}
"""


class Lines:
    """A shop that sells by lines."""

    def __init__(self, folder: Path, replaces: str, key: str = "line") -> None:
        self.shop = Shop(folder, LINES.replace("REPLACES", replaces).replace("KEY", key))
        self.archive = Archive(folder / "archive", own_landing=self.shop.landing)
        self.feed = self.shop.source.feeds["lines"]

    def load(self) -> SourceLoad:
        self.shop.runs += 1
        shop = self.shop
        return load_source(shop.connection, shop.source, shop.landing, run_id=f"run-{shop.runs}", archive=self.archive)

    def deliver(self, name: str, *lines: str) -> SourceLoad:
        self.shop.deliver(f"lines-{name}.csv", "\n".join(["sold_at,order_id,item,quantity", *lines, ""]))
        load = self.load()
        assert self.held() == self.ranked()
        return load

    def held(self, columns: str = "_extract_id, _line, item, quantity") -> list[tuple[Any, ...]]:
        return self.shop.connection.execute(f"select {columns} from {current_rows.current_table(self.feed)} order by all").fetchall()

    def ranked(self) -> list[tuple[Any, ...]]:
        query = f"select _extract_id, _line, item, quantity from ({ranked_versions(self.feed)}) where version_rank = 1 order by all"
        return self.shop.connection.execute(query).fetchall()

    def sold(self) -> int:
        return sum(quantity for (quantity,) in self.held("quantity"))


def test_every_line_counts_where_the_line_is_the_key_also_one_that_stands_twice(tmp_path: Path) -> None:
    lines = Lines(tmp_path, "nothing")
    lines.deliver("1", "2024-03-01 10:00:00,o1,shirt,1", "2024-03-01 10:00:00,o1,shirt,1", "2024-03-01 10:00:00,o1,shirt,-1")
    assert lines.held() == [(1, 2, "shirt", 1), (1, 3, "shirt", 1), (1, 4, "shirt", -1)]
    lines.deliver("2", "2024-03-02 10:00:00,o2,shirt,5")
    assert lines.sold() == 6


@pytest.mark.parametrize(("repeated", "is_told"), [(19, False), (20, True)])
def test_an_export_that_repeats_the_lines_of_earlier_ones_is_told_where_they_add_up(tmp_path: Path, repeated: int, is_told: bool) -> None:
    lines = Lines(tmp_path, "nothing")
    sales = [f"2024-03-01 10:00:00,o{number},shirt,1" for number in range(40)]
    lines.deliver("1", *sales[:repeated])
    lines.deliver("2", *sales[:repeated], "2024-03-02 10:00:00,new,shirt,1")
    told = (
        f"{repeated} of {repeated + 1} lines stand in earlier extracts too, and each counts again; where an extract repeats what earlier "
    )
    (first, second) = lines.shop.rows("warning", "raw.extract_ledger", "extract_id")
    assert first == (None,)
    assert second == ((told + "ones told, say replaces: all, or {dates: ...}, in the declaration") if is_told else None,)
    # Half of a file may be chance.
    lines.deliver("3", *sales[:repeated], *(f"2024-03-03 10:00:00,n{number},shirt,1" for number in range(repeated)))
    assert lines.shop.rows("warning", "raw.extract_ledger", "extract_id")[2] == (None,)
    before = lines.shop.rows("warning", "raw.extract_ledger", "extract_id")
    current_rows.start_anew(lines.shop.connection, lines.feed)
    lines.load()
    assert lines.shop.rows("warning", "raw.extract_ledger", "extract_id") == before


def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    lines = Lines(tmp_path, "nothing")
    lines.deliver("1", "2024-03-01 10:00:00,o1,shirt,1")
    lines.deliver("1-again", "2024-03-01 10:00:00,o1,shirt,1")
    assert lines.sold() == 1


def test_a_cumulative_export_that_replaces_all_does_not_count_twice(tmp_path: Path) -> None:
    lines = Lines(tmp_path, "all")
    lines.deliver("1", "2024-03-01 10:00:00,o1,shirt,1", "2024-03-01 10:00:00,o1,shoe,2")
    lines.deliver("2", "2024-03-01 10:00:00,o1,shirt,1", "2024-03-02 10:00:00,o2,shoe,4")
    assert lines.held() == [(2, 2, "shirt", 1), (2, 3, "shoe", 4)]


def test_an_extract_of_which_no_line_is_taken_replaces_nothing(tmp_path: Path) -> None:
    lines = Lines(tmp_path, "all")
    lines.deliver("1", "2024-03-01 10:00:00,o1,shirt,1")
    lines.deliver("2")
    lines.deliver("3", "yesterday,o1,shirt,9")
    assert lines.sold() == 1


def test_an_extract_replaces_the_days_of_the_sources_zone_that_it_has_lines_of(tmp_path: Path) -> None:
    lines = Lines(tmp_path, "{dates: sold_at}")
    # 23:59:59 and 00:00:00 in Shanghai are two days, though both are 1 March in UTC.
    lines.deliver("1", "2024-03-01 23:59:59,o1,shirt,1", "2024-03-02 00:00:00,o2,shirt,10", "2024-03-02 09:00:00,o3,shirt,100")
    lines.deliver("2", "2024-03-02 12:00:00,o2,shirt,1000", "2024-03-03 00:00:00,o4,shirt,10000")
    assert sorted(lines.held("quantity")) == [(1,), (1000,), (10000,)]


def test_an_extract_replaces_the_groups_that_it_has_lines_of_and_a_line_that_is_gone_is_gone(tmp_path: Path) -> None:
    lines = Lines(tmp_path, "{groups: [order_id]}", key="[order_id, item]")
    lines.deliver("1", "2024-03-01 10:00:00,o1,shirt,1", "2024-03-01 10:00:00,o1,shoe,2", "2024-03-01 10:00:00,o2,shoe,3")
    lines.deliver("2", "2024-03-01 10:00:00,o1,shirt,7", "2024-03-01 10:00:00,o1,shirt,7")
    assert lines.held("order_id, item, quantity, _extract_id, _line") == [("o1", "shirt", 7, 2, 3), ("o2", "shoe", 3, 1, 4)]


def test_corrected_lines_join_the_extract_that_they_were_rejected_from(tmp_path: Path) -> None:
    lines = Lines(tmp_path, "all")
    lines.deliver("1", "2024-03-01 10:00:00,o1,shirt,1", "2024-03-01 10:00:00,o1,shoe,two", "2024-03-01 10:00:00,o1,sock,three")

    def send_back(*corrections: tuple[str, str]) -> None:
        rows = rejected_rows(lines.shop.connection, lines.feed)
        (export,) = export_rejects(rows, lines.archive, tmp_path / "exported")
        assert export.path is not None
        text = export.path.read_text()
        for wrong, right in corrections:
            text = text.replace(wrong, right)
        (lines.shop.landing / "shop" / export.path.name).write_text(text)
        lines.load()
        assert lines.held() == lines.ranked()

    send_back(("two", "2"))
    assert lines.sold() == 3
    # What is still wrong is exported as a correction of the correction, and belongs to the first extract all the same.
    send_back(("three", "3"))
    assert lines.sold() == 6
    assert {row.state for row in rejected_rows(lines.shop.connection, lines.feed, only_open=False)} == {RejectState.ANSWERED}
    lines.deliver("2", "2024-03-01 10:00:00,o1,shirt,10")
    assert lines.sold() == 10


def test_a_correction_stays_with_its_delivery_when_that_one_is_removed_and_all_is_made_anew(tmp_path: Path) -> None:
    lines = Lines(tmp_path, "all")
    lines.deliver("1", "2024-03-01 10:00:00,o1,shoe,two")
    lines.deliver("2", "2024-03-01 10:00:00,o1,shirt,10")
    # Corrected late, by hand under the name that an export would have had: the newer delivery counts all the same.
    lines.deliver("1.rejects-1", "2024-03-01 10:00:00,o1,shoe,2")
    assert lines.sold() == 10
    archive = lines.archive.of_source("shop")
    (first,) = [extract for extract in archive.extracts if extract.extract_id == 1]
    archive.remove(first, datetime(2100, 1, 1))
    lines.shop.connection.close()
    (tmp_path / "warehouse.duckdb").unlink()
    lines = Lines(tmp_path, "all")
    lines.load()
    assert (lines.sold(), lines.held()) == (10, lines.ranked())


def test_a_name_that_only_looks_like_a_correction_is_a_delivery_like_any_other(tmp_path: Path) -> None:
    lines = Lines(tmp_path, "all")
    lines.deliver("1", "2024-03-01 10:00:00,o1,shirt,1")
    lines.deliver("2.rejects-77", "2024-03-01 10:00:00,o1,shirt,2")
    assert lines.sold() == 2


@pytest.mark.parametrize("replaces", ["nothing", "all", "{dates: sold_at}", "{groups: [order_id]}", "{groups: [order_id, item]}"])
@pytest.mark.parametrize("seed", range(4))
def test_after_random_deliveries_removals_and_rebuilds_the_table_equals_a_ranking(tmp_path: Path, replaces: str, seed: int) -> None:
    draw = random.Random(f"{replaces} {seed}")
    lines = Lines(tmp_path, replaces)
    for number in range(6):
        rows = [
            f"2024-03-0{draw.randint(1, 3)} {draw.choice(['00', '08', '23'])}:00:00,o{draw.randint(1, 3)},{draw.choice('ab')},"
            f"{draw.choice([1, 2, 'x'])}"
            for _ in range(draw.randint(0, 5))
        ]
        lines.deliver(str(number), *rows)
        if draw.random() < 0.4:
            held = lines.held()
            now = datetime(2100, 1, 1)
            remove_superseded(lines.shop.connection, lines.shop.source, lines.archive.of_source("shop"), now=now, days=1)
            lines.shop.connection.close()
            (tmp_path / "warehouse.duckdb").unlink()
            lines = Lines(tmp_path, replaces)
            lines.load()
            assert lines.held() == lines.ranked() == held


def test_without_the_newest_extract_the_one_before_is_needed(tmp_path: Path) -> None:
    lines = Lines(tmp_path, "all")
    lines.deliver("1", "2024-03-01 10:00:00,o1,shirt,1")
    lines.deliver("2", "2024-03-01 10:00:00,o1,shoe,1")
    archive = lines.archive.of_source("shop")
    removed = remove_superseded(lines.shop.connection, lines.shop.source, archive, now=datetime(2100, 1, 1), days=1)
    assert [extract.file_name for extract in removed] == ["shop/lines-1.csv"]
    newest = [extract for extract in archive.extracts if extract.removed_at is None]
    assert [extract.file_name for extract in needed_without(lines.shop.connection, lines.feed, archive, newest)] == ["shop/lines-1.csv"]
