"""The life of a ticket from contact to closing: who replies when, how it ends, and the events that tell of it.

Takes contacts (somebody turned to the shop about something) and returns what later steps need: when each ticket was
resolved, by whom it was answered, how satisfied the customer is. Surveys and repeat orders are decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from shop_simulator import truths
from shop_simulator.draws import MILLION, Flags, Ints, below, chance, lognormal_cdf_ppm, lognormal_table, read_table
from shop_simulator.window import NEVER, ZONE_SECONDS
from shop_simulator.world import World

NEW, OPEN, PENDING, ON_HOLD, SOLVED, CLOSED = range(6)
STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed")
# Values of events are coded in one space: nothing, a status, a priority, an agent, a ticket.
NOTHING, PRIORITY_BASE, AGENT_BASE, TICKET_BASE = -1, 10, 1_000, 1_000_000_000
EVENT_TYPES = (
    "created", "assigned", "agent_reply", "bot_reply", "customer_reply", "internal_note", "status_changed",
    "priority_changed", "escalated", "result_feedback", "follow_up", "merged",
)  # fmt: skip
(
    CREATED, ASSIGNED, AGENT_REPLY, BOT_REPLY, CUSTOMER_REPLY, INTERNAL_NOTE, STATUS_CHANGED, PRIORITY_CHANGED, ESCALATED,
    RESULT_FEEDBACK, FOLLOW_UP, MERGED,
) = range(12)  # fmt: skip
UNRESOLVED = -1
UNSOLVED_CODE = truths.RESOLUTION_CODES.index("unsolved")
COMPLAINT = truths.ISSUE_TYPES.index("complaint")


@dataclass(frozen=True)
class Contacts:
    """Somebody turns to the shop. -1 stands for none."""

    created_at: Ints
    issue: Ints
    customer: Ints
    order: Ints
    merchant: Ints
    product: Ints
    is_pre_sale: Flags
    is_spam: Flags
    # Number of the ticket into which this one is merged, or -1.
    parent: Ints
    # The day on which what the ticket refers to has arrived.
    not_before: Ints

    def __len__(self) -> int:
        return len(self.created_at)

    def take(self, rows: Ints) -> Contacts:
        """Some of the contacts."""
        return Contacts(*(getattr(self, each.name)[rows] for each in fields(self)))


@dataclass(frozen=True)
class Tickets:
    """What became of contacts, in their order."""

    contacts: Contacts
    id: Ints
    channel: Ints
    replied_at: Ints
    resolved_at: Ints
    is_bot_only: Flags
    is_in_scope: Flags
    satisfied_ppm: Ints
    is_satisfied: Flags
    score: Ints
    arrival_day: Ints


def joined(blocks: list[Contacts]) -> Contacts:
    """Several blocks of contacts as one."""
    return Contacts(*(np.concatenate([getattr(block, each.name) for block in blocks]) for each in fields(Contacts)))


def simulate_tickets(world: World, contacts: Contacts) -> Tickets:
    """The tickets of these contacts, stored as extracts of ``tickets`` and ``ticket_events``.

    Every contact must lie inside the window.
    """
    window = world.window
    count = len(contacts)
    ids = world.ids("ticket", count)
    created_at, issue = contacts.created_at, contacts.issue
    is_merged = contacts.parent >= 0
    in_scope = ~contacts.is_spam & ~is_merged & ~contacts.is_pre_sale
    on_its_own = ~contacts.is_spam & ~is_merged

    channel = world.pick("channel", ids, truths.CHANNEL_WEIGHTS)
    channel = np.where(contacts.is_spam, truths.CHANNELS.index("email"), channel)
    is_complaint = (issue == COMPLAINT) | world.chance("complains", ids, truths.percent(1))
    urgency = world.pick("priority", ids, truths.PRIORITY_WEIGHTS)
    priority = np.where(issue == COMPLAINT, world.pick("complaint priority", ids, truths.COMPLAINT_PRIORITY_WEIGHTS), urgency)

    # --- who answers, and when
    bot_replies = world.chance("bot replies", ids, np.array(truths.BOT_REPLY_PPM)[channel]) & on_its_own & (issue != COMPLAINT)
    is_bot_only = bot_replies & world.chance("bot only", ids, np.array(truths.BOT_ONLY_PPM)[channel])
    bot_replied_at = created_at + 1 + world.lognormal("bot reply", ids, truths.BOT_REPLY_SECONDS, truths.BOT_REPLY_SIGMA)
    bot_replied_at = np.where(bot_replies, bot_replied_at, NEVER)
    is_unreplied = world.chance("unreplied", ids, truths.UNREPLIED_PPM)
    has_human = on_its_own & ~is_bot_only & ~is_unreplied

    hour = (created_at + ZONE_SECONDS) % truths.DAY // truths.HOUR
    is_night = (hour >= truths.NIGHT_HOURS[0]) & (hour < truths.NIGHT_HOURS[1])
    reply_median = np.array(truths.FIRST_REPLY_SECONDS)[channel] * np.array(truths.PRIORITY_REPLY_PERCENT)[priority] // 100
    reply_median = np.where(is_night, reply_median * truths.NIGHT_REPLY_PERCENT // 100, reply_median)
    helped = (issue == truths.ISSUE_TYPES.index("logistics")) & (created_at >= window.at_percent(truths.LOGISTICS_INITIATIVE["start"]))
    reply_median = np.where(helped, reply_median * truths.LOGISTICS_INITIATIVE["reply_percent"] // 100, reply_median)
    reply_strata = channel * 8 + priority * 2 + is_night
    reply_bits = world.draws.spread("first reply", np.where(has_human & in_scope, reply_strata, 64 + channel), 80)
    reply_seconds = np.maximum(5, reply_median * read_table(lognormal_table(truths.FIRST_REPLY_SIGMA), reply_bits) // MILLION)
    replied_at = np.where(has_human, created_at + reply_seconds, NEVER)
    team = _team(channel, issue)
    queue_percent = world.between("queue", ids, *truths.QUEUE_SHARE_PPM)
    is_assigned = on_its_own & ~is_bot_only
    assigned_at = np.where(is_assigned, created_at + 1 + reply_seconds * queue_percent // MILLION, NEVER)
    agent = world.agents.taking(world.draws, "agent", ids, team, np.where(is_assigned, assigned_at, created_at))
    opened_at = np.where(has_human, assigned_at + (replied_at - assigned_at) // 3, NEVER)

    # --- how it ends
    is_trained = has_human & (created_at >= world.agents.trained_at[agent] + truths.DAY)
    resolution_median = np.array(truths.RESOLUTION_SECONDS)[issue]
    email = truths.CHANNELS.index("email")
    resolution_median = np.where(channel == email, resolution_median * truths.EMAIL_RESOLUTION_PERCENT // 100, resolution_median)
    trained_percent = truths.TRAINING["resolution_percent"]
    resolution_median = np.where(is_trained, resolution_median * trained_percent // 100, resolution_median)
    resolution_median = np.where(is_bot_only, truths.BOT_RESOLUTION_SECONDS, resolution_median)
    resolution_strata = np.where(in_scope, issue * 2 + is_bot_only, 16 + issue)
    resolution_bits = world.draws.spread("resolution time", resolution_strata, 32)
    human_seconds = read_table(lognormal_table(truths.RESOLUTION_SIGMA), resolution_bits)
    bot_seconds = read_table(lognormal_table(truths.BOT_RESOLUTION_SIGMA), resolution_bits)
    resolution_seconds = resolution_median * np.where(is_bot_only, bot_seconds, human_seconds) // MILLION
    replied_or_bot = np.where(has_human, replied_at, np.where(is_bot_only, bot_replied_at, created_at + 600))
    first_resolved_at = np.maximum(created_at + resolution_seconds, replied_or_bot + 90)
    resolved_ppm = np.where(is_bot_only, MILLION, np.array(truths.RESOLVED_PPM)[issue])
    is_ever_resolved = chance(world.draws.spread("resolved", resolution_strata, 32), resolved_ppm) & on_its_own
    first_resolved_at = np.where(is_ever_resolved, first_resolved_at, NEVER)
    closes_unsolved = is_ever_resolved & ~is_bot_only & world.chance("closed unsolved", ids, truths.CLOSED_UNSOLVED_PPM)

    reopen_ppm = np.where(is_bot_only, 0, np.array(truths.REOPEN_PPM)[issue])
    is_reopened = is_ever_resolved & chance(world.draws.spread("reopened", resolution_strata, 32), reopen_ppm)
    reopened_after = np.minimum(1_800 + world.lognormal("reopened after", ids, 18 * truths.HOUR, 80), truths.CLOSE_AFTER - 600)
    reopened_at = np.where(is_reopened, first_resolved_at + reopened_after, NEVER)
    again = is_reopened & world.chance("resolved again", ids, truths.RESOLVED_AGAIN_PPM)
    resolved_again_at = np.where(again, reopened_at + 1_800 + world.lognormal("again after", ids, 9 * truths.HOUR, 90), NEVER)
    last_resolved_at = np.where(is_reopened, resolved_again_at, first_resolved_at)
    code = world.pick("code", ids, truths.RESOLUTION_CODE_WEIGHTS)
    bot_code = world.pick("bot code", ids, truths.BOT_RESOLUTION_CODE_WEIGHTS)
    code = np.where(closes_unsolved & ~is_reopened, UNSOLVED_CODE, np.where(is_bot_only, bot_code, code))

    # --- merged and spam tickets are closed as they are
    settled_at = created_at + 60 + world.lognormal("settled", ids, 20 * truths.MINUTE, 70)
    merged_at = np.where(is_merged, settled_at, NEVER)
    flagged_at = np.where(contacts.is_spam, settled_at, NEVER)

    # --- corrections to the ticket's own row
    is_reprioritised = world.chance("priority changed", ids, truths.PRIORITY_CHANGE_PPM) & is_assigned
    before_reply = world.chance("before the reply", ids, MILLION // 2)
    changed_after = np.where(before_reply, reply_seconds * 2 // 3, reply_seconds + 15 * truths.MINUTE)
    reprioritised_at = np.where(is_reprioritised, created_at + 2 + changed_after, NEVER)
    first_priority = np.where(priority == 0, 1, np.where(priority == 3, 2, np.where(priority == 1, 2, 3)))
    # A change that has not happened yet at the end did not happen: then the priority is the one it began with.
    is_misfiled = world.chance("issue corrected", ids, truths.CORRECTED_PPM) & is_assigned & (issue != COMPLAINT)
    refiled_at = np.where(is_misfiled, created_at + 30 + reply_seconds, NEVER)
    columns = {
        "ticket": ids, "customer": contacts.customer, "order_number": contacts.order, "merchant": contacts.merchant,
        "product": contacts.product, "channel": channel, "issue": issue, "priority": priority, "first_priority": first_priority,
        "is_complaint": is_complaint, "is_pre_sale": contacts.is_pre_sale, "code": code, "created_at": created_at,
        "parent": contacts.parent, "is_spam": contacts.is_spam, "refiled_at": refiled_at, "reprioritised_at": reprioritised_at,
        "first_resolved_at": first_resolved_at, "reopened_at": reopened_at, "resolved_again_at": resolved_again_at,
        "merged_at": merged_at, "flagged_at": flagged_at,
    }  # fmt: skip
    moments = [created_at, refiled_at, reprioritised_at, first_resolved_at, reopened_at, resolved_again_at, merged_at, flagged_at]
    arrival = world.deliver("tickets", ids, columns, moments, contacts.not_before)

    # --- what happens in between
    events = _Events(world, ids, arrival)
    system = np.full(count, NOTHING)
    nothing = system
    bot = np.full(count, world.agents.bot)
    agent_code = agent + AGENT_BASE
    always = np.ones(count, dtype=bool)
    events.add(always, created_at, CREATED, system, nothing, np.full(count, NEW))
    first_code = np.where(is_reprioritised, first_priority, priority)
    events.add(bot_replies, bot_replied_at, BOT_REPLY, bot, nothing, nothing)
    events.add(is_assigned, assigned_at, ASSIGNED, agent, nothing, agent_code)
    # A bot account whose replies the desk logs like those of a person; its holder is a person since the middle.
    mistyped = is_assigned & world.chance("mistyped bot", ids, truths.percent(2)) & (created_at + 20 < world.agents.former_bot_until)
    events.add(mistyped, created_at + 1, AGENT_REPLY, np.full(count, world.agents.former_bot), nothing, nothing)
    events.add(is_reprioritised, reprioritised_at, PRIORITY_CHANGED, agent, first_code + PRIORITY_BASE, priority + PRIORITY_BASE)
    events.add(has_human, opened_at, STATUS_CHANGED, agent, np.full(count, NEW), np.full(count, OPEN))
    events.add(has_human, replied_at, AGENT_REPLY, agent, nothing, nothing)

    until_end = np.where(is_ever_resolved, first_resolved_at, replied_or_bot + 5 * truths.DAY)
    span = np.maximum(until_end - replied_or_bot - 30, 0)

    def at(percent: int) -> Ints:
        return replied_or_bot + span * percent // 100

    is_transferred = is_assigned & chance(world.draws.spread("transferred", channel, len(truths.CHANNELS)), truths.TRANSFER_PPM)
    second = world.agents.taking(world.draws, "second agent", ids, team, at(30))
    is_transferred &= second != agent
    events.add(is_transferred, at(30), ASSIGNED, second, agent_code, second + AGENT_BASE)
    closer = np.where(is_transferred, second, agent)
    escalates = is_assigned & chance(
        world.draws.spread("escalated", issue, len(truths.ISSUE_TYPES)), np.array(truths.ESCALATION_PPM)[issue]
    )
    events.add(escalates, at(40), ESCALATED, closer, nothing, nothing)
    events.add(is_assigned & world.chance("note", ids, truths.percent(15)), at(12), INTERNAL_NOTE, agent, nothing, nothing)

    waits = has_human & world.chance("pending", ids, truths.PENDING_PPM)
    straight = waits & world.chance("pending to solved", ids, truths.PENDING_TO_SOLVED_PPM)
    comes_back = waits & ~straight
    events.add(waits, at(15), STATUS_CHANGED, agent, np.full(count, OPEN), np.full(count, PENDING))
    events.add(comes_back, at(45), CUSTOMER_REPLY, system, nothing, nothing)
    events.add(comes_back, at(45), STATUS_CHANGED, system, np.full(count, PENDING), np.full(count, OPEN))
    holds = has_human & ~straight & world.chance("on hold", ids, truths.ON_HOLD_PPM)
    events.add(holds, at(55), STATUS_CHANGED, closer, np.full(count, OPEN), np.full(count, ON_HOLD))
    events.add(holds, at(85), STATUS_CHANGED, closer, np.full(count, ON_HOLD), np.full(count, OPEN))
    chats = has_human & ~waits & world.chance("customer writes", ids, truths.percent(30))
    events.add(chats, at(20), CUSTOMER_REPLY, system, nothing, nothing)
    further = np.where(has_human, world.pick("further replies", ids, truths.FURTHER_REPLIES_WEIGHTS), 0)
    for number, place in ((1, 90), (2, 48), (3, 14)):
        replier = np.where(place > 30, closer, agent)
        events.add(further >= number, at(place), AGENT_REPLY, replier, nothing, nothing)

    status = np.where(has_human, np.where(straight, PENDING, OPEN), NEW)
    solver = np.where(is_bot_only, world.agents.bot, np.where(is_assigned, closer, NOTHING))
    ending = np.where(closes_unsolved & ~is_reopened, CLOSED, SOLVED)
    events.add(is_ever_resolved, first_resolved_at, STATUS_CHANGED, solver, status, ending)
    tells = is_ever_resolved & has_human & ~closes_unsolved & world.chance("result feedback", ids, truths.RESULT_FEEDBACK_PPM)
    told_at = last_resolved_at + 30 + world.lognormal("told", ids, truths.RESULT_FEEDBACK_SECONDS, truths.RESULT_FEEDBACK_SIGMA)
    tells &= last_resolved_at < NEVER
    events.add(tells, told_at, RESULT_FEEDBACK, closer, nothing, nothing)
    asks = is_ever_resolved & has_human & (last_resolved_at < NEVER) & world.chance("follow up", ids, truths.FOLLOW_UP_PPM)
    asked_at = last_resolved_at + 2 * truths.HOUR + world.lognormal("asked", ids, 30 * truths.HOUR, 80)
    events.add(asks, asked_at, FOLLOW_UP, closer, nothing, nothing)
    thanks = is_ever_resolved & ~is_reopened & has_human & world.chance("thanks", ids, truths.percent(9))
    thanked_at = first_resolved_at + 300 + world.lognormal("thanks", ids, 3 * truths.HOUR, 90)
    events.add(thanks, thanked_at, CUSTOMER_REPLY, system, nothing, nothing)
    events.add(thanks & world.chance("welcome", ids, MILLION // 2), thanked_at + 1_200, AGENT_REPLY, closer, nothing, nothing)
    events.add(is_reopened, reopened_at, CUSTOMER_REPLY, system, nothing, nothing)
    events.add(is_reopened, reopened_at, STATUS_CHANGED, system, ending, np.full(count, OPEN))
    events.add(is_reopened, reopened_at + 900, AGENT_REPLY, np.where(has_human, closer, NOTHING), nothing, nothing, has_human)
    events.add(again, resolved_again_at, STATUS_CHANGED, solver, np.full(count, OPEN), np.full(count, SOLVED))
    closes = (last_resolved_at < NEVER) & (ending == SOLVED)
    events.add(closes, last_resolved_at + truths.CLOSE_AFTER, STATUS_CHANGED, system, np.full(count, SOLVED), np.full(count, CLOSED))
    settles = is_merged | contacts.is_spam
    events.add(is_merged, settled_at, MERGED, agent, nothing, contacts.parent + TICKET_BASE)
    events.add(settles, settled_at, STATUS_CHANGED, agent, np.full(count, NEW), np.full(count, CLOSED))
    events.store()

    # --- how the customer feels about it
    satisfied_ppm = _satisfaction(world, contacts, channel, is_bot_only, is_trained, is_ever_resolved)
    feeling_strata = np.where(in_scope, (channel * 8 + issue) * 2 + is_bot_only, 128 + channel)
    feeling = below(world.draws.spread("satisfied", feeling_strata, 160), MILLION)
    is_satisfied = feeling < satisfied_ppm
    five = np.where(is_bot_only, truths.FIVE_AMONG_BOT_SATISFIED_PPM, truths.FIVE_AMONG_SATISFIED_PPM)
    bad = np.cumsum(truths.UNSATISFIED_SCORE_WEIGHTS)
    below_four = (feeling - satisfied_ppm) * int(bad[-1]) // np.maximum(MILLION - satisfied_ppm, 1)
    low_score = np.where(below_four < bad[0], 3, np.where(below_four < bad[1], 2, 1))
    score = np.where(is_satisfied, np.where(feeling < satisfied_ppm * five // MILLION, 5, 4), low_score)

    remaining = window.end - created_at
    sigma_cdf = np.where(
        is_bot_only,
        lognormal_cdf_ppm(truths.BOT_RESOLUTION_SIGMA, remaining, resolution_median),
        lognormal_cdf_ppm(truths.RESOLUTION_SIGMA, remaining, resolution_median),
    )
    still_resolved = MILLION - reopen_ppm * (MILLION - truths.RESOLVED_AGAIN_PPM) // MILLION
    planted = {
        "ticket": ids, "created_at": created_at, "channel": channel, "issue": issue,
        # A change of priority that lies after the end did not happen.
        "priority": np.where(is_reprioritised & ~window.has_come(reprioritised_at), first_priority, priority),
        "merchant": contacts.merchant, "agent": agent, "trained_at": world.agents.trained_at[agent],
        "is_replied": has_human & window.has_come(replied_at), "reply_median": reply_median,
        "is_bot_replied": bot_replies & window.has_come(bot_replied_at),
        "is_bot_only": is_bot_only, "resolution_median": resolution_median, "resolved_ppm": resolved_ppm,
        "resolved_at_end_ppm": resolved_ppm * sigma_cdf // MILLION * still_resolved // MILLION, "reopen_ppm": reopen_ppm,
        "escalation_ppm": np.where(is_assigned, np.array(truths.ESCALATION_PPM)[issue], 0), "is_assigned": is_assigned,
        "satisfied_ppm": satisfied_ppm,
    }  # fmt: skip
    for hours in (24, 48, 168):
        limit = np.full(count, hours * truths.HOUR)
        within = np.where(
            is_bot_only,
            lognormal_cdf_ppm(truths.BOT_RESOLUTION_SIGMA, limit, resolution_median),
            lognormal_cdf_ppm(truths.RESOLUTION_SIGMA, limit, resolution_median),
        )
        planted[f"within_{hours}h_ppm"] = resolved_ppm * within // MILLION
    scope = np.flatnonzero(in_scope)
    world.store.add("planted_tickets", {name: values[scope] for name, values in planted.items()})
    return Tickets(
        contacts, ids, channel, replied_at, first_resolved_at, is_bot_only, in_scope, satisfied_ppm, is_satisfied, score, arrival
    )


def _team(channel: Ints, issue: Ints) -> Ints:
    """The team that takes a ticket: by issue for complaints and repairs, else by channel."""
    by_channel = {"phone": "phone", "email": "mail", "social": "mail", "store": "store"}
    teams = np.array([truths.TEAMS.index(by_channel.get(name, "chat")) for name in truths.CHANNELS], dtype=np.int64)[channel]
    teams = np.where(issue == COMPLAINT, truths.TEAMS.index("complaints"), teams)
    return np.where(issue == truths.ISSUE_TYPES.index("repair"), truths.TEAMS.index("repairs"), teams)


def _satisfaction(world: World, contacts: Contacts, channel: Ints, is_bot_only: Flags, is_trained: Flags, is_resolved: Flags) -> Ints:
    """The planted probability that the customer is satisfied, every effect included."""
    window = world.window
    ppm = np.array(truths.SATISFIED_BY_CHANNEL)[channel] + np.array(truths.SATISFIED_BY_ISSUE)[contacts.issue]
    ppm = np.where(is_trained, ppm * truths.TRAINING["satisfied_percent"] // 100, ppm)
    ppm = np.where(is_bot_only, truths.SATISFIED_BOT_ONLY, ppm)
    email = truths.EMAIL_INITIATIVE
    lifted = (channel == truths.CHANNELS.index("email")) & (contacts.created_at >= window.at_percent(email["start"]))
    ppm = np.where(lifted, ppm + email["satisfied_ppm"], ppm)
    falling = truths.DECLINING_MERCHANT
    begins = window.at_percent(falling["start"])
    gone = np.clip(contacts.created_at - begins, 0, None) * 1_000 // max(1, window.end - begins)
    ppm = np.where(contacts.merchant == falling["merchant"], ppm + falling["satisfied_ppm"] * gone // 1_000, ppm)
    ppm = np.where(is_resolved, ppm, ppm + truths.UNRESOLVED_SATISFACTION)
    return np.clip(ppm, truths.percent(4), truths.percent(97))


class _Events:
    """Collects the events of a block of tickets and numbers them in the order of time."""

    def __init__(self, world: World, tickets: Ints, arrival_day: Ints) -> None:
        self._world = world
        self._tickets = tickets
        self._arrival_day = arrival_day
        self._parts: list[tuple[Ints, Ints, Ints, Ints, Ints, Ints]] = []

    def add(self, mask: Flags, at: Ints, kind: int, actor: Ints, before: Ints, after: Ints, also: Flags | None = None) -> None:
        rows = np.flatnonzero(mask & (at <= self._world.window.end) & (also if also is not None else True))
        self._parts.append((rows, at[rows], np.full(len(rows), kind), actor[rows], before[rows], after[rows]))

    def store(self) -> None:
        row, at, kind, actor, before, after = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        # Ties keep the order in which the events are added above: a reply before the status it leads to.
        order = np.lexsort((np.arange(len(row)), at, row))
        row, at, kind, actor, before, after = (part[order] for part in (row, at, kind, actor, before, after))
        starts = np.flatnonzero(np.append(True, row[1:] != row[:-1])) if len(row) else np.zeros(0, dtype=np.int64)
        number = np.arange(len(row)) - np.repeat(starts, np.diff(np.append(starts, len(row))))
        ids = self._tickets[row] * 64 + number
        day = self._world.arrival_day("ticket_events", ids, at, self._arrival_day[row])
        self._world.add(
            "ticket_events",
            ids,
            {
                "ticket": self._tickets[row], "number": number + 1, "occurred_at": at, "kind": kind, "actor": actor,
                "before": before, "after": after, "updated_at": at, "_day": day,
            },
        )  # fmt: skip
