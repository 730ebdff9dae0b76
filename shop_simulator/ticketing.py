"""The life of a ticket from contact to closing: through which channel, who replies when, how it ends.

Takes contacts (somebody turned to the shop about something) and returns what later steps need: when each ticket was
resolved, by whom it was answered, how probable a satisfied customer is. The events that tell of it are written in
``recounting``; surveys and repeat orders are decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from shop_simulator import truths
from shop_simulator.draws import MILLION, Flags, Ints, chance, lognormal_cdf_ppm, lognormal_table, read_table
from shop_simulator.window import NEVER, ZONE_SECONDS
from shop_simulator.world import World

UNSOLVED_CODE = truths.RESOLUTION_CODES.index("unsolved")
ISSUE = {name: number for number, name in enumerate(truths.ISSUE_TYPES)}
CHANNEL = {name: number for number, name in enumerate(truths.CHANNELS)}
CELLS = len(ISSUE) * len(CHANNEL) * 2


def cell_of(channel: Ints, issue: Ints, is_bot_only: Flags) -> Ints:
    """The cell of a ticket inside which planted shares come out evenly: a number below CELLS."""
    return (channel * len(ISSUE) + issue) * 2 + is_bot_only


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
class Openings:
    """Tickets as they are opened."""

    contacts: Contacts
    id: Ints
    channel: Ints
    priority: Ints
    is_complaint: Flags
    # Counted by the KPIs: not spam, not merged away, not pre-sale.
    is_in_scope: Flags
    is_merged: Flags
    # Neither spam nor merged: lives a life of its own.
    is_handled: Flags


@dataclass(frozen=True)
class Answers:
    """Who answers tickets, and when."""

    has_bot: Flags
    is_bot_only: Flags
    bot_replied_at: Ints
    has_human: Flags
    is_assigned: Flags
    assigned_at: Ints
    opened_at: Ints
    replied_at: Ints
    reply_seconds: Ints
    reply_median: Ints
    team: Ints
    agent: Ints


@dataclass(frozen=True)
class Endings:
    """How tickets end; what never comes is NEVER."""

    is_trained: Flags
    resolution_median: Ints
    resolved_ppm: Ints
    reopen_ppm: Ints
    first_resolved_at: Ints
    reopened_at: Ints
    resolved_again_at: Ints
    # Into `closed` straight from an unsolved status.
    is_closed_unsolved: Flags
    code: Ints
    # When a merged ticket or spam is closed as it is.
    settled_at: Ints
    # The priority was another one, or the issue type was noted as `other`, before these moments.
    reprioritised_at: Ints
    first_priority: Ints
    refiled_at: Ints

    @property
    def last_resolved_at(self) -> Ints:
        """When a ticket was resolved for good."""
        return np.where(self.reopened_at < NEVER, self.resolved_again_at, self.first_resolved_at)


@dataclass(frozen=True)
class Tickets:
    """What became of contacts, in their order."""

    contacts: Contacts
    id: Ints
    channel: Ints
    resolved_at: Ints
    is_bot_only: Flags
    is_in_scope: Flags
    satisfied_ppm: Ints
    arrival_day: Ints


def joined(blocks: list[Contacts]) -> Contacts:
    """Several blocks of contacts as one."""
    return Contacts(*(np.concatenate([getattr(block, each.name) for block in blocks]) for each in fields(Contacts)))


def open_tickets(world: World, contacts: Contacts) -> Openings:
    """Channel and urgency of the contacts, all of which must lie inside the window."""
    ids = world.ids("ticket", len(contacts))
    is_merged = contacts.parent >= 0
    is_handled = ~contacts.is_spam & ~is_merged
    channel = np.where(contacts.is_spam, CHANNEL["email"], world.pick("channel", ids, truths.CHANNEL_WEIGHTS))
    priority = world.pick("priority", ids, truths.PRIORITY_WEIGHTS)
    complaint_priority = world.pick("complaint priority", ids, truths.COMPLAINT_PRIORITY_WEIGHTS)
    is_about_complaint = contacts.issue == ISSUE["complaint"]
    return Openings(
        contacts=contacts,
        id=ids,
        channel=channel,
        priority=np.where(is_about_complaint, complaint_priority, priority),
        is_complaint=is_about_complaint | world.chance("complains", ids, truths.percent(1)),
        is_in_scope=is_handled & ~contacts.is_pre_sale,
        is_merged=is_merged,
        is_handled=is_handled,
    )


def answer_tickets(world: World, tickets: Openings) -> Answers:
    """Bot or person, which person, and after how long."""
    contacts, ids, channel = tickets.contacts, tickets.id, tickets.channel
    created_at, issue = contacts.created_at, contacts.issue
    has_bot = world.chance("bot replies", ids, np.array(truths.BOT_REPLY_PPM)[channel])
    has_bot &= tickets.is_handled & (issue != ISSUE["complaint"])
    is_bot_only = has_bot & world.chance("bot only", ids, np.array(truths.BOT_ONLY_PPM)[channel])
    bot_seconds = 1 + world.lognormal("bot reply", ids, truths.BOT_REPLY_SECONDS, truths.BOT_REPLY_SIGMA)
    is_assigned = tickets.is_handled & ~is_bot_only
    has_human = is_assigned & ~world.chance("unreplied", ids, truths.UNREPLIED_PPM)

    hour = (created_at + ZONE_SECONDS) % truths.DAY // truths.HOUR
    is_night = (hour >= truths.NIGHT_HOURS[0]) & (hour < truths.NIGHT_HOURS[1])
    median = np.array(truths.FIRST_REPLY_SECONDS)[channel] * np.array(truths.PRIORITY_REPLY_PERCENT)[tickets.priority] // 100
    median = np.where(is_night, median * truths.NIGHT_REPLY_PERCENT // 100, median)
    is_quicker = (issue == ISSUE["logistics"]) & (created_at >= world.window.at_percent(truths.LOGISTICS_INITIATIVE["start"]))
    median = np.where(is_quicker, median * truths.LOGISTICS_INITIATIVE["reply_percent"] // 100, median)
    strata = np.where(has_human & tickets.is_in_scope, channel * 8 + tickets.priority * 2 + is_night, 64 + channel)
    long_tail = read_table(lognormal_table(truths.FIRST_REPLY_SIGMA), world.draws.spread("first reply", strata, 72))
    seconds = np.maximum(5, median * long_tail // MILLION)
    replied_at = np.where(has_human, created_at + seconds, NEVER)
    queued = 1 + seconds * world.between("queue", ids, *truths.QUEUE_SHARE_PPM) // MILLION
    assigned_at = np.where(is_assigned, created_at + queued, NEVER)
    team = _team(channel, issue)
    return Answers(
        has_bot=has_bot,
        is_bot_only=is_bot_only,
        bot_replied_at=np.where(has_bot, created_at + bot_seconds, NEVER),
        has_human=has_human,
        is_assigned=is_assigned,
        assigned_at=assigned_at,
        opened_at=np.where(has_human, assigned_at + (replied_at - assigned_at) // 3, NEVER),
        replied_at=replied_at,
        reply_seconds=seconds,
        reply_median=median,
        team=team,
        agent=world.agents.taking(world.bits("agent", ids), team, created_at + queued),
    )


def end_tickets(world: World, tickets: Openings, answers: Answers) -> Endings:
    """When tickets are resolved, whether they come back, and how they are booked."""
    contacts, ids = tickets.contacts, tickets.id
    created_at, issue = contacts.created_at, contacts.issue
    is_bot_only = answers.is_bot_only

    is_trained = answers.has_human & (created_at >= world.agents.trained_at[answers.agent] + truths.DAY)
    median = np.array(truths.RESOLUTION_SECONDS)[issue]
    median = np.where(tickets.channel == CHANNEL["email"], median * truths.EMAIL_RESOLUTION_PERCENT // 100, median)
    median = np.where(is_trained, median * truths.TRAINING["resolution_percent"] // 100, median)
    median = np.where(is_bot_only, truths.BOT_RESOLUTION_SECONDS, median)
    strata = np.where(tickets.is_in_scope, cell_of(tickets.channel, issue, is_bot_only), CELLS + issue)
    bits = world.draws.spread("resolution time", strata, CELLS + 8)
    by_human, by_bot = (read_table(lognormal_table(sigma), bits) for sigma in (truths.RESOLUTION_SIGMA, truths.BOT_RESOLUTION_SIGMA))
    seconds = median * np.where(is_bot_only, by_bot, by_human) // MILLION
    resolved_ppm = np.where(is_bot_only, MILLION, np.array(truths.RESOLVED_PPM)[issue])
    is_resolved = tickets.is_handled & chance(world.draws.spread("resolved", strata, CELLS + 8), resolved_ppm)
    resolved_at = np.maximum(created_at + seconds, handled_from(tickets, answers) + 90)
    first_resolved_at = np.where(is_resolved, resolved_at, NEVER)

    reopen_ppm = np.where(is_bot_only, 0, np.array(truths.REOPEN_PPM)[issue])
    is_reopened = is_resolved & chance(world.draws.spread("reopened", strata, CELLS + 8), reopen_ppm)
    # Before it is closed for good.
    after = np.minimum(1_800 + world.lognormal("reopened after", ids, 18 * truths.HOUR, 80), truths.CLOSE_AFTER - 600)
    reopened_at = np.where(is_reopened, first_resolved_at + after, NEVER)
    is_resolved_again = is_reopened & world.chance("resolved again", ids, truths.RESOLVED_AGAIN_PPM)
    again_at = reopened_at + 1_800 + world.lognormal("again after", ids, 9 * truths.HOUR, 90)
    is_closed_unsolved = is_resolved & ~is_bot_only & ~is_reopened & world.chance("closed unsolved", ids, truths.CLOSED_UNSOLVED_PPM)
    code = world.pick("code", ids, truths.RESOLUTION_CODE_WEIGHTS)
    code = np.where(is_bot_only, world.pick("bot code", ids, truths.BOT_RESOLUTION_CODE_WEIGHTS), code)

    is_reprioritised = answers.is_assigned & world.chance("priority changed", ids, truths.PRIORITY_CHANGE_PPM)
    before_reply = world.chance("before the reply", ids, MILLION // 2)
    changed_after = 2 + np.where(before_reply, answers.reply_seconds * 2 // 3, answers.reply_seconds + 15 * truths.MINUTE)
    is_misfiled = answers.is_assigned & (issue != ISSUE["complaint"]) & world.chance("issue corrected", ids, truths.CORRECTED_PPM)
    return Endings(
        is_trained=is_trained,
        resolution_median=median,
        resolved_ppm=resolved_ppm,
        reopen_ppm=reopen_ppm,
        first_resolved_at=first_resolved_at,
        reopened_at=reopened_at,
        resolved_again_at=np.where(is_resolved_again, again_at, NEVER),
        is_closed_unsolved=is_closed_unsolved,
        code=np.where(is_closed_unsolved, UNSOLVED_CODE, code),
        settled_at=created_at + 60 + world.lognormal("settled", ids, 20 * truths.MINUTE, 70),
        reprioritised_at=np.where(is_reprioritised, created_at + changed_after, NEVER),
        # urgent was high before, high was normal, normal was low, low was normal.
        first_priority=np.where(is_reprioritised, np.array((1, 2, 3, 2))[tickets.priority], tickets.priority),
        refiled_at=np.where(is_misfiled, created_at + 30 + answers.reply_seconds, NEVER),
    )


def handled_from(tickets: Openings, answers: Answers) -> Ints:
    """The moment after which a ticket can be worked on: the first human reply, else the bot's, else ten minutes."""
    without_reply = tickets.contacts.created_at + 600
    return np.where(answers.has_human, answers.replied_at, np.where(answers.is_bot_only, answers.bot_replied_at, without_reply))


def deliver_tickets(world: World, tickets: Openings, answers: Answers, endings: Endings) -> Ints:
    """Store the tickets' own rows; returns the day on which each first arrives."""
    contacts = tickets.contacts
    merged_at = np.where(tickets.is_merged, endings.settled_at, NEVER)
    flagged_at = np.where(contacts.is_spam, endings.settled_at, NEVER)
    columns = {
        "ticket": tickets.id, "customer": contacts.customer, "order_number": contacts.order, "merchant": contacts.merchant,
        "product": contacts.product, "channel": tickets.channel, "issue": contacts.issue, "priority": tickets.priority,
        "first_priority": endings.first_priority, "is_complaint": tickets.is_complaint, "is_pre_sale": contacts.is_pre_sale,
        "code": endings.code, "created_at": contacts.created_at, "parent": contacts.parent, "is_spam": contacts.is_spam,
        "refiled_at": endings.refiled_at, "reprioritised_at": endings.reprioritised_at,
        "first_resolved_at": endings.first_resolved_at, "reopened_at": endings.reopened_at,
        "resolved_again_at": endings.resolved_again_at,
        "merged_at": merged_at, "flagged_at": flagged_at, "contact_reason": _contact_reason(world, tickets),
        "handling": _handling_seconds(world, tickets, answers),
    }  # fmt: skip
    moments = [
        contacts.created_at, endings.refiled_at, endings.reprioritised_at, endings.first_resolved_at, endings.reopened_at,
        endings.resolved_again_at, merged_at, flagged_at,
    ]  # fmt: skip
    plant_tickets(world, tickets, answers, endings)
    arrival_day = world.deliver("tickets", tickets.id, columns, moments, contacts.not_before)
    _tag_tickets(world, tickets, arrival_day)
    return arrival_day


def _contact_reason(world: World, tickets: Openings) -> Ints:
    """The place of the reason among those of the issue type; -1 where the desk notes none."""
    counts = np.array([len(reasons) for reasons in truths.CONTACT_REASONS])[tickets.contacts.issue]
    reason = np.minimum(world.pick("contact reason", tickets.id, truths.CONTACT_REASON_WEIGHTS), counts - 1)
    is_noted = ~world.chance("no contact reason", tickets.id, truths.NO_CONTACT_REASON_PPM)
    return np.where(tickets.is_handled & is_noted, reason, -1)


def pace_percent(agent: Ints) -> Ints:
    """How long an agent takes, in per cent of what others take."""
    return np.array(truths.AGENT_PACE_PERCENT)[agent % len(truths.AGENT_PACE_PERCENT)]


def handling_median(tickets: Openings, answers: Answers) -> Ints:
    """The planted median of the seconds that a person spends on a ticket."""
    return np.array(truths.HANDLING_SECONDS)[tickets.channel] * pace_percent(answers.agent) // 100


def _handling_seconds(world: World, tickets: Openings, answers: Answers) -> Ints:
    """The seconds that people spent on a ticket; -1 where nobody did."""
    seconds = 5 + world.lognormal("handling", tickets.id, handling_median(tickets, answers), truths.HANDLING_SIGMA)
    return np.where(answers.has_human, seconds, -1)


def _tag_tickets(world: World, tickets: Openings, arrival_day: Ints) -> None:
    """Some tickets are tagged, a few of them twice; a few tags are taken off again."""
    tagged = tickets.is_handled & world.chance("tagged", tickets.id, truths.TAGGED_PPM)
    first = world.pick("tag", tickets.id, truths.TAG_WEIGHTS)
    second = (first + 1 + world.between("second tag", tickets.id, 0, len(truths.TAGS) - 1)) % len(truths.TAGS)
    twice = tagged & world.chance("tagged twice", tickets.id, truths.TAGGED_TWICE_PPM)
    for place, (mask, tag) in enumerate(((tagged, first), (twice, second))):
        ids = tickets.id * 2 + place
        tagged_at = tickets.contacts.created_at + world.between("tagged after", ids, 30, 8 * truths.HOUR)
        rows = np.flatnonzero(mask & world.window.has_come(tagged_at))
        off = world.chance("tag off", ids, truths.WITHDRAWN_PPM * 5)
        withdrawn_at = np.where(off, tagged_at + world.between("tag off after", ids, 60, truths.DAY), NEVER)
        columns = {"ticket": tickets.id[rows], "tag": tag[rows], "tagged_at": tagged_at[rows], "withdrawn_at": withdrawn_at[rows]}
        world.deliver("ticket_tags", ids[rows], columns, [tagged_at[rows], withdrawn_at[rows]], arrival_day[rows])


def satisfaction_ppm(world: World, tickets: Openings, answers: Answers, endings: Endings) -> Ints:
    """The planted probability that the customer is satisfied, every effect included."""
    window, contacts = world.window, tickets.contacts
    ppm = np.array(truths.SATISFIED_BY_CHANNEL)[tickets.channel] + np.array(truths.SATISFIED_BY_ISSUE)[contacts.issue]
    ppm = np.where(endings.is_trained, ppm * truths.TRAINING["satisfied_percent"] // 100, ppm)
    ppm = np.where(answers.is_bot_only, truths.SATISFIED_BOT_ONLY, ppm)
    email = truths.EMAIL_INITIATIVE
    is_lifted = (tickets.channel == CHANNEL["email"]) & (contacts.created_at >= window.at_percent(email["start"]))
    ppm = np.where(is_lifted, ppm + email["satisfied_ppm"], ppm)
    falling = truths.DECLINING_MERCHANT
    begins = window.at_percent(falling["start"])
    fallen = np.clip(contacts.created_at - begins, 0, None) * 1_000 // max(1, window.end - begins)
    ppm = np.where(contacts.merchant == falling["merchant"], ppm + falling["satisfied_ppm"] * fallen // 1_000, ppm)
    ppm = np.where(endings.first_resolved_at < NEVER, ppm, ppm + truths.UNRESOLVED_SATISFACTION)
    return np.clip(ppm, truths.percent(4), truths.percent(97))


def plant_tickets(world: World, tickets: Openings, answers: Answers, endings: Endings) -> None:
    """Note the probabilities and medians behind every ticket that the KPIs count."""
    window, contacts = world.window, tickets.contacts
    is_bot_only = answers.is_bot_only

    def resolved_within(seconds: Ints) -> Ints:
        by_bot, by_human = (
            lognormal_cdf_ppm(sigma, seconds, endings.resolution_median) for sigma in (truths.BOT_RESOLUTION_SIGMA, truths.RESOLUTION_SIGMA)
        )
        return endings.resolved_ppm * np.where(is_bot_only, by_bot, by_human) // MILLION

    # What was reopened and not resolved again is open at the end.
    stays_resolved = MILLION - endings.reopen_ppm * (MILLION - truths.RESOLVED_AGAIN_PPM) // MILLION
    not_yet_changed = ~window.has_come(endings.reprioritised_at)
    planted = {
        "ticket": tickets.id, "created_at": contacts.created_at, "channel": tickets.channel, "issue": contacts.issue,
        "priority": np.where(not_yet_changed, endings.first_priority, tickets.priority),
        "trained_at": world.agents.trained_at[answers.agent],
        "is_assigned": answers.is_assigned, "is_replied": window.has_come(answers.replied_at),
        "is_bot_replied": window.has_come(answers.bot_replied_at), "is_bot_only": is_bot_only,
        "reply_median": answers.reply_median, "resolution_median": endings.resolution_median,
        "handling_median": np.where(answers.has_human, handling_median(tickets, answers), -1),
        "is_resolved": window.has_come(endings.last_resolved_at),
        "resolved_ppm": endings.resolved_ppm, "reopen_ppm": endings.reopen_ppm,
        "resolved_at_end_ppm": resolved_within(window.end - contacts.created_at) * stays_resolved // MILLION,
        "escalation_ppm": np.where(answers.is_assigned, np.array(truths.ESCALATION_PPM)[contacts.issue], 0),
        "satisfied_ppm": satisfaction_ppm(world, tickets, answers, endings),
    } | {
        f"within_{hours}h_ppm": resolved_within(np.full(len(contacts), hours * truths.HOUR)) for hours in (24, 48, 168)
    }  # fmt: skip
    scope = np.flatnonzero(tickets.is_in_scope)
    world.store.add("planted_tickets", {name: values[scope] for name, values in planted.items()})


def _team(channel: Ints, issue: Ints) -> Ints:
    """The team that takes a ticket: by issue for complaints and repairs, else by channel."""
    by_channel = {"phone": "phone", "email": "mail", "social": "mail", "store": "store"}
    teams = np.array([truths.TEAMS.index(by_channel.get(name, "chat")) for name in truths.CHANNELS], dtype=np.int64)[channel]
    teams = np.where(issue == ISSUE["complaint"], truths.TEAMS.index("complaints"), teams)
    return np.where(issue == ISSUE["repair"], truths.TEAMS.index("repairs"), teams)
