"""Keeps by what customers of a shop's several systems may be recognised as one person: keyed hashes of what their rows told.

``raw.customer_identities`` has one row per customer and value: its hash (HMAC-SHA-256 with the customer key of the home), and with which
delivery it was first told. Every customer has at least a row of their own id. Who is one person with whom is decided by the models, which
never see the key. The values that were hashed stay in the raw tables, so that another key, or another way to normalise, makes all anew.

Only sources that are run as one shop with others have such feeds (``SourceDeclaration.customer_feeds``).
"""

from __future__ import annotations

import hashlib

import duckdb

from orchestration.loading.declarations import ColumnDeclaration, FeedDeclaration, SourceDeclaration
from orchestration.loading.row_versions import table_of
from orchestration.loading.transaction import transaction
from orchestration.publishing.customer_key import CustomerKey, pseudonym_expression
from orchestration.sql_text import identifier, literal

# Another way to normalise is another number: what was hashed the old way is hashed anew.
_NORMALISATION = 1
# A delivery's number has the extract before these digits and the line in them. Numbers tell the order within a run, moments that of runs:
# an extract that was refused at first is loaded by a later run under its old number.
LINES = 10_000_000_000
_IDENTITIES = "raw.customer_identities"
_EXTRACTS = "raw.identified_extracts"
_COLUMNS = "source_system, feed, customer_key, rule, value_hash, run_id, delivery_number, delivered_at"


def prepare_identities(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables where they are not there."""
    connection.execute(
        f"create table if not exists {_IDENTITIES} (source_system varchar, feed varchar, customer_key varchar, rule varchar, "
        "value_hash varchar, run_id varchar, delivery_number bigint, delivered_at timestamp)"
    )
    connection.execute(
        f"create table if not exists {_EXTRACTS} (source_system varchar, feed varchar, extract_id bigint, made_with varchar)"
    )


def identify_customers(connection: duckdb.DuckDBPyConnection, source: SourceDeclaration, key: CustomerKey | None) -> None:
    """Note what was loaded of the customers of ``source`` and is not noted yet; ``key`` may be None where it has none to recognise."""
    kept = ", ".join(["''", *map(literal, source.customer_feeds)])
    for table in (_IDENTITIES, _EXTRACTS):
        connection.execute(f"delete from {table} where source_system = {literal(source.name)} and feed not in ({kept})")
    for feed_name in source.customer_feeds:
        if key is None:
            raise ValueError(f"'{source.name}' has customers of other sources; identifying them needs the customer key")
        _identify(connection, source.feeds[feed_name], key)


def first_told_in(feed: FeedDeclaration) -> str:
    """A select of the extracts that told something of a customer first. Without them a rebuild would recognise other people."""
    return (
        f"select delivery_number // {LINES} from {_IDENTITIES} "
        f"where source_system = {literal(feed.source_system)} and feed = {literal(feed.name)}"
    )


def normalised(column: ColumnDeclaration, value: str) -> str:
    """SQL: the value as it is compared, null where it can be nobody's.

    An e-mail address is trimmed and in lower case; it has something before and after its one @. A telephone number is its digits from the
    country on: what follows a + or 00, else the column's country_prefix and the number without its leading 0. A (0) is left out; fewer than
    7 or more than 15 digits are no number.
    """
    trimmed = f"regexp_replace({value}, '^\\s+|\\s+$', '', 'g')"
    if column.identifies == "email":
        return f"case when regexp_full_match({trimmed}, '[^@\\s]+@[^@\\s]+') then lower({trimmed}) end"
    digits = f"regexp_replace(replace({trimmed}, '(0)', ''), '[^0-9]', '', 'g')"
    number = (
        f"case when {trimmed} like '+%' then {digits} when {digits} like '00%' then substr({digits}, 3) "
        f"else {literal(column.country_prefix or '')} || regexp_replace({digits}, '^0', '') end"
    )
    return f"case when length({number}) between 7 and 15 then {number} end"


def _identify(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration, key: CustomerKey) -> None:
    of_feed = f"source_system = {literal(feed.source_system)} and feed = {literal(feed.name)}"
    made_with = literal(_made_with(feed, key))
    new = (
        f"select extract_id from raw.extract_ledger where {of_feed} and status = 'loaded' "
        f"and extract_id not in (select extract_id from {_EXTRACTS} where {of_feed})"
    )
    own_key = f"{literal(feed.source_system + ':')} || cast(told.{identifier(_customer_of(feed))} as varchar)"
    values = [("id", own_key)]
    for column in feed.columns:
        value = f"told.{identifier(column.name)}"
        if column.identifies == "customer" and column.refers_to is not None:
            values.append(("id", f"{literal(column.refers_to.split('.')[0] + ':')} || {value}"))
        elif column.identifies is not None:
            values.append((column.identifies, normalised(column, value)))
    told = " union all ".join(
        f"select {own_key} as customer_key, '{rule}' as rule, {value} as value, "
        f"told._extract_id * {LINES} + told._line as delivery_number, told._loaded_at as delivered_at "
        f"from {table_of(feed)} as told where told._extract_id in ({new})"
        for rule, value in values
    )
    # The clear value is in no table but raw, and the key in no text: it is a parameter.
    hashed = f"""
        create or replace temp table told_identities as
        select firsts.customer_key, firsts.rule, {pseudonym_expression("firsts.rule || ':' || firsts.value")} as value_hash,
            extracts.run_id, firsts.first_delivery.delivery_number, firsts.first_delivery.delivered_at
        from (
            select told.customer_key, told.rule, told.value,
                min({{'delivered_at': told.delivered_at, 'delivery_number': told.delivery_number}}) as first_delivery
            from ({told}) as told
            where told.value is not null and told.customer_key is not null
            group by told.customer_key, told.rule, told.value
        ) as firsts
        inner join raw.extract_ledger as extracts on extracts.extract_id = firsts.first_delivery.delivery_number // {LINES}
    """
    is_same = "held.customer_key = told.customer_key and held.rule = told.rule and held.value_hash = told.value_hash"
    with transaction(connection):
        others = f"exists (select 1 from {_EXTRACTS} where {of_feed} and made_with <> {made_with})"
        connection.execute(f"delete from {_IDENTITIES} where {of_feed} and {others}")
        connection.execute(f"delete from {_EXTRACTS} where {of_feed} and {others}")
        if connection.execute(f"select 1 from ({new}) limit 1").fetchall():
            connection.execute(hashed, dict(key.sql_parameters))
            # An archived extract may come back, with the moment of its first load, after later ones.
            connection.execute(
                f"delete from {_IDENTITIES} as held using told_identities as told "
                f"where {is_same} and (told.delivered_at, told.delivery_number) < (held.delivered_at, held.delivery_number)"
            )
            connection.execute(
                f"insert into {_IDENTITIES} ({_COLUMNS}) select {literal(feed.source_system)}, {literal(feed.name)}, told.* "
                f"from told_identities as told where not exists (select 1 from {_IDENTITIES} as held where {is_same})"
            )
            connection.execute(
                f"insert into {_EXTRACTS} select {literal(feed.source_system)}, {literal(feed.name)}, extract_id, {made_with} from ({new})"
            )
            connection.execute("drop table told_identities")


def _customer_of(feed: FeedDeclaration) -> str:
    """The column that is the customer's id."""
    return feed.customer or feed.key[0]


def _made_with(feed: FeedDeclaration, key: CustomerKey) -> str:
    """All that decides what the hashes of a feed are, as one short text that tells nothing of the key."""
    columns = [
        f"{column.name} {column.identifies} {column.refers_to} {column.country_prefix}" for column in feed.columns if column.identifies
    ]
    return hashlib.sha256(
        "\n".join([str(_NORMALISATION), key.key_id, *([feed.customer] if feed.customer else feed.key), *columns]).encode()
    ).hexdigest()
