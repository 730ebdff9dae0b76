"""Marts beside the scoreboard are read by what the manifest says of them; figures of several KPIs at once; how fresh feeds are."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from reading.kpis import Grain, kpi_members, member_figures, overall_figures
from reading.manifest import ColumnEntry, SnapshotManifest, TableEntry
from reading.marts import family_marts, find_mart, mart_rows, member_names, values_of
from reading.refreshes import feed_freshness
from reading.snapshot import OpenSnapshot

MONTHS = "('month', date '2025-10-01', 'overall', 'all', 3), ('month', date '2025-11-01', 'channel', 'phone', 1)"
TABLES = (
    f"create table returns.kpi_mix as select * from (values {MONTHS}, ('month', date '2025-11-01', 'channel', 'chat', 2))"
    " as rows (period_grain, period_start, dimension, member, case_count)",
    "create table returns.kpi_returns as select 'return_rate' as kpi_id",
    "create table quality.kpi_quality as select 'A' as segment",
    "create table quality.kpi_league as select 'M1' as member",
    "create table quality.extract_ledger as select * from (values"
    " ('shop', 'orders', 'loaded', timestamp '2025-11-02', 10, 1), ('shop', 'orders', 'refused', timestamp '2025-11-03', null, null),"
    " ('shop', 'tickets', 'loaded', timestamp '2025-11-01', 5, 0), ('shop', 'surveys', 'refused', timestamp '2025-11-01', null, null))"
    " as rows (source_system, feed, status, finished_at, rows_accepted, rows_rejected)",
    "create table core.dim_channel as select 'phone' as channel, 'Phone' as name_en, '电话' as name_zh",
    "create table core.dim_merchants as select 'M1' as merchant_key, 'One' as merchant_name",
    "create table scoreboard.kpi_scoreboard as select *, 0.5 as value, null as lower, null as upper, 1 as numerator, 2 as denominator,"
    " 2 as n, false as is_small_sample, false as is_running_period, null as previous_value, null as change_from_previous,"
    " 'points' as change_kind, null as target_value, 'no_target' as status, true as is_whole_period, null as last_year_value,"
    " null as benchmark_value from (values"
    " ('a', 'month', date '2025-11-01', 'overall', 'all'), ('a', 'month', date '2025-10-01', 'overall', 'all'),"
    " ('a', 'month', date '2025-11-01', 'channel', 'phone'), ('a', 'month', date '2025-11-01', 'channel', 'chat'),"
    " ('a', 'day', date '2025-11-01', 'region', 'east'), ('b', 'month', date '2025-11-01', 'overall', 'all'),"
    " ('c', 'month', date '2025-11-01', 'overall', 'all')) as rows (kpi_id, period_grain, period_start, dimension, member)",
)


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[OpenSnapshot]:
    with duckdb.connect() as connection:
        for schema in ("core", "quality", "returns", "scoreboard"):
            connection.execute(f"create schema {schema}")
        for statement in TABLES:
            connection.execute(statement)
        described = connection.execute("select table_schema, table_name, column_name, data_type from information_schema.columns").fetchall()
        columns: dict[tuple[str, str], list[ColumnEntry]] = {}
        for schema, table, name, kind in described:
            columns.setdefault((schema, table), []).append(ColumnEntry(name=name, type=kind))
        tables = tuple(
            TableEntry(schema_name=schema, name=table, rows=1, columns=tuple(found), parts_by=None, parts=())
            for (schema, table), found in columns.items()
        )
        yield OpenSnapshot(tmp_path, SnapshotManifest.model_construct(tables=tables), connection)


def test_a_family_has_the_marts_of_its_schema_beyond_its_kpis_and_none_of_the_refreshes(snapshot: OpenSnapshot) -> None:
    assert [mart.name for mart in family_marts(snapshot, "returns")] == ["kpi_mix"]
    # What bears the name of a family and holds no KPIs is a mart beside others.
    assert [mart.name for mart in family_marts(snapshot, "quality")] == ["kpi_league", "kpi_quality"]
    assert find_mart(snapshot, "kpi_absent") is None


def test_rows_are_those_that_are_asked_for_with_their_number_beyond_the_limit(snapshot: OpenSnapshot) -> None:
    mart = find_mart(snapshot, "kpi_mix")
    assert mart is not None
    rows = mart_rows(snapshot, mart, {"dimension": "channel", "period_start": date(2025, 11, 1)}, limit=1)
    assert (rows.row_count, rows.records) == (
        2,
        [{"period_grain": "month", "period_start": date(2025, 11, 1), "dimension": "channel", "member": "chat", "case_count": 2}],
    )
    assert mart_rows(snapshot, mart, {"dimension": "region"}, limit=9).rows == []
    assert values_of(snapshot, mart, "member") == ["all", "chat", "phone"]
    assert values_of(snapshot, mart, "member", {"dimension": "overall"}) == ["all"]


def test_a_column_that_a_mart_does_not_have_is_named_and_never_asked_for(snapshot: OpenSnapshot) -> None:
    mart = find_mart(snapshot, "kpi_mix")
    assert mart is not None
    with pytest.raises(KeyError, match=r"returns\.kpi_mix has no column 'x; drop'"):
        values_of(snapshot, mart, "x; drop")


def test_members_are_named_by_the_tables_that_have_both_languages(snapshot: OpenSnapshot) -> None:
    assert member_names(snapshot) == {"channel": {"phone": ("Phone", "电话")}}


def test_overall_figures_of_all_kpis_or_of_one_come_oldest_first(snapshot: OpenSnapshot) -> None:
    told = overall_figures(snapshot, grain=Grain.MONTH)
    assert {kpi_id: [figure.period_start.month for figure in figures] for kpi_id, figures in told.items()} == {
        "a": [10, 11],
        "b": [11],
        "c": [11],
    }
    assert overall_figures(snapshot, grain=Grain.MONTH, kpi_id="a") == {"a": told["a"]}
    assert overall_figures(snapshot, grain=Grain.DAY) == {}


def test_a_kpi_has_its_dimensions_by_grain_the_overall_one_first_with_their_members(snapshot: OpenSnapshot) -> None:
    told = kpi_members(snapshot, "a")
    assert list(told["month"].items()) == [("overall", ["all"]), ("channel", ["chat", "phone"])]
    assert {name: len(members) for name, members in told["day"].items()} == {"region": 1}
    assert kpi_members(snapshot, "absent") == {}


def test_the_members_of_one_period_come_by_name_and_no_other_period_with_them(snapshot: OpenSnapshot) -> None:
    def told(kpi_id: str, dimension: str, month: int) -> list[str]:
        figures = member_figures(snapshot, kpi_id, grain=Grain.MONTH, dimension=dimension, on=date(2025, month, 1))
        return [figure.member for figure in figures]

    assert told("a", "channel", 11) == ["chat", "phone"]
    assert told("a", "overall", 10) == ["all"]
    assert told("a", "channel", 10) == told("absent", "channel", 11) == []


def test_the_feed_whose_last_file_is_oldest_comes_first_and_one_that_was_never_loaded_last(snapshot: OpenSnapshot) -> None:
    told = [
        (feed.feed, feed.last_loaded_at, feed.loaded_files, feed.refused_files, feed.rows_accepted) for feed in feed_freshness(snapshot)
    ]
    assert told == [
        ("tickets", datetime(2025, 11, 1), 1, 0, 5),
        ("orders", datetime(2025, 11, 2), 1, 1, 10),
        ("surveys", None, 0, 1, 0),
    ]
