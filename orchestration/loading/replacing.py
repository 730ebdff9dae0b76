"""What an extract takes the place of, where rows do not replace each other by a key: nothing, all, its days or its groups.

Says of a row, in SQL, by which delivery it came and to which part of the feed it belongs; of each part the newest delivery counts, as a
whole. Which rows count in the end is decided in ``current_rows``, and a second time in ``row_versions``.
"""

from __future__ import annotations

from orchestration.loading.declarations import FeedDeclaration
from orchestration.loading.declared_replacing import Replaces
from orchestration.sql_text import identifier, literal

# An exported file of rejected rows says by its name which extract it corrects: orders_2025-11-03.rejects-12.csv.
CORRECTS = r"[.]rejects-([0-9]+)[.]"

# Two sales may be alike in everything; so many, and more than half of a file, are the same ones.
_FEWEST_TOLD = 20


def day_of(feed: FeedDeclaration, row: str) -> str:
    """SQL: the day in the feed's time zone of a row of a feed that replaces its dates."""
    column = feed.column(_replaces(feed).columns[0])
    value = f"{row}.{identifier(column.name)}"
    if column.data_type == "date":
        return value
    return f"cast(timezone({literal(feed.time_zone)}, timezone('UTC', {value})) as date)"


def part_of(feed: FeedDeclaration, row: str) -> list[str]:
    """SQL: what the rows have in common that a newer delivery replaces together."""
    replaces = _replaces(feed)
    if replaces.what == "dates":
        return [day_of(feed, row)]
    return [f"{row}.{identifier(column)}" for column in replaces.columns]


def corrections_of(feed: FeedDeclaration) -> str:
    """A select of the extracts that bring corrected rows of an earlier one of ``feed``, with that one's number: they are one delivery."""
    # Not asked whether the earlier one is still known: retention may have removed it, and a rebuild has to come to the same.
    corrected = f"try_cast(regexp_extract(corrections.file_name, {literal(CORRECTS)}, 1) as bigint)"
    return (
        f"select corrections.extract_id, {corrected} as corrected_id from raw.extract_ledger as corrections "
        f"where source_system = {literal(feed.source_system)} and feed = {literal(feed.name)} and status = 'loaded' "
        f"and {corrected} < corrections.extract_id"
    )


def tell_of_repeated_lines(feed: FeedDeclaration, new: str) -> str:
    """A statement that has the ledger tell of ``new`` extracts, of a feed whose lines add up, that they repeat lines of earlier ones."""
    same = " and ".join(
        f"versions.{identifier(column.name)} is not distinct from earlier.{identifier(column.name)}" for column in feed.columns
    )
    raw = f"raw.{identifier(feed.identifier)}"
    told = (
        "printf('%d of %d lines stand in earlier extracts too, and each counts again', repeated.lines, extracts.rows_accepted) || "
        f"{literal('; where an extract repeats what earlier ones told, say replaces: all, or {dates: ...}, in the declaration')}"
    )
    return (
        f"update raw.extract_ledger as extracts set warning = concat_ws('; ', extracts.warning, {told}) "
        f"from (select versions._extract_id, count(*) as lines from {raw} as versions where versions._extract_id in ({new}) "
        f"and exists (select 1 from {raw} as earlier where {same} and earlier._extract_id < versions._extract_id) "
        "group by versions._extract_id) as repeated "
        f"where extracts.extract_id = repeated._extract_id and repeated.lines >= {_FEWEST_TOLD} "
        "and 2 * repeated.lines > extracts.rows_accepted and not contains(coalesce(extracts.warning, ''), 'stand in earlier extracts')"
    )


def _replaces(feed: FeedDeclaration) -> Replaces:
    if feed.replaces is None:
        raise ValueError(f"the rows of {feed.name} take the place of each other by their key")
    return feed.replaces
