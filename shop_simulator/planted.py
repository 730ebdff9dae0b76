"""Works out what the KPIs must come to because of what is planted, and says so in the words of the marts.

``truths`` says with which probability a single ticket is answered, resolved, praised. Here those probabilities are
averaged over the tickets, responses and orders that the simulation made, effects of initiatives, courses and seasons
included: the expected value of a KPI, not its observed one. Nothing here reads what the draws came to, except for who is
counted at all (a median over replied tickets is about the replied ones).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from shop_simulator import truths
from shop_simulator.draws import MILLION, lognormal_mean_ppm, quantile_of_mixture
from shop_simulator.world import World

MART = "scoreboard.kpi_scoreboard"
# Fewer observations than this say little about a truth; the marts flag them as a small sample.
MINIMUM_SAMPLE = 30
DAYS_UNTIL_RETURNS_ARE_KNOWN = 60


@dataclass(frozen=True)
class Truth:
    """A planted value of one cell of a mart.

    ``inside`` says how to compare: ``interval`` (the value lies inside the published 95 % interval), ``relative`` or
    ``absolute`` (the published value differs by at most ``tolerance``). ``n`` is the number of observations expected in the
    cell; ``about`` says what was planted.
    """

    kpi_id: str | None
    mart: str | None
    period_grain: str | None
    period_start: str | None
    dimension: str
    member: str
    value: float
    inside: str
    tolerance: float | None
    n: int
    about: str


@dataclass(frozen=True)
class _Member:
    """A way to cut a table of planted rows: the dimension, and the SQL that gives the member's name."""

    dimension: str
    sql: str
    where: str = "true"


def _words(column: str, words: Sequence[str]) -> str:
    cases = " ".join(f"when {number} then '{word}'" for number, word in enumerate(words))
    return f"case {column} {cases} end"


OVERALL = _Member("overall", "'overall'")
CHANNEL = _Member("channel", _words("channel", truths.CHANNELS), "channel >= 0")
ISSUE = _Member("issue_type", _words("issue", truths.ISSUE_TYPES), "issue >= 0")
PRIORITY = _Member("priority", _words("priority", truths.PRIORITIES))
CATEGORY = _Member("product_category", _words("category", truths.CATEGORIES))
# The largest merchants, the declining one among them; keys as the warehouse makes them.
MERCHANT = _Member("merchant", "'contract:M' || lpad(cast(merchant as varchar), 4, '0')", "merchant between 0 and 4")


class _Book:
    """Collects truths from the planted rows of the store."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.truths: list[Truth] = []

    def cells(
        self, table: str, moment: str, members: Sequence[_Member], columns: str, where: str
    ) -> list[tuple[str, str, str, str, tuple[float, ...]]]:
        """Aggregates of a planted table by period and member: grain, start, dimension, member, values."""
        found: list[tuple[str, str, str, str, tuple[float, ...]]] = []
        if self.world.store.rows(table) == 0:
            return found
        day = f"cast(make_timestamp(({moment} + 28800) * 1000000) as date)"
        for grain in ("month", "year"):
            for member in members:
                sql = (
                    f"select cast(date_trunc('{grain}', {day}) as varchar) as start, {member.sql} as member, {columns}"
                    f" from {table} where ({where}) and ({member.where}) group by start, member order by start, member"
                )
                for start, name, *values in self.world.store.connection.execute(sql).fetchall():
                    found.append((grain, str(start)[:10], member.dimension, str(name), tuple(values)))
        return found

    def rate(
        self, kpi_id: str, table: str, moment: str, expected_ppm: str, about: str, members: Sequence[_Member] = (OVERALL,), *,
        of: str = "1000000", where: str = "true", answered_ppm: int = MILLION,
    ) -> None:  # fmt: skip
        """A share whose planted value is the mean of a probability; ``of`` weighs the denominator."""
        columns = f"sum(cast({expected_ppm} as double)), sum(cast({of} as double)), count(*)"
        for grain, start, dimension, member, (part, whole, n) in self.cells(table, moment, members, columns, where):
            if whole:
                seen = round(whole * answered_ppm / MILLION / MILLION)
                self.note(kpi_id, grain, start, dimension, member, part / whole, "interval", None, min(seen, int(n)), about)

    def mean(
        self, kpi_id: str, table: str, moment: str, expected: str, about: str, members: Sequence[_Member] = (OVERALL,), *,
        where: str = "true", answered_ppm: int = MILLION,
    ) -> None:  # fmt: skip
        """A mean score whose planted value is the mean of an expectation."""
        columns = f"avg(cast({expected} as double)), count(*)"
        for grain, start, dimension, member, (value, n) in self.cells(table, moment, members, columns, where):
            seen = round(n * answered_ppm / MILLION)
            self.note(kpi_id, grain, start, dimension, member, value, "interval", None, seen, about)

    def quantile(
        self, kpi_id: str, table: str, moment: str, medians: str, probability: float, unit: float, about: str,
        members: Sequence[_Member] = (OVERALL,), *, sigma: str, weight: str = "1", where: str = "true",
    ) -> None:  # fmt: skip
        """A quantile of a mixture of lognormals, each row with a median (and a sigma) of its own."""
        mixtures: dict[tuple[str, str, str, str], list[tuple[int, int, float]]] = defaultdict(list)
        counts: dict[tuple[str, str, str, str], int] = defaultdict(int)
        columns = f"{medians} as middle, {sigma} as sigma, sum(cast({weight} as double)), count(*)"
        for member in members:
            day = f"cast(make_timestamp(({moment} + 28800) * 1000000) as date)"
            for grain in ("month", "year"):
                sql = (
                    f"select cast(date_trunc('{grain}', {day}) as varchar) as start, {member.sql} as member, {columns}"
                    f" from {table} where ({where}) and ({member.where}) group by start, member, middle, sigma"
                    " order by start, member, middle, sigma"
                )
                if self.world.store.rows(table) == 0:
                    continue
                for start, name, middle, spread, share, n in self.world.store.connection.execute(sql).fetchall():
                    cell = (grain, str(start)[:10], member.dimension, str(name))
                    mixtures[cell].append((int(middle), int(spread), float(share)))
                    counts[cell] += int(n)
        for cell, mixture in mixtures.items():
            n = counts[cell]
            value = quantile_of_mixture(mixture, probability) / unit
            tolerance = round(max(0.04, 3.5 / math.sqrt(max(n, 1))), 4)
            self.note(kpi_id, *cell, value, "relative", tolerance, n, about)

    def note(
        self, kpi_id: str, grain: str, start: str, dimension: str, member: str, value: float, inside: str,
        tolerance: float | None, n: int, about: str,
    ) -> None:  # fmt: skip
        rounded = float(f"{value:.6g}")
        self.truths.append(Truth(kpi_id, MART, grain, start, dimension, member, rounded, inside, tolerance, n, about))

    def amount(
        self, kpi_id: str, table: str, moment: str, expected: str, about: str, *, share_of: str | None, tolerance: float,
    ) -> None:  # fmt: skip
        """A sum of money, or a category's share of it, compared with a relative tolerance."""
        columns = f"sum(cast({expected} as double)), sum(cast({share_of or '100'} as double)), count(*)"
        for grain, start, dimension, member, (part, whole, n) in self.cells(table, moment, (OVERALL,), columns, "true"):
            value = part / whole if share_of else part / 100
            self.note(kpi_id, grain, start, dimension, member, value, "relative", tolerance, int(n), about)

    def effect(
        self, about: str, value: float, inside: str, tolerance: float, n: int, kpi_id: str | None, member: str, dimension: str
    ) -> None:
        """Something planted that is no cell of the scoreboard: the difference that an event makes."""
        self.truths.append(Truth(kpi_id, None, None, None, dimension, member, float(f"{value:.6g}"), inside, tolerance, n, about))


def planted_truths(world: World) -> list[dict[str, object]]:
    """All truths, in a fixed order, as they are written to ``truths.json``."""
    book = _Book(world)
    parts: tuple[Callable[[_Book], None], ...] = (
        _satisfaction, _surveys, _first_replies, _resolutions, _orders_and_returns, _costs, _voice, _events,
    )  # fmt: skip
    for part in parts:
        part(book)
    return [asdict(truth) for truth in book.truths]


def _satisfaction(book: _Book) -> None:
    table, moment = "planted_responses", "submitted_at"
    everywhere = (OVERALL, CHANNEL, ISSUE, MERCHANT)
    book.rate("csat_rate", table, moment, "satisfied_ppm", "probability of a score of 4 or 5 by channel and issue type", everywhere)
    three, two, one = truths.UNSATISFIED_SCORE_WEIGHTS
    unhappy = three + two + one
    below_four = f"(1000000 - satisfied_ppm) / 1e6 * {(3 * three + 2 * two + one) / unhappy}"
    score = f"satisfied_ppm / 1e6 * (4 + five_ppm / 1e6) + {below_four}"
    book.mean("csat_mean", table, moment, score, "scores 5 and 4 of the satisfied, 3 to 1 of the others", everywhere)
    low = f"(1000000 - satisfied_ppm) * {(two + one) / unhappy}"
    book.rate("dissatisfaction_rate", table, moment, low, "scores 2 and 1 among those not satisfied", (OVERALL, CHANNEL))
    for question, (if_satisfied, if_not) in zip(truths.QUESTIONS, truths.QUESTION_SATISFIED_PPM, strict=True):
        expected = f"satisfied_ppm / 1e6 * {if_satisfied} + (1 - satisfied_ppm / 1e6) * {if_not}"
        book.rate(f"{question}_csat_rate", table, moment, expected, "follows the overall answer", answered_ppm=truths.QUESTION_ANSWERED_PPM)
    book.mean("bot_csat_mean", table, moment, score, "tickets that only a bot answered", where="is_bot_only = 1")
    happy, sad = (_weighted_mean(weights) for weights in (truths.CES_WEIGHTS_SATISFIED, truths.CES_WEIGHTS_UNSATISFIED))
    effort = f"satisfied_ppm / 1e6 * {happy} + (1 - satisfied_ppm / 1e6) * {sad}"
    book.mean("ces_mean", table, moment, effort, "effort by whether satisfied", answered_ppm=truths.CES_ANSWERED_PPM)


def _weighted_mean(weights: Sequence[int]) -> float:
    """Mean of the scores 1, 2, 3 … with these weights."""
    return sum((place + 1) * weight for place, weight in enumerate(weights)) / sum(weights)


def _surveys(book: _Book) -> None:
    table = "planted_invitations"
    book.rate(
        "survey_response_rate", table, "sent_at", "responded_ppm", "willingness to answer by channel and resolution", (OVERALL, CHANNEL)
    )
    book.rate("survey_valid_rate", table, "sent_at", "valid_ppm", "95 % of first answers are valid", (OVERALL, CHANNEL), of="responded_ppm")
    promoters, passives, detractors = truths.NPS_WEIGHTS
    book.mean(
        "nps", "planted_nps", "submitted_at", str(100 * (promoters - detractors) / (promoters + passives + detractors)),
        "promoters minus detractors, in points",
    )  # fmt: skip
    minutes = " ".join(f"when {issue} then {value}" for issue, value in enumerate(truths.EXPECTED_REPLY_MINUTES))
    book.mean(
        "expected_first_reply_minutes_mean", "planted_expectations", "submitted_at", f"case issue {minutes} end",
        "minutes that customers expect, by issue type", (OVERALL, ISSUE),
    )  # fmt: skip
    n = book.world.store.rows("planted_expectations")
    for item, (expected, experienced, importance) in truths.EXPECTATION_ITEMS.items():
        for part, mean in (("expected", expected), ("experienced", experienced), ("importance", importance)):
            book.effect(f"mean answer to {item}_{part}", mean / 100, "absolute", 0.08, n, None, f"{item}_{part}", "question_code")


def _first_replies(book: _Book) -> None:
    table, moment = "planted_tickets", "created_at"
    replied = "is_replied = 1"
    sigma = str(truths.FIRST_REPLY_SIGMA)
    about = "lognormal by channel, priority, night and day; quicker for logistics once the desk sees the shipment"
    members = (OVERALL, CHANNEL, ISSUE, PRIORITY)
    book.quantile("first_reply_minutes_median", table, moment, "reply_median", 0.5, 60, about, members, sigma=sigma, where=replied)
    book.quantile("first_reply_minutes_p90", table, moment, "reply_median", 0.9, 60, about, (OVERALL, CHANNEL), sigma=sigma, where=replied)
    mean = lognormal_mean_ppm(truths.FIRST_REPLY_SIGMA) / MILLION
    for grain, start, dimension, member, (value, n) in book.cells(
        table, moment, members, f"avg(cast(reply_median as double)) * {mean} / 60, count(*)", replied
    ):
        book.note(
            "first_reply_minutes_mean",
            grain,
            start,
            dimension,
            member,
            value,
            "relative",
            round(max(0.05, 5 / math.sqrt(n)), 4),
            int(n),
            about,
        )
    bot = (truths.BOT_REPLY_SECONDS * lognormal_mean_ppm(truths.BOT_REPLY_SIGMA) / MILLION + 1) / 60
    for grain, start, dimension, member, (n,) in book.cells(table, moment, (OVERALL,), "count(*)", "is_bot_replied = 1"):
        tolerance = round(max(0.05, 5 / math.sqrt(n)), 4)
        book.note(
            "first_bot_reply_minutes_mean",
            grain,
            start,
            dimension,
            member,
            bot,
            "relative",
            tolerance,
            int(n),
            "a bot replies in 5 minutes",
        )


def _resolutions(book: _Book) -> None:
    table, moment, end = "planted_tickets", "created_at", book.world.window.end
    members = (OVERALL, CHANNEL, ISSUE)
    book.rate(
        "resolution_rate", table, moment, "resolved_at_end_ppm", "share ever resolved by issue type, less what is open again", members
    )
    for hours, kpi_id in ((24, "resolved_within_24h_rate"), (48, "resolved_within_48h_rate"), (168, "resolved_within_7d_rate")):
        old_enough = f"created_at <= {end - hours * truths.HOUR}"
        about = f"lognormal resolution time by issue type, within {hours} h"
        book.rate(kpi_id, table, moment, f"within_{hours}h_ppm", about, members, where=old_enough)
    settled = f"created_at <= {end - 21 * truths.DAY}"
    book.rate(
        "reopen_rate",
        table,
        moment,
        "reopen_ppm * (resolved_ppm / 1e6)",
        "by issue type",
        (OVERALL, ISSUE),
        of="resolved_ppm",
        where=settled,
    )
    book.rate("escalation_rate", table, moment, "escalation_ppm", "by issue type", (OVERALL, ISSUE), where=settled)
    book.rate(
        "transfer_rate",
        table,
        moment,
        str(truths.TRANSFER_PPM),
        "share of assigned tickets",
        (OVERALL,),
        where=f"is_assigned = 1 and {settled}",
    )
    sigma = f"case is_bot_only when 1 then {truths.BOT_RESOLUTION_SIGMA} else {truths.RESOLUTION_SIGMA} end"
    book.quantile(
        "resolution_minutes_median", table, moment, "resolution_median", 0.5, 60, "lognormal by issue type; bots are quick",
        (OVERALL, ISSUE), sigma=sigma, weight="resolved_ppm", where=settled,
    )  # fmt: skip


def _orders_and_returns(book: _Book) -> None:
    end = book.world.window.end
    book.rate("service_cancellation_rate", "planted_orders", "ordered_at", str(truths.CANCEL_PPM[0]), "orders cancelled for service")
    known = f"delivered_at <= {end - DAYS_UNTIL_RETURNS_ARE_KNOWN * truths.DAY}"
    approved, rejected, withdrawn = truths.DECISION_WEIGHTS
    late_approved, late_rejected, late_withdrawn = truths.OUT_OF_WINDOW_DECISION_WEIGHTS
    inside = approved / (approved + rejected + withdrawn)
    outside = late_approved / (late_approved + late_rejected + late_withdrawn)
    out_of_window = truths.OUT_OF_WINDOW_PPM / MILLION
    completed = truths.COMPLETED_PPM / MILLION
    accepted = f"case window_days when 0 then {outside} else {inside * (1 - out_of_window) + outside * out_of_window} end"
    # One unit only comes back from some of the lines with several.
    units = f"case when quantity > 1 then quantity - {truths.PART_OF_LINE_PPM / MILLION} * (quantity - 1) else 1 end"
    columns = f"sum(returned_ppm / 1e6 * {accepted} * {completed} * ({units})), sum(quantity), count(*)"
    last_known_day = book.world.window.days - DAYS_UNTIL_RETURNS_ARE_KNOWN
    for grain, start, dimension, member, (part, whole, n) in book.cells(
        "planted_lines", "delivered_at", (OVERALL, CATEGORY), columns, known
    ):
        ends = _end_of(grain, start)
        if ends <= book.world.window.date_of(max(0, last_known_day)).isoformat():
            expected = max(part, 1)
            tolerance = round(max(0.08, 3 / math.sqrt(expected)), 4)
            book.note(
                "return_rate_units",
                grain,
                start,
                dimension,
                member,
                part / whole,
                "relative",
                tolerance,
                int(n),
                "share of lines returned by category",
            )
    sigma = str(truths.PROCESSING_SIGMA)
    completed_only = "is_completed = 1"
    book.quantile(
        "processing_hours_median", "planted_requests", "requested_at", "median", 0.5, 3600, "lognormal by request type",
        sigma=sigma, where=f"{completed_only} and requested_at <= {end - 21 * truths.DAY}",
    )  # fmt: skip
    not_as_described = truths.REASON_WEIGHTS[0][truths.REASONS.index("not_as_described")] / sum(truths.REASON_WEIGHTS[0])
    book.rate(
        "not_as_described_share",
        "planted_requests",
        "requested_at",
        str(round(not_as_described * MILLION)),
        "reason of returns",
        where="kind = 0",
    )


def _end_of(grain: str, start: str) -> str:
    """First day after the period."""
    year, month = int(start[:4]), int(start[5:7])
    if grain == "year":
        return f"{year + 1}-01-01"
    return f"{year + month // 12}-{month % 12 + 1:02d}-01"


def _costs(book: _Book) -> None:
    about = "unit cost × volume; all unit costs fall once the one system is in place"
    book.amount("after_sales_cost", "planted_costs", "incurred_at", "expected", about, share_of=None, tolerance=0.03)
    for number, name in enumerate(truths.COST_CATEGORIES):
        part = f"case category when {number} then expected else 0 end"
        book.amount(f"cost_share_{name}", "planted_costs", "incurred_at", part, about, share_of="expected", tolerance=0.06)


def _voice(book: _Book) -> None:
    end = book.world.window.end
    accepted = str(truths.SUGGESTION_ACCEPTED_PPM)
    book.rate(
        "suggestion_acceptance_rate", "planted_suggestions", "raised_at", accepted, "accepted of those raised",
        where=f"raised_at <= {end - 60 * truths.DAY}",
    )  # fmt: skip


def _events(book: _Book) -> None:
    """What initiatives, a course and a decline change: differences of expectations in equal windows around the event."""
    window, connection = book.world.window, book.world.store.connection
    if book.world.store.rows("planted_responses") == 0:
        return
    reach = min(90, window.days * 45 // 100) * truths.DAY
    for number, initiative in enumerate(truths.INITIATIVES):
        if initiative.target_kpi != "csat_rate" or initiative.scope_member is None:
            continue
        begins = window.at_percent(initiative.start)
        scope = f"channel = {truths.CHANNELS.index(initiative.scope_member)}"
        means = connection.execute(
            f"select avg(satisfied_ppm) filter (where {scope} and submitted_at >= {begins}),"
            f" avg(satisfied_ppm) filter (where {scope} and submitted_at < {begins}),"
            f" avg(satisfied_ppm) filter (where not ({scope}) and submitted_at >= {begins}),"
            f" avg(satisfied_ppm) filter (where not ({scope}) and submitted_at < {begins}), count(*) filter (where {scope})"
            f" from planted_responses where submitted_at >= {begins - reach} and submitted_at < {begins + reach}"
        ).fetchone()
        if means is None or any(mean is None for mean in means):
            continue
        after, before, after_elsewhere, before_elsewhere, n = means
        difference = (after - before - after_elsewhere + before_elsewhere) / MILLION
        tolerance = round(4 / math.sqrt(max(n, 1)), 4)
        about = f"initiative N{number:02d} ({initiative.name}), difference in differences: {initiative.effect}"
        book.effect(about, difference, "absolute", tolerance, int(n), "csat_rate", initiative.scope_member, initiative.scope_dimension)

    month = 30 * truths.DAY
    row = connection.execute(
        f"select avg(satisfied_ppm) filter (where created_at < trained_at),"
        f" avg(satisfied_ppm) filter (where created_at >= trained_at + {truths.DAY}),"
        f" count(*) filter (where created_at >= trained_at + {truths.DAY})"
        f" from planted_tickets where is_replied = 1 and trained_at <= {window.end}"
        f" and created_at >= trained_at - {month} and created_at < trained_at + {month}"
    ).fetchone()
    if row is not None and row[0] and row[1]:
        course = truths.COURSES[0]
        percent = truths.TRAINING["resolution_percent"]
        n = int(row[2])
        tolerance = round(max(0.05, 4 / math.sqrt(max(n, 1))), 4)
        about = f"median resolution time of their tickets in the 30 days after the course over the 30 days before: {percent} %"
        book.effect(about, percent / 100, "relative", tolerance, n, "resolution_minutes_median", course, "course")
        about = "satisfaction in the 30 days after the course over the 30 days before (over all their tickets)"
        book.effect(about, row[1] / row[0], "relative", tolerance, n, "csat_rate", course, "course")
    falling = truths.DECLINING_MERCHANT
    member = f"contract:M{falling['merchant']:04d}"
    about = "satisfaction falls evenly from a share of the window on; the points lost at the end"
    book.effect(about, falling["satisfied_ppm"] / MILLION, "absolute", 0.1, 0, "csat_rate", member, "merchant")
