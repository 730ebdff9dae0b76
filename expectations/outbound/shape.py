"""Rules about the numbers and periods of any mart. Knows no KPI, and not whether the table is a copy."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from expectations.outbound.mart import Mart
from expectations.own import Own, between, not_after
from expectations.sql import any_of, first_true, identifier, row_named_by
from expectations.suites import Rule
from expectations.thresholds import BUSINESS_DATE_AHEAD_HOURS, RELATIVE_TOLERANCE


def shape_rules(mart: Mart, as_of: datetime | None) -> Iterator[Rule]:
    """The rules every mart has to keep."""
    doubles = [column.name for column in mart.columns if column.is_double]
    if doubles:
        yield _numbers_are_finite(mart, doubles)
    shares = [column.name for column in mart.columns if column.is_part]
    if shares:
        yield _shares_are_parts(mart, shares)
    if mart.has("period_start") and as_of is not None:
        yield _no_period_after_as_of(mart, (as_of + timedelta(hours=BUSINESS_DATE_AHEAD_HOURS)).date())


def row_rule(mart: Mart, name: str, meaning: str, cases: Sequence[tuple[str, str]], *, among: str = "true") -> Rule:
    """A critical rule about single rows of ``mart`` (alias ``mart``). ``cases`` are (condition that breaks it, what to call that)."""
    return Rule(
        name=name,
        severity="critical",
        meaning=meaning,
        checked=f"select count(*) from {mart.relation} as mart where {among}",
        failing=f"""
            select {first_true(cases)} || ' where ' || {row_named_by("mart", mart.naming_columns)} as example
            from {mart.relation} as mart
            where {any_of(condition for condition, _ in cases)} and ({among})
        """,
        relations=(mart.subject,),
    )


def own_rule(mart: Mart, name: str, meaning: str, claims: Sequence[Own]) -> Rule:
    """A critical rule about single rows of ``mart`` (alias ``mart``) that the library's own expectations decide."""
    return replace(row_rule(mart, name, meaning, [claim.case for claim in claims]), own=tuple(claims))


def _numbers_are_finite(mart: Mart, doubles: Sequence[str]) -> Rule:
    # A comparison, which the engine decides by what it knows of a block of rows; what is not a number is above all numbers.
    largest = sys.float_info.max
    cases = [
        (f"{identifier('mart', column)} not between {-largest} and {largest}", f"{column} is infinite or not a number")
        for column in doubles
    ]
    return row_rule(mart, "numbers_are_finite", "no figure is infinite or not a number; what cannot be divided is null.", cases)


def _shares_are_parts(mart: Mart, shares: Sequence[str]) -> Rule:
    lowest, highest = -RELATIVE_TOLERANCE, 1 + RELATIVE_TOLERANCE
    claims = [between("mart", column, lowest, highest, f"{column} outside 0 to 1") for column in shares]
    return own_rule(mart, "shares_are_between_0_and_1", "every share lies between 0 and 1, or is null.", claims)


def _no_period_after_as_of(mart: Mart, last_day: date) -> Rule:
    claims = [not_after("mart", "period_start", last_day, "a later period")]
    return own_rule(mart, "no_period_begins_after_as_of", "no period begins after the moment the marts speak of.", claims)
