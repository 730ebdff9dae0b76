"""Why a figure moved: changes split over members on scoreboards written by hand; the worked example of the docs and many random ones."""

import random
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pytest

from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.described_models import columns_of
from tests.support.ticket_clock import rows_of
from tests.support.warehouse import PROJECT_ROOT
from tests.unit.kpi.small_project import Row, mart_of

DECEMBER, JANUARY, FEBRUARY, MARCH = (date(2024, 12, 1), date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1))
BEFORE = {JANUARY: DECEMBER, FEBRUARY: JANUARY, MARCH: FEBRUARY}
Parts = tuple[float | None, float | None]


def figures(kpi_id: str, start: date, dimension: str, compared: bool = True, *, grain: str = "month", **members: Parts) -> Iterable[Row]:
    """Rows of a KPI: numerator and denominator of each member; `all` knows the period before where it is compared."""
    for member, (numerator, denominator) in members.items():
        value = numerator if denominator is None else numerator / denominator if numerator is not None and denominator else None
        yield {
            "kpi_id": kpi_id, "period_grain": grain, "period_start": start, "dimension": dimension, "member": member, "value": value,
            "numerator": numerator, "denominator": denominator, "previous_value": value if compared else None, "n": 1,
        }  # fmt: skip


def changed(rows: Iterable[Row]) -> list[Row]:
    """The rows, each overall one knowing the figure of the period before if it is compared at all."""
    listed = list(rows)
    values = {(row["kpi_id"], row["period_grain"], row["period_start"]): row["value"] for row in listed if row["dimension"] == "overall"}
    for row in listed:
        if row["previous_value"] is not None:
            row["previous_value"] = values.get((row["kpi_id"], row["period_grain"], BEFORE.get(row["period_start"])))
    return listed


def split(project: CompiledProject, rows: Iterable[Row]) -> duckdb.DuckDBPyConnection:
    """The contributions that follow from rows of the scoreboard."""
    connection = in_memory_warehouse()
    board = mart_of(columns_of("kpi_scoreboard"), changed(rows))
    periods = " union all ".join(
        f"select '{grain}' as period_grain, cast('{start}' as date) as period_start, cast('{start}' as date) as last_on"
        for grain in ("day", "month")
        for start in (DECEMBER, JANUARY, FEBRUARY, MARCH)
    )
    connection.execute(
        "create schema measures; create table measures.built_periods"
        " (model text, role text, input text, period_grain text, period_start date, fingerprint text)"
    )
    connection.execute(
        "insert into measures.built_periods select 'kpi_scoreboard', 'output', kpi_id, period_grain, period_start, 'made'"
        f" from ({board}) group by kpi_id, period_grain, period_start"
    )
    given = {"scoreboard.kpi_scoreboard": board, "intermediate.int_periods__spined": periods}
    return build_over(connection, project, given, ["kpi_contributions"])


def told(connection: duckdb.DuckDBPyConnection, kpi_id: str, dimension: str, start: date = FEBRUARY) -> dict[str, tuple[Any, ...]]:
    found = rows_of(
        connection,
        "select * from scoreboard.kpi_contributions where kpi_id = ? and dimension = ? and period_start = ? order by member",
        kpi_id, dimension, start,
    )  # fmt: skip
    return {row["member"]: (row["contribution"], row["rate_effect"], row["mix_effect"]) for row in found}


def exactly(*numbers: str | None) -> tuple[Decimal | None, ...]:
    return tuple(None if number is None else Decimal(number) for number in numbers)


def worked_example() -> list[list[str]]:
    text = (PROJECT_ROOT / "models/marts/scoreboard/_scoreboard__docs.md").read_text(encoding="utf-8")
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in re.findall(r"^\| (?:chat|phone|all) .*$", text, re.MULTILINE)]


EXAMPLE = worked_example()
GOLDEN = [
    # The world of the docs: every channel gets better, all together get worse.
    *figures("csat_rate", JANUARY, "overall", all=(72, 100)),
    *figures("csat_rate", FEBRUARY, "overall", all=(57, 100)),
    *figures("csat_rate", JANUARY, "channel", chat=(64, 80), phone=(8, 20)),
    *figures("csat_rate", FEBRUARY, "channel", chat=(17, 20), phone=(40, 80)),
    # One member vanishes, one appears; one has no case in either month.
    *figures("csat_rate", JANUARY, "region", north=(72, 90), south=(0, 10), unknown=(0, 0)),
    *figures("csat_rate", FEBRUARY, "region", north=(45, 50), west=(12, 50), unknown=(0, 0)),
    # Merchants are told where they have something to divide by: costs of one without orders are told nowhere.
    *figures("cost_per_order", JANUARY, "overall", all=(100, 10)),
    *figures("cost_per_order", FEBRUARY, "overall", all=(180, 10)),
    *figures("cost_per_order", JANUARY, "merchant", m1=(90, 10)),
    *figures("cost_per_order", FEBRUARY, "merchant", m1=(120, 10)),
    # A shop that never told the numerator counts nothing.
    *figures("cost_per_order", JANUARY, "shop", a=(100, 8), b=(None, 2)),
    *figures("cost_per_order", FEBRUARY, "shop", a=(180, 5), b=(None, 5)),
    *figures("refund_amount", JANUARY, "overall", all=(1000000.01, None)),
    *figures("refund_amount", FEBRUARY, "overall", all=(1234567.89, None)),
    *figures("refund_amount", JANUARY, "region", north=(1000000.01, None), south=(0, None)),
    *figures("refund_amount", FEBRUARY, "region", north=(1200000, None), south=(34567.89, None)),
    # Its members change and it does not.
    *figures("ticket_count", JANUARY, "overall", all=(10, None)),
    *figures("ticket_count", FEBRUARY, "overall", all=(10, None)),
    *figures("ticket_count", JANUARY, "channel", chat=(4, None), phone=(6, None)),
    *figures("ticket_count", FEBRUARY, "channel", chat=(7, None), phone=(3, None)),
    # Not whole, nothing to divide by, days, and what is not split.
    *figures("csat_rate", MARCH, "overall", False, all=(30, 40)),
    *figures("csat_rate", MARCH, "channel", False, chat=(10, 20), phone=(20, 20)),
    *figures("csat_mean", JANUARY, "overall", all=(8, 2)),
    *figures("csat_mean", FEBRUARY, "overall", all=(0, 0)),
    *figures("csat_mean", MARCH, "overall", all=(4, 1)),
    *figures("csat_mean", MARCH, "channel", chat=(4, 1)),
    *(
        row
        for kpi_id in ("first_reply_minutes_median", "customer_problem_rate", "csat_rate_reweighted")
        for start in (JANUARY, FEBRUARY)
        for row in (*figures(kpi_id, start, "overall", all=(1, 2)), *figures(kpi_id, start, "channel", chat=(1, 2)))
    ),
    *figures("ticket_count", JANUARY, "overall", grain="day", all=(1, None)),
    *figures("ticket_count", FEBRUARY, "overall", grain="day", all=(2, None)),
    *figures("ticket_count", FEBRUARY, "channel", grain="day", chat=(2, None)),
]


@pytest.fixture(scope="module")
def golden(project: CompiledProject) -> duckdb.DuckDBPyConnection:
    return split(project, GOLDEN)


def test_the_worked_example_is_that_of_the_docs(golden: duckdb.DuckDBPyConnection) -> None:
    by_member = told(golden, "csat_rate", "channel")
    by_member["all"] = tuple(sum(column) for column in zip(*by_member.values(), strict=True))
    assert {line[0]: exactly(*line[4:]) for line in EXAMPLE} == by_member
    for member, january, february, weights, *_ in EXAMPLE[:2]:
        (row,) = rows_of(
            golden,
            "select * from scoreboard.kpi_contributions where kpi_id = 'csat_rate' and period_start = ? and member = ?", FEBRUARY, member,
        )  # fmt: skip
        assert (row["previous_value"], row["value"]) == (float(Fraction(january)), float(Fraction(february)))
        assert [row["previous_weight"], row["weight"]] == [float(weight) for weight in weights.split(", ")]
        assert (row["overall_change"], row["previous_start"]) == (Decimal("-0.15"), JANUARY)


def test_every_member_gets_better_and_all_together_worse_since_cases_moved(golden: duckdb.DuckDBPyConnection) -> None:
    (row,) = rows_of(
        golden,
        "select sum(rate_effect) as rate, sum(mix_effect) as mix, sum(contribution) as change from scoreboard.kpi_contributions"
        " where kpi_id = 'csat_rate' and dimension = 'channel' and period_start = ?", FEBRUARY,
    )  # fmt: skip
    assert (row["rate"], row["mix"], row["change"]) == exactly("0.075", "-0.225", "-0.15")


def test_a_member_that_appears_or_vanishes_has_no_rate_effect_and_one_without_a_case_no_row(golden: duckdb.DuckDBPyConnection) -> None:
    assert told(golden, "csat_rate", "region") == {
        # 0.45 - 0.72 + 0.645 * 0.4; (0.9 + 0.5) / 2 * 0.1; 0.12 - 0.645 * 0.5; 0.645 * 0.1
        "north": exactly("-0.012", "0.07", "-0.082"),
        "south": exactly("0.0645", "0", "0.0645"),
        "west": exactly("-0.2025", "0", "-0.2025"),
    }


def test_what_no_member_is_told_of_has_a_row_of_its_own(golden: duckdb.DuckDBPyConnection) -> None:
    # 12 - 9 at a weight of 1 before and after; the other 5 are costs without an order.
    assert told(golden, "cost_per_order", "merchant") == {"m1": exactly("3", "3", "0"), "not_told": exactly("5", "0", "5")}
    assert set(told(golden, "csat_rate", "channel")) == {"chat", "phone"}


def test_a_shop_that_does_not_tell_the_numerator_only_shifts_the_mix(golden: duckdb.DuckDBPyConnection) -> None:
    # a: 18 - 10 - 14 * (0.5 - 0.8) of which 0.65 * (36 - 12.5); b: - 14 * 0.3, its own figure is unknown.
    assert told(golden, "cost_per_order", "shop") == {"a": exactly("12.2", "15.275", "-3.075"), "b": exactly("-4.2", "0", "-4.2")}


def test_a_sum_is_moved_by_what_its_members_moved_to_the_cent(golden: duckdb.DuckDBPyConnection) -> None:
    assert told(golden, "refund_amount", "region") == {
        "north": exactly("199999.99", None, None),
        "south": exactly("34567.89", None, None),
    }
    assert told(golden, "ticket_count", "channel") == {"chat": exactly("3", None, None), "phone": exactly("-3", None, None)}


def test_what_is_compared_with_nothing_or_does_not_add_up_is_not_split(golden: duckdb.DuckDBPyConnection) -> None:
    found = golden.execute("select distinct kpi_id, period_grain, period_start from scoreboard.kpi_contributions").fetchall()
    split_kpis = ("cost_per_order", "csat_rate", "refund_amount", "ticket_count")
    assert sorted(found) == [(kpi_id, "month", FEBRUARY) for kpi_id in split_kpis]


def test_rounding_is_left_to_the_mix_of_the_largest_member_of_two_equal_ones_to_the_first(project: CompiledProject) -> None:
    rows = [
        *figures("csat_rate", JANUARY, "overall", all=(1, 3)),
        *figures("csat_rate", FEBRUARY, "overall", all=(2, 3)),
        *figures("csat_rate", JANUARY, "channel", app=(1, 1), chat=(0, 1), mail=(0, 1)),
        *figures("csat_rate", FEBRUARY, "channel", app=(1, 1), chat=(1, 1), mail=(0, 1)),
        *figures("csat_rate", JANUARY, "region", a=(1, 1), b=(0, 2)),
        *figures("csat_rate", FEBRUARY, "region", a=(1, 1), b=(1, 2)),
    ]
    connection = split(project, rows)
    assert told(connection, "csat_rate", "channel") == {
        "app": exactly("0", "0", "0"),
        "chat": exactly("0.333333333", "0.333333333", "0"),
        "mail": exactly("0", "0", "0"),
    }
    assert told(connection, "csat_rate", "region")["b"] == exactly("0.333333333", "0.333333333", "0")
    thirds = [
        *figures("csat_rate", JANUARY, "overall", all=(0, 3)),
        *figures("csat_rate", FEBRUARY, "overall", all=(2, 3)),
        *figures("csat_rate", JANUARY, "channel", app=(0, 1), chat=(0, 1), mail=(0, 1)),
        *figures("csat_rate", FEBRUARY, "channel", app=(0, 1), chat=(1, 1), mail=(1, 1)),
    ]
    # Twice 0.333333333 is not 0.666666667: app, as large as the others and before them, takes the rest.
    assert told(split(project, thirds), "csat_rate", "channel") == {
        "app": exactly("0.000000001", "0", "0.000000001"),
        "chat": exactly("0.333333333", "0.333333333", "0"),
        "mail": exactly("0.333333333", "0.333333333", "0"),
    }


def test_whatever_the_cells_are_the_parts_are_those_of_fractions_and_add_up_exactly(project: CompiledProject) -> None:
    rng = random.Random(7)
    rows: list[Row] = []
    expected: dict[tuple[str, str], tuple[Fraction, Fraction]] = {}
    changes: dict[str, Fraction] = {}
    kpis = ("csat_rate", "csat_mean", "nps", "resolution_rate", "first_reply_minutes_mean", "cost_per_order")
    for kpi_id in kpis:
        count = rng.randint(1, 30)
        before, after = (
            {f"m{number}": (rng.randint(-5, 900), rng.choice([0, 1, rng.randint(1, 5000)])) for number in range(count)} for _ in range(2)
        )
        before["m0"], after["m0"] = (3, 7), (5, 11)
        sums = [[sum(parts[side] for parts in told.values()) for side in (0, 1)] for told in (before, after)]
        (n0, d0), (n1, d1) = sums
        r0, r1 = Fraction(n0, d0), Fraction(n1, d1)
        changes[kpi_id] = r1 - r0
        for start, told_members, (n, d) in ((JANUARY, before, sums[0]), (FEBRUARY, after, sums[1])):
            rows += figures(kpi_id, start, "overall", all=(n, d))
            rows += figures(kpi_id, start, "channel", True, grain="month", **told_members)
        for member, (m0, e0) in before.items():
            m1, e1 = after[member]
            w0, w1 = Fraction(e0, d0), Fraction(e1, d1)
            rate = (w0 + w1) / 2 * (Fraction(m1, e1) - Fraction(m0, e0)) if e0 and e1 else Fraction(0)
            expected[kpi_id, member] = (Fraction(m1, d1) - Fraction(m0, d0) - (r0 + r1) / 2 * (w1 - w0), rate)
    found = rows_of(split(project, rows), "select * from scoreboard.kpi_contributions")
    assert {row["kpi_id"] for row in found} == set(kpis)
    for row in found:
        contribution, rate = expected[row["kpi_id"], row["member"]]
        # Half of the ninth place; the largest of at most thirty members has what the others left.
        assert abs(Fraction(row["contribution"]) - contribution) <= Fraction(31, 2 * 10**9)
        assert abs(Fraction(row["rate_effect"]) - rate) < Fraction(1, 10**9)
        assert row["rate_effect"] + row["mix_effect"] == row["contribution"]
    for kpi_id in kpis:
        parts = [row for row in found if row["kpi_id"] == kpi_id]
        assert {sum(row["contribution"] for row in parts)} == {row["overall_change"] for row in parts}
        assert abs(Fraction(parts[0]["overall_change"]) - changes[kpi_id]) < Fraction(1, 10**9)
