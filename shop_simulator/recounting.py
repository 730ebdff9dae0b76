"""Tells the life of tickets as events, in the order of time: the feed ``ticket_events``.

What happens to a ticket stands in ``ticketing``; here it is decided what is said and done on the way there.
"""

from __future__ import annotations

import numpy as np

from shop_simulator import truths
from shop_simulator.draws import MILLION, Flags, Ints, chance
from shop_simulator.ticketing import (
    Answers,
    Contacts,
    Endings,
    Openings,
    Tickets,
    answer_tickets,
    deliver_tickets,
    end_tickets,
    handled_from,
    open_tickets,
    pace_percent,
    satisfaction_ppm,
)
from shop_simulator.window import NEVER
from shop_simulator.world import World

STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed")
NEW, OPEN, PENDING, ON_HOLD, SOLVED, CLOSED = range(6)
# Values of events are coded in one space: nothing, a status, a priority, an agent, a ticket.
NOTHING, PRIORITY_BASE, AGENT_BASE, TICKET_BASE = -1, 10, 1_000, 1_000_000_000
EVENT_TYPES = (
    "created", "assigned", "agent_reply", "bot_reply", "customer_reply", "internal_note", "status_changed",
    "priority_changed", "escalated", "result_feedback", "follow_up", "merged",
)  # fmt: skip
# Days that a desk goes on with a ticket that it never resolves.
DAYS_ON_UNRESOLVED = 5


def simulate_tickets(world: World, contacts: Contacts) -> Tickets:
    """The tickets of these contacts, stored as extracts of ``tickets`` and ``ticket_events``."""
    opened = open_tickets(world, contacts)
    answers = answer_tickets(world, opened)
    endings = end_tickets(world, opened, answers)
    arrival_day = deliver_tickets(world, opened, answers, endings)
    story = _Story(world, opened, arrival_day)
    _tell_the_beginning(story, answers, endings)
    _tell_the_work(story, answers, endings)
    _tell_the_end(story, answers, endings)
    story.store()
    return Tickets(
        contacts=contacts,
        id=opened.id,
        channel=opened.channel,
        resolved_at=endings.first_resolved_at,
        is_bot_only=answers.is_bot_only,
        is_in_scope=opened.is_in_scope,
        satisfied_ppm=satisfaction_ppm(world, opened, answers, endings),
        arrival_day=arrival_day,
    )


class _Story:
    """Collects the events of a block of tickets and numbers them in the order of time."""

    def __init__(self, world: World, tickets: Openings, arrival_day: Ints) -> None:
        self.world = world
        self.tickets = tickets
        self.closer: Ints = np.full(len(tickets.id), NOTHING)
        self.is_pending_at_the_end: Flags = np.zeros(len(tickets.id), dtype=bool)
        self._arrival_day = arrival_day
        self._parts: list[tuple[Ints, Ints, Ints, Ints, Ints, Ints]] = []

    def tell(
        self, kind: str, mask: Flags, at: Ints, *, actor: Ints | int = NOTHING, before: Ints | int = NOTHING, after: Ints | int = NOTHING
    ) -> None:
        """Add an event to the tickets of the mask, unless it lies after the end."""
        rows = np.flatnonzero(mask & self.world.window.has_come(at))

        def of_rows(value: Ints | int) -> Ints:
            return np.full(len(rows), value, dtype=np.int64) if isinstance(value, int) else value[rows]

        code = of_rows(EVENT_TYPES.index(kind))
        self._parts.append((rows, at[rows], code, of_rows(actor), of_rows(before), of_rows(after)))

    def turn(self, mask: Flags, at: Ints, before: Ints | int, after: Ints | int, actor: Ints | int = NOTHING) -> None:
        """A change of status."""
        self.tell("status_changed", mask, at, actor=actor, before=before, after=after)

    def usual(self, seconds: int) -> Ints:
        """What takes the person who has a ticket in the end as long as they usually take, against ``seconds``."""
        return seconds * pace_percent(np.maximum(self.closer, 0)) // 100

    def chance(self, name: str, probability_ppm: Ints | int) -> Flags:
        """True for some of the tickets."""
        return self.world.chance(name, self.tickets.id, probability_ppm)

    def store(self) -> None:
        """Deliver the events."""
        row, at, kind, actor, before, after = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        # Ties keep the order in which the events were told: a reply before the status it leads to.
        order = np.lexsort((at, row))
        row, at, kind, actor, before, after = (part[order] for part in (row, at, kind, actor, before, after))
        counts = np.bincount(row, minlength=len(self.tickets.id))
        number = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        ids = self.tickets.id[row] * 64 + number
        day = self.world.arrival_day("ticket_events", ids, at, self._arrival_day[row])
        columns = {
            "ticket": self.tickets.id[row], "number": number + 1, "occurred_at": at, "kind": kind, "actor": actor,
            "before": before, "after": after, "updated_at": at, "_day": day,
        }  # fmt: skip
        self.world.add("ticket_events", ids, columns)


def _tell_the_beginning(story: _Story, answers: Answers, endings: Endings) -> None:
    """From the contact to the first human reply."""
    world, tickets = story.world, story.tickets
    created_at, agent = tickets.contacts.created_at, answers.agent
    story.tell("created", np.ones(len(tickets.id), dtype=bool), created_at, after=NEW)
    story.tell("bot_reply", answers.has_bot, answers.bot_replied_at, actor=world.agents.bot)
    story.tell("assigned", answers.is_assigned, answers.assigned_at, actor=agent, after=agent + AGENT_BASE)
    # The desk logs the replies of one bot account like those of a person; its holder is a person from a day on.
    was_bot = created_at + 20 < world.agents.former_bot_until
    mistyped = answers.is_assigned & was_bot & story.chance("mistyped bot", truths.percent(2))
    story.tell("agent_reply", mistyped, created_at + 1, actor=world.agents.former_bot)
    was, became = endings.first_priority + PRIORITY_BASE, tickets.priority + PRIORITY_BASE
    is_reprioritised = endings.reprioritised_at < NEVER
    story.tell("priority_changed", is_reprioritised, endings.reprioritised_at, actor=agent, before=was, after=became)
    story.turn(answers.has_human, answers.opened_at, NEW, OPEN, agent)
    story.tell("agent_reply", answers.has_human, answers.replied_at, actor=agent)


def _tell_the_work(story: _Story, answers: Answers, endings: Endings) -> None:
    """Between the first reply and the resolution: questions back, waiting, other hands."""
    world, tickets = story.world, story.tickets
    agent, has_human, is_assigned = answers.agent, answers.has_human, answers.is_assigned
    begins = handled_from(tickets, answers)
    ends = np.where(endings.first_resolved_at < NEVER, endings.first_resolved_at, begins + DAYS_ON_UNRESOLVED * truths.DAY)
    span = np.maximum(ends - begins - 30, 0)

    def at(percent: int) -> Ints:
        return begins + span * percent // 100

    draws, channel, issue = world.draws, tickets.channel, tickets.contacts.issue
    moves = is_assigned & chance(draws.spread("transferred", channel, len(truths.CHANNELS)), truths.TRANSFER_PPM)
    second = world.agents.taking(world.bits("second agent", tickets.id), answers.team, at(30), agent)
    story.tell("assigned", moves, at(30), actor=second, before=agent + AGENT_BASE, after=second + AGENT_BASE)
    story.closer = np.where(is_assigned, np.where(moves, second, agent), NOTHING)
    closer = story.closer
    escalates = chance(draws.spread("escalated", issue, len(truths.ISSUE_TYPES)), np.array(truths.ESCALATION_PPM)[issue])
    story.tell("escalated", is_assigned & escalates, at(40), actor=closer)
    story.tell("internal_note", is_assigned & story.chance("note", truths.percent(15)), at(12), actor=agent)

    waits = has_human & story.chance("pending", truths.PENDING_PPM)
    story.is_pending_at_the_end = waits & story.chance("pending to solved", truths.PENDING_TO_SOLVED_PPM)
    comes_back = waits & ~story.is_pending_at_the_end
    story.turn(waits, at(15), OPEN, PENDING, agent)
    story.tell("customer_reply", comes_back, at(45))
    story.turn(comes_back, at(45), PENDING, OPEN)
    holds = has_human & ~story.is_pending_at_the_end & story.chance("on hold", truths.ON_HOLD_PPM)
    story.turn(holds, at(55), OPEN, ON_HOLD, closer)
    story.turn(holds, at(85), ON_HOLD, OPEN, closer)
    story.tell("customer_reply", has_human & ~waits & story.chance("customer writes", truths.percent(30)), at(20))
    further = np.where(has_human, world.pick("further replies", tickets.id, truths.FURTHER_REPLIES_WEIGHTS), 0)
    for number, percent in ((1, 90), (2, 48), (3, 14)):
        story.tell("agent_reply", further >= number, at(percent), actor=closer if percent > 30 else agent)


def _tell_the_end(story: _Story, answers: Answers, endings: Endings) -> None:
    """Resolution, what the customer hears of it, coming back, closing."""
    world, tickets = story.world, story.tickets
    ids, has_human, closer = tickets.id, answers.has_human, story.closer
    resolved_at, reopened_at, last_resolved_at = endings.first_resolved_at, endings.reopened_at, endings.last_resolved_at
    is_resolved, is_reopened, is_settled = resolved_at < NEVER, reopened_at < NEVER, last_resolved_at < NEVER

    status = np.where(has_human, np.where(story.is_pending_at_the_end, PENDING, OPEN), NEW)
    solver = np.where(answers.is_bot_only, world.agents.bot, closer)
    story.turn(is_resolved, resolved_at, status, np.where(endings.is_closed_unsolved, CLOSED, SOLVED), solver)
    thanks = has_human & is_resolved & ~is_reopened & story.chance("thanks", truths.percent(9))
    thanked_at = resolved_at + 300 + world.lognormal("thanked after", ids, 3 * truths.HOUR, 90)
    story.tell("customer_reply", thanks, thanked_at)
    welcomed_at = thanked_at + story.usual(truths.WELCOME_SECONDS)
    story.tell("agent_reply", thanks & story.chance("welcome", MILLION // 2), welcomed_at, actor=closer)

    story.tell("customer_reply", is_reopened, reopened_at)
    story.turn(is_reopened, reopened_at, SOLVED, OPEN)
    story.tell("agent_reply", is_reopened & has_human, reopened_at + story.usual(truths.REOPENED_REPLY_SECONDS), actor=closer)
    story.turn(endings.resolved_again_at < NEVER, endings.resolved_again_at, OPEN, SOLVED, solver)

    tells = has_human & is_settled & ~endings.is_closed_unsolved & story.chance("result feedback", truths.RESULT_FEEDBACK_PPM)
    told_after = 30 + world.lognormal("told", ids, truths.RESULT_FEEDBACK_SECONDS, truths.RESULT_FEEDBACK_SIGMA)
    story.tell("result_feedback", tells, last_resolved_at + told_after, actor=closer)
    asks = has_human & is_settled & story.chance("follow up", truths.FOLLOW_UP_PPM)
    asked_after = 2 * truths.HOUR + world.lognormal("asked", ids, 30 * truths.HOUR, 80)
    story.tell("follow_up", asks, last_resolved_at + asked_after, actor=closer)
    story.turn(is_settled & ~endings.is_closed_unsolved, last_resolved_at + truths.CLOSE_AFTER, SOLVED, CLOSED)

    settled_at = endings.settled_at
    story.tell("merged", tickets.is_merged, settled_at, actor=answers.agent, after=tickets.contacts.parent + TICKET_BASE)
    story.turn(~tickets.is_handled, settled_at, NEW, CLOSED, answers.agent)
