"""Rules about the deliveries of a feed, asked of the ledger: nothing lost, little rejected, of the usual size, fresh.

Rejected rows and unknown columns are judged on the newest run that loaded something of the feed. A run without news
leaves that judgement as it is, and a better delivery replaces it (docs/decisions/0020-quality-rejected-rows-of-the-newest-delivery.md).
The volume of a file is judged once, in the run that brings it (docs/decisions/0120-quality-volume-is-judged-when-it-comes.md).
Refused files are judged on the newest run that says anything of their source: as long as such a file lies there, every run does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from expectations.inbound.contents import LEDGER
from expectations.inbound.feed import Feed, Freshness
from expectations.sql import identifier, literal, text_of
from expectations.suites import Rule
from expectations.thresholds import (
    REJECTED_SHARE_LIMIT,
    VOLUME_DEVIATIONS,
    VOLUME_HIGHEST_MULTIPLE,
    VOLUME_LOWEST_MULTIPLE,
    VOLUME_MINIMUM_HISTORY,
    VOLUME_MINIMUM_WEEKDAYS,
    VOLUME_SEASON_AROUND_DAYS,
    VOLUME_SEASON_DAYS,
    VOLUME_TRAILING_EXTRACTS,
    VOLUME_WEEKS,
)

_REJECTS = "raw.rejects"


def delivery_rules(feed: Feed, feeds: Sequence[Feed], as_of: datetime | None) -> Iterator[Rule]:
    """The rules about the deliveries of ``feed``; without ``as_of`` the newest row of any of ``feeds`` says how late it is."""
    yield _ledger_adds_up(feed)
    yield _bytes_loaded_once(feed)
    yield _no_rejected_row(feed)
    yield _few_rejected_rows(feed)
    yield _no_refused_file(feed)
    yield _no_unknown_column(feed)
    yield _no_file_with_a_warning(feed)
    yield _usual_volume(feed)
    if feed.freshness is not None:
        yield _fresh_rows(feed, feed.freshness, feeds, as_of)


def _of_feed(feed: Feed, alias: str, *statuses: str) -> str:
    """The condition that a ledger row is about ``feed`` and has one of ``statuses``."""
    status = f" and {alias}.status in ({', '.join(literal(status) for status in statuses)})" if statuses else ""
    return f"{_of_source_and_feed(feed, alias)}{status}"


def _of_source_and_feed(feed: Feed, alias: str) -> str:
    return f"{alias}.source_system = {literal(feed.source_system)} and {alias}.feed = {literal(feed.name)}"


def _of_newest_delivery(feed: Feed, alias: str) -> str:
    """The condition that a ledger row was loaded by the newest run that loaded something of ``feed``."""
    # By time, since a refused file that is mended keeps its low extract_id.
    return f"""
        {_of_feed(feed, alias, "loaded")}
        and {alias}.run_id = (
            select newest.run_id
            from raw.extract_ledger as newest
            where {_of_feed(feed, "newest", "loaded")}
            order by newest.finished_at desc nulls last, newest.extract_id desc
            limit 1
        )
    """


def _of_newest_run(feed: Feed, alias: str) -> str:
    """The condition that a ledger row of ``feed`` is of the newest run that says anything of the feed's source."""
    return f"""
        {_of_feed(feed, alias)}
        and {alias}.run_id = (
            select newest.run_id
            from raw.extract_ledger as newest
            where newest.source_system = {literal(feed.source_system)}
            order by newest.finished_at desc nulls last, newest.extract_id desc
            limit 1
        )
    """


def _ledger_adds_up(feed: Feed) -> Rule:
    loaded = _of_feed(feed, "extracts", "loaded")
    return Rule(
        name="ledger_adds_up",
        severity="critical",
        meaning="rows read = accepted + rejected for every file, and that many stand in the feed's table and among the rejects.",
        checked=f"select count(*) from raw.extract_ledger as extracts where {loaded}",
        failing=f"""
            select
                coalesce(extracts.file_name, 'rows of an extract the ledger does not know')
                || ': read ' || {text_of("extracts.rows_read")}
                || ', accepted ' || {text_of("extracts.rows_accepted")} || ' (found ' || {text_of("coalesce(accepted.row_count, 0)")}
                || '), rejected ' || {text_of("extracts.rows_rejected")} || ' (found ' || {text_of("coalesce(rejected.row_count, 0)")}
                || ')' as example
            from raw.extract_ledger as extracts
            full join (
                select delivered._extract_id, count(*) as row_count
                from {feed.relation} as delivered
                group by delivered._extract_id
            ) as accepted
                on extracts.extract_id = accepted._extract_id
            full join (
                select rejects.extract_id, count(*) as row_count
                from raw.rejects as rejects
                where {_of_source_and_feed(feed, "rejects")}
                group by rejects.extract_id
            ) as rejected
                on coalesce(extracts.extract_id, accepted._extract_id) = rejected.extract_id
            where
                (
                    {loaded}
                    and (
                        extracts.rows_read is distinct from extracts.rows_accepted + extracts.rows_rejected
                        or extracts.rows_accepted is distinct from coalesce(accepted.row_count, 0)
                        or extracts.rows_rejected is distinct from coalesce(rejected.row_count, 0)
                    )
                )
                or ((accepted._extract_id is not null or rejected.extract_id is not null) and ({loaded}) is not true)
        """,
        relations=(feed.subject, LEDGER, _REJECTS),
        counted="files",
    )


def _bytes_loaded_once(feed: Feed) -> Rule:
    loaded = _of_feed(feed, "extracts", "loaded")
    return Rule(
        name="same_bytes_are_loaded_once",
        severity="critical",
        meaning="a file that is delivered again, under whatever name, is not loaded again.",
        checked=f"select count(*) from raw.extract_ledger as extracts where {loaded}",
        failing=f"""
            select string_agg(extracts.file_name, ' = ' order by extracts.extract_id) as example
            from raw.extract_ledger as extracts
            where {loaded}
            group by extracts.sha256
            having count(*) > 1
        """,
        relations=(LEDGER,),
        counted="files",
    )


def _no_rejected_row(feed: Feed) -> Rule:
    return Rule(
        name="no_row_is_rejected",
        severity="warning",
        meaning="every row of the newest delivery is accepted; raw.rejects lists the others with file, line and reason.",
        checked=f"""
            select coalesce(sum(extracts.rows_read), 0)
            from raw.extract_ledger as extracts
            where {_of_newest_delivery(feed, "extracts")}
        """,
        failing=f"""
            select
                rejects.reason || coalesce(' in ' || rejects.column_name, '') || ', line ' || {text_of("rejects.line")}
                || ' of ' || rejects.file_name as example
            from raw.rejects as rejects
            inner join raw.extract_ledger as extracts
                on rejects.extract_id = extracts.extract_id
            where {_of_newest_delivery(feed, "extracts")}
        """,
        relations=(LEDGER, _REJECTS),
    )


def _few_rejected_rows(feed: Feed) -> Rule:
    totals = f"""
        select
            coalesce(sum(extracts.rows_read), 0) as rows_read,
            coalesce(sum(extracts.rows_rejected), 0) as rows_rejected
        from raw.extract_ledger as extracts
        where {_of_newest_delivery(feed, "extracts")}
    """
    return Rule(
        name="rejected_rows_are_few",
        severity="critical",
        meaning=(
            f"at most {REJECTED_SHARE_LIMIT:.0%} of the rows of the newest delivery are rejected; "
            "where it is more, the file is wrong and not some rows of it."
        ),
        checked=f"select totals.rows_read from ({totals}) as totals",
        # One failing row for each rejected one, so that the count of the message is the count of the ledger.
        failing=f"""
            select {text_of("round(100.0 * totals.rows_rejected / totals.rows_read, 1)")} || ' % of the newest delivery rejected' as example
            from ({totals}) as totals
            cross join range(cast(totals.rows_rejected as bigint)) as rejected
            where totals.rows_rejected > {REJECTED_SHARE_LIMIT} * totals.rows_read
        """,
        relations=(LEDGER,),
    )


def _no_refused_file(feed: Feed) -> Rule:
    return _of_every_file(
        "no_file_is_refused",
        "every file that was delivered can be read; a refused one is left where it lies and is not loaded.",
        _of_newest_run(feed, "extracts"),
        wrong="extracts.status = 'refused'",
        told="extracts.file_name || ' (' || coalesce(extracts.refusal_reason, 'no reason given') || ')'",
    )


def _no_unknown_column(feed: Feed) -> Rule:
    return _of_every_file(
        "no_column_is_unknown",
        "the newest delivery brings no column that the feed does not declare; such a column is left out.",
        _of_newest_delivery(feed, "extracts"),
        wrong="coalesce(extracts.unknown_columns, '') <> ''",
        told="extracts.unknown_columns || ' in ' || extracts.file_name",
    )


def _no_file_with_a_warning(feed: Feed) -> Rule:
    return _of_every_file(
        "no_file_has_a_warning",
        "nothing is doubtful in the newest delivery, such as a key that stands in one file several times.",
        _of_newest_delivery(feed, "extracts"),
        wrong="extracts.warning is not null",
        told="extracts.file_name || ': ' || extracts.warning",
    )


def _of_every_file(name: str, meaning: str, files: str, *, wrong: str, told: str) -> Rule:
    """A warning about those of ``files`` that are ``wrong``; all three are SQL over ``extracts``, ``told`` names one."""
    return Rule(
        name=name,
        severity="warning",
        meaning=meaning,
        checked=f"select count(*) from raw.extract_ledger as extracts where {files}",
        failing=f"""
            select {told} as example
            from raw.extract_ledger as extracts
            where {files} and {wrong}
        """,
        relations=(LEDGER,),
        counted="files",
    )


def _usual_volume(feed: Feed) -> Rule:
    # The date in a file's name says which day it is of, whenever it was loaded.
    dated = "try_cast(regexp_replace(extracts.file_name, '^.*(20[0-9]{2})[-_.]?([01][0-9])[-_.]?([0-3][0-9]).*$', '\\1-\\2-\\3') as date)"
    files = f"""
        select
            extracts.extract_id,
            extracts.run_id,
            extracts.file_name,
            extracts.rows_read,
            coalesce({dated}, cast(extracts.finished_at as date)) as day,
            row_number() over (order by extracts.extract_id) as number,
            row_number() over (partition by extracts.run_id order by extracts.extract_id desc) as number_from_last,
            extracts.run_id = first_value(extracts.run_id) over (order by extracts.extract_id) as is_of_first_run
        from raw.extract_ledger as extracts
        where {_of_feed(feed, "extracts", "loaded")}
    """
    # What a first run brings is history, all but its newest file. What a later run did not bring was judged by the run that did.
    judged = f"""
        select files.*
        from ({files}) as files
        where
            files.run_id = (
                select newest.run_id
                from raw.extract_ledger as newest
                where newest.status = 'loaded'
                order by newest.finished_at desc nulls last, newest.extract_id desc
                limit 1
            )
            and (files.number_from_last = 1 or not files.is_of_first_run)
            and files.number > {VOLUME_MINIMUM_HISTORY}
    """
    is_recent = f"earlier.number >= judged.number - {VOLUME_TRAILING_EXTRACTS}"
    is_weekday = f"isodow(earlier.day) = isodow(judged.day) and earlier.day between judged.day - {7 * VOLUME_WEEKS} and judged.day - 1"
    is_season = f"abs((judged.day - earlier.day) - {VOLUME_SEASON_DAYS}) <= {VOLUME_SEASON_AROUND_DAYS}"
    compared = f"""
        select
            judged.file_name,
            judged.rows_read,
            judged.day,
            {_without_extremes("list(earlier.rows_read) filter (where " + is_recent + ")")} as recent,
            {_without_extremes("list(earlier.rows_read) filter (where " + is_weekday + ")")} as weekday,
            list(earlier.rows_read) filter (where {is_weekday}) as weekdays,
            list(earlier.rows_read) filter (where {is_season}) as season
        from ({judged}) as judged
        inner join ({files}) as earlier
            on judged.number > earlier.number
        group by judged.extract_id, judged.file_name, judged.rows_read, judged.day
    """
    unlike_recent, unlike_weekday = _is_unlike("compared.recent"), _is_unlike("compared.weekday")
    return Rule(
        name="volume_is_as_usual",
        severity="warning",
        meaning=(
            f"a file of this run has between {VOLUME_LOWEST_MULTIPLE:g} and {VOLUME_HIGHEST_MULTIPLE:g} times the rows of its weekday "
            f"in the {VOLUME_WEEKS} weeks before (of the {VOLUME_TRAILING_EXTRACTS} files before it, while there are few), "
            "or lies within what these vary by, or was like this a year ago."
        ),
        checked=f"select count(*) from ({judged}) as judged",
        failing=f"""
            select
                compared.file_name || ': ' || {text_of("compared.rows_read")} || ' rows, usually '
                || case
                    when len(compared.weekdays) >= {VOLUME_MINIMUM_WEEKDAYS}
                        then {_rounded_mean("compared.weekday")} || ' on a ' || dayname(compared.day)
                    else {_rounded_mean("compared.recent")}
                end as example
            from ({compared}) as compared
            where
                case
                    when len(compared.weekdays) >= {VOLUME_MINIMUM_WEEKDAYS} then {unlike_weekday}
                    when len(compared.weekdays) > 0
                        then {unlike_recent} and {_is_outside("compared.weekdays")}
                    else {unlike_recent}
                end
                and coalesce({_is_outside("compared.season")}, true)
        """,
        relations=(LEDGER,),
        counted="files",
    )


def _without_extremes(numbers: str) -> str:
    """A list without its largest and its smallest: a full snapshot among nightly deltas would make each of them look small."""
    return f"list_slice(list_sort({numbers}), 2, len({numbers}) - 1)"


def _is_unlike(numbers: str) -> str:
    """The condition that a file has another size than its like, by more than they vary."""
    mean, spread = f"list_avg({numbers})", f"coalesce(list_stddev_samp({numbers}), 0)"
    return (
        f"(compared.rows_read not between {VOLUME_LOWEST_MULTIPLE} * {mean} and {VOLUME_HIGHEST_MULTIPLE} * {mean}"
        f" and abs(compared.rows_read - {mean}) > {VOLUME_DEVIATIONS} * {spread})"
    )


def _is_outside(numbers: str) -> str:
    """The condition that a file is smaller or larger than all of some others, by more than the multiples."""
    return (
        f"compared.rows_read not between {VOLUME_LOWEST_MULTIPLE} * list_min({numbers}) and {VOLUME_HIGHEST_MULTIPLE} * list_max({numbers})"
    )


def _rounded_mean(numbers: str) -> str:
    return text_of(f"cast(round(list_avg({numbers})) as bigint)")


def _fresh_rows(feed: Feed, freshness: Freshness, feeds: Sequence[Feed], as_of: datetime | None) -> Rule:
    newest = _newest_moment(feed, freshness)
    if as_of is None:
        dated = [(other, other.freshness) for other in feeds if other.freshness is not None]
        newest_of_each = " union all ".join(_newest_moment(other, of) for other, of in dated)
        reference = f"(select max(newest_moments.moment) from ({newest_of_each}) as newest_moments)"
        relations = tuple(dict.fromkeys((feed.subject, *(other.subject for other, _ in dated))))
    else:
        reference = f"timestamp {literal(as_of.isoformat(sep=' '))}"
        relations = (feed.subject,)
    return Rule(
        name="rows_are_fresh",
        severity="warning",
        meaning=f"the newest {freshness.column} is at most {freshness.warn_after_hours:g} hours before as_of.",
        # A feed that was never delivered is empty, not late.
        checked=f"select count(newest.moment) from ({newest}) as newest",
        failing=f"""
            select
                {literal(f"newest {freshness.column} ")} || {text_of("newest.moment")} || ', as_of ' || {text_of(reference)} as example
            from ({newest}) as newest
            where newest.moment < {reference} - interval '{round(freshness.warn_after_hours * 3600)} seconds'
        """,
        relations=relations,
        counted="feeds",
    )


def _newest_moment(feed: Feed, freshness: Freshness) -> str:
    column = identifier("delivered", freshness.column)
    return f"select max(cast({column} as timestamp)) as moment from {feed.relation} as delivered"
