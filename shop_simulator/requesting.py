"""After-sales requests about delivered lines: returns, exchanges, repairs, refunds; what is paid back; what it costs.

A line has at most one request that pays money back, so that no refund exceeds what was paid for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shop_simulator import truths
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
    line_ids = orders.id[orders.line_order] * 8 + orders.line_number
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


def settle_requests(world: World, orders: Orders, requests: Requests, tickets: Ints, ticket_days: Ints) -> None:
    """How the requests end; stored as extracts of ``after_sales_requests``, ``refunds`` and ``service_costs``."""
    window = world.window
    ids, kind, line = requests.id, requests.kind, requests.line
    order = orders.line_order[line]
    product = orders.line_product[line]
    delivered_at = orders.delivered_at[order]
    never = np.full(len(ids), NEVER)

    line_quantity = orders.line_quantity[line]
    part = world.chance("part of the line", ids, truths.PART_OF_LINE_PPM) & (line_quantity > 1)
    quantity = np.where(part, 1, line_quantity)
    window_seconds = world.products.window_days[product] * truths.DAY
    outside = (kind == RETURN) & (requests.requested_at > delivered_at + window_seconds)
    decided_as = np.where(
        outside,
        world.pick("decision outside", ids, truths.OUT_OF_WINDOW_DECISION_WEIGHTS),
        pick(world.draws.spread("decision", kind, 4), truths.DECISION_WEIGHTS),
    )
    is_approved = decided_as == APPROVED
    completes = is_approved & world.chance("completes", ids, truths.COMPLETED_PPM)
    table = lognormal_table(truths.PROCESSING_SIGMA)
    median = np.array(truths.PROCESSING_SECONDS)[kind]
    seconds = median * read_table(table, world.draws.spread("processing", kind * 2 + completes, 8)) // MILLION
    decided_at = requests.requested_at + 60 + seconds * world.between("decided", ids, 8, 25) // 100
    comes_in = (kind != REFUND_ONLY) & is_approved
    received_at = np.where(comes_in, requests.requested_at + 120 + seconds * world.between("received", ids, 45, 75) // 100, NEVER)
    completed_at = np.where(completes, requests.requested_at + 180 + seconds, NEVER)

    reason = np.zeros(len(ids), dtype=np.int64)
    for request_kind, weights in enumerate(truths.REASON_WEIGHTS):
        rows = np.flatnonzero(kind == request_kind)
        reason[rows] = world.pick("reason", ids[rows], weights)
    is_partner = (kind == REPAIR) & world.chance("partner repair", ids, truths.PARTNER_REPAIR_PPM)
    covered = requests.requested_at <= delivered_at + world.products.warranty_days[product] * truths.DAY
    fee = np.where((kind == REPAIR) & ~covered & is_approved, 5_000 + below(world.bits("fee", ids), 200) * 100, 0)
    refiled = world.chance("reason corrected", ids, truths.CORRECTED_PPM)
    refiled_at = np.where(refiled, requests.requested_at + world.between("refiled", ids, 600, truths.DAY), NEVER)
    columns = {
        "request": ids, "order_number": orders.id[order], "line_number": orders.line_number[line], "ticket": tickets, "kind": kind,
        "reason": reason, "quantity": quantity, "requested_at": requests.requested_at, "decided_at": decided_at,
        "decision": decided_as, "received_at": received_at, "completed_at": completed_at, "refiled_at": refiled_at,
        "is_self_service": (tickets < 0) & world.chance("self service", ids, truths.SELF_SERVICE_WITHOUT_TICKET_PPM),
        "is_partner": is_partner, "partner": 1 + below(world.bits("partner", ids), 6),
        "is_covered": np.where(kind == REPAIR, covered, -1), "fee": fee,
    }  # fmt: skip
    floor = np.maximum(orders.arrival_day[order], ticket_days)
    moments = [requests.requested_at, decided_at, received_at, completed_at, refiled_at]
    arrival = world.deliver("after_sales_requests", ids, columns, moments, floor)
    world.store.add(
        "planted_requests",
        {"requested_at": requests.requested_at, "kind": kind, "median": median, "is_completed": window.has_come(completed_at)},
    )

    pays = completes & np.isin(kind, (RETURN, REFUND_ONLY))
    paid = orders.line_amount[line] * quantity // line_quantity
    share = np.where(world.chance("part refund", ids, truths.PARTIAL_REFUND_PPM), world.between("share", ids, 50, 95), 100)
    amount = paid * share // 100
    split = pays & world.chance("split refund", ids, truths.SPLIT_REFUND_PPM) & (amount >= 200)
    first = np.where(split, amount // 2, amount)
    refunded_at = np.where(pays, completed_at, never)
    numbers = orders.id[order], orders.line_number[line]
    _refund(world, pays, first, refunded_at, ids, *numbers, arrival)
    _refund(world, split, amount - first, refunded_at + 2 * truths.HOUR, ids, *numbers, arrival)

    merchant = orders.merchant[order]
    cost = np.where(kind == REFUND_ONLY, 0, truths.LOGISTICS_CENTS_PER_REQUEST)
    charge(world, "logistics", np.where(comes_in, received_at, NEVER), cost, merchant, ids, arrival)
    repair = np.where((kind == REPAIR) & completes, completed_at, NEVER)
    charge(world, "repair", repair, np.full(len(ids), truths.REPAIR_CENTS_PER_REPAIR), merchant, ids, arrival)
    defect = np.where((reason == QUALITY_DEFECT) & is_approved, decided_at, NEVER)
    charge(world, "quality", defect, np.full(len(ids), truths.QUALITY_CENTS_PER_DEFECT), merchant, ids, arrival)


def _refund(world: World, mask: Flags, amount: Ints, refunded_at: Ints, request: Ints, order: Ints, line: Ints, not_before: Ints) -> None:
    rows = np.flatnonzero(mask & (amount > 0) & world.window.has_come(refunded_at))
    ids = world.ids("refund", len(rows))
    columns = {
        "refund": ids, "request": request[rows], "order_number": order[rows], "line_number": line[rows],
        "refunded_at": refunded_at[rows], "amount": amount[rows],
    }  # fmt: skip
    world.deliver("refunds", ids, columns, [refunded_at[rows]], not_before[rows])


def refund_cancelled(world: World, orders: Orders) -> None:
    """What was paid for an order that is then cancelled goes back whole, without a request."""
    rows = np.flatnonzero((orders.cancelled_at < NEVER) & (orders.paid_at < NEVER))
    none = np.full(len(rows), -1)
    at = orders.cancelled_at[rows] + world.between("refund after", orders.id[rows], 300, 20 * truths.HOUR)
    always = np.ones(len(rows), dtype=bool)
    _refund(world, always, orders.amount[rows], at, none, orders.id[rows], none, orders.arrival_day[rows])


def charge(
    world: World, category: str, incurred_at: Ints, cents: Ints, merchant: Ints, request: Ints, not_before: Ints | int,
    channel: Ints | None = None,
) -> None:  # fmt: skip
    """Costs with some noise around the planted unit cost; a few are booked by mistake and withdrawn."""
    rows = np.flatnonzero((incurred_at <= world.window.end) & (cents > 0))
    count = len(rows)
    ids = world.ids("cost", count)
    at = incurred_at[rows]
    cheaper = at >= world.window.at_percent(truths.COST_INITIATIVE["start"])
    expected = np.where(cheaper, cents[rows] * truths.COST_INITIATIVE["cost_percent"] // 100, cents[rows])
    noise = truths.COST_NOISE_PERCENT
    kind = np.full(count, truths.COST_CATEGORIES.index(category))
    swing = below(world.draws.spread("cost", kind, len(truths.COST_CATEGORIES)), 2_001) - 1_000
    amount = expected + expected * noise * swing // 100_000
    floor = np.broadcast_to(np.asarray(not_before, dtype=np.int64), (len(incurred_at),))[rows]
    columns = {
        "cost": ids, "incurred_at": at, "category": kind, "amount": amount, "merchant": merchant[rows],
        "channel": channel[rows] if channel is not None else np.full(count, -1), "request": request[rows],
        "withdrawn_at": np.full(count, NEVER),
    }  # fmt: skip
    world.deliver("service_costs", ids, columns, [at], floor)
    world.store.add("planted_costs", {"incurred_at": at, "category": kind, "expected": expected})

    wrong = np.flatnonzero(world.chance("cost by mistake", ids, truths.WITHDRAWN_PPM))
    again = world.ids("wrong cost", len(wrong)) + 900_000_000
    mistaken = {name: values[wrong] for name, values in columns.items()} | {"cost": again}
    withdrawn_at = mistaken["incurred_at"] + world.between("cost withdrawn", again, truths.HOUR, 3 * truths.DAY)
    mistaken["withdrawn_at"] = withdrawn_at = np.minimum(withdrawn_at, world.window.end)
    world.deliver("service_costs", again, mistaken, [mistaken["incurred_at"], withdrawn_at], floor[wrong])
