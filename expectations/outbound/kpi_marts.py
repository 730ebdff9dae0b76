"""Rules about KPI families: marts of period × member with the parts and the figure of each KPI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from expectations.outbound.kpi import Bounds, Kpi
from expectations.outbound.mart import PERIOD_GRAIN, Mart
from expectations.outbound.shape import row_rule
from expectations.sql import any_of, first_true, identifier, literal, row_named_by
from expectations.suites import Rule
from expectations.thresholds import RELATIVE_TOLERANCE

Cases = list[tuple[str, str]]

POSSIBLE = (
    "rates are between 0 and 1, the net promoter score between -1 and 1, scores on their scale, counts and times not negative; or null."
)


def kpi_rules(mart: Mart, kpis: Sequence[Kpi]) -> Iterator[Rule]:
    """The rules of a family's mart; ``kpis`` are the KPIs it holds."""
    yield _values_are_possible(mart, kpis)
    shares = [kpi for kpi in kpis if kpi.is_share]
    if shares:
        yield _numerators_within_denominators(mart, shares)
    quotients = [kpi for kpi in kpis if kpi.is_quotient]
    if quotients:
        yield _figures_divided_last(mart, quotients)
    yield _intervals_hold_values(mart, kpis)
    yield _members_add_up(mart, kpis)
    additive = [kpi for kpi in kpis if kpi.adds_up_over_days]
    if additive:
        yield _days_add_up(mart, additive)


def outside(value: str, bounds: Bounds) -> Cases:
    """The condition that ``value`` lies outside ``bounds`` and what to call that; nothing where there are no bounds."""
    lowest, highest = bounds
    if lowest is not None and highest is not None:
        return [(f"{value} not between {lowest:g} and {highest:g}", f"outside {lowest:g} to {highest:g}")]
    if lowest is not None:
        return [(f"{value} < {lowest:g}", f"below {lowest:g}")]
    return [] if highest is None else [(f"{value} > {highest:g}", f"above {highest:g}")]


def differ(one: str, other: str) -> str:
    """The condition that two sums differ by more than the order of their rows explains."""
    return f"abs({one} - {other}) > {RELATIVE_TOLERANCE} * greatest(1, abs({one}), abs({other}))"


def _of(alias: str, kpi: Kpi, suffix: str = "") -> str:
    return identifier(alias, kpi.kpi_id + suffix)


def _values_are_possible(mart: Mart, kpis: Sequence[Kpi]) -> Rule:
    cases: Cases = []
    for kpi in kpis:
        cases += [(condition, f"{kpi.kpi_id} {words}") for condition, words in outside(_of("mart", kpi), kpi.bounds)]
        cases.append((f"{_of('mart', kpi, '_n')} < 0", f"{kpi.kpi_id}_n below 0"))
    return row_rule(
        mart,
        "values_are_possible",
        POSSIBLE,
        cases,
    )


def _numerators_within_denominators(mart: Mart, shares: Sequence[Kpi]) -> Rule:
    cases = [
        (f"{_of('mart', kpi, '_numerator')} > {_of('mart', kpi, '_denominator')}", f"{kpi.kpi_id}_numerator above its denominator")
        for kpi in shares
    ]
    return row_rule(mart, "numerators_are_within_denominators", "what a rate counts is part of what it divides by.", cases)


def _figures_divided_last(mart: Mart, quotients: Sequence[Kpi]) -> Rule:
    cases: Cases = []
    for kpi in quotients:
        value, numerator, denominator = (_of("mart", kpi, suffix) for suffix in ("", "_numerator", "_denominator"))
        cases.append((differ(f"{value} * {denominator}", numerator), f"{kpi.kpi_id} is not its numerator ÷ its denominator"))
        cases.append((f"{value} is not null and coalesce({denominator}, 0) = 0", f"{kpi.kpi_id} over an empty denominator"))
        cases.append((f"{value} is null and {denominator} <> 0", f"no {kpi.kpi_id} over a denominator that is not empty"))
    return row_rule(
        mart,
        "figures_are_divided_last",
        "every figure is its numerator ÷ its denominator, and null exactly when there is nothing to divide by.",
        cases,
    )


def _intervals_hold_values(mart: Mart, kpis: Sequence[Kpi]) -> Rule:
    cases: Cases = []
    for kpi in kpis:
        value, lower, upper = (_of("mart", kpi, suffix) for suffix in ("", "_lower", "_upper"))
        slack = f"{RELATIVE_TOLERANCE} * greatest(1, abs({value}))"
        cases.append((f"{value} < {lower} - {slack} or {value} > {upper} + {slack}", f"{kpi.kpi_id} outside its interval"))
    return row_rule(mart, "intervals_hold_their_values", "every figure lies inside its own 95 % interval.", cases)


def _parts(kpis: Sequence[Kpi]) -> list[tuple[Kpi, str]]:
    """The columns of ``kpis`` that are sums over the rows observed, each with its KPI."""
    return [
        (kpi, kpi.kpi_id + suffix)
        for kpi in kpis
        for suffix, is_there in (("_n", True), ("_numerator", kpi.has_numerator), ("_denominator", kpi.has_denominator))
        if is_there
    ]


def _members_add_up(mart: Mart, kpis: Sequence[Kpi]) -> Rule:
    parts = _parts(kpis)
    sums = ", ".join(f"sum({identifier('mart', column)}) as {identifier(column)}" for _, column in parts)
    cases: Cases = []
    for kpi, column in parts:
        members, overall = identifier("members", column), identifier("overall", column)
        if kpi.adds_up_over_members:
            cases.append((differ(members, overall), f"{column} of the members is not that of overall"))
        else:
            below = f"{members} < {overall} - {RELATIVE_TOLERANCE} * greatest(1, abs({overall}))"
            cases.append((below, f"{column} of the members is less than that of overall"))
    by_member = f"""
        select mart.period_grain, mart.period_start, mart.dimension, {sums}
        from {mart.relation} as mart
        where mart.dimension <> 'overall'
        group by mart.period_grain, mart.period_start, mart.dimension
    """
    return Rule(
        name="members_add_up_to_overall",
        severity="critical",
        meaning="in every period the members of each dimension add up to overall: nothing is counted twice or left out.",
        checked=f"select count(*) from ({by_member}) as members",
        failing=f"""
            select {first_true([*cases, ("overall.period_grain is null", "no row overall")])}
                || ' where ' || {row_named_by("members", PERIOD_GRAIN[:3])} as example
            from ({by_member}) as members
            left join {mart.relation} as overall
                on overall.dimension = 'overall'
                and members.period_grain = overall.period_grain
                and members.period_start = overall.period_start
            where overall.period_grain is null or {any_of(condition for condition, _ in cases)}
        """,
        relations=(mart.subject,),
        counted="period × dimension",
    )


def _days_add_up(mart: Mart, kpis: Sequence[Kpi]) -> Rule:
    parts = _parts(kpis)
    sums = ", ".join(f"sum({identifier('mart', column)}) as {identifier(column)}" for _, column in parts)
    cases = [
        (differ(identifier("days", column), identifier("longer", column)), f"{column} of the days is not that of the period")
        for _, column in parts
    ]
    days = " union all ".join(
        f"""
            select {literal(grain)} as period_grain, cast(date_trunc({literal(grain)}, mart.period_start) as date) as period_start, {sums}
            from {mart.relation} as mart
            where mart.period_grain = 'day' and mart.dimension = 'overall'
            group by cast(date_trunc({literal(grain)}, mart.period_start) as date)
        """
        for grain in ("week", "month", "quarter", "year")
    )
    longer = "longer.dimension = 'overall' and longer.period_grain <> 'day'"
    return Rule(
        name="days_add_up_to_longer_periods",
        severity="critical",
        meaning="the days of every week, month, quarter and year add up to it.",
        checked=f"select count(*) from {mart.relation} as longer where {longer}",
        failing=f"""
            select {first_true([*cases, ("days.period_grain is null", "no day")])}
                || ' where ' || {row_named_by("longer", PERIOD_GRAIN[:2])} as example
            from {mart.relation} as longer
            left join ({days}) as days
                on longer.period_grain = days.period_grain
                and longer.period_start = days.period_start
            where {longer} and (days.period_grain is null or {any_of(condition for condition, _ in cases)})
        """,
        relations=(mart.subject,),
        counted="periods",
    )
