"""Rules about the form of any mart: its columns, its grain, its numbers, what it must not show. Knows no KPI."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from expectations.outbound.mart import Mart
from expectations.sql import any_of, count_of, first_true, identifier, literal, row_named_by, text_of
from expectations.suites import Rule
from expectations.thresholds import BUSINESS_DATE_AHEAD_HOURS, RELATIVE_TOLERANCE


def shape_rules(mart: Mart, personal_columns: Collection[str], as_of: datetime | None) -> Iterator[Rule]:
    """The rules every mart has to keep."""
    yield _columns_are_described(mart)
    yield _no_column_is_personal(mart, personal_columns)
    if mart.grain:
        yield _grain_is_unique(mart)
    doubles = [column.name for column in mart.columns if column.is_double]
    if doubles:
        yield _numbers_are_finite(mart, doubles)
    shares = [name for name in doubles if name.endswith("_share")]
    if shares:
        yield _shares_are_parts(mart, shares)
    if mart.has("period_start") and as_of is not None:
        yield _no_period_after_as_of(mart, as_of)


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


def _existing_columns(mart: Mart) -> str:
    return f"""
        select columns.column_name
        from information_schema.columns as columns
        where columns.table_schema = {literal(mart.schema)} and columns.table_name = {literal(mart.name)}
    """


def _columns_are_described(mart: Mart) -> Rule:
    described = ", ".join(f"({literal(name)})" for name in mart.column_names) or "(null)"
    return Rule(
        name="columns_are_described",
        severity="critical",
        meaning=f"the table has exactly the columns that the description beside {mart.name}.sql names.",
        # Counting the rows too makes a missing table an error of the check, instead of a table without columns.
        checked=f"select count(*) + 0 * ({count_of(mart.relation)}) from ({_existing_columns(mart)}) as existing",
        failing=f"""
            select coalesce('undescribed column ' || existing.column_name, 'missing column ' || described.column_name) as example
            from ({_existing_columns(mart)}) as existing
            full join (values {described}) as described (column_name)
                on existing.column_name = described.column_name
            where (existing.column_name is null) <> (described.column_name is null)
        """,
        relations=(mart.subject,),
        counted="columns",
    )


def _no_column_is_personal(mart: Mart, personal_columns: Collection[str]) -> Rule:
    personal = ", ".join(literal(name) for name in sorted(personal_columns)) or "null"
    return Rule(
        name="no_column_is_personal",
        severity="critical",
        meaning="no column bears the name of one that a feed declares as personal data.",
        checked=f"select count(*) from ({_existing_columns(mart)}) as existing",
        failing=f"""
            select 'column ' || existing.column_name as example
            from ({_existing_columns(mart)}) as existing
            where existing.column_name in ({personal})
        """,
        relations=(mart.subject,),
        counted="columns",
    )


def _grain_is_unique(mart: Mart) -> Rule:
    grain = ", ".join(identifier("mart", column) for column in mart.grain)
    incomplete = any_of(f"{identifier('grouped', column)} is null" for column in mart.grain)
    return Rule(
        name="grain_is_unique",
        severity="critical",
        meaning=f"one row per {' × '.join(mart.grain)}, none of them null.",
        checked=count_of(mart.relation),
        failing=f"""
            select {row_named_by("grouped", mart.naming_columns)} || ': ' || {text_of("grouped.row_count")} || ' rows' as example
            from (
                select {grain}, count(*) as row_count
                from {mart.relation} as mart
                group by {grain}
            ) as grouped
            -- Every row of a repeated grain is wrong: which of them should stay is not known.
            cross join range(grouped.row_count) as repeated
            where grouped.row_count > 1 or {incomplete}
        """,
        relations=(mart.subject,),
    )


def _numbers_are_finite(mart: Mart, doubles: Sequence[str]) -> Rule:
    cases = [(f"not isfinite({identifier('mart', column)})", f"{column} is infinite or not a number") for column in doubles]
    return row_rule(mart, "numbers_are_finite", "no figure is infinite or not a number; what cannot be divided is null.", cases)


def _shares_are_parts(mart: Mart, shares: Sequence[str]) -> Rule:
    cases = [
        (f"{identifier('mart', column)} not between -{RELATIVE_TOLERANCE} and 1 + {RELATIVE_TOLERANCE}", f"{column} outside 0 to 1")
        for column in shares
    ]
    return row_rule(mart, "shares_are_between_0_and_1", "every share lies between 0 and 1, or is null.", cases)


def _no_period_after_as_of(mart: Mart, as_of: datetime) -> Rule:
    moment = f"timestamp {literal(as_of.isoformat(sep=' '))}"
    last_day = f"cast({moment} + interval '{BUSINESS_DATE_AHEAD_HOURS} hours' as date)"
    cases = [(f"mart.period_start > {last_day}", "a later period")]
    return row_rule(mart, "no_period_begins_after_as_of", "no period begins after the moment the marts speak of.", cases)
