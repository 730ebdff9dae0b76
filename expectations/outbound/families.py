"""Rules about KPI families: marts of KPI × period × member with figure, parts and interval. What holds of which KPI says its definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from expectations.outbound.definitions import DEFINITIONS
from expectations.outbound.mart import Mart
from expectations.outbound.shape import row_rule
from expectations.sql import any_of, first_true, literal, relation, row_named_by
from expectations.suites import Rule
from expectations.thresholds import RELATIVE_TOLERANCE

FIGURES = ("value", "numerator", "denominator", "n", "lower", "upper")
GRAINS = ("day", "week", "month", "quarter", "year")

_CELL = ("kpi_id", "period_grain", "period_start", "dimension", "member")
_PARTS = ("n", "numerator", "denominator")


def is_family(mart: Mart) -> bool:
    """Whether ``mart`` has the contract of a KPI family, and nothing beside it as the scoreboard has."""
    return set(mart.column_names) == {*_CELL, *FIGURES}


def family_rules(mart: Mart) -> Iterator[Rule]:
    """The rules of a family's mart."""
    yield _values_are_possible(mart)
    yield _numerators_within_denominators(mart)
    yield _figures_divided_last(mart)
    yield _intervals_hold_values(mart)
    yield _every_grain_is_told(mart)
    yield _members_add_up(mart)
    yield _days_add_up(mart)


def differ(one: str, other: str) -> str:
    """The condition that two sums differ by more than the order of their rows explains."""
    return f"abs({one} - {other}) > {RELATIVE_TOLERANCE} * greatest(1, abs({one}), abs({other}))"


def _figure_rule(mart: Mart, name: str, meaning: str, cases: Sequence[tuple[str, str]]) -> Rule:
    """A rule about single figures of ``mart`` (alias ``mart``), each beside its definition (alias ``definitions``)."""
    rule = row_rule(mart, name, meaning, cases)
    joined = f"""
        from {mart.relation} as mart
        inner join {relation(DEFINITIONS)} as definitions
            on mart.kpi_id = definitions.kpi_id
    """
    failing = f"""
        select {first_true(cases)} || ' where ' || {row_named_by("mart", mart.naming_columns)} as example
        {joined}
        where {any_of(condition for condition, _ in cases)}
    """
    return replace(rule, failing=failing, relations=(mart.subject, DEFINITIONS))


def _values_are_possible(mart: Mart) -> Rule:
    cases = [
        ("mart.value < definitions.lowest", "value below the lowest possible"),
        ("mart.value > definitions.highest", "value above the highest possible"),
        ("mart.n < 0", "n below 0"),
    ]
    return _figure_rule(mart, "values_are_possible", "figures lie within the bounds of their KPI, and n is not negative; or null.", cases)


def _numerators_within_denominators(mart: Mart) -> Rule:
    slack = f"{RELATIVE_TOLERANCE} * greatest(1, abs(mart.denominator))"
    cases = [
        (
            f"definitions.interval in ('wilson', 'wilson_weighted') and mart.numerator > mart.denominator + {slack}",
            "numerator above its denominator",
        )
    ]
    return _figure_rule(mart, "numerators_are_within_denominators", "what a share counts is part of what it divides by.", cases)


def _figures_divided_last(mart: Mart) -> Rule:
    # A quantile has no numerator: nothing is divided.
    cases = [
        (differ("mart.value * mart.denominator", "mart.numerator"), "value is not numerator ÷ denominator"),
        (
            "definitions.denominator is not null and mart.value is not null and coalesce(mart.denominator, 0) = 0",
            "a value over an empty denominator",
        ),
        ("mart.value is null and mart.numerator is not null and mart.denominator <> 0", "no value over a denominator that is not empty"),
        (
            "definitions.denominator is null and mart.numerator is not null and mart.value is distinct from mart.numerator",
            "value is not its sum",
        ),
    ]
    meaning = "every figure is its numerator ÷ its denominator, and null exactly when there is nothing to divide by; or its sum."
    return _figure_rule(mart, "figures_are_divided_last", meaning, cases)


def _intervals_hold_values(mart: Mart) -> Rule:
    slack = f"{RELATIVE_TOLERANCE} * greatest(1, abs(mart.value))"
    cases = [(f"mart.value < mart.lower - {slack} or mart.value > mart.upper + {slack}", "value outside its interval")]
    return row_rule(mart, "intervals_hold_their_values", "every figure lies inside its own 95 % interval.", cases)


def _every_grain_is_told(mart: Mart) -> Rule:
    grains = ", ".join(f"({literal(grain)})" for grain in GRAINS)
    expected = f"""
        select told.kpi_id, grains.period_grain
        from (select distinct mart.kpi_id from {mart.relation} as mart) as told
        cross join (values {grains}) as grains (period_grain)
    """
    return Rule(
        name="every_grain_is_told",
        severity="critical",
        meaning="a KPI that is computed is told over everything by day, week, month, quarter and year.",
        given=expected,
        checked="select count(*) from given",
        failing=f"""
            select expected.kpi_id || ' by ' || expected.period_grain as example
            from given as expected
            left join {mart.relation} as mart
                on expected.kpi_id = mart.kpi_id and expected.period_grain = mart.period_grain and mart.dimension = 'overall'
            where mart.kpi_id is null
        """,
        relations=(mart.subject,),
        counted="KPI × grain",
    )


# Under a dimension with many members, which is told from the month on, only a cell with something to divide by has a row; what would be
# divided there and is no part of it is told nowhere.
_IS_TOLD = "(definitions.denominator is null or definitions.interval <> 'none' or members.is_told_by_day)"


def _members_add_up(mart: Mart) -> Rule:
    cases: list[tuple[str, str]] = []
    for part in _PARTS:
        members, overall = f"coalesce(members.{part}, 0)", f"coalesce(overall.{part}, 0)"
        below = f"{members} < {overall} - {RELATIVE_TOLERANCE} * greatest(1, abs({overall}))"
        told = _IS_TOLD if part == "numerator" else "true"
        cases += [
            (
                f"{told} and definitions.adds_up_over_members and {differ(members, overall)}",
                f"{part} of the members is not that of overall",
            ),
            (f"{told} and not definitions.adds_up_over_members and {below}", f"{part} of the members is less than that of overall"),
        ]
    sums = ", ".join(f"sum(mart.{part}) as {part}" for part in _PARTS)
    by_member = f"""
        select
            mart.kpi_id, mart.period_grain, mart.period_start, mart.dimension, {sums},
            mart.dimension in (select by_day.dimension from {mart.relation} as by_day where by_day.period_grain = 'day') as is_told_by_day
        from {mart.relation} as mart
        where mart.dimension <> 'overall'
        group by mart.kpi_id, mart.period_grain, mart.period_start, mart.dimension
    """
    return Rule(
        name="members_add_up_to_overall",
        severity="critical",
        meaning="in every period the members of each dimension add up to overall, where the KPI says so; else they are not less.",
        given=by_member,
        checked="select count(*) from given",
        failing=f"""
            select {first_true([*cases, ("overall.kpi_id is null", "no row overall")])}
                || ' where ' || {row_named_by("members", _CELL[:4])} as example
            from given as members
            inner join {relation(DEFINITIONS)} as definitions
                on members.kpi_id = definitions.kpi_id
            left join {mart.relation} as overall
                on
                    overall.dimension = 'overall'
                    and members.kpi_id = overall.kpi_id
                    and members.period_grain = overall.period_grain
                    and members.period_start = overall.period_start
            where overall.kpi_id is null or {any_of(condition for condition, _ in cases)}
        """,
        relations=(mart.subject, DEFINITIONS),
        counted="KPI × period × dimension",
    )


def _days_add_up(mart: Mart) -> Rule:
    cases = [
        (differ(f"coalesce(days.{part}, 0)", f"coalesce(longer.{part}, 0)"), f"{part} of the days is not that of the period")
        for part in _PARTS
    ]
    sums = ", ".join(f"sum(mart.{part}) as {part}" for part in _PARTS)
    days = " union all ".join(
        f"""
            select
                mart.kpi_id, {literal(grain)} as period_grain,
                cast(date_trunc({literal(grain)}, mart.period_start) as date) as period_start, {sums}
            from given as mart
            group by mart.kpi_id, cast(date_trunc({literal(grain)}, mart.period_start) as date)
        """
        for grain in GRAINS[1:]
    )
    longer = "longer.dimension = 'overall' and longer.period_grain <> 'day' and definitions.adds_up_over_days"
    defined = f"{mart.relation} as longer inner join {relation(DEFINITIONS)} as definitions on longer.kpi_id = definitions.kpi_id"
    return Rule(
        name="days_add_up_to_longer_periods",
        severity="critical",
        meaning="the days of every week, month, quarter and year add up to it, where the KPI says so.",
        checked=f"select count(*) from {defined} where {longer}",
        failing=f"""
            select {first_true([*cases, ("days.kpi_id is null", "no day")])}
                || ' where ' || {row_named_by("longer", _CELL[:3])} as example
            from {defined}
            left join ({days}) as days
                on
                    longer.kpi_id = days.kpi_id
                    and longer.period_grain = days.period_grain
                    and longer.period_start = days.period_start
            where {longer} and (days.kpi_id is null or {any_of(condition for condition, _ in cases)})
        """,
        relations=(mart.subject, DEFINITIONS),
        counted="KPI × period",
        given=f"""
            select mart.kpi_id, mart.period_start, {", ".join(f"mart.{part}" for part in _PARTS)}
            from {mart.relation} as mart
            where mart.period_grain = 'day' and mart.dimension = 'overall'
        """,
    )
