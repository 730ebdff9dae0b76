"""What the after-sales work costs: every day's staff, storage and lines, and what single requests cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shop_simulator import truths
from shop_simulator.draws import Ints, below
from shop_simulator.window import NEVER
from shop_simulator.world import World


@dataclass(frozen=True)
class Costs:
    """Costs of one category before noise. -1 stands for none; a cost that never comes is at NEVER."""

    category: str
    incurred_at: Ints
    unit_cents: Ints
    merchant: Ints
    channel: Ints
    request: Ints
    not_before: Ints


def charge(world: World, costs: Costs) -> None:
    """Book costs with some noise around the planted unit cost; a few are booked by mistake and withdrawn."""
    rows = np.flatnonzero(world.window.has_come(costs.incurred_at) & (costs.unit_cents > 0))
    count = len(rows)
    ids = world.ids("cost", count)
    at = costs.incurred_at[rows]
    is_cheaper = at >= world.window.at_percent(truths.COST_INITIATIVE["start"])
    cents = costs.unit_cents[rows]
    expected = np.where(is_cheaper, cents * truths.COST_INITIATIVE["cost_percent"] // 100, cents)
    category = np.full(count, truths.COST_CATEGORIES.index(costs.category))
    swing = below(world.draws.spread("cost", category, len(truths.COST_CATEGORIES)), 2_001) - 1_000
    columns = {
        "cost": ids, "incurred_at": at, "category": category, "amount": expected + expected * truths.COST_NOISE_PERCENT * swing // 100_000,
        "merchant": costs.merchant[rows], "channel": costs.channel[rows], "request": costs.request[rows],
        "withdrawn_at": np.full(count, NEVER),
    }  # fmt: skip
    not_before = costs.not_before[rows]
    world.deliver("service_costs", ids, columns, [at], not_before)
    world.store.add("planted_costs", {"incurred_at": at, "category": category, "expected": expected})

    wrong = np.flatnonzero(world.chance("cost by mistake", ids, truths.WITHDRAWN_PPM))
    wrong_ids = world.ids("wrong cost", len(wrong)) + 900_000_000
    noticed_at = np.minimum(at[wrong] + world.between("cost withdrawn", wrong_ids, truths.HOUR, 3 * truths.DAY), world.window.end)
    mistaken = {name: values[wrong] for name, values in columns.items()} | {"cost": wrong_ids, "withdrawn_at": noticed_at}
    world.deliver("service_costs", wrong_ids, mistaken, [mistaken["incurred_at"], noticed_at], not_before[wrong])


def charge_a_day(world: World, day: int, orders: int) -> None:
    """What the shop pays every day, however much there is to do: staff and lines by channel, storage for all."""
    shares = np.array(truths.CHANNEL_WEIGHTS, dtype=np.int64)
    channels = np.arange(len(shares))
    evening = world.window.midnight(day) + 20 * truths.HOUR
    for category, cents_per_order in (
        ("labour", truths.LABOUR_CENTS_PER_ORDER),
        ("customer_service", truths.CUSTOMER_SERVICE_CENTS_PER_ORDER),
    ):
        cents = orders * cents_per_order * shares // (world.window.days * int(shares.sum()))
        charge(world, _of_a_day(category, evening, cents, channels))
    stored = np.array([orders * truths.WAREHOUSING_CENTS_PER_ORDER // world.window.days])
    charge(world, _of_a_day("warehousing", evening, stored, np.full(1, -1)))


def _of_a_day(category: str, at: int, cents: Ints, channel: Ints) -> Costs:
    none = np.full(len(cents), -1)
    return Costs(category, np.full(len(cents), at), cents, none, channel, none, np.zeros(len(cents), dtype=np.int64))
