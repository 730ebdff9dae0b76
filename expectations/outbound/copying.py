"""Rules about a snapshot as a copy of the warehouse: every row, the selected columns, nobody's name, keys that are still keys.

What the copied table has to be in itself, dbt has tested in the warehouse.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from expectations.outbound.mart import Mart
from expectations.outbound.shape import row_rule
from expectations.own import columns_in_order, row_count, unique
from expectations.sql import identifier, literal, relation, row_named_by, text_of
from expectations.suites import Rule, Suite

COLUMNS = "information_schema.columns"

# What publishing makes of a key: 64 hexadecimal digits (HMAC-SHA-256).
_HASH = "[0-9a-f]{64}"


def copy_rules(mart: Mart, rows: int) -> Iterator[Rule]:
    """The rules about the copy of ``mart``, which has ``rows`` rows in the warehouse."""
    yield every_row_is_copied(mart.subject, rows)
    yield _columns_are_those_described(mart)
    if mart.pseudonyms:
        yield _customers_are_hashes(mart)
    # A key that is published as it is was unique before; two keys might have become one hash.
    if set(mart.grain) & set(mart.pseudonyms):
        yield _grain_is_unique(mart)


def every_row_is_copied(subject: str, rows: int) -> Rule:
    """The table ``subject`` has as many rows as in the warehouse."""
    return Rule(
        name="every_row_is_copied",
        severity="critical",
        meaning="the snapshot has all the rows of the warehouse, and no other.",
        checked=f"select {rows}",
        failing=f"""
            select {text_of("held.row_count")} || ' rows in the snapshot, {rows} in the warehouse' as example
            from (select count(*) as row_count from {relation(subject)}) as held
            where held.row_count <> {rows}
        """,
        relations=(subject,),
        own=(row_count(rows),),
    )


def _columns_are_those_described(mart: Mart) -> Rule:
    described = ", ".join(f"({literal(name)}, {place})" for place, name in enumerate(mart.column_names, start=1)) or "(null, 0)"
    existing = f"""
        select columns.column_name, columns.ordinal_position as place
        from information_schema.columns as columns
        where columns.table_schema = {literal(mart.schema)} and columns.table_name = {literal(mart.name)}
    """
    return Rule(
        name="columns_are_those_described",
        severity="critical",
        meaning=f"the table has exactly the columns that the description beside {mart.name}.sql publishes, in its order.",
        # Counting the rows too makes a missing table an error of the check, instead of a table without columns.
        checked=f"select count(*) + 0 * (select count(*) from {mart.relation}) from ({existing}) as existing",
        failing=f"""
            select
                case
                    when described.column_name is null then 'undescribed column ' || existing.column_name
                    when existing.column_name is null then 'missing column ' || described.column_name
                    else existing.column_name || ' in another place'
                end as example
            from ({existing}) as existing
            full join (values {described}) as described (column_name, place)
                on existing.column_name = described.column_name
            where existing.place is distinct from described.place and coalesce(existing.column_name, described.column_name) is not null
        """,
        relations=(mart.subject,),
        counted="columns",
        own=(columns_in_order(mart.column_names),),
    )


def _customers_are_hashes(mart: Mart) -> Rule:
    cases = [
        (f"not regexp_full_match(cast({identifier('mart', column)} as varchar), {literal(_HASH)})", f"{column} is no keyed hash")
        for column in mart.pseudonyms
    ]
    return row_rule(mart, "customers_are_hashes", "whatever names a customer is a keyed hash, or null.", cases)


def _grain_is_unique(mart: Mart) -> Rule:
    grain = ", ".join(identifier("mart", column) for column in mart.grain)
    return Rule(
        name="grain_is_unique",
        severity="critical",
        meaning=f"one row per {' × '.join(mart.grain)}, also as keyed hashes.",
        checked=f"select count(*) from {mart.relation}",
        failing=f"""
            select {row_named_by("grouped", mart.naming_columns)} || ': ' || {text_of("grouped.row_count")} || ' rows' as example
            from (
                select {grain}, count(*) as row_count
                from {mart.relation} as mart
                group by {grain}
            ) as grouped
            -- Every row of a repeated grain is wrong: which of them should stay is not known.
            cross join range(grouped.row_count) as repeated
            where grouped.row_count > 1
        """,
        relations=(mart.subject,),
        own=(unique(mart.grain),),
    )


def whole_snapshot_suite(personal_columns: Collection[str], selected_columns: Collection[str]) -> Suite:
    """What has to hold of all tables together: only columns that were selected, and judged then, bear the name of personal data."""
    selected = ", ".join(literal(name) for name in sorted(selected_columns)) or "''"
    personal = ", ".join(literal(name) for name in sorted(personal_columns)) or "null"
    return Suite(
        subject=COLUMNS,
        meaning="Every column of the snapshot.",
        rules=(
            Rule(
                name="no_column_is_personal",
                severity="critical",
                meaning="no column beside the selected ones bears the name of one that a feed declares as personal data.",
                checked=f"select count(*) from {relation(COLUMNS)}",
                failing=f"""
                    select columns.table_schema || '.' || columns.table_name || '.' || columns.column_name as example
                    from {relation(COLUMNS)} as columns
                    where
                        columns.column_name in ({personal})
                        and columns.table_schema || '.' || columns.table_name || '.' || columns.column_name not in ({selected})
                """,
                relations=(COLUMNS,),
                counted="columns",
            ),
        ),
    )
