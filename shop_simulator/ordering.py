"""A day's orders: who buys what, when it is paid, shipped, delivered or cancelled. Contacts about them come elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shop_simulator import truths
from shop_simulator.draws import MILLION, Ints, below, pick
from shop_simulator.window import NEVER
from shop_simulator.world import World


@dataclass(frozen=True)
class Orders:
    """Orders of a block, and their lines (``line_order`` points into the orders of the block)."""

    id: Ints
    customer: Ints
    merchant: Ints
    ordered_at: Ints
    paid_at: Ints
    shipped_at: Ints
    delivered_at: Ints
    cancelled_at: Ints
    cancel_reason: Ints
    amount: Ints
    arrival_day: Ints

    line_order: Ints
    line_number: Ints
    line_product: Ints
    line_quantity: Ints
    line_amount: Ints
    first_line: Ints


def simulate_orders(world: World, day: int, count: int) -> Orders:
    """The orders of one day, stored as extracts of ``orders`` and ``order_items``."""
    window = world.window
    ids = world.ids("order", count)
    hour = world.pick("order hour", ids, truths.HOUR_WEIGHTS)
    ordered_at = np.sort(window.midnight(day) + hour * truths.HOUR + world.between("order second", ids, 0, truths.HOUR))
    customer = world.customers.at_random(world.draws, "buyer", ids, ordered_at)
    _seat_the_decided(world, day, ids, customer, ordered_at)

    merchant = world.pick("merchant", ids, world.merchants.weights)
    lines = 1 + world.pick("lines", ids, truths.LINES_WEIGHTS)
    line_order = np.repeat(np.arange(count, dtype=np.int64), lines)
    first_line = np.concatenate([[0], np.cumsum(lines)[:-1]]).astype(np.int64)
    line_number = np.arange(len(line_order)) - np.repeat(first_line, lines) + 1
    line_ids = ids[line_order] * 8 + line_number
    line_merchant = merchant[line_order]
    assortment = world.merchants.product_count[line_merchant]
    skew = below(world.bits("product", line_ids), 1 << 20) * below(world.bits("product skew", line_ids), 1 << 20) >> 20
    product = world.merchants.first_product[line_merchant] + (skew * assortment >> 20)
    quantity = 1 + world.pick("quantity", line_ids, truths.QUANTITY_WEIGHTS)
    unit_price = world.products.price_cents[product]
    discounted = world.chance("discount", line_ids, MILLION if window.is_promotion(day) else truths.percent(18))
    discount = np.where(discounted, unit_price * quantity * truths.PROMOTION_DISCOUNT_PPM // MILLION // 10 * 10, 0)
    line_amount = unit_price * quantity - discount
    amount = np.bincount(line_order, weights=line_amount, minlength=count).astype(np.int64)

    why = _cancel_reasons(world, ids)
    paid_at = ordered_at + np.minimum(world.lognormal("paid after", ids, 55, 90), 25 * truths.MINUTE)
    unpaid = why == truths.CANCEL_REASONS.index("payment")
    slow = truths.PROMOTION_SLOWDOWN_PERCENT if window.is_promotion(day) else 100
    packing = world.lognormal("shipped after", ids, truths.SHIPPING_SECONDS, truths.SHIPPING_SIGMA) * slow // 100
    shipped_at = paid_at + 20 * truths.MINUTE + packing
    shipped_at = world.at_some_hour("shipped", ids, shipped_at, truths.PARCEL_HOUR_WEIGHTS)
    transport = world.lognormal("delivered after", ids, truths.TRANSPORT_SECONDS, truths.TRANSPORT_SIGMA) * slow // 100
    delivered_at = shipped_at + 4 * truths.HOUR + transport
    delivered_at = world.at_some_hour("delivered", ids, delivered_at, truths.PARCEL_HOUR_WEIGHTS)
    is_cancelled = why >= 0
    # Cancelled on the way to shipping; what is never paid for is cancelled after half an hour.
    cancelled_at = paid_at + 60 + (shipped_at - paid_at - 120) * world.between("cancelled", ids, 5, 95) // 100
    cancelled_at = np.where(is_cancelled, np.where(unpaid, ordered_at + 30 * truths.MINUTE, cancelled_at), NEVER)
    paid_at = np.where(unpaid, NEVER, paid_at)
    shipped_at = np.where(is_cancelled, NEVER, shipped_at)
    delivered_at = np.where(is_cancelled, NEVER, delivered_at)

    # A reason noted as `other` and set right a few hours later.
    corrected = is_cancelled & world.chance("reason corrected", ids, truths.CORRECTED_PPM * 4)
    corrected_at = np.where(corrected, cancelled_at + world.between("corrected after", ids, truths.HOUR, 2 * truths.DAY), NEVER)
    columns = {
        "order_number": ids, "customer": customer, "merchant": merchant, "ordered_at": ordered_at, "paid_at": paid_at,
        "shipped_at": shipped_at, "delivered_at": delivered_at, "cancelled_at": cancelled_at, "cancel_reason": why,
        "corrected_at": corrected_at, "amount": amount, "withdrawn_at": np.full(count, NEVER),
    }  # fmt: skip
    arrival = world.deliver("orders", ids, columns, [ordered_at, paid_at, shipped_at, delivered_at, cancelled_at, corrected_at])
    never = np.full(len(line_ids), NEVER)
    line_columns = {
        "order_number": ids[line_order], "line_number": line_number, "product": product, "quantity": quantity,
        "unit_price": unit_price, "discount": discount, "withdrawn_at": never,
    }  # fmt: skip
    world.deliver("order_items", line_ids, line_columns, [ordered_at[line_order]], arrival[line_order])
    _book_some_twice(world, columns, line_columns, line_order, arrival)
    is_standing = world.window.has_come(paid_at) & ~world.window.has_come(cancelled_at)
    world.store.add("planted_orders", {"ordered_at": ordered_at, "amount": amount, "is_standing": is_standing.astype(np.int64)})
    return Orders(
        ids, customer, merchant, ordered_at, paid_at, shipped_at, delivered_at, cancelled_at, why, amount, arrival,
        line_order, line_number, product, quantity, line_amount, first_line,
    )  # fmt: skip


def _cancel_reasons(world: World, ids: Ints) -> Ints:
    """The reason's code, or -1 for an order that stands."""
    shares = (*truths.CANCEL_PPM, MILLION - sum(truths.CANCEL_PPM))
    bits = world.draws.spread("cancelled", np.zeros(len(ids), dtype=np.int64), 1)
    reason = pick(bits, shares)
    return np.where(reason == len(truths.CANCEL_PPM), -1, reason)


def _seat_the_decided(world: World, day: int, ids: Ints, customer: Ints, ordered_at: Ints) -> None:
    """Give places among the day's orders to customers who decided to order today; who finds none orders tomorrow."""
    waiting = world.decided_to_order.pop(day, [])
    if not waiting or len(ids) == 0:
        if waiting and day + 1 < world.window.days:
            world.decided_to_order[day + 1] = waiting + world.decided_to_order[day + 1]
        return
    decided = np.concatenate(waiting)
    room = len(ids) * 70 // 100
    seated, left = decided[:room], decided[room:]
    # Every k-th order of the day, so that they are spread over its hours.
    places = np.arange(len(seated)) * len(ids) // max(1, len(seated))
    fits = world.customers.registered_at[seated] < ordered_at[places]
    customer[places[fits]] = seated[fits]
    left = np.concatenate([left, seated[~fits]])
    if len(left) and day + 1 < world.window.days:
        world.decided_to_order[day + 1].insert(0, left)


def _book_some_twice(world: World, columns: dict[str, Ints], line_columns: dict[str, Ints], line_order: Ints, arrival: Ints) -> None:
    """Some orders are booked a second time by mistake and withdrawn, with their lines, within a day."""
    ids = columns["order_number"]
    twice = np.flatnonzero(world.chance("booked twice", ids, truths.WITHDRAWN_PPM))
    if len(twice) == 0:
        return
    new_ids = world.ids("doubled order", len(twice)) + 900_000_000
    withdrawn_at = columns["ordered_at"][twice] + world.between("withdrawn after", new_ids, truths.MINUTE, 20 * truths.HOUR)
    withdrawn_at = np.minimum(withdrawn_at, world.window.end)
    never = np.full(len(twice), NEVER)
    doubled = {name: values[twice] for name, values in columns.items()}
    doubled |= {"order_number": new_ids, "withdrawn_at": withdrawn_at, "corrected_at": never}
    doubled |= dict.fromkeys(("paid_at", "shipped_at", "delivered_at", "cancelled_at"), never)
    ordered_at = doubled["ordered_at"]
    world.deliver("orders", new_ids, doubled, [ordered_at, withdrawn_at], arrival[twice])
    number_of = np.full(len(ids), -1, dtype=np.int64)
    number_of[twice] = new_ids
    place = np.full(len(ids), -1, dtype=np.int64)
    place[twice] = np.arange(len(twice))
    rows = np.flatnonzero(number_of[line_order] >= 0)
    lines = {name: values[rows] for name, values in line_columns.items()}
    of_order = place[line_order[rows]]
    lines |= {"order_number": number_of[line_order[rows]], "withdrawn_at": withdrawn_at[of_order]}
    line_ids = lines["order_number"] * 8 + lines["line_number"]
    world.deliver("order_items", line_ids, lines, [ordered_at[of_order], withdrawn_at[of_order]], arrival[twice][of_order])
