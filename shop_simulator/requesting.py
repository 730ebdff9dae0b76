"""After-sales requests about delivered lines: returns, exchanges, repairs, refunds, and what is paid back.

A line has at most one request that pays money back, so that no refund exceeds what was paid for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shop_simulator import truths
from shop_simulator.charging import Costs, charge
from shop_simulator.draws import MILLION, Flags, Ints, below, lognormal_table, pick, read_table
from shop_simulator.ordering import Orders
from shop_simulator.window import NEVER
from shop_simulator.world import World

RETURN, EXCHANGE, REPAIR, REFUND_ONLY = range(4)
APPROVED, REJECTED, WITHDRAWN = range(3)
DECISIONS = ("approved", "rejected", "withdrawn")
QUALITY_DEFECT = truths.REASONS.index("quality_defect")


@dataclass(frozen=True)
class Requests:
    """Requests before they are stored: they still wait for the numbers of their tickets."""

    id: Ints
    line: Ints
    kind: Ints
    requested_at: Ints
    has_ticket: Flags


def raise_requests(world: World, orders: Orders) -> Requests:
    """Which lines of the orders come back, when and how."""
    window = world.window
    delivered_at = orders.delivered_at[orders.line_order]
    category = world.products.category[orders.line_product]
    policy = world.products.policy[orders.line_product]

    returned = np.array(truths.RETURN_PPM)[category]
    better = truths.DESCRIPTION_INITIATIVE
    described = (category == truths.CATEGORIES.index("apparel")) & (
        orders.ordered_at[orders.line_order] >= window.at_percent(better["start"])
    )
    returned = np.where(described, returned * better["return_percent"] // 100, returned)
    exchanged = returned + np.array(truths.EXCHANGE_PPM)[category]
    repaired = exchanged + np.array(truths.REPAIR_PPM)[category]
    refunded = repaired + np.array(truths.REFUND_ONLY_PPM)[category]
    is_delivered = delivered_at < NEVER
    strata = np.where(is_delivered, category, len(truths.CATEGORIES))
    fate = below(world.draws.spread("request", strata, len(truths.CATEGORIES) + 1), MILLION)
    kind = np.where(fate < returned, RETURN, np.where(fate < exchanged, EXCHANGE, np.where(fate < repaired, REPAIR, REFUND_ONLY)))
    lines = np.flatnonzero(is_delivered & (fate < refunded))
    world.store.add(
        "planted_lines",
        {
            "delivered_at": delivered_at[is_delivered], "category": category[is_delivered],
            "quantity": orders.line_quantity[is_delivered], "returned_ppm": returned[is_delivered],
            "window_days": world.products.window_days[orders.line_product][is_delivered],
            "policy": policy[is_delivered],
        },
    )  # fmt: skip

    kind = kind[lines]
    ids = world.ids("request", len(lines))
    table = lognormal_table(truths.REQUESTED_SIGMA)
    bits = world.draws.spread("requested after", kind, 4)
    after = truths.REQUESTED_SECONDS * read_table(table, bits) // MILLION
    window_seconds = world.products.window_days[orders.line_product[lines]] * truths.DAY
    outside = world.chance("outside the window", ids, truths.OUT_OF_WINDOW_PPM)
    after = np.where(outside, window_seconds + world.between("too late", ids, truths.HOUR, 12 * truths.DAY), after)
    inside = np.minimum(after, np.maximum(window_seconds - truths.HOUR, 6 * truths.HOUR))
    after = np.where(outside | (window_seconds == 0), after, inside)
    for_repair = world.lognormal("repair after", ids, truths.REPAIR_REQUESTED_SECONDS, truths.REPAIR_REQUESTED_SIGMA)
    after = np.where(kind == REPAIR, for_repair, after)
    requested_at = delivered_at[lines] + truths.HOUR + after
    requested_at = world.at_some_hour("requested", ids, requested_at, truths.CONTACT_HOUR_WEIGHTS)
    has_ticket = world.chance("ticket for request", ids, truths.TICKET_FOR_REQUEST_PPM)

    requests = Requests(ids, lines, kind, requested_at, has_ticket)
    again = _repairs_again(world, requests)
    both = [requests, again]
    everything = Requests(*(np.concatenate([getattr(each, name) for each in both]) for name in Requests.__dataclass_fields__))
    came = window.has_come(everything.requested_at)
    return Requests(*(getattr(everything, name)[came] for name in Requests.__dataclass_fields__))


def _repairs_again(world: World, requests: Requests) -> Requests:
    """Some repaired items break again within 90 days of coming back."""
    rows = np.flatnonzero((requests.kind == REPAIR) & world.chance("repair again", requests.id, truths.REPEAT_REPAIR_PPM))
    ids = world.ids("request", len(rows))
    requested_at = requests.requested_at[rows] + 12 * truths.DAY + world.between("again after", ids, 0, 60 * truths.DAY)
    return Requests(ids, requests.line[rows], requests.kind[rows], requested_at, requests.has_ticket[rows])


@dataclass(frozen=True)
class Settlement:
    """How requests are decided and worked off; what never comes is NEVER."""

    quantity: Ints
    reason: Ints
    decision: Ints
    decided_at: Ints
    received_at: Ints
    completed_at: Ints
    median: Ints

    @property
    def is_approved(self) -> Flags:
        """Whether the shop agreed."""
        return self.decision == APPROVED


def settle_requests(world: World, orders: Orders, requests: Requests, tickets: Ints, ticket_days: Ints) -> None:
    """How the requests end; stored as extracts of ``after_sales_requests``, ``refunds`` and ``service_costs``."""
    settlement = _settle(world, orders, requests)
    ids, kind, line = requests.id, requests.kind, requests.line
    order, product = orders.line_order[line], orders.line_product[line]
    is_repair = kind == REPAIR
    is_covered = requests.requested_at <= orders.delivered_at[order] + world.products.warranty_days[product] * truths.DAY
    fee = np.where(is_repair & ~is_covered & settlement.is_approved, 5_000 + below(world.bits("fee", ids), 200) * 100, 0)
    refiled = world.chance("reason corrected", ids, truths.CORRECTED_PPM)
    refiled_at = np.where(refiled, requests.requested_at + world.between("refiled", ids, 600, truths.DAY), NEVER)
    platform = _platform(world, ids, settlement)
    columns = {
        "request": ids, "order_number": orders.id[order], "line_number": orders.line_number[line], "ticket": tickets, "kind": kind,
        "reason": settlement.reason, "quantity": settlement.quantity, "requested_at": requests.requested_at,
        "decided_at": settlement.decided_at, "decision": settlement.decision, "received_at": settlement.received_at,
        "completed_at": settlement.completed_at, "refiled_at": refiled_at,
        "is_self_service": (tickets < 0) & world.chance("self service", ids, truths.SELF_SERVICE_WITHOUT_TICKET_PPM),
        "is_partner": is_repair & world.chance("partner repair", ids, truths.PARTNER_REPAIR_PPM),
        "partner": 1 + below(world.bits("partner", ids), 6), "is_covered": np.where(is_repair, is_covered, -1), "fee": fee,
    } | platform  # fmt: skip
    moments = [
        requests.requested_at, settlement.decided_at, settlement.received_at, settlement.completed_at, refiled_at,
        platform["escalated_at"], platform["judged_at"],
    ]  # fmt: skip
    arrival = world.deliver("after_sales_requests", ids, columns, moments, np.maximum(orders.arrival_day[order], ticket_days))
    is_completed = world.window.has_come(settlement.completed_at)
    world.store.add(
        "planted_requests",
        {"requested_at": requests.requested_at, "kind": kind, "median": settlement.median, "is_completed": is_completed},
    )
    _pay_back(world, orders, requests, settlement, arrival)
    _charge_requests(world, orders, requests, settlement, arrival)


def _settle(world: World, orders: Orders, requests: Requests) -> Settlement:
    ids, kind, line, requested_at = requests.id, requests.kind, requests.line, requests.requested_at
    bought = orders.line_quantity[line]
    is_part = (bought > 1) & world.chance("part of the line", ids, truths.PART_OF_LINE_PPM)
    return_until = orders.delivered_at[orders.line_order[line]] + world.products.window_days[orders.line_product[line]] * truths.DAY
    decision = np.where(
        (kind == RETURN) & (requested_at > return_until),
        world.pick("decision outside", ids, truths.OUT_OF_WINDOW_DECISION_WEIGHTS),
        pick(world.draws.spread("decision", kind, 4), truths.DECISION_WEIGHTS),
    )
    is_approved = decision == APPROVED
    completes = is_approved & world.chance("completes", ids, truths.COMPLETED_PPM)
    median = np.array(truths.PROCESSING_SECONDS)[kind]
    long_tail = read_table(lognormal_table(truths.PROCESSING_SIGMA), world.draws.spread("processing", kind * 2 + completes, 8))
    seconds = median * long_tail // MILLION
    reason = np.zeros(len(ids), dtype=np.int64)
    reason_bits = world.draws.spread("reason", kind, 4)
    for each, weights in enumerate(truths.REASON_WEIGHTS):
        rows = np.flatnonzero(kind == each)
        reason[rows] = pick(reason_bits[rows], weights)
    received_at = requested_at + 120 + seconds * world.between("received", ids, 45, 75) // 100
    return Settlement(
        quantity=np.where(is_part, 1, bought),
        reason=reason,
        decision=decision,
        decided_at=requested_at + 60 + seconds * world.between("decided", ids, 8, 25) // 100,
        received_at=np.where(is_approved & (kind != REFUND_ONLY), received_at, NEVER),
        completed_at=np.where(completes, requested_at + 180 + seconds, NEVER),
        median=median,
    )


def _platform(world: World, ids: Ints, settlement: Settlement) -> dict[str, Ints]:
    """Whether the platform is called in after the decision, whom it holds liable, and by whom a request is completed."""
    escalated_ppm = np.where(settlement.decision == REJECTED, truths.ESCALATED_REJECTED_PPM, truths.ESCALATED_PPM)
    escalates = world.chance("to the platform", ids, escalated_ppm)
    escalated_at = settlement.decided_at + world.between("to the platform after", ids, 600, 2 * truths.DAY)
    escalated_at = np.where(escalates, escalated_at, NEVER)
    judged_at = escalated_at + world.lognormal("platform judges", ids, truths.VERDICT_SECONDS, truths.VERDICT_SIGMA)
    completer = world.pick("completer", ids, truths.COMPLETER_WEIGHTS)
    is_before_completion = escalated_at < settlement.completed_at
    return {
        "escalated_at": escalated_at,
        "judged_at": np.where(escalates, judged_at, NEVER),
        "verdict": world.pick("verdict", ids, truths.PLATFORM_VERDICT_WEIGHTS),
        "completer": np.where(is_before_completion, truths.COMPLETERS.index("platform"), completer),
    }


def _pay_back(world: World, orders: Orders, requests: Requests, settlement: Settlement, arrival: Ints) -> None:
    """Refunds of completed requests: mostly all of it, sometimes a part, sometimes in two payments."""
    ids, line = requests.id, requests.line
    pays = (settlement.completed_at < NEVER) & np.isin(requests.kind, (RETURN, REFUND_ONLY))
    paid = orders.line_amount[line] * settlement.quantity // orders.line_quantity[line]
    share = np.where(world.chance("part refund", ids, truths.PARTIAL_REFUND_PPM), world.between("share", ids, 50, 95), 100)
    amount = paid * share // 100
    is_split = pays & (amount >= 200) & world.chance("split refund", ids, truths.SPLIT_REFUND_PPM)
    first = np.where(is_split, amount // 2, amount)
    order = orders.line_order[line]
    about = {"request": ids, "order": orders.id[order], "line": orders.line_number[line], "not_before": arrival}
    about |= {"ordered_at": orders.ordered_at[order]}
    _refund(world, pays, first, settlement.completed_at, **about)
    _refund(world, is_split, amount - first, settlement.completed_at + 2 * truths.HOUR, **about)


def _charge_requests(world: World, orders: Orders, requests: Requests, settlement: Settlement, arrival: Ints) -> None:
    """Logistics for what comes in, the workshop's work, and what a defect costs."""
    none = np.full(len(requests.id), -1)
    is_defect = settlement.is_approved & (settlement.reason == QUALITY_DEFECT)
    for category, incurred_at, cents in (
        ("logistics", settlement.received_at, truths.LOGISTICS_CENTS_PER_REQUEST),
        ("repair", np.where(requests.kind == REPAIR, settlement.completed_at, NEVER), truths.REPAIR_CENTS_PER_REPAIR),
        ("quality", np.where(is_defect, settlement.decided_at, NEVER), truths.QUALITY_CENTS_PER_DEFECT),
    ):
        costs = Costs(
            category=category,
            incurred_at=incurred_at,
            unit_cents=np.full(len(none), cents),
            merchant=orders.merchant[orders.line_order[requests.line]],
            channel=none,
            request=requests.id,
            not_before=arrival,
        )
        charge(world, costs)


def _refund(
    world: World, mask: Flags, amount: Ints, refunded_at: Ints, *, request: Ints, order: Ints, line: Ints, ordered_at: Ints,
    not_before: Ints,
) -> None:  # fmt: skip
    rows = np.flatnonzero(mask & (amount > 0) & world.window.has_come(refunded_at))
    ids = world.ids("refund", len(rows))
    columns = {
        "refund": ids, "request": request[rows], "order_number": order[rows], "line_number": line[rows],
        "refunded_at": refunded_at[rows], "amount": amount[rows],
        "method": np.where(request[rows] >= 0, world.pick("refund method", ids, truths.REFUND_METHOD_WEIGHTS), 0),
    }  # fmt: skip
    world.deliver("refunds", ids, columns, [refunded_at[rows]], not_before[rows])
    planted = {"ordered_at": ordered_at[rows], "amount": amount[rows], "has_request": (request[rows] >= 0).astype(np.int64)}
    world.store.add("planted_refunds", planted)


def refund_cancelled(world: World, orders: Orders) -> None:
    """What was paid for an order that is then cancelled goes back whole, without a request."""
    rows = np.flatnonzero((orders.cancelled_at < NEVER) & (orders.paid_at < NEVER))
    none = np.full(len(rows), -1)
    about = {
        "request": none, "order": orders.id[rows], "line": none, "ordered_at": orders.ordered_at[rows],
        "not_before": orders.arrival_day[rows],
    }  # fmt: skip
    at = orders.cancelled_at[rows] + world.between("refund after", orders.id[rows], 300, 20 * truths.HOUR)
    always = np.ones(len(rows), dtype=bool)
    _refund(world, always, orders.amount[rows], at, **about)
