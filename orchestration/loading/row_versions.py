"""SQL about the versions of a row that a raw table holds: which one counts, and by which text a key is known.

``current_rows`` and ``all_versions`` decide the same for the models. What stands here decides it a second time, from all versions, for the
books.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestration.loading.declarations import FeedDeclaration
from orchestration.sql_text import identifier

# Separates the parts of a key: a character that no file holds in a key on purpose.
_KEY_SEPARATOR = "chr(31)"


def ranked_versions(feed: FeedDeclaration, per: Sequence[str] | None = None) -> str:
    """A select of every accepted row of ``feed`` with ``version_rank``: 1 is the version that counts, withdrawn or not.

    ``per``: the columns that its versions have in common; the key, unless said otherwise.
    """
    by_update = "versions.updated_at desc nulls last, " if feed.has_column("updated_at") else ""
    key = ", ".join(f"versions.{identifier(column)}" for column in per or feed.key)
    return (
        f"select versions.*, row_number() over (partition by {key} "
        f"order by {by_update}versions._extract_id desc, versions._line desc) as version_rank from {table_of(feed)} as versions"
    )


def state_key(feed: FeedDeclaration) -> tuple[str, ...]:
    """The columns that make a row unique among those the models read: the key, and the moment too where they read its history."""
    return (*feed.key, "updated_at") if feed.keeps_versions else feed.key


def key_text(expressions: list[str]) -> str:
    """One text for the values of a key, null as soon as one of them is null."""
    parts = [f"cast({expression} as varchar)" for expression in expressions]
    return f" || {_KEY_SEPARATOR} || ".join(parts)


def table_of(feed: FeedDeclaration) -> str:
    """The quoted name of the feed's raw table."""
    return f"raw.{identifier(feed.identifier)}"
