"""Family 9: before against after on shops worked out by hand, and how often 100 simulated initiatives are judged rightly."""

import math
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.described_models import columns_of
from tests.support.ticket_clock import one, rows_of
from tests.support.warehouse import PROJECT_ROOT
from tests.unit.kpi import initiative_shops
from tests.unit.kpi.initiative_shops import STARTED, initiative, surroundings
from tests.unit.kpi.small_project import Row, mart_of
from tests.unit.kpi.worked_examples import MartExample, mart_examples, row_of

Effects = Callable[[str], Row]


@pytest.fixture(scope="module")
def shops(project: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with initiative_shops.built(project) as connection:
        yield connection


@pytest.fixture(scope="module")
def effects(shops: duckdb.DuckDBPyConnection) -> Effects:
    return lambda shop: one(shops, "select * from initiatives.kpi_initiative_effects where initiative_key = ?", shop)


@pytest.mark.parametrize("example", mart_examples("initiatives"), ids=lambda example: "-".join(example.row.values()))
def test_an_initiative_is_what_its_worked_example_says(shops: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert row_of(shops, f"initiatives.{example.mart}", example) == pytest.approx(dict(example.figures), nan_ok=True)


def test_fewer_complaints_than_elsewhere_are_an_improvement_with_an_interval(effects: Effects) -> None:
    plain = effects("plain")
    assert (plain["verdict"], plain["why"], plain["change_kind"], plain["window_days"]) == ("improved", None, "difference", 42)
    # Each week is 1/60 off its window's share: 6/5 * 6 / 3,600 on both sides of the day; t of 10 degrees of freedom.
    half = 2.228139 * math.sqrt(2 * 6 / 5 * 6 / 3600)
    assert (plain["effect_lower"], plain["effect_upper"]) == pytest.approx((-0.2 - half, -0.2 + half), rel=1e-3)
    # 14/30 against 16/30, each week 2/90 or 4/90 off: 3/2 * (4 + 16 + 4) / 8,100 in both halves; t of 4.
    half = 2.776445 * math.sqrt(2 * 3 / 2 * 24 / 8100)
    assert (plain["placebo_effect_lower"], plain["placebo_effect_upper"]) == pytest.approx((2 / 30 - half, 2 / 30 + half), rel=1e-3)
    assert plain["is_placebo_clear"]
    # One kind of issue: nothing to adjust.
    assert (plain["mix_adjusted_effect"], plain["mix_adjusted_effect_lower"]) == (plain["effect"], plain["effect_lower"])


def test_a_merchant_is_a_scope_like_any_other(effects: Effects) -> None:
    names = ("effect", "effect_lower", "verdict", "scope_before_n", "elsewhere_after_n")
    merchant, plain = effects("merchant"), effects("plain")
    assert [merchant[name] for name in names] == [plain[name] for name in names]


def test_every_kind_of_issue_improves_while_the_crude_rate_gets_worse(effects: Effects) -> None:
    mix = effects("mix")
    assert (mix["verdict"], mix["mix_adjusted_verdict"]) == ("worsened", "improved")
    assert mix["scope_change"] == pytest.approx(0.43 - 0.28)
    assert mix["mix_adjusted_scope_change"] == pytest.approx(0.8 * (0.15 - 0.2) + 0.2 * (0.5 - 0.6))
    assert mix["mix_adjusted_effect_upper"] < 0 < mix["effect_lower"]
    assert mix["mix_covered_share"] == 1


def test_what_fell_already_before_it_began_is_no_evidence(effects: Effects) -> None:
    trend = effects("trend")
    assert trend["effect_upper"] < 0
    assert (trend["is_placebo_clear"], trend["verdict"]) == (False, "no_evidence")
    assert trend["why"] == "Its scope and the rest moved apart already before it began."


def test_a_sum_is_looked_at_per_day_and_its_change_is_relative(effects: Effects) -> None:
    refunds = effects("sum")
    assert (refunds["change_kind"], refunds["verdict"], refunds["mix_adjusted_verdict"]) == ("relative", "improved", None)
    assert (refunds["scope_before"], refunds["scope_after"], refunds["elsewhere_before"]) == (10, 5, 20)
    assert (refunds["scope_change"], refunds["elsewhere_change"], refunds["effect"]) == pytest.approx((-0.5, 0, -0.5))
    # A week is 14 off 420 before, 7 off 210 after: z = 14/42/10 * 5/10 before, 7/42/10 after.
    half = 2.228139 * math.sqrt(6 / 5 * 6 * ((14 / 42 / 10 / 2) ** 2 + (7 / 42 / 10) ** 2))
    assert refunds["effect_upper"] == pytest.approx(-0.5 + half, rel=1e-3)


@pytest.mark.parametrize(
    ("shop", "why"),
    [
        ("everything", "Its scope is everything, so that nobody is left to compare with."),
        ("nobody", "What its KPI counts is not told by channel, or it names no member."),
        ("untold", "What its KPI counts is not told by channel, or it names no member."),
        ("quantile", "Its KPI has no parts by day that add up: it is a quantile, counts a key once, or is a state."),
        ("undirected", "Neither direction of its KPI is the better one."),
        ("unnamed", "It names no KPI that it was meant to move."),
        ("unknown", "The KPI that it was meant to move is not computed."),
        ("silent", "Nothing was delivered of what its KPI counts."),
    ],
)
def test_what_cannot_be_measured_says_why(effects: Effects, shop: str, why: str) -> None:
    row = effects(shop)
    assert (row["verdict"], row["why"], row["effect"]) == ("cannot_be_measured", why, None)


def test_without_anybody_to_compare_with_the_change_is_told_all_the_same(effects: Effects) -> None:
    everything = effects("everything")
    # 30 of 60 and 24 of 120, then 18 of 60 and 24 of 120.
    assert (everything["scope_before"], everything["scope_after"], everything["elsewhere_before"]) == (0.3, 42 / 180, None)


def test_both_windows_are_cut_alike(effects: Effects) -> None:
    cut = {shop: effects(shop)["window_days"] for shop in ("plain", "ended", "ended_early", "begun_late", "settling")}
    # By as_of, whose day is not over; by the last day; by the first day of the data; by the seven days in which first replies settle.
    assert cut == {"plain": 42, "ended": 28, "ended_early": 27, "begun_late": 30, "settling": 35}
    assert all(effects(shop)["is_cut"] for shop in cut)
    ended = effects("ended")
    assert (ended["before_from"], ended["after_to"]) == (STARTED - timedelta(days=28), STARTED + timedelta(days=28))
    assert ended["scope_before_n"] == 40
    early = effects("ended_early")
    assert (ended["verdict"], early["verdict"]) == ("improved", "too_few")
    assert early["why"] == "There are 27 days to look at before and after it; at least 28 are needed."


def test_one_case_short_of_the_minimum_sample_is_too_few(effects: Effects) -> None:
    few = effects("few")
    assert (few["elsewhere_after_n"], few["verdict"]) == (29, "too_few")
    assert few["why"].startswith("There are fewer than 30 cases before or after it")


def test_initiatives_and_days_are_there_once_and_other_shops_are_not_counted(shops: duckdb.DuckDBPyConnection) -> None:
    (found,) = rows_of(shops, "select count(*) as n, count(distinct initiative_key) as keys from initiatives.kpi_initiative_effects")
    assert (found["n"], found["keys"]) == (len(initiative_shops.INITIATIVES),) * 2
    (days,) = rows_of(
        shops, "select sum(n) as n, sum(denominator) as d from initiatives.kpi_initiative_days where initiative_key = 'plain'"
    )
    assert (days["n"], days["d"]) == (360, 360)


# Rates over many seeds ---------------------------------------------------------------------------------------------------------

SEEDS = 100
Daily = tuple[np.ndarray, np.ndarray, np.ndarray]


def simulated(rng: np.random.Generator, kind: str, effect: float, days: np.ndarray, is_in_scope: bool, shock: np.ndarray) -> Daily:
    """Numerators, denominators and cases of each day: weekdays differ, days are shocked together, weeks drift on their own."""
    weekday = 1 + 0.3 * np.cos(2 * np.pi * days / 7)
    weeks = rng.normal(0, 1, 40)[(days + 140) // 7]
    volume = rng.poisson((30 if is_in_scope else 120) * weekday)
    moved = effect * (days >= 0) * is_in_scope
    if kind == "share":
        level = (0.55 if is_in_scope else 0.7) + 0.02 * np.cos(2 * np.pi * days / 7) + 0.02 * shock + 0.01 * weeks + moved
        return rng.binomial(volume, np.clip(level, 0, 1)).astype(float), volume.astype(float), volume
    if kind == "mean":
        level = (60 if is_in_scope else 40) * (1 + 0.05 * shock + 0.03 * weeks) * (1 + moved)
        return (
            np.array([rng.lognormal(np.log(mean) - 0.32, 0.8, n).sum() for mean, n in zip(level, volume, strict=True)]),
            volume * 1.0,
            volume,
        )
    counted = rng.poisson((25 if is_in_scope else 80) * weekday * np.exp(0.1 * shock + 0.05 * weeks) * (1 + moved))
    return counted.astype(float), np.ones(len(days)), counted


KINDS = {"share": ("resolved_within_24h_rate", 0.06), "mean": ("processing_hours_mean", -0.15), "sum": ("refund_amount", -0.12)}
MEASURES = {
    "share": ("tickets_resolved_within_24h", "tickets_at_least_24h_old"),
    "mean": ("processing_seconds", "requests_with_processing_time"),
    "sum": ("refunded_amount",),
}


def judged(project: CompiledProject, seeds: int) -> list[Row]:
    """What is said of initiatives with an effect and without one, and what their effect was."""
    days = np.arange(-90, 90)
    initiatives: list[Row] = []
    planted: dict[str, float] = {}
    connection = in_memory_warehouse()
    connection.execute("create schema initiatives")
    connection.execute(f"create table days as {mart_of(columns_of('kpi_initiative_days'), [])}")
    started = date(2025, 1, 10)
    for kind, (kpi_id, size) in KINDS.items():
        for seed in range(seeds):
            for effect in (0.0, size):
                rng = np.random.default_rng([seed, len(kind), int(effect != 0)])
                key = f"{kind}/{seed}/{effect}"
                shock = rng.normal(0, 1, len(days))
                sides = [(side, *simulated(rng, kind, effect, days, side, shock)) for side in (True, False)]
                # What is planted of a mean is a part of what it would have been, in the KPI's unit.
                planted[key] = effect * (60 if kind == "mean" else 1)
                scope = {"scope_dimension": "product_category", "scope_member": "shoes"}
                initiatives.append(initiative(key, {"target_kpi": kpi_id, "started_on": started, **scope}))
                for side, *figures in sides:
                    columns = dict(zip("dnmc", (each.tolist() for each in (days, *figures)), strict=True))
                    connection.execute(
                        "insert into days select $key, $started + cast(d as integer), $side, 'all', 'all', n, m, c"
                        " from (select unnest($d) as d, unnest($n) as n, unnest($m) as m, unnest($c) as c)",
                        {"key": key, "started": started, "side": side, **columns},
                    )
    told = [
        {
            "subject": "s", "measure": measure, "dimension": "shop", "member": row["source_system"], "is_delivered": True,
            "is_quantile": False, "first_on": started - timedelta(days=90),
        }
        for row in initiatives
        for measure in MEASURES[row["initiative_key"].split("/")[0]]
    ]  # fmt: skip
    given = {
        **surroundings((), {}),
        "measures.measure_members": mart_of(columns_of("measure_members"), told),
        "initiatives.kpi_initiative_days": "select * from days",
        "core.dim_initiatives": mart_of(columns_of("dim_initiatives"), initiatives),
    }
    with build_over(connection, project, given, ["kpi_initiative_effects"]) as marts:
        found = rows_of(marts, "select * from initiatives.kpi_initiative_effects")
    return [row | {"planted": planted[row["initiative_key"]], "kind": row["initiative_key"].split("/")[0]} for row in found]


def documented_rates() -> dict[str, list[int]]:
    """Per kind of KPI: effects inside their interval, called improved; without an effect inside, called improved or worsened."""
    text = (PROJECT_ROOT / "models/marts/initiatives/_initiatives__docs.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (share|mean|sum),[^|]*\|[^|]*\|(.*)\|$", text, re.MULTILINE)
    return {kind: [int(rate) for rate in rates.split("|")] for kind, rates in rows}


def test_of_100_planted_effects_90_lie_in_their_interval_and_of_100_without_one_10_are_called_one(project: CompiledProject) -> None:
    rows = judged(project, SEEDS)
    rates: dict[str, list[int]] = {}
    for kind in KINDS:
        with_effect, without = ([row for row in rows if row["kind"] == kind and (row["planted"] != 0) == real] for real in (True, False))
        assert len(with_effect) == len(without) == SEEDS
        inside, inside_without = (
            sum(row["effect_lower"] <= row["planted"] <= row["effect_upper"] for row in each) for each in (with_effect, without)
        )
        improved = sum(row["verdict"] == "improved" for row in with_effect)
        called = sum(row["verdict"] in {"improved", "worsened"} for row in without)
        rates[kind] = [inside, improved, inside_without, called]
        assert min(inside, inside_without) >= 90
        assert called <= 10
    assert rates == documented_rates()
