"""Why customers turn to the shop on a day, and what a contact leads to: another contact, an order, a suggestion, a survey."""

from __future__ import annotations

import numpy as np

from shop_simulator import truths
from shop_simulator.asking import survey_tickets
from shop_simulator.draws import MILLION, Flags, Ints, below, chance, lognormal_cdf_ppm, lognormal_table, pick
from shop_simulator.ordering import Orders
from shop_simulator.recounting import simulate_tickets
from shop_simulator.requesting import REPAIR, raise_requests, settle_requests
from shop_simulator.ticketing import ISSUE, Contacts, Tickets, joined
from shop_simulator.window import NEVER
from shop_simulator.world import World


def simulate_contacts(world: World, day: int, orders: Orders) -> None:
    """All that follows from a day's orders, and the day's contacts that have nothing to do with an order."""
    requests = raise_requests(world, orders)
    with_ticket = np.flatnonzero(requests.has_ticket)
    blocks = [
        _about_requests(world, orders, requests.line[with_ticket], requests.kind[with_ticket], requests.requested_at[with_ticket]),
        _about_problems(world, orders),
        _before_sale(world, day, len(orders.id)),
        _without_order(world, day, len(orders.id)),
        _spam(world, day, len(orders.id)),
    ]
    tickets = simulate_tickets(world, joined(blocks))

    ticket_of_request = np.full(len(requests.id), -1)
    ticket_of_request[with_ticket] = tickets.id[: len(with_ticket)]
    ticket_days = np.zeros(len(requests.id), dtype=np.int64)
    ticket_days[with_ticket] = tickets.arrival_day[: len(with_ticket)]
    settle_requests(world, orders, requests, ticket_of_request, ticket_days)

    again = simulate_tickets(world, joined([_duplicates(world, tickets), _repeats(world, tickets)]))
    for each in (tickets, again):
        feelings = survey_tickets(world, each)
        _decide_to_order(world, each, feelings.is_satisfied)
        _suggest(world, each)


def _contacts(
    world: World, *, created_at: Ints, issue: Ints, customer: Ints, order: Ints, merchant: Ints, product: Ints,
    not_before: Ints, is_pre_sale: bool = False, is_spam: bool = False,
) -> Contacts:  # fmt: skip
    count = len(created_at)
    contacts = Contacts(
        created_at, issue, customer, order, merchant, product, np.full(count, is_pre_sale), np.full(count, is_spam),
        np.full(count, -1), not_before,
    )  # fmt: skip
    return contacts.take(np.flatnonzero(world.window.has_come(created_at)))


def _about_requests(world: World, orders: Orders, line: Ints, kind: Ints, requested_at: Ints) -> Contacts:
    """The ticket in which a request is raised; the request is registered a few minutes into it."""
    order = orders.line_order[line]
    product = orders.line_product[line]
    issue = np.where(kind == REPAIR, ISSUE["repair"], ISSUE["return_exchange"])
    return _contacts(
        world, created_at=requested_at - 5 * truths.MINUTE, issue=issue, customer=orders.customer[order], order=orders.id[order],
        merchant=orders.merchant[order], product=product, not_before=orders.arrival_day[order],
    )  # fmt: skip


def _about_problems(world: World, orders: Orders) -> Contacts:
    """Contacts about an order that did not go as it should, at the stage of the order where that shows."""
    is_late = (orders.delivered_at < NEVER) & (orders.delivered_at - orders.ordered_at > truths.LATE_AFTER)
    ppm = np.where(is_late, truths.LATE_PROBLEM_PPM, truths.PROBLEM_PPM)
    rows = np.flatnonzero(world.chance("problem", orders.id, ppm))
    ids = orders.id[rows]
    issue = pick(world.draws.spread("problem issue", np.zeros(len(rows), dtype=np.int64), 1), truths.PROBLEM_ISSUE_WEIGHTS)
    ordered_at, delivered_at = orders.ordered_at[rows], orders.delivered_at[rows]
    is_cancelled = orders.cancelled_at[rows] < NEVER
    # What is never delivered can only be asked about on its way.
    issue = np.where(is_cancelled & ~np.isin(issue, (ISSUE["payment"], ISSUE["complaint"], ISSUE["other"])), ISSUE["logistics"], issue)
    soon = ordered_at + 10 * truths.MINUTE + world.lognormal("problem soon", ids, 2 * truths.HOUR, 100)
    on_the_way = ordered_at + 20 * truths.HOUR + world.lognormal("problem on the way", ids, 40 * truths.HOUR, 70)
    in_use = delivered_at + truths.HOUR + world.lognormal("problem in use", ids, 40 * truths.HOUR, 90)
    created_at = np.where(is_cancelled | (issue == ISSUE["payment"]), soon, np.where(issue == ISSUE["logistics"], on_the_way, in_use))
    # People write when they are awake, never before the cause.
    created_at = world.at_some_hour("contact", ids, created_at, truths.CONTACT_HOUR_WEIGHTS)
    return _contacts(
        world, created_at=created_at, issue=issue, customer=orders.customer[rows], order=ids, merchant=orders.merchant[rows],
        product=orders.line_product[orders.first_line[rows]], not_before=orders.arrival_day[rows],
    )  # fmt: skip


def _moments_of_day(world: World, name: str, day: int, ids: Ints) -> Ints:
    hour = world.pick(name + " hour", ids, truths.CONTACT_HOUR_WEIGHTS)
    return world.window.midnight(day) + hour * truths.HOUR + world.between(name + " second", ids, 0, truths.HOUR)


def _share_of(world: World, name: str, day: int, orders: int, ppm: int) -> Ints:
    """Numbers for the day's contacts of a kind, in proportion to its orders (the remainder by chance)."""
    whole, rest = divmod(orders * ppm, MILLION)
    lucky = bool(chance(world.bits(name + " count", np.array([day])), rest)[0])
    return world.ids(name, whole + lucky)


def _before_sale(world: World, day: int, orders: int) -> Contacts:
    """Questions before an order; some of those who ask order within a week."""
    ids = _share_of(world, "pre-sale", day, orders, truths.PRE_SALE_PER_ORDER_PPM)
    created_at = _moments_of_day(world, "pre-sale", day, ids)
    customer = world.customers.at_random(world.draws, "asks before", ids, created_at)
    product = below(world.bits("asks about", ids), len(world.products.merchant))
    converts = chance(world.draws.spread("converts", np.zeros(len(ids), dtype=np.int64), 1), truths.PRE_SALE_CONVERSION_PPM)
    wait = world.between("converts after", ids, 1, 6)
    for later in range(1, 6):
        buyers = customer[converts & (wait == later)]
        if len(buyers) and day + later < world.window.days:
            world.decided_to_order[day + later].append(buyers)
    # Who is not won over does not happen to order a day later either.
    lost = np.flatnonzero(~converts)
    np.maximum.at(world.customers.away_until, customer[lost], created_at[lost] + 8 * truths.DAY)
    world.store.add("planted_consults", {"created_at": created_at})
    none = np.full(len(ids), -1)
    return _contacts(
        world, created_at=created_at, issue=np.full(len(ids), ISSUE["product_question"]), customer=customer, order=none,
        merchant=world.products.merchant[product], product=product, not_before=np.zeros(len(ids), dtype=np.int64), is_pre_sale=True,
    )  # fmt: skip


def _without_order(world: World, day: int, orders: int) -> Contacts:
    """Questions about the account, a payment, a product that is owned already."""
    ids = _share_of(world, "without order", day, orders, truths.WITHOUT_ORDER_PER_ORDER_PPM)
    created_at = _moments_of_day(world, "without order", day, ids)
    customer = world.customers.at_random(world.draws, "asks", ids, created_at)
    issue = world.pick("asks why", ids, (0, 0, 0, 30, 0, 30, 5, 35))
    none = np.full(len(ids), -1)
    return _contacts(
        world, created_at=created_at, issue=issue, customer=customer, order=none, merchant=none, product=none,
        not_before=np.zeros(len(ids), dtype=np.int64),
    )  # fmt: skip


def _spam(world: World, day: int, orders: int) -> Contacts:
    ids = _share_of(world, "spam", day, orders, truths.SPAM_PER_ORDER_PPM)
    none = np.full(len(ids), -1)
    return _contacts(
        world, created_at=_moments_of_day(world, "spam", day, ids), issue=np.full(len(ids), ISSUE["other"]), customer=none,
        order=none, merchant=none, product=none, not_before=np.zeros(len(ids), dtype=np.int64), is_spam=True,
    )  # fmt: skip


def _duplicates(world: World, tickets: Tickets) -> Contacts:
    """A customer writes twice about one matter; the second ticket is merged into the first."""
    contacts = tickets.contacts
    rows = np.flatnonzero(tickets.is_in_scope & world.chance("merged", tickets.id, truths.MERGED_PPM))
    taken = contacts.take(rows)
    created_at = taken.created_at + world.between("duplicate after", tickets.id[rows], 60, 2 * truths.HOUR)
    doubled = Contacts(
        created_at, taken.issue, taken.customer, taken.order, taken.merchant, taken.product, taken.is_pre_sale, taken.is_spam,
        tickets.id[rows], tickets.arrival_day[rows],
    )  # fmt: skip
    return doubled.take(np.flatnonzero(world.window.has_come(created_at)))


def _repeats(world: World, tickets: Tickets) -> Contacts:
    """The matter was not settled after all: the same customer is back within a week of the resolution."""
    contacts = tickets.contacts
    can = tickets.is_in_scope & (contacts.customer >= 0) & (tickets.resolved_at < NEVER)
    rows = np.flatnonzero(can & world.chance("repeat", tickets.id, truths.REPEAT_CONTACT_PPM))
    taken = contacts.take(rows)
    created_at = tickets.resolved_at[rows] + world.between("repeat after", tickets.id[rows], truths.HOUR, 6 * truths.DAY)
    repeated = Contacts(
        created_at, taken.issue, taken.customer, taken.order, taken.merchant, taken.product, taken.is_pre_sale, taken.is_spam,
        np.full(len(rows), -1), taken.not_before,
    )  # fmt: skip
    return repeated.take(np.flatnonzero(world.window.has_come(created_at)))


def _decide_to_order(world: World, tickets: Tickets, is_satisfied: Flags) -> None:
    """After a resolved ticket customers buy again within 90 days, or stay away for longer."""
    window = world.window
    customer = tickets.contacts.customer
    rows = np.flatnonzero(tickets.is_in_scope & (customer >= 0) & window.has_come(tickets.resolved_at))
    ppm = np.where(is_satisfied[rows], truths.REPURCHASE_SATISFIED_PPM, truths.REPURCHASE_UNSATISFIED_PPM)
    returns = chance(world.draws.spread("returns", is_satisfied[rows].astype(np.int64), 2), ppm)
    on_day = window.day_of(tickets.resolved_at[rows]) + world.between("returns after", tickets.id[rows], 2, 84)
    coming = np.flatnonzero(returns & (on_day < window.days))
    order = np.argsort(on_day[coming], kind="stable")
    coming = coming[order]
    if len(coming):
        days, starts = np.unique(on_day[coming], return_index=True)
        for day, buyers in zip(days.tolist(), np.split(customer[rows][coming], starts[1:]), strict=True):
            world.decided_to_order[day].append(buyers)
    world.store.add("planted_repurchases", {"resolved_at": tickets.resolved_at[rows], "ppm": ppm})
    away = rows[~returns]
    np.maximum.at(world.customers.away_until, customer[away], tickets.resolved_at[away] + 200 * truths.DAY)


def _suggest(world: World, tickets: Tickets) -> None:
    """Some customers say what should be made better; some of that is taken up and built."""
    contacts = tickets.contacts
    raises = tickets.is_in_scope & (contacts.product >= 0) & world.chance("suggests", tickets.id, truths.SUGGESTION_PPM)
    rows = np.flatnonzero(raises)
    ids = world.ids("suggestion", len(rows))
    raised_at = contacts.created_at[rows] + world.between("raised after", ids, 300, 2 * truths.DAY)
    # One draw for both, so that the shares of either come out as planted.
    fate = world.draws.spread("accepted", np.zeros(len(rows), dtype=np.int64), 1)
    accepts = chance(fate, truths.SUGGESTION_ACCEPTED_PPM)
    releases = chance(fate, truths.SUGGESTION_ACCEPTED_PPM * truths.SUGGESTION_RELEASED_PPM // MILLION)
    acceptance, making = truths.SUGGESTION_ACCEPTANCE, truths.SUGGESTION_MAKING
    accepted_at = np.where(accepts, raised_at + world.lognormal("accepted", ids, *acceptance), NEVER)
    released_at = np.where(releases, accepted_at + world.lognormal("release", ids, *making), NEVER)
    withdraws = ~accepts & world.chance("suggestion withdrawn", ids, truths.WITHDRAWN_PPM * 3)
    withdrawn_at = np.where(withdraws, raised_at + world.between("withdrawn", ids, truths.HOUR, 5 * truths.DAY), NEVER)
    columns = {
        "suggestion": ids, "ticket": tickets.id[rows], "product": contacts.product[rows], "raised_at": raised_at,
        "accepted_at": accepted_at, "released_at": released_at, "withdrawn_at": withdrawn_at,
    }  # fmt: skip
    moments = [raised_at, accepted_at, released_at, withdrawn_at]
    world.deliver("product_suggestions", ids, columns, moments, tickets.arrival_day[rows])
    kept = ~withdraws & world.window.has_come(raised_at)
    # What was withdrawn is not seen, and would not have been accepted.
    seen_ppm = MILLION - (MILLION - truths.SUGGESTION_ACCEPTED_PPM) * truths.WITHDRAWN_PPM * 3 // MILLION
    age = world.window.end - raised_at[kept]
    delays = lognormal_table(acceptance[1])[32::64] * acceptance[0] // MILLION
    made = [lognormal_cdf_ppm(making[1], age - delay, np.full(len(age), making[0])) for delay in delays]
    accepted_ppm = truths.SUGGESTION_ACCEPTED_PPM * MILLION // seen_ppm
    world.store.add(
        "planted_suggestions",
        {
            "raised_at": raised_at[kept],
            "accepted_ppm": accepted_ppm * lognormal_cdf_ppm(acceptance[1], age, np.full(len(age), acceptance[0])) // MILLION,
            "released_ppm": accepted_ppm * truths.SUGGESTION_RELEASED_PPM // MILLION * np.sum(made, axis=0) // len(made) // MILLION,
        },
    )
