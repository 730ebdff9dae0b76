"""Counts rows stage by stage, each stage from both of its ends: what it was given, what it left out and why, what it holds.

One plain query a table or view; nothing is taken from what another stage says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import duckdb

from orchestration.accounting.declarations import Entity, OfPeer, StagedModel
from orchestration.loading import FeedDeclaration, SourceDeclaration
from orchestration.loading.rejects import RejectState, rejects_with_state
from orchestration.loading.row_versions import ranked_versions, table_of
from orchestration.sql_text import identifier, literal

# Before everything that can be said to have happened: where nothing has, nothing is known yet.
_BEFORE_ALL = datetime(1, 1, 1)


class Stage(StrEnum):
    """The stages of a row's way, in order."""

    LOAD = "load"
    STAGING = "staging"
    INTERMEDIATE = "intermediate"
    CORE = "core"


@dataclass(frozen=True)
class RowCount:
    """One stage of the rows of a feed (load) or of an entity from one source.

    ``rows_in`` = what is left out + ``rows_out`` when the books balance. ``rows_doubled`` of the ``rows_out`` have the key of another,
    which they had not before.
    """

    stage: Stage
    source_system: str
    entity: str
    from_table: str
    to_table: str
    rows_in: int
    rows_out: int
    rows_doubled: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    # Of the runs that loaded something, how many rows more or less they hold than they should, all added up.
    rows_astray: int = 0

    @property
    def difference(self) -> int:
        """Rows that are missing without a name; negative: rows that came from nowhere."""
        return self.rows_in - sum(self.left_out.values()) - self.rows_out

    @property
    def is_balanced(self) -> bool:
        """Nothing is missing, nothing doubled, nothing from nowhere, in no run."""
        return self.difference == 0 and self.rows_doubled == 0 and self.rows_astray == 0


@dataclass(frozen=True)
class _Counter:
    connection: duckdb.DuckDBPyConnection
    # What stands in a declared condition for the moment and the day the marts speak of.
    moments: Mapping[str, str]

    def row(self, query: str) -> tuple[int, ...]:
        """The one row of numbers of a query; null counts as 0."""
        return tuple(int(value or 0) for value in self.connection.execute(query).fetchall()[0])

    def condition(self, sql: str) -> str:
        for placeholder, moment in self.moments.items():
            sql = sql.replace(placeholder, moment)
        return f"({sql})"

    def load(self, feed: FeedDeclaration) -> RowCount:
        """Rows read = rows accepted + rows rejected, for the feed and each of its runs."""
        of_feed = f"source_system = {literal(feed.source_system)} and feed = {literal(feed.name)}"
        read, accepted, rejected, astray = self.row(
            f"""
            select sum(runs.read), sum(runs.accepted), sum(runs.rejected), sum(abs(runs.read - runs.accepted - runs.rejected))
            from (
                select
                    extracts.run_id,
                    sum(coalesce(extracts.rows_read, 0)) as read,
                    sum(coalesce(accepted.row_count, 0)) as accepted,
                    sum(coalesce(rejected.row_count, 0)) as rejected
                from (select extract_id, run_id, rows_read from raw.extract_ledger where {of_feed} and status = 'loaded') as extracts
                full join (
                    select _extract_id as extract_id, count(*) as row_count from {table_of(feed)} group by _extract_id
                ) as accepted on extracts.extract_id = accepted.extract_id
                full join (
                    select extract_id, count(*) as row_count from raw.rejects where {of_feed} group by extract_id
                ) as rejected on coalesce(extracts.extract_id, accepted.extract_id) = rejected.extract_id
                group by extracts.run_id
            ) as runs
            """
        )
        left_out = {"rejected_open": 0, "rejected_since_replaced": 0}
        if rejected:
            (still_open,) = self.row(f"select count(*) from ({rejects_with_state(feed)}) where state = '{RejectState.OPEN}'")
            left_out = {"rejected_open": still_open, "rejected_since_replaced": rejected - still_open}
        return RowCount(
            Stage.LOAD, feed.source_system, feed.name, "files", feed.raw_table, read, accepted, left_out=left_out, rows_astray=astray
        )

    def staging(self, entity: Entity, model: StagedModel, feeds: Mapping[str, FeedDeclaration], given: _Given) -> RowCount:
        """Accepted rows = current + superseded + withdrawn, and the current ones are in staging, less what the model names."""
        rows_in = 0
        left_out: dict[str, int] = {"superseded": 0, "withdrawn": 0}
        taken = [(part, feeds[part.feed or entity.name]) for part in (model, *model.beside)]
        for part, feed in taken:
            rows, counts = self._fates(part, feed)
            rows_in += rows
            left_out |= {fate: left_out.get(fate, 0) + count for fate, count in counts.items()}
        (source_system,) = {feed.source_system for _, feed in taken}
        return RowCount(
            Stage.STAGING,
            source_system,
            entity.name,
            ", ".join(dict.fromkeys(feed.raw_table for _, feed in taken)),
            _staging_view(source_system, entity),
            rows_in,
            given.rows,
            given.doubled or 0,
            left_out,
        )

    def _fates(self, model: StagedModel, feed: FeedDeclaration) -> tuple[int, dict[str, int]]:
        """How many rows of a feed there are, told apart as the model says, and how many of them are left out under each name."""
        leaves_withdrawn_out = feed.has_column("is_deleted") and not model.keeps_withdrawn
        if feed.replaces is None and model.takes_current_rows_as_they_are:
            return self._fates_of_versions(feed, tells_withdrawn=leaves_withdrawn_out)
        withdrawn = f"when {identifier('is_deleted')} then 'withdrawn'" if leaves_withdrawn_out else ""
        ranked = "ranked" if model.makes is None else "ranked, unnest(range(ranked.made))"
        parts = model.unfolded or {"": "null"}
        told = " union all ".join(
            f"select ranked.*, {literal(part)} as told, {value} as told_value from {ranked}" for part, value in parts.items()
        )
        cases = _cases({fate: self.condition(condition) for fate, condition in model.left_out.items()})
        names = ["superseded", "withdrawn", *model.left_out]
        # What is left out of the current rows is judged among the current rows only.
        judged = f"select told.*, {cases} as fate from told where told.version_fate is null"
        if model.one_row_per is not None:
            per = ", ".join(
                identifier(column) if feed.has_column(column) else self.condition(column) for column in model.one_row_per.columns
            )
            number = f"row_number() over (partition by {per}, judged.fate is null order by judged._extract_id, judged._line)"
            others = f"case when judged.fate is null and {number} > 1 then {literal(model.one_row_per.others)} else judged.fate end"
            judged = f"select {others} as fate from ({judged}) as judged"
            names.append(model.one_row_per.others)
        rows_in, *counts = self.row(
            f"""
            with ranked as (
                select versions.*, {self.condition(model.makes or "1")} as made,
                    case when version_rank > 1 then 'superseded' {withdrawn} end as version_fate
                from ({ranked_versions(feed)}) as versions
            ),
            told as ({told}),
            fates as (
                select told.version_fate as fate from told where told.version_fate is not null
                union all
                select judged.fate from ({judged}) as judged
            )
            select count(*), {_counted_fates(names)} from fates
            """
        )
        return rows_in, dict(zip(names, counts, strict=True))

    def _fates_of_versions(self, feed: FeedDeclaration, *, tells_withdrawn: bool) -> tuple[int, dict[str, int]]:
        """``_fates`` where each key has one row of the model. Its versions are put in order where one of them is a withdrawal."""
        key, table = ", ".join(identifier(column) for column in feed.key), table_of(feed)
        rows_in, keys = self.row(f"select count(*), (select count(*) from (select distinct {key} from {table})) from {table}")
        withdrawn = 0
        if tells_withdrawn:
            is_withdrawn = identifier("is_deleted")
            of_such_keys = ranked_versions(feed, where=f"({key}) in (select ({key}) from {table} where {is_withdrawn})")
            (withdrawn,) = self.row(f"select count(*) from ({of_such_keys}) where version_rank = 1 and {is_withdrawn}")
        return rows_in, {"superseded": rows_in - keys, "withdrawn": withdrawn}

    def staged(self, source_system: str, entity: Entity, entities: Mapping[str, Entity]) -> _Given:
        """What a staging view hands on, and what of it the union leaves out."""
        left_out = {
            fate: self.condition(condition) if isinstance(condition, str) else self._of_peer(condition, entities)
            for fate, condition in entity.left_out.items()
        }
        # What the staging holds twice is told itself, and its view is dear to read: asked at once.
        rows = self._handed_on(
            _Place(_staging_view(source_system, entity), entity.key, literal(source_system)), left_out, tells_doubled=True
        )
        return rows.get(source_system, _Given(0, dict.fromkeys(left_out, 0), doubled=0))

    def _of_peer(self, peer: OfPeer, entities: Mapping[str, Entity]) -> str:
        peers = [_staging_view(source, entities[peer.of]) for source in entities[peer.of].staged]
        if not peers:
            return "false"
        keys = " union all ".join(f"select peers.{peer.by} from {view} as peers where {self.condition(peer.where)}" for view in peers)
        return f"counted.{peer.by} in (select listed.{peer.by} from ({keys}) as listed)"

    def united(self, entity: Entity) -> dict[str, _Given]:
        """What the union holds of each source, and what of it the mart leaves out."""
        left_out = {fate: self.condition(condition) for fate, condition in entity.left_out_of_mart.items()}
        return self._handed_on(_Place(entity.unioned, entity.key, "counted.source_system"), left_out)

    def held(self, entity: Entity) -> dict[str, _Given]:
        """What the mart holds of each source."""
        return {} if entity.mart is None else self._handed_on(_Place(entity.mart, entity.key, "counted.source_system"), {})

    def _handed_on(self, place: _Place, left_out: Mapping[str, str], *, tells_doubled: bool = False) -> dict[str, _Given]:
        fates = f", {_counted_fates(left_out)}" if left_out else ""
        doubled = _doubled(_KEY_HASH) if tells_doubled else "null"
        rows = self.connection.execute(
            f"""
            select
                fates.source_system, count(*), {doubled},
                sum(cast(hash(fates.row_key) as hugeint)), sum(case when fate is null then cast(hash(fates.row_key) as hugeint) end){fates}
            from (select {place.row}, {_cases(left_out)} as fate from {place.relation} as counted) as fates
            group by fates.source_system
            """
        ).fetchall()
        if any(found for _, _, found, *_ in rows):
            exact = self._doubled_by_source(place, _KEY)
            rows = [(source, count, exact[source], *others) for source, count, _, *others in rows]
        return {
            source: _Given(count, dict(zip(left_out, counts, strict=True)), found, keys or 0, handed_on or 0, place)
            for source, count, found, keys, handed_on, *counts in rows
        }

    def passed_on(self, stage: Stage, who: tuple[str, str], places: tuple[str, str], given: _Given, held: _Given) -> RowCount:
        """What one place was given by another, and what it holds of it."""
        return RowCount(stage, *who, *places, given.rows, held.rows, self._more_doubled(who[0], given, held), given.left_out)

    def _more_doubled(self, source_system: str, given: _Given, held: _Given) -> int:
        """How many rows have the key of another that had not before: what was handed on twice is doubled at the stage that did so.

        The very rows that were handed on, by number and keys, are not asked: among them is no key more often than before.
        """
        if (held.rows, held.keys) == (given.rows - sum(given.left_out.values()), given.handed_on):
            return 0
        before, now = (self._doubled_in(each, source_system) for each in (given, held))
        return max(now - before, 0)

    def _doubled_in(self, given: _Given, source_system: str) -> int:
        if given.doubled is not None or given.place is None:
            return given.doubled or 0
        of_hashes = self._doubled_by_source(given.place, _KEY_HASH)
        exact = self._doubled_by_source(given.place, _KEY) if any(of_hashes.values()) else of_hashes
        return exact[source_system]

    def _doubled_by_source(self, place: _Place, told_apart: str) -> dict[str, int]:
        query = f"""
            select fates.source_system, {_doubled(told_apart)}
            from (select {place.row} from {place.relation} as counted) as fates
            group by fates.source_system
        """
        return dict(self.connection.execute(query).fetchall())


# Keys are told apart by a hash, at less than half the cost; where two have one, which is all but never, by themselves.
_KEY = "fates.row_key"
_KEY_HASH = f"hash({_KEY})"


def _doubled(told_apart: str) -> str:
    """SQL for how many rows are beyond the first of their key."""
    return f"count(*) - count(distinct case when {_KEY} is not null then {told_apart} end)"


@dataclass(frozen=True)
class _Place:
    """A table or view as SQL names it, its key, and SQL for the source of a row."""

    relation: str
    key: str
    source_system: str

    @property
    def row(self) -> str:
        """SQL for what a row is counted by."""
        return f"coalesce({self.source_system}, 'no source') as source_system, counted.{identifier(self.key)} as row_key"


@dataclass(frozen=True)
class _Given:
    """What a table or view holds of a source: rows, what the next stage leaves out of them, and the sums of the keys' hashes.

    ``doubled`` are the rows beyond the first of their key, None where nobody has asked the ``place`` yet; ``keys`` is the sum over all
    rows, ``handed_on`` over those that are not left out.
    """

    rows: int
    left_out: Mapping[str, int]
    doubled: int | None = None
    keys: int = 0
    handed_on: int = 0
    place: _Place | None = None


_NOTHING = _Given(0, {}, doubled=0)


def counted_rows(
    connection: duckdb.DuckDBPyConnection,
    sources: Mapping[str, SourceDeclaration],
    entities: Mapping[str, Entity],
    *,
    as_of: datetime | None,
    time_zone: str,
) -> Iterator[RowCount]:
    """Every stage of every feed and entity. ``as_of`` (UTC) is the moment the marts speak of, ``time_zone`` that of their days."""
    moment = as_of or _BEFORE_ALL
    day = moment.date() if as_of is None else moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(time_zone)).date()
    counter = _Counter(connection, {"{as_of_at}": f"timestamp '{moment:%Y-%m-%d %H:%M:%S.%f}'", "{as_of_on}": f"date '{day}'"})
    for source in sources.values():
        for feed in source.feeds.values():
            yield counter.load(feed)
    staged: dict[tuple[str, str], _Given] = {}
    for entity in entities.values():
        for source_system, model in entity.staged.items():
            given = staged[entity.name, source_system] = counter.staged(source_system, entity, entities)
            yield counter.staging(entity, model, sources[source_system].feeds, given)
    united = {entity.name: counter.united(entity) for entity in entities.values()}
    for entity in entities.values():
        holds = united[entity.name]
        for source_system in _in_order(entity.staged, holds):
            given = staged.get((entity.name, source_system), _NOTHING)
            places = (_staging_view(source_system, entity), entity.unioned)
            yield counter.passed_on(Stage.INTERMEDIATE, (source_system, entity.name), places, given, holds.get(source_system, _NOTHING))
    for entity in entities.values():
        if entity.mart is None:
            continue
        gives, holds = united[entity.name], counter.held(entity)
        for source_system in _in_order(entity.staged, gives, holds):
            given, held = (each.get(source_system, _NOTHING) for each in (gives, holds))
            yield counter.passed_on(Stage.CORE, (source_system, entity.name), (entity.unioned, entity.mart), given, held)


def _in_order(*holders: Mapping[str, object]) -> list[str]:
    return list(dict.fromkeys(source for holder in holders for source in holder))


def _staging_view(source_system: str, entity: Entity) -> str:
    return f"staging.stg_{source_system}__{entity.name}"


def _cases(conditions: Mapping[str, str]) -> str:
    """SQL: the name of the first condition that holds of a row, null when none does."""
    cases = " ".join(f"when {condition} then {literal(fate)}" for fate, condition in conditions.items())
    return f"case {cases} end" if cases else "cast(null as varchar)"


def _counted_fates(names: Mapping[str, str] | list[str]) -> str:
    return ", ".join(f"sum(case when fate = {literal(fate)} then 1 else 0 end)" for fate in names)
