"""What the parts of the simulated shop share while the days go by: the window, the draws, the people, the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from shop_simulator import truths
from shop_simulator.draws import Bits, Columns, Draws, Flags, Ints, below, chance, lognormal_table, pick, read_table
from shop_simulator.people import Agents, Customers, Merchants, Products
from shop_simulator.store import Store
from shop_simulator.window import ZONE_SECONDS, Window, last_changes_of_a_day


@dataclass
class World:
    """One simulation in progress."""

    window: Window
    draws: Draws
    store: Store
    customers: Customers
    merchants: Merchants
    products: Products
    agents: Agents
    next_id: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1))
    # By day: customers who have made up their minds to order.
    decided_to_order: dict[int, list[Ints]] = field(default_factory=lambda: defaultdict(list))

    def ids(self, kind: str, count: int) -> Ints:
        """New numbers for rows of a kind."""
        first = self.next_id[kind]
        self.next_id[kind] = first + count
        return np.arange(first, first + count, dtype=np.int64)

    def bits(self, name: str, ids: Ints) -> Bits:
        """Independent bits for each id."""
        return self.draws.bits(name, ids)

    def lognormal(self, name: str, ids: Ints, median: Ints | int, sigma: int) -> Ints:
        """A long-tailed whole number with the given median."""
        return median * read_table(lognormal_table(sigma), self.bits(name, ids)) // 1_000_000

    def between(self, name: str, ids: Ints, low: int, high: int) -> Ints:
        """An even whole number in [low, high)."""
        return low + below(self.bits(name, ids), high - low)

    def at_some_hour(self, name: str, ids: Ints, moments: Ints, hour_weights: tuple[int, ...]) -> Ints:
        """Each moment moved to an hour drawn anew: the same local day if that is no earlier, else the next day."""
        day_start = (moments + ZONE_SECONDS) // truths.DAY * truths.DAY - ZONE_SECONDS
        moved = day_start + self.pick(name + " hour", ids, hour_weights) * truths.HOUR
        moved = moved + self.between(name + " second", ids, 0, truths.HOUR)
        return np.where(moved >= moments, moved, moved + truths.DAY)

    def chance(self, name: str, ids: Ints, probability_ppm: Ints | int) -> Flags:
        """True with the probability."""
        return chance(self.bits(name, ids), probability_ppm)

    def pick(self, name: str, ids: Ints, weights: tuple[int, ...]) -> Ints:
        """An index in proportion to the weights."""
        return pick(self.bits(name, ids), weights)

    def arrival_day(self, name: str, ids: Ints, moments: Ints, not_before: Ints | int = 0) -> Ints:
        """The day whose extract carries the row: mostly its own, sometimes days later, never before what it refers to."""
        day = self.window.day_of(moments)
        bits = self.bits(name + " late", ids)
        late = np.flatnonzero(chance(bits, truths.LATE_DELIVERY_PPM))
        if len(late):
            # The lower half of the bits, which the first decision has not used.
            day[late] += 1 + pick(bits[late] << np.uint64(32), truths.LATE_DELIVERY_DAYS_WEIGHTS)
        day = np.maximum(day, not_before)
        return np.clip(day, 0, self.window.days - 1)

    def deliver(self, feed: str, ids: Ints, columns: Columns, moments: Sequence[Ints], not_before: Ints | int = 0) -> Ints:
        """Store each row once for every day on which it changed; returns the day on which it first arrives.

        What a version shows is a matter of its ``updated_at`` alone, so two rows with one key and one ``updated_at`` are
        the same row.
        """
        count = len(ids)
        floor = np.broadcast_to(np.asarray(not_before, dtype=np.int64), (count,))
        first_day = np.full(count, self.window.days - 1, dtype=np.int64)
        versions = last_changes_of_a_day(self.window, moments)
        arrivals: list[Ints] = []
        for kind, (rows, updated_at) in enumerate(versions):
            day = self.arrival_day(f"{feed} {kind}", ids[rows], updated_at, floor[rows])
            # What refers to a row waits for whichever of its versions arrives first.
            first_day[rows] = np.minimum(first_day[rows], day)
            arrivals.append(day)
        for kind, (rows, updated_at) in enumerate(versions):
            block = {name: values[rows] for name, values in columns.items()}
            self.add(feed, ids[rows] * 16 + kind, {**block, "updated_at": updated_at, "_day": arrivals[kind]})
        return first_day

    def add(self, feed: str, ids: Ints, columns: Columns) -> None:
        """Store rows as they are, with the noise that picks rows to spoil, and some of them a second time a day later."""
        noise = (self.bits(feed + " noise", ids) >> np.uint64(20)).astype(np.int64)
        columns = {**columns, "_noise": noise, "_is_repeat": np.zeros(len(ids), dtype=np.int64)}
        self.store.add(feed, columns)
        again = np.flatnonzero(self.chance(feed + " repeated", ids, truths.REPEATED_ROW_PPM))
        if len(again):
            repeats = {name: values[again] for name, values in columns.items()}
            repeats["_day"] = np.minimum(repeats["_day"] + 1, self.window.days - 1)
            repeats["_is_repeat"] = np.ones(len(again), dtype=np.int64)
            self.store.add(feed, repeats)
