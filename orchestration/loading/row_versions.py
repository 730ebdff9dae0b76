"""SQL about the versions of a row that a raw table holds: which one counts, and by which text a key is known.

``current_rows`` and ``all_versions`` decide the same for the models. What stands here decides it a second time, from all versions, for the
books.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestration.loading.declarations import FeedDeclaration
from orchestration.loading.replacing import corrections_of, part_of
from orchestration.sql_text import identifier

# Separates the parts of a key: a character that no file holds in a key on purpose.
_KEY_SEPARATOR = "chr(31)"


def ranked_versions(feed: FeedDeclaration, per: Sequence[str] | None = None, *, where: str = "true") -> str:
    """A select of every accepted row of ``feed`` with ``version_rank``: 1 is the version that counts, withdrawn or not.

    ``per``: the columns that its versions have in common; the key, unless said otherwise. ``where``: SQL over ``versions``, as if there
    were no others.
    """
    if feed.replaces is not None:
        return _ranked_by_delivery(feed, where)
    by_update = "versions.updated_at desc nulls last, " if feed.has_column("updated_at") else ""
    key = ", ".join(f"versions.{identifier(column)}" for column in per or feed.key)
    return (
        f"select versions.*, row_number() over (partition by {key} "
        f"order by {by_update}versions._extract_id desc, versions._line desc) as version_rank from {table_of(feed)} as versions "
        f"where {where}"
    )


def _ranked_by_delivery(feed: FeedDeclaration, where: str) -> str:
    """Of each part of the feed the newest delivery counts, and of a key in it the newest row."""
    if feed.replaces is not None and feed.replaces.what == "nothing":
        return f"select versions.*, 1 as version_rank from {table_of(feed)} as versions where {where}"
    part = ", ".join(part_of(feed, "versions")) or "true"
    delivery = "coalesce(corrections.corrected_id, versions._extract_id)"
    by_update = "dated.updated_at desc nulls last, " if feed.has_column("updated_at") else ""
    key = ", ".join(f"dated.{identifier(column)}" for column in feed.key or ("_extract_id", "_line"))
    return (
        f"select dated.* exclude (delivery, newest_delivery), case when dated.delivery < dated.newest_delivery then 2 else row_number() "
        f"over (partition by {key}, dated.delivery order by {by_update}dated._extract_id desc, dated._line desc) end as version_rank "
        f"from (select versions.*, {delivery} as delivery, max({delivery}) over (partition by {part}) as newest_delivery "
        f"from {table_of(feed)} as versions left join ({corrections_of(feed)}) as corrections "
        f"on corrections.extract_id = versions._extract_id where {where}) as dated"
    )


def state_key(feed: FeedDeclaration) -> tuple[str, ...]:
    """The columns that make a row unique among those the models read: the key, and the moment too where they read its history."""
    return (*feed.key, "updated_at") if feed.keeps_versions else feed.key


def key_text(expressions: list[str]) -> str:
    """One text for the values of a key, null as soon as one of them is null or there is no key."""
    if not expressions:
        return "cast(null as varchar)"
    parts = [f"cast({expression} as varchar)" for expression in expressions]
    return f" || {_KEY_SEPARATOR} || ".join(parts)


def table_of(feed: FeedDeclaration) -> str:
    """The quoted name of the feed's raw table."""
    return f"raw.{identifier(feed.identifier)}"
