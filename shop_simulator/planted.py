"""Works out what the KPIs must come to because of what is planted, and says so in the words of the marts.

``truths`` says with which probability a single ticket is answered, resolved, praised. Here those probabilities are
averaged over the tickets, responses and orders that the simulation made, effects of initiatives, courses and seasons
included: the expected value of a KPI, not its observed one. Nothing here reads what the draws came to, except for who is
counted at all (a median over replied tickets is about the replied ones) and what all orders together were worth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date

from shop_simulator import truths
from shop_simulator.draws import MILLION, lognormal_mean_ppm
from shop_simulator.planted_book import (
    CATEGORY,
    CHANNEL,
    COSTS,
    DAYS_UNTIL_RETURNS_ARE_KNOWN,
    DAYS_UNTIL_TICKETS_ARE_SETTLED,
    INTERVAL,
    INVITATIONS,
    ISSUE,
    LINES,
    MERCHANT,
    PRIORITY,
    REQUESTS,
    RESPONSES,
    TICKETS,
    Book,
    Cell,
    Cohort,
    Comparison,
    relative,
)
from shop_simulator.world import World


def planted_truths(world: World) -> list[dict[str, object]]:
    """All truths, in a fixed order, as they are written to ``truths.json``."""
    book = Book(world)
    parts: tuple[Callable[[Book], None], ...] = (
        _satisfaction, _surveys, _first_replies, _resolutions, _orders_and_returns, _costs, _voice, _loyalty, _initiatives,
        _training, _decline,
    )  # fmt: skip
    for part in parts:
        part(book)
    return [asdict(truth) for truth in book.truths]


def _satisfaction(book: Book) -> None:
    everywhere = RESPONSES.by(CHANNEL, ISSUE, MERCHANT)
    book.rate("csat_rate", everywhere, "satisfied_ppm", "probability of a score of 4 or 5 by channel and issue type")
    three, two, one = truths.UNSATISFIED_SCORE_WEIGHTS
    unhappy = three + two + one
    below_four = f"(1000000 - satisfied_ppm) / 1e6 * {(3 * three + 2 * two + one) / unhappy}"
    score = f"satisfied_ppm / 1e6 * (4 + five_ppm / 1e6) + {below_four}"
    book.mean("csat_mean", everywhere, score, "scores 5 and 4 of the satisfied, 3 to 1 of the others")
    low = f"(1000000 - satisfied_ppm) * {(two + one) / unhappy}"
    book.rate("dissatisfaction_rate", RESPONSES.by(CHANNEL), low, "scores 2 and 1 among those not satisfied")
    for question, (if_satisfied, if_not) in zip(truths.QUESTIONS, truths.QUESTION_SATISFIED_PPM, strict=True):
        expected = f"satisfied_ppm / 1e6 * {if_satisfied} + (1 - satisfied_ppm / 1e6) * {if_not}"
        about = "follows the overall answer"
        book.rate(f"{question}_csat_rate", RESPONSES, expected, about, answered_ppm=truths.QUESTION_ANSWERED_PPM)
    book.mean("bot_csat_mean", RESPONSES.having("is_bot_only = 1"), score, "tickets that only a bot answered")
    happy, sad = (_mean_of(weights) for weights in (truths.CES_WEIGHTS_SATISFIED, truths.CES_WEIGHTS_UNSATISFIED))
    effort = f"satisfied_ppm / 1e6 * {happy} + (1 - satisfied_ppm / 1e6) * {sad}"
    book.mean("ces_mean", RESPONSES, effort, "effort by whether satisfied", answered_ppm=truths.CES_ANSWERED_PPM)


def _mean_of(weights: Sequence[int]) -> float:
    """Mean of the scores 1, 2, 3 … with these weights."""
    return sum((place + 1) * weight for place, weight in enumerate(weights)) / sum(weights)


def _surveys(book: Book) -> None:
    invitations = INVITATIONS.by(CHANNEL)
    book.rate("survey_response_rate", invitations, "responded_ppm", "willingness to answer by channel and resolution")
    book.rate("survey_valid_rate", invitations, "valid_ppm", "95 % of first answers are valid", of="responded_ppm")
    promoters, passives, detractors = truths.NPS_WEIGHTS
    balance = (promoters - detractors) / (promoters + passives + detractors)
    book.mean("nps", Cohort("planted_nps", "submitted_at"), str(balance), "promoters minus detractors")
    minutes = " ".join(f"when {issue} then {value}" for issue, value in enumerate(truths.EXPECTED_REPLY_MINUTES))
    expectations = Cohort("planted_expectations", "submitted_at", members=(ISSUE,))
    about = "minutes that customers expect, by issue type"
    book.mean("expected_first_reply_minutes_mean", expectations, f"case issue {minutes} end", about)
    days_expected, days_experienced, _ = truths.RESPONSE_DAYS_EXPECTED_EXPERIENCED_IMPORTANCE
    # Of effort and days less is better.
    gaps = [days_expected - days_experienced]
    for item, (expected, experienced, _) in truths.EXPECTATION_ITEMS.items():
        gaps.append(expected - experienced if item == "effort" else experienced - expected)
    about = "experienced less expected, by item, in its good direction"
    mean_gap = str(sum(gaps) / len(gaps) / 100)
    book.mean("expectation_gap_mean", expectations, mean_gap, about, answered_ppm=len(gaps) * MILLION)
    n = book.world.store.rows("planted_expectations")
    for item, means in truths.EXPECTATION_ITEMS.items():
        for part, mean in zip(("expected", "experienced", "importance"), means, strict=True):
            question = f"{item}_{part}"
            slack = Comparison("absolute", round(0.05 + 2 / math.sqrt(max(n, 1)), 4))
            book.note_effect(None, ("question_code", question), mean / 100, slack, n=n, about=f"mean answer to {question}")


def _first_replies(book: Book) -> None:
    replied = TICKETS.having("is_replied = 1").by(CHANNEL, ISSUE, PRIORITY)
    sigma = str(truths.FIRST_REPLY_SIGMA)
    about = "lognormal by channel, priority, night and day; quicker for logistics once the desk sees the shipment"
    book.quantile("first_reply_minutes_median", replied, "reply_median", about, sigma=sigma, unit=60)
    by_channel = replied.by(CHANNEL)
    book.quantile("first_reply_minutes_p90", by_channel, "reply_median", about, sigma=sigma, unit=60, probability=0.9)
    factor = lognormal_mean_ppm(truths.FIRST_REPLY_SIGMA) / MILLION
    for cell, (median, n) in book.cells(by_channel, "avg(cast(reply_median as double)), count(*)"):
        book.note("first_reply_minutes_mean", cell, median * factor / 60, relative(0.06, 6, n), n=n, about=about)
    bot = (truths.BOT_REPLY_SECONDS * lognormal_mean_ppm(truths.BOT_REPLY_SIGMA) / MILLION + 1) / 60
    for cell, (n,) in book.cells(TICKETS.having("is_bot_replied = 1"), "count(*)"):
        book.note("first_bot_reply_minutes_mean", cell, bot, relative(0.05, 5, n), n=n, about="a bot replies in 5 minutes")


def _resolutions(book: Book) -> None:
    tickets = TICKETS.by(CHANNEL, ISSUE)
    book.rate("resolution_rate", tickets, "resolved_at_end_ppm", "share ever resolved by issue type, less what is open again")
    for hours, kpi_id in ((24, "resolved_within_24h_rate"), (48, "resolved_within_48h_rate"), (168, "resolved_within_7d_rate")):
        about = f"lognormal resolution time by issue type, within {hours} h"
        book.rate(kpi_id, tickets.having(book.old_enough("created_at", hours / 24)), f"within_{hours}h_ppm", about)
    settled = TICKETS.having(book.old_enough("created_at", DAYS_UNTIL_TICKETS_ARE_SETTLED)).by(ISSUE)
    book.rate("reopen_rate", settled, "reopen_ppm * (resolved_ppm / 1e6)", "by issue type", of="resolved_ppm")
    book.rate("escalation_rate", settled, "escalation_ppm", "by issue type")
    assigned = settled.having("is_assigned = 1").by()
    book.rate("transfer_rate", assigned, str(truths.TRANSFER_PPM), "share of assigned tickets")
    sigma = f"case is_bot_only when 1 then {truths.BOT_RESOLUTION_SIGMA} else {truths.RESOLUTION_SIGMA} end"
    handled = TICKETS.having("handling_median >= 0 and is_resolved = 1").by(CHANNEL)
    factor = lognormal_mean_ppm(truths.HANDLING_SIGMA) / MILLION
    for cell, (median, n) in book.cells(handled, "avg(cast(handling_median as double)), count(*)"):
        about = "lognormal by channel and person"
        book.note("handle_minutes_mean", cell, (median * factor + 5) / 60, relative(0.04, 2.5, n), n=n, about=about)
    about = "lognormal by issue type; bots are quick"
    book.quantile("resolution_minutes_median", settled, "resolution_median", about, sigma=sigma, unit=60, weight="resolved_ppm")


def _orders_and_returns(book: Book) -> None:
    orders = Cohort("planted_orders", "ordered_at")
    book.rate("service_cancellation_rate", orders, str(truths.CANCEL_PPM[0]), "orders cancelled for service")
    in_window = truths.DECISION_WEIGHTS[0] / sum(truths.DECISION_WEIGHTS)
    too_late = truths.OUT_OF_WINDOW_DECISION_WEIGHTS[0] / sum(truths.OUT_OF_WINDOW_DECISION_WEIGHTS)
    late_share = truths.OUT_OF_WINDOW_PPM / MILLION
    accepted = f"case window_days when 0 then {too_late} else {in_window * (1 - late_share) + too_late * late_share} end"
    # One unit only comes back from some of the lines with several.
    units = f"case when quantity > 1 then quantity - {truths.PART_OF_LINE_PPM / MILLION} * (quantity - 1) else 1 end"
    expected = f"sum(returned_ppm / 1e6 * {accepted} * {truths.COMPLETED_PPM / MILLION} * ({units}))"
    known = LINES.having(book.old_enough("delivered_at", DAYS_UNTIL_RETURNS_ARE_KNOWN)).by(CATEGORY)
    all_known_before = book.world.window.date_of(book.world.window.days - DAYS_UNTIL_RETURNS_ARE_KNOWN)
    for cell, (part, whole, n) in book.cells(known, f"{expected}, sum(quantity), count(*)"):
        if _end_of(cell) <= all_known_before:
            about = "share of lines returned by category"
            book.note("return_rate_units", cell, part / whole, relative(0.08, 3, part), n=n, about=about)
    done = REQUESTS.having(f"is_completed = 1 and {book.old_enough('requested_at', DAYS_UNTIL_TICKETS_ARE_SETTLED)}")
    about = "lognormal by request type"
    book.quantile("processing_hours_median", done, "median", about, sigma=str(truths.PROCESSING_SIGMA), unit=3_600)
    reasons = truths.REASON_WEIGHTS[0]
    share = reasons[truths.REASONS.index("not_as_described")] * MILLION // sum(reasons)
    book.rate("not_as_described_share", REQUESTS.having("kind = 0"), str(share), "reason of returns")


def _end_of(cell: Cell) -> date:
    """The first day after the cell's period."""
    start = date.fromisoformat(cell.period_start)
    if cell.period_grain == "year":
        return date(start.year + 1, 1, 1)
    return date(start.year + start.month // 12, start.month % 12 + 1, 1)


def _costs(book: Book) -> None:
    about = "unit cost times volume; all unit costs fall once the one system is in place"
    for cell, (cents, n) in book.cells(COSTS, "sum(cast(expected as double)), count(*)"):
        book.note("after_sales_cost", cell, cents / 100, Comparison("relative", 0.03), n=n, about=about)
    for number, name in enumerate(truths.COST_CATEGORIES):
        part = f"sum(case category when {number} then expected else 0 end)"
        for cell, (cents, total, n) in book.cells(COSTS, f"{part}, sum(cast(expected as double)), count(*)"):
            book.note(f"cost_share_{name}", cell, cents / total, Comparison("relative", 0.06), n=n, about=about)


def _voice(book: Book) -> None:
    suggestions = Cohort("planted_suggestions", "raised_at")
    book.rate("suggestion_acceptance_rate", suggestions, "accepted_ppm", "accepted of those raised, by the end")
    book.rate("suggestion_release_rate", suggestions, "released_ppm", "released of those raised, by the end")


def _loyalty(book: Book) -> None:
    """Rough rates: some customers order anyway, others have two tickets that pull them apart. Differences and sales are exact."""
    converted = str(truths.PRE_SALE_CONVERSION_PPM)
    repurchases = Cohort("planted_repurchases", "resolved_at", book.old_enough("resolved_at", 90))
    consults = Cohort("planted_consults", "created_at", book.old_enough("created_at", 7))
    for kpi_id, cohort, expected, slack, about in (
        ("repurchase_rate_90d", repurchases, "ppm", 0.09, "56 % of the satisfied, 29 % of the others"),
        ("consult_conversion_rate", consults, converted, 0.025, "of pre-sale contacts"),
    ):
        for cell, (value, n) in book.cells(cohort, f"avg(cast({expected} as double)), count(*)"):
            comparison = Comparison("absolute", round(slack + 1.2 / math.sqrt(n), 4))
            book.note(kpi_id, cell, value / MILLION, comparison, n=n, about=about)
    _loyalty_differences(book)
    # Whoever was told something beforehand buys what everybody buys.
    refunded = {cell: cents for cell, (cents,) in book.cells(Cohort("planted_refunds", "ordered_at", "has_request = 1"), "sum(amount)")}
    standing = Cohort("planted_orders", "ordered_at", "is_standing = 1")
    for cell, (cents, count) in book.cells(standing, "sum(amount), count(*)"):
        net = (int(cents) - int(refunded.get(cell, 0))) / count / 100
        n = count * truths.ASSISTED_ORDERS_PPM // MILLION
        book.note("assisted_order_value", cell, net, INTERVAL, n=n, about="paid less paid back of all orders that stand")


def _loyalty_differences(book: Book) -> None:
    """The satisfied against the others as far as the window is long enough."""
    if book.world.store.rows("planted_repurchases") == 0:
        return
    planted = (truths.REPURCHASE_SATISFIED_PPM - truths.REPURCHASE_UNSATISFIED_PPM) / MILLION
    for kpi_id, days, sign in (("repurchase_rate_90d", 90, 1), ("churn_rate_180d", 180, -1)):
        ((n,),) = book.rows(f"select count(*) from planted_repurchases where {book.old_enough('resolved_at', days)}")
        if n:
            about = "satisfied less unsatisfied, among tickets with an answer; n counts all"
            book.note_effect(kpi_id, ("satisfaction", "satisfied_less_unsatisfied"), sign * planted, INTERVAL, n=n, about=about)


def _initiatives(book: Book) -> None:
    """Difference in differences of the expected satisfaction, in equal windows before and after an initiative."""
    window = book.world.window
    if book.world.store.rows("planted_responses") == 0:
        return
    reach = min(90, window.days * 45 // 100) * truths.DAY
    for number, initiative in enumerate(truths.INITIATIVES):
        if initiative.scope_dimension != "channel" or initiative.target_kpi != "csat_rate" or initiative.scope_member is None:
            continue
        begins = window.at_percent(initiative.start)
        scope = f"channel = {truths.CHANNELS.index(initiative.scope_member)}"
        means = ", ".join(
            f"avg(satisfied_ppm) filter (where {side}({scope}) and submitted_at {when} {begins})"
            for side in ("", "not ")
            for when in (">=", "<")
        )
        ((after, before, after_elsewhere, before_elsewhere, n),) = book.rows(
            f"select {means}, count(*) filter (where {scope}) from planted_responses"
            f" where submitted_at >= {begins - reach} and submitted_at < {begins + reach}"
        )
        if None in (after, before, after_elsewhere, before_elsewhere):
            continue
        book.note_effect(
            "csat_rate",
            (initiative.scope_dimension, initiative.scope_member),
            (after - before - after_elsewhere + before_elsewhere) / MILLION,
            Comparison("absolute", round(3 / math.sqrt(n), 4)),
            n=n,
            about=f"initiative N{number:02d}, difference in differences over {reach // truths.DAY} days: {initiative.effect}",
        )


def _training(book: Book) -> None:
    """What the course that works changes for the tickets of those who took it."""
    end, month = book.world.window.end, 30 * truths.DAY
    if book.world.store.rows("planted_tickets") == 0:
        return
    is_after = f"created_at >= trained_at + {truths.DAY}"
    ((before, after, n),) = book.rows(
        f"select avg(satisfied_ppm) filter (where created_at < trained_at), avg(satisfied_ppm) filter (where {is_after}),"
        f" count(*) filter (where {is_after}) from planted_tickets where is_replied = 1 and trained_at <= {end}"
        f" and created_at >= trained_at - {month} and created_at < trained_at + {month}"
    )
    if not before or not after:
        return
    of = ("course", truths.COURSES[0])
    ratio = truths.TRAINING["resolution_percent"] / 100
    about = "median resolution time of their tickets, the 30 days after the course over the 30 days before"
    book.note_effect("resolution_minutes_median", of, ratio, relative(0.05, 4, n), n=n, about=about)
    about = "probability of a satisfied customer over all their tickets, the 30 days after the course over the 30 days before"
    book.note_effect("csat_rate", of, after / before, relative(0.05, 4, n), n=n, about=about)


def _decline(book: Book) -> None:
    """The merchant whose customers grow unhappier; its months are cells of the scoreboard above."""
    falling = truths.DECLINING_MERCHANT
    book.note_effect(
        "csat_rate",
        ("merchant", f"contract:M{falling['merchant']:04d}"),
        falling["satisfied_ppm"] / MILLION,
        Comparison("absolute", 0.1),
        n=0,
        about=f"satisfaction falls evenly from day {book.world.window.days * falling['start'] // 100} on; points lost by the last day",
    )
