"""Rules about the accepted rows of a feed: keys, required columns, accepted values, order of moments.

The loader keeps the first three when it works as it should; they are asked again here because everything else stands on them.
A row is named by file and line, never by what stands in it: a key may itself be personal data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from expectations.inbound.feed import Feed
from expectations.own import Own, in_set, not_null
from expectations.sql import any_of, count_of, first_true, identifier
from expectations.suites import Rule, Severity

LEDGER = "raw.extract_ledger"

_PLACE = "'line ' || cast(delivered._line as varchar) || ' of ' || coalesce(extracts.file_name, 'a file the ledger does not know')"
_WITH_FILE_NAME = "left join raw.extract_ledger as extracts on extracts.extract_id = delivered._extract_id"


def content_rules(feed: Feed) -> Iterator[Rule]:
    """The rules about the rows of ``feed`` that its declaration implies."""
    if feed.key:
        yield _no_nulls(feed, "key_is_not_null", feed.key)
    others = tuple(column for column in feed.required if column not in feed.key)
    if others:
        yield _no_nulls(feed, "required_columns_are_not_null", others)
    if feed.accepted_values:
        yield _accepted_values(feed)
    yield _one_current_version(feed)
    if feed.moments:
        yield _moments_in_order(feed)


def _row_rule(feed: Feed, name: str, severity: Severity, meaning: str, cases: Sequence[tuple[str, str]], *, and_where: str = "") -> Rule:
    """A rule about single rows. ``cases`` are (condition that breaks it, what to call that)."""
    return Rule(
        name=name,
        severity=severity,
        meaning=meaning,
        checked=count_of(feed.relation),
        failing=f"""
            select {first_true(cases)} || ' in ' || {_PLACE} as example
            from {feed.relation} as delivered
            {_WITH_FILE_NAME}
            where {any_of(condition for condition, _ in cases)} {and_where}
        """,
        relations=(feed.subject, LEDGER),
    )


def _own_rule(feed: Feed, name: str, meaning: str, claims: Sequence[Own]) -> Rule:
    return replace(_row_rule(feed, name, "critical", meaning, [claim.case for claim in claims]), own=tuple(claims))


def _no_nulls(feed: Feed, name: str, columns: Sequence[str]) -> Rule:
    return _own_rule(feed, name, f"every row has {', '.join(columns)}.", [not_null("delivered", column) for column in columns])


def _accepted_values(feed: Feed) -> Rule:
    claims = [in_set("delivered", column, values) for column, values in feed.accepted_values.items()]
    columns = ", ".join(feed.accepted_values)
    return _own_rule(feed, "values_are_accepted", f"{columns}: only the values that the feed declares.", claims)


def _one_current_version(feed: Feed) -> Rule:
    # The current version of a key is the newest by updated_at, then by delivery, then by line. It is one row as long as no
    # line of a delivery stands in the table twice; asking that needs no sorting of the whole table. Rows lie as they were loaded:
    # a delivery whose lines lie together and rise has none twice, and only those of others are counted.
    return Rule(
        name="current_version_is_unique",
        severity="critical",
        meaning="every line of a file is loaded once, so that each key has one current version.",
        checked=count_of(feed.relation),
        failing=f"""
            select {_PLACE} as example
            from (
                with rows_in_order as (
                    select _extract_id, _line, lag(_extract_id) over () as extract_before, lag(_line) over () as line_before
                    from {feed.relation}
                )
                select loaded._extract_id, loaded._line
                from {feed.relation} as loaded
                where loaded._extract_id in (
                    select _extract_id from rows_in_order where _extract_id = extract_before and _line <= line_before
                    union all
                    select _extract_id from rows_in_order where _extract_id is distinct from extract_before
                    group by _extract_id having count(*) > 1
                )
                group by loaded._extract_id, loaded._line
                having count(*) > 1
            ) as delivered
            {_WITH_FILE_NAME}
        """,
        relations=(feed.subject, LEDGER),
    )


def _moments_in_order(feed: Feed) -> Rule:
    cases = [
        (f"{identifier('delivered', later)} < {identifier('delivered', earlier)}", f"{later} before {earlier}")
        for earlier, later in feed.moments
    ]
    # A row that a newer version of its key has replaced no longer matters. Only rows out of order are looked up.
    if feed.is_replaced:
        current = identifier("current", feed.table)
        is_current = f"{current} as counting where counting._extract_id = delivered._extract_id and counting._line = delivered._line"
        return _row_rule(
            feed, "moments_are_in_order", "warning", _in_order(feed), cases, and_where=f"and exists (select 1 from {is_current})"
        )
    same_key = " and ".join(f"{identifier('newer', column)} = {identifier('delivered', column)}" for column in feed.key)
    superseded = f"""
        and not exists (
            select 1 from {feed.relation} as newer
            where {same_key} and {_version(feed, "newer")} > {_version(feed, "delivered")}
        )
    """
    return _row_rule(feed, "moments_are_in_order", "warning", _in_order(feed), cases, and_where=superseded)


def _in_order(feed: Feed) -> str:
    return f"what happens later comes later: {', '.join(f'{earlier} ≤ {later}' for earlier, later in feed.moments)}."


def _version(feed: Feed, alias: str) -> str:
    """What ranks the versions of a key; a row without updated_at is the oldest."""
    updated = f"coalesce({alias}.updated_at, timestamp '0001-01-01 00:00:00'), " if feed.has_updated_at else ""
    return f"({updated}{alias}._extract_id, {alias}._line)"
