"""Surveys: who is invited, who answers, what they score, and which answers do not count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shop_simulator import truths
from shop_simulator.draws import MILLION, Flags, Ints, below, chance, lognormal_cdf_ppm, pick
from shop_simulator.ordering import Orders
from shop_simulator.store import Store
from shop_simulator.ticketing import CELLS, Tickets, cell_of
from shop_simulator.window import NEVER
from shop_simulator.world import World

SERVICE, NPS, EXPECTATION = range(3)
SURVEY_TYPES = ("service", "nps", "expectation")
VALID, LATE, OUTSIDE_SCALE, WITHOUT_OVERALL = range(4)
# The other surveys have no question that must be answered, and nobody is late.
ALL_VALID = (MILLION, 0, 0, 0)
ITEM_PARTS = ("expected", "experienced", "importance")
# The codes of the contract's questions, in the order of the codes used inside the simulator.
QUESTION_CODES = (
    "overall", *truths.QUESTIONS, "ces", "nps",
    *(f"{item}_{part}" for item in (*truths.EXPECTATION_ITEMS, "response_days") for part in ITEM_PARTS),
    "first_reply_minutes_expected",
)  # fmt: skip
# Added to the number of an invitation, it is one that nobody sent.
_NOBODY_SENT = 800_000_000
CODE = {name: number for number, name in enumerate(QUESTION_CODES)}


@dataclass(frozen=True)
class Invitations:
    """Invitations of a block."""

    id: Ints
    sent_at: Ints
    expires_at: Ints
    arrival_day: Ints


@dataclass(frozen=True)
class Responses:
    """Responses of a block; ``invitation`` points into the invitations."""

    id: Ints
    invitation: Ints
    submitted_at: Ints
    kind: Ints
    arrival_day: Ints


@dataclass(frozen=True)
class Feelings:
    """How customers feel about their tickets, whether anybody asks them or not."""

    is_satisfied: Flags
    score: Ints


def survey_tickets(world: World, tickets: Tickets) -> Feelings:
    """Service and expectation surveys after tickets, stored as extracts of the three survey feeds."""
    contacts = tickets.contacts
    is_resolved = tickets.resolved_at < NEVER
    invited_ppm = np.where(is_resolved, truths.INVITED_RESOLVED_PPM, truths.INVITED_UNRESOLVED_PPM)
    draw = below(world.bits("survey", tickets.id), MILLION)
    can = tickets.is_in_scope & (contacts.customer >= 0)
    service = can & (draw < invited_ppm)
    expectation = can & is_resolved & ~service & (draw >= MILLION - truths.EXPECTATION_INVITED_PPM)
    sent_at = np.where(is_resolved, tickets.resolved_at + truths.HOUR, contacts.created_at + 7 * truths.DAY)
    sent_at = sent_at + world.between("sent after", tickets.id, 60, 11 * truths.HOUR)
    has_come = world.window.has_come(sent_at)

    _expectation_survey(world, tickets, np.flatnonzero(expectation & has_come), sent_at)
    return _service_survey(world, tickets, np.flatnonzero(service & has_come), sent_at)


def _feel(world: World, tickets: Tickets, is_counted: Flags) -> Feelings:
    """Scores as planted. Those that the KPIs will count are drawn apart, so that their shares come out as planted."""
    cell = cell_of(tickets.channel, tickets.contacts.issue, tickets.is_bot_only)
    cell = np.where(tickets.contacts.merchant == truths.DECLINING_MERCHANT["merchant"], CELLS, cell)
    strata = np.where(is_counted, cell, CELLS + 1 + tickets.channel)
    feeling = below(world.draws.spread("satisfied", strata, CELLS + 1 + len(truths.CHANNELS)), MILLION)
    ppm = tickets.satisfied_ppm
    is_satisfied = feeling < ppm
    five_ppm = np.where(tickets.is_bot_only, truths.FIVE_AMONG_BOT_SATISFIED_PPM, truths.FIVE_AMONG_SATISFIED_PPM)
    high = np.where(feeling < ppm * five_ppm // MILLION, 5, 4)
    three, two, one = truths.UNSATISFIED_SCORE_WEIGHTS
    among_others = (feeling - ppm) * (three + two + one) // np.maximum(MILLION - ppm, 1)
    low = np.where(among_others < three, 3, np.where(among_others < three + two, 2, 1))
    return Feelings(is_satisfied, np.where(is_satisfied, high, low))


def _service_survey(world: World, tickets: Tickets, rows: Ints, sent_at: Ints) -> Feelings:
    contacts = tickets.contacts
    channel = tickets.channel[rows]
    resolved_at = tickets.resolved_at[rows]
    is_resolved = resolved_at < NEVER
    is_slow = is_resolved & (resolved_at - contacts.created_at[rows] > truths.SLOW_RESOLUTION)
    respond_ppm = np.array(truths.RESPONSE_BY_CHANNEL)[channel] + np.where(is_slow, truths.SLOW_RESPONSE_SHIFT, 0)
    respond_ppm = respond_ppm + np.where(is_resolved, 0, truths.UNRESOLVED_RESPONSE_SHIFT)
    responds = chance(world.draws.spread("responds", channel * 2 + is_resolved, 16), respond_ppm)
    strata = np.where(responds, channel, len(truths.CHANNELS))
    kind = np.where(responds, pick(world.draws.spread("kind", strata, len(truths.CHANNELS) + 1), truths.RESPONSE_KIND_PPM), -1)

    invitations = _invite(world, SERVICE, tickets, rows, sent_at[rows])
    responses = _respond(world, invitations, responds, kind)
    is_counted = np.zeros(len(tickets.id), dtype=bool)
    is_counted[rows[responses.invitation[responses.kind == VALID]]] = True
    feelings = _feel(world, tickets, is_counted)
    _score_service(world, responses, feelings.score[rows[responses.invitation]])
    _answer_twice(world, invitations, responses)

    _plant(world, invitations, channel, respond_ppm, truths.RESPONSE_KIND_PPM)
    counted = responses.kind == VALID
    ticket = rows[responses.invitation[counted]]
    five_ppm = np.where(tickets.is_bot_only[ticket], truths.FIVE_AMONG_BOT_SATISFIED_PPM, truths.FIVE_AMONG_SATISFIED_PPM)
    world.store.add(
        "planted_responses",
        {
            "submitted_at": responses.submitted_at[counted], "channel": tickets.channel[ticket], "issue": contacts.issue[ticket],
            "merchant": contacts.merchant[ticket], "is_bot_only": tickets.is_bot_only[ticket],
            "satisfied_ppm": tickets.satisfied_ppm[ticket], "five_ppm": five_ppm,
        },
    )  # fmt: skip
    return feelings


def _expectation_survey(world: World, tickets: Tickets, rows: Ints, sent_at: Ints) -> None:
    issue = tickets.contacts.issue[rows]
    responds = chance(world.draws.spread("responds to expectation", issue, 8), truths.EXPECTATION_RESPONSE_PPM)
    invitations = _invite(world, EXPECTATION, tickets, rows, sent_at[rows])
    responses = _respond(world, invitations, responds, np.where(responds, VALID, -1))
    asked = responses.invitation
    answers = _Answers(responses)
    means = [
        (f"{item}_{part}", mean)
        for item, item_means in truths.EXPECTATION_ITEMS.items()
        for part, mean in zip(ITEM_PARTS, item_means, strict=True)
    ]
    expected, experienced, importance = truths.RESPONSE_DAYS_EXPECTED_EXPERIENCED_IMPORTANCE
    for question, mean in [*means, ("response_days_importance", importance)]:
        answers.add(question, _on_scale(world, question, responses.id, mean))
    for question, mean in (("response_days_expected", expected), ("response_days_experienced", experienced)):
        # Half days, evenly within a day and a half of the mean at most.
        half_days = below(world.bits(question, responses.id), 5) - 2
        answers.add(question, mean + half_days * min(50, mean // 4 // 5 * 5))
    minutes = np.array([round(value * 100) for value in truths.EXPECTED_REPLY_MINUTES], dtype=np.int64)[issue[asked]]
    swing = below(world.draws.spread("expected minutes", issue[asked], 8), 2_001) - 1_000
    answers.add("first_reply_minutes_expected", minutes + minutes * swing // 1_250 // 10 * 10)
    answers.store(world)
    _plant(world, invitations, tickets.channel[rows], np.full(len(rows), truths.EXPECTATION_RESPONSE_PPM), ALL_VALID)
    world.store.add("planted_expectations", {"submitted_at": responses.submitted_at, "issue": issue[asked]})


def survey_orders(world: World, orders: Orders) -> None:
    """Recommendation surveys a week after delivery."""
    sent_at = np.where(orders.delivered_at < NEVER, orders.delivered_at + 7 * truths.DAY, NEVER)
    asked = world.chance("nps invited", orders.id, truths.NPS_INVITED_PPM) & world.window.has_come(sent_at)
    rows = np.flatnonzero(asked)
    none = np.full(len(rows), -1)
    about = {"ticket": none, "order_number": orders.id[rows], "customer": orders.customer[rows], "channel": none}
    invitations = _store_invitations(world, NPS, about, sent_at[rows], orders.arrival_day[rows])
    responds = world.chance("nps responds", invitations.id, truths.NPS_RESPONSE_PPM)
    responses = _respond(world, invitations, responds, np.where(responds, VALID, -1))
    group = pick(world.draws.spread("nps", np.zeros(len(responses.id), dtype=np.int64), 1), truths.NPS_WEIGHTS)
    which = below(world.bits("nps score", responses.id), 28)
    # Among those who would not recommend, a 6 is seven times as common as a 0.
    low = np.searchsorted(np.cumsum(np.arange(1, 8)), which, side="right")
    score = np.where(group == 0, 9 + which % 2, np.where(group == 1, 7 + which % 2, low))
    answers = _Answers(responses)
    answers.add("nps", score * 100)
    answers.store(world)
    _plant(world, invitations, none, np.full(len(rows), truths.NPS_RESPONSE_PPM), ALL_VALID)
    world.store.add("planted_nps", {"submitted_at": responses.submitted_at, "group": group})


def _plant(world: World, invitations: Invitations, channel: Ints, respond_ppm: Ints, kind_ppm: tuple[int, ...]) -> None:
    """Note how probable it is that each invitation is answered before the end, and validly."""
    valid, late, outside, without = kind_ppm
    age = world.window.end - invitations.sent_at
    in_time_ppm = lognormal_cdf_ppm(truths.RESPONSE_DELAY_SIGMA, age, np.full(len(age), truths.RESPONSE_DELAY_SECONDS))
    late_ppm = np.where(age > truths.EXPIRES_AFTER + 2 * truths.DAY, late, 0)
    world.store.add(
        "planted_invitations",
        {
            "sent_at": invitations.sent_at,
            "channel": channel,
            "responded_ppm": respond_ppm * ((valid + outside + without) * in_time_ppm // MILLION + late_ppm) // MILLION,
            "valid_ppm": respond_ppm * (valid * in_time_ppm // MILLION) // MILLION,
        },
    )


def _invite(world: World, survey: int, tickets: Tickets, rows: Ints, sent_at: Ints) -> Invitations:
    contacts = tickets.contacts
    columns = {
        "ticket": tickets.id[rows], "order_number": contacts.order[rows], "customer": contacts.customer[rows],
        "channel": tickets.channel[rows],
    }  # fmt: skip
    return _store_invitations(world, survey, columns, sent_at, tickets.arrival_day[rows])


def _store_invitations(world: World, survey: int, about: dict[str, Ints], sent_at: Ints, not_before: Ints) -> Invitations:
    ids = world.ids("invitation", len(sent_at))
    endless = world.chance("no expiry", ids, truths.NO_EXPIRY_PPM)
    expires_at = np.where(endless, NEVER, sent_at + truths.EXPIRES_AFTER)
    columns = {
        "invitation": ids, "survey": np.full(len(ids), survey), **about, "sent_at": sent_at, "expires_at": expires_at,
    }  # fmt: skip
    days = world.deliver("survey_invitations", ids, columns, [sent_at], not_before)
    return Invitations(ids, sent_at, expires_at, days)


def _respond(world: World, invitations: Invitations, responds: Flags, kind: Ints) -> Responses:
    delay = world.lognormal("response delay", invitations.id, truths.RESPONSE_DELAY_SECONDS, truths.RESPONSE_DELAY_SIGMA)
    delay = np.minimum(60 + delay, truths.EXPIRES_AFTER - truths.HOUR)
    overdue = np.where(invitations.expires_at < NEVER, invitations.expires_at, invitations.sent_at + 30 * truths.DAY)
    too_late = overdue + world.between("too late", invitations.id, 600, 3 * truths.DAY)
    submitted_at = np.where(kind == LATE, too_late, invitations.sent_at + delay)
    rows = np.flatnonzero(responds & world.window.has_come(submitted_at))
    return _store_responses(
        world, invitations.id[rows], rows, submitted_at=submitted_at[rows], kind=kind[rows], not_before=invitations.arrival_day[rows]
    )


def _store_responses(world: World, invitation_ids: Ints, rows: Ints, *, submitted_at: Ints, kind: Ints, not_before: Ints) -> Responses:
    ids = world.ids("response", len(rows))
    comments = world.chance("comment", ids, truths.percent(22))
    columns = {
        "response": ids, "invitation": invitation_ids, "submitted_at": submitted_at,
        "seconds": 15 + world.lognormal("duration", ids, 70, 70),
        "comment": np.where(comments, below(world.bits("words", ids), 1 << 20), -1),
    }  # fmt: skip
    days = world.deliver("survey_responses", ids, columns, [submitted_at], not_before)
    return Responses(ids, rows, submitted_at, kind, days)


def _answer_twice(world: World, invitations: Invitations, responses: Responses) -> None:
    """Some answer a second time, which does not count; a few answer an invitation that nobody knows of."""
    for name, ppm, offset in (("second", truths.SECOND_RESPONSE_PPM, 0), ("unknown", truths.UNKNOWN_INVITATION_PPM, _NOBODY_SENT)):
        submitted_at = responses.submitted_at + world.between(f"{name} after", responses.id, truths.HOUR, 60 * truths.HOUR)
        again = world.chance(f"{name} response", responses.id, ppm) & world.window.has_come(submitted_at)
        rows = np.flatnonzero(again)
        if len(rows) == 0:
            continue
        invited = responses.invitation[rows]
        further = _store_responses(
            world, invitations.id[invited] + offset, invited,
            submitted_at=submitted_at[rows], kind=np.full(len(rows), VALID), not_before=invitations.arrival_day[invited],
        )  # fmt: skip
        _score_service(world, further, 1 + below(world.bits(f"{name} score", further.id), 5))


def withhold_strays(store: Store) -> None:
    """Take out the responses to invitations that nobody sent, with their answers."""
    if store.rows("survey_responses"):
        strays = f"select response from survey_responses where invitation >= {_NOBODY_SENT}"
        store.connection.execute(f"delete from survey_answers where response in ({strays})")
        store.connection.execute(f"delete from survey_responses where invitation >= {_NOBODY_SENT}")


def _score_service(world: World, responses: Responses, score: Ints) -> None:
    """The overall score, one for each response, and the questions beside it, which follow it."""
    satisfied = score >= 4
    beyond = np.where(world.chance("beyond", responses.id, MILLION // 2), 0, 6)
    overall = np.where(responses.kind == OUTSIDE_SCALE, beyond, score)
    answers = _Answers(responses)
    answers.add("overall", overall * 100, responses.kind != WITHOUT_OVERALL)
    for question, (if_satisfied, if_not) in zip(truths.QUESTIONS, truths.QUESTION_SATISFIED_PPM, strict=True):
        draw = below(world.draws.spread(question, satisfied.astype(np.int64), 2), MILLION)
        likes = draw < np.where(satisfied, if_satisfied, if_not)
        high = np.where(world.chance(question + " five", responses.id, MILLION // 2), 5, 4)
        low = 3 - pick(world.bits(question + " low", responses.id), truths.UNSATISFIED_SCORE_WEIGHTS)
        answered = world.chance(question + " answered", responses.id, truths.QUESTION_ANSWERED_PPM)
        answers.add(question, np.where(likes, high, low) * 100, answered)
    effort_bits = world.draws.spread("ces", satisfied.astype(np.int64), 2)
    happy, sad = (pick(effort_bits, weights) for weights in (truths.CES_WEIGHTS_SATISFIED, truths.CES_WEIGHTS_UNSATISFIED))
    effort = np.where(satisfied, happy, sad)
    answers.add("ces", (1 + effort) * 100, world.chance("ces answered", responses.id, truths.CES_ANSWERED_PPM))
    answers.store(world)


def _on_scale(world: World, question: str, ids: Ints, mean: int) -> Ints:
    """Whole scores from 1 to 5 whose mean, in hundredths, is the given one."""
    under = mean // 100
    over = chance(world.draws.spread("item", np.full(len(ids), CODE[question]), len(CODE)), (mean - under * 100) * 10_000)
    score = under + over
    # A symmetric step to either side, where the scale has room for both.
    step = np.where(world.chance(question + " side", ids, MILLION // 2), 1, -1)
    moves = world.chance(question + " moves", ids, truths.percent(40)) & (score > 1) & (score < 5)
    return (score + np.where(moves, step, 0)) * 100


class _Answers:
    """Collects the answers to many questions, so that they are stored at one go."""

    def __init__(self, responses: Responses) -> None:
        self._responses = responses
        self._parts: list[tuple[Ints, Ints, Ints]] = []

    def add(self, question: str, score: Ints, mask: Flags | None = None) -> None:
        """Scores in hundredths, one for each response; those outside the mask are not given."""
        rows = np.arange(len(self._responses.id)) if mask is None else np.flatnonzero(mask)
        self._parts.append((rows, np.full(len(rows), CODE[question]), score[rows]))

    def store(self, world: World) -> None:
        """Deliver them, none before its response."""
        row, question, score = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        responses = self._responses
        columns = {"response": responses.id[row], "question": question, "score": score}
        ids = columns["response"] * 64 + question
        world.deliver("survey_answers", ids, columns, [responses.submitted_at[row]], responses.arrival_day[row])
