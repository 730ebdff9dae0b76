"""The rows behind a figure are as many as its n and add up to its parts, for every KPI and every kind of figure of the simulated shop."""

from collections.abc import Iterator
from math import isclose
from pathlib import Path

import pytest

from orchestration.home import Home
from reading.distributions import figure_distribution
from reading.figure_rows import Cell, figure_rows
from reading.kpis import Grain, KpiFigure
from reading.snapshot import OpenSnapshot, opened_snapshot
from tests.support.warehouse import aftersales

# Of each KPI one figure overall and one of a member, of whatever grain; which ones is always the same.
FIGURES = """
    select kpi_id, period_grain, period_start, dimension, member, value, numerator, denominator, n
    from (
        select *, row_number() over (partition by kpi_id, dimension = 'overall' order by hash(member, period_start, dimension)) as place
        from scoreboard.kpi_scoreboard
        where n > 0
    ) as figures
    where place = 1
    order by kpi_id, dimension
"""


@pytest.fixture(scope="module")
def snapshot(shop_home: Path) -> Iterator[OpenSnapshot]:
    with opened_snapshot(Home(shop_home).published) as opened:
        yield opened


def test_the_rows_of_every_kpi_are_as_many_as_n_and_add_up_to_its_parts(snapshot: OpenSnapshot) -> None:
    wrong: list[str] = []
    figures = snapshot.connection.execute(FIGURES).fetchall()
    for kpi_id, grain, start, dimension, member, value, numerator, denominator, n in figures:
        figure = KpiFigure(start, member, value, None, None, numerator, denominator, n, None, None, None, None, "", None, None)
        listed = figure_rows(snapshot, Cell(kpi_id, Grain(grain), dimension, figure), limit=n * 1000)
        numerators, denominators = (
            [float(part) for rows in listed if (part := getattr(rows, side)) is not None] for side in ("numerator", "denominator")
        )
        counted = sum(row[-2 if denominator is None else -1] is not None for rows in listed for row in rows.rows)
        if (
            counted != n
            or (numerator is not None and not isclose(sum(numerators), numerator, rel_tol=1e-9, abs_tol=1e-9))
            or (denominator is not None and not isclose(sum(denominators), denominator, rel_tol=1e-9, abs_tol=1e-9))
        ):
            wrong.append(f"{kpi_id} {grain} {start} {dimension} {member}: {n} rows, {numerator} and {denominator}; listed {counted}")
    assert wrong == []
    assert len({kpi_id for kpi_id, *_ in figures}) > 50


def test_the_cases_of_a_median_are_distributed_around_it(snapshot: OpenSnapshot) -> None:
    medians = snapshot.connection.execute(
        "select kpi_id, period_start, value, n from scoreboard.kpi_scoreboard"
        " where kpi_id like '%_median' and period_grain = 'quarter' and dimension = 'overall' and n > 20"
    ).fetchall()
    for kpi_id, start, value, n in medians:
        figure = KpiFigure(start, "all", value, None, None, None, None, n, None, None, None, None, "", None, None)
        told = figure_distribution(snapshot, Cell(kpi_id, Grain.QUARTER, "overall", figure))
        assert told is not None, kpi_id
        assert (told.count, sum(each.count for each in told.bins)) == (n, n), kpi_id
        assert isclose(told.middle, value, rel_tol=1e-9), kpi_id
    assert len({kpi_id for kpi_id, *_ in medians}) > 5


def test_the_command_lists_rows_of_both_sides_with_what_they_add(shop_home: Path) -> None:
    result = aftersales("kpi", "complaint_per_1000_orders", "--grain", "year", "--rows", "--limit", "3", "--home", shop_home)
    assert result.returncode == 0, result.stderr
    for shown in ("Complaints per 1000 orders", "core.fct_tickets", "core.fct_orders", "ticket_key", "order_key", "3 of "):
        assert shown in result.stdout


def test_rows_are_those_of_one_figure(shop_home: Path) -> None:
    without_member = aftersales("kpi", "csat_rate", "--rows", "--dimension", "channel", "--home", shop_home)
    assert (without_member.returncode, "one --member" in without_member.stderr) == (2, True)
    before_the_data = aftersales("kpi", "csat_rate", "--rows", "--on", "1999-01-01", "--home", shop_home)
    assert (before_the_data.returncode, "Leave out --on" in before_the_data.stderr) == (2, True)
