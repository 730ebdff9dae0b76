"""Rules about the scoreboard: every KPI of the families that exist is on it, with the figures of its family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from expectations.outbound.kpi import Bounds, Kpi
from expectations.outbound.kpi_marts import POSSIBLE, differ, outside
from expectations.outbound.mart import Mart
from expectations.outbound.shape import row_rule
from expectations.sql import any_of, identifier, literal
from expectations.suites import Rule

_GRAINS = ("day", "week", "month", "quarter", "year")
_MEASURES = {"value": "", "numerator": "_numerator", "denominator": "_denominator", "n": "_n"}

Families = Mapping[Mart, Sequence[Kpi]]


def is_scoreboard(mart: Mart) -> bool:
    """Whether ``mart`` has one row per KPI × period × member."""
    return mart.has_periods and mart.has("kpi_id", *_MEASURES)


def scoreboard_rules(mart: Mart, families: Families, missing: Sequence[Kpi]) -> Iterator[Rule]:
    """The rules of the scoreboard ``mart``.

    ``families`` are the marts that feed it and their KPIs, ``missing`` the KPIs of those families that none of the marts holds.
    """
    if not families:
        return
    yield _every_kpi_is_present(mart, families, missing)
    yield _figures_are_those_of_the_families(mart, families)
    yield _values_are_possible(mart, [kpi for held in families.values() for kpi in held])
    yield _figures_are_divided_last(mart)


def _every_kpi_is_present(mart: Mart, families: Families, missing: Sequence[Kpi]) -> Rule:
    # A family without a row knows no period yet: there is nothing its KPIs could be shown for.
    expected = [
        f"select {literal(kpi.kpi_id)} as kpi_id where exists (select 1 from {family.relation} as family)"
        for family, kpis in families.items()
        for kpi in kpis
    ]
    expected += [f"select {literal(kpi.kpi_id)} as kpi_id" for kpi in missing]
    grains = ", ".join(f"({literal(grain)})" for grain in _GRAINS)
    expected_rows = f"""
        select expected.kpi_id, grains.period_grain
        from ({" union all ".join(expected)}) as expected
        cross join (values {grains}) as grains (period_grain)
    """
    return Rule(
        name="every_kpi_is_present",
        severity="critical",
        meaning="every KPI of the families that exist stands on the scoreboard at every grain, overall.",
        checked=f"select count(*) from ({expected_rows}) as expected_rows",
        failing=f"""
            select expected_rows.kpi_id || ' by ' || expected_rows.period_grain as example
            from ({expected_rows}) as expected_rows
            where not exists (
                select 1 from {mart.relation} as mart
                where
                    mart.kpi_id = expected_rows.kpi_id
                    and mart.period_grain = expected_rows.period_grain
                    and mart.dimension = 'overall'
            )
        """,
        relations=(mart.subject, *(family.subject for family in families)),
        counted="KPI × grain",
    )


def _figures_are_those_of_the_families(mart: Mart, families: Families) -> Rule:
    of_families = " union all ".join(
        f"select {literal(kpi.kpi_id)} as kpi_id, family.period_grain, {_sums('family', kpi)} "
        f"from {family.relation} as family group by family.period_grain"
        for family, kpis in families.items()
        for kpi in kpis
    )
    board_sums = ", ".join(f"coalesce(sum(mart.{measure}), 0) as {measure}" for measure in _MEASURES)
    return Rule(
        name="figures_are_those_of_the_families",
        severity="critical",
        meaning="values, numerators, denominators and n of each KPI and grain sum to what they sum to in the mart of its family.",
        checked=f"select count(*) from ({of_families}) as families",
        failing=f"""
            select families.kpi_id || ' by ' || families.period_grain as example
            from ({of_families}) as families
            left join (
                select mart.kpi_id, mart.period_grain, {board_sums}
                from {mart.relation} as mart
                group by mart.kpi_id, mart.period_grain
            ) as board
                on families.kpi_id = board.kpi_id and families.period_grain = board.period_grain
            where {any_of(differ(f"families.{measure}", f"coalesce(board.{measure}, 0)") for measure in _MEASURES)}
        """,
        relations=(mart.subject, *(family.subject for family in families)),
        counted="KPI × grain",
    )


def _sums(alias: str, kpi: Kpi) -> str:
    return ", ".join(f"coalesce(sum({identifier(alias, kpi.kpi_id + suffix)}), 0) as {measure}" for measure, suffix in _MEASURES.items())


def _values_are_possible(mart: Mart, kpis: Sequence[Kpi]) -> Rule:
    ids_by_bounds: dict[Bounds, list[str]] = {}
    for kpi in kpis:
        ids_by_bounds.setdefault(kpi.bounds, []).append(kpi.kpi_id)
    cases: list[tuple[str, str]] = [("mart.n < 0", "n below 0")]
    for bounds, kpi_ids in ids_by_bounds.items():
        among = f"mart.kpi_id in ({', '.join(literal(kpi_id) for kpi_id in kpi_ids)})"
        cases += [(f"{among} and {condition}", f"value {words}") for condition, words in outside("mart.value", bounds)]
    return row_rule(mart, "values_are_possible", POSSIBLE, cases)


def _figures_are_divided_last(mart: Mart) -> Rule:
    cases = [
        (differ("mart.value * mart.denominator", "mart.numerator"), "value is not numerator ÷ denominator"),
        ("mart.value is not null and mart.denominator = 0", "a value over an empty denominator"),
        ("mart.value is null and mart.denominator <> 0", "no value over a denominator that is not empty"),
    ]
    return row_rule(
        mart,
        "figures_are_divided_last",
        "value = numerator ÷ denominator wherever both are given, and null over an empty denominator.",
        cases,
        among="mart.numerator is not null and mart.denominator is not null",
    )
