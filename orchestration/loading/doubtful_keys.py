"""Keys that are doubtful: those that stand several times in one extract, and ids that look like floats.

Rows of one key that differ in updated_at are versions, and the newest counts. Rows that do not differ in it and yet say different things
are most likely different things, and the key is none: they are counted and told, and beyond the declared share the file is refused. Rows
that are alike in everything are told nowhere: whichever counts, it is the same. A key that is none may also hide behind many versions.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.loading.declarations import FeedDeclaration
from orchestration.loading.results import Refusal
from orchestration.loading.session import Session
from orchestration.sql_text import identifier

# A share of few rows says nothing: a file with fewer such rows is taken, and told.
FEWEST_REFUSED = 20
# Of a file in which most rows are older versions of others it is told that they are.
_MOST_VERSIONS = 0.5
_EXAMPLES = 3
_FIRST_LINES = 1_000


@dataclass(frozen=True)
class _Repeats:
    """Rows of an extract that another one of its key takes the place of, and lines of some, two by two."""

    conflicts: int
    versions: int
    examples: tuple[str, ...]


def distinct_keys(feed: FeedDeclaration) -> tuple[str, str]:
    """SQL aggregates over rows of a feed: how many keys they have, and how many keys and moments."""
    key = ", ".join(map(identifier, feed.key))
    with_moment = f"{key}, updated_at" if feed.has_column("updated_at") else key
    return f"count(distinct row({key}))", f"count(distinct row({with_moment}))"


def ids_like_floats(feed: FeedDeclaration) -> str:
    """SQL aggregate over rows of a feed: how many may have an id with the end that a float gives a number."""
    are_so = " or ".join(f"{each} like '%.0'" for each in _ids(feed)) or "false"
    return f"count(*) filter (where _line <= {_FIRST_LINES} and ({are_so}))"


def told_of_ids_like_floats(session: Session) -> str | None:
    """What has to be told of ids that end in .0: they stay, since text is text, and meet no id without it."""
    ids = _ids(session.feed)
    if not ids:
        return None
    # A column that went through floats has them everywhere.
    counted = ", ".join(f"count({each}), count(*) filter (where regexp_full_match({each}, '[0-9]+[.]0'))" for each in ids)
    first_rows = f"_extract_id = $extract_id and _line <= {_FIRST_LINES}"
    counts = session.shared_query(f"select {counted} from {session.raw_table} where {first_rows}")[0]
    of_each = zip(ids, counts[::2], counts[1::2], strict=True)
    found = [f"{found:,} of the first {values:,} values of {each.strip(chr(34))}" for each, values, found in of_each if found]
    if not found:
        return None
    return (
        f"{' and '.join(found)} end in .0, as numbers do that went through a float; they are taken as they stand, "
        "and meet no id without it. Have the column exported as text"
    )


def _ids(feed: FeedDeclaration) -> list[str]:
    return [identifier(column.name) for column in feed.columns if column.is_id]


def has_something_to_tell(rows: int, keys: int, keys_and_moments: int) -> bool:
    """Whether an extract of so many rows and distinct keys has to be looked at more closely."""
    return keys_and_moments < rows or _are_most_versions(rows - keys, rows)


def told_of_repeated_keys(session: Session, rows: int) -> str | None:
    """What has to be told of the repeated keys among the inserted ``rows`` of an extract. Raises ``Refusal`` when they are too many."""
    feed = session.feed
    if not feed.key or rows == 0:
        return None
    found = _repeats(session)
    if found is None:
        return None
    key = ", ".join(feed.key)
    if found.conflicts:
        share = found.conflicts / rows
        told = (
            f"{found.conflicts:,} of {rows:,} rows ({share:.1%}) have the key ({key}) of another row of the file and other contents, "
            f"and nothing says which is the newer one ({', '.join(found.examples)})"
        )
        if found.conflicts >= FEWEST_REFUSED and share > feed.repeated_key_share:
            raise Refusal(
                "key_is_not_unique",
                f"{told}; taken as they are, they would vanish behind each other. Correct key in the declaration (key: line where lines "
                f"have none), have the file corrected, or allow as many with repeated_key_share (now {feed.repeated_key_share:g})",
            )
        return f"{told}; the later line counts"
    if _are_most_versions(found.versions, rows) and not feed.keeps_versions:
        return (
            f"{found.versions:,} of {rows:,} rows ({found.versions / rows:.1%}) are older versions of another row of the file with the "
            f"same key ({key}), by updated_at; if they are things of their own, correct key in the declaration "
            "(key: line where lines have none)"
        )
    return None


def _are_most_versions(versions: int, rows: int) -> bool:
    return versions >= FEWEST_REFUSED and versions > _MOST_VERSIONS * rows


def _repeats(session: Session) -> _Repeats | None:
    feed = session.feed
    key = ", ".join(map(identifier, feed.key))
    of_extract = f"select * from {session.raw_table} where _extract_id = $extract_id and _line > 0"
    (keys,) = session.shared_query(f"select count(*) from (select {key} from ({of_extract}) group by {key} having count(*) > 1)")[0]
    if not keys:
        return None
    contents = ", ".join(identifier(column.name) for column in feed.columns)
    moment = "updated_at" if feed.has_column("updated_at") else "cast(null as timestamp)"
    told_apart = f"""
        select rows_of_key, count(distinct row({contents})) as contents, min(_line) as first_line,
            min(_line) filter (where row({contents}) is distinct from first_contents) as other_line
        from (
            select *, count(*) over (partition by {key}) as rows_of_key, {moment} as moment,
                first(row({contents})) over (partition by {key}, {moment} order by _line) as first_contents
            from ({of_extract})
        )
        where rows_of_key > 1
        group by {key}, rows_of_key, moment
    """
    lines = "'lines ' || cast(first_line as varchar) || ' and ' || cast(other_line as varchar)"
    (conflicts, moments, examples) = session.query(
        f"select sum(contents - 1), count(*), list({lines} order by first_line) filter (where contents > 1) from ({told_apart})"
    )[0]
    return _Repeats(int(conflicts), int(moments) - keys, tuple((examples or [])[:_EXAMPLES]))
