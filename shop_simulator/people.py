"""The standing parts of the simulated shop: customers, merchants with their products, agents in teams, courses.

Decides who exists and since when; what they do is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shop_simulator import truths
from shop_simulator.draws import Bits, Draws, Ints, below, chance, lognormal_table, pick, read_table
from shop_simulator.window import NEVER, Window

HUMAN, BOT, PARTNER = 0, 1, 2
ROLES = ("human", "bot", "partner")
BOT_TEAM = len(truths.TEAMS)
TEAM_NAMES = (*truths.TEAMS, "bots")


@dataclass(frozen=True)
class Merchants:
    """Merchants, the largest first; each sells goods of one category."""

    category: Ints
    region: Ints
    opened_at: Ints
    first_product: Ints
    product_count: Ints
    weights: tuple[int, ...]


@dataclass(frozen=True)
class Products:
    """Products, those of one merchant side by side, the best-selling first."""

    merchant: Ints
    category: Ints
    policy: Ints
    window_days: Ints
    warranty_days: Ints
    price_cents: Ints
    made_at: Ints


@dataclass(frozen=True)
class Agents:
    """Agents, and the spells in which they had a role and a team."""

    hired_at: Ints
    trained_at: Ints
    spell_agent: Ints
    spell_from: Ints
    spell_role: Ints
    spell_team: Ints
    # By team: the agents that take its tickets, and between which moments. The first two of each team are always there.
    pools: tuple[tuple[Ints, Ints, Ints], ...]
    bot: int
    # Was a bot until the moment, and is a human agent since.
    former_bot: int
    former_bot_until: int

    def taking(self, bits: Bits, teams: Ints, moments: Ints, other_than: Ints | None = None) -> Ints:
        """An agent of each team who works there at the moment, and is not the given one."""
        chosen = np.zeros(len(teams), dtype=np.int64)
        for team, (members, since, until) in enumerate(self.pools):
            rows = np.flatnonzero(teams == team)
            place = below(bits[rows], len(members))
            # The first two of a team are always there: one of them can take what the one drawn cannot.
            for attempt in (None, 0, 1):
                candidate = place if attempt is None else np.full(len(rows), attempt)
                free = (since[candidate] <= moments[rows]) & (moments[rows] < until[candidate])
                if other_than is not None:
                    free &= members[candidate] != other_than[rows]
                chosen[rows[free]] = members[candidate[free]]
                rows, place = rows[~free], place[~free]
                if len(rows) == 0:
                    break
        return chosen


class Customers:
    """Customer accounts in the order of their registration, and whether each will buy again."""

    def __init__(self, draws: Draws, window: Window, orders: int) -> None:
        count = max(60, orders * 45 // 100)
        older = max(40, count * 55 // 100)
        ids = np.arange(count, dtype=np.int64)
        reach_back = 3 * 365 * truths.DAY
        before = window.start - 1 - below(draws.bits("customer age", ids[:older]), reach_back)
        within = window.start + below(draws.bits("customer joins", ids[older:]), window.days * truths.DAY)
        self.registered_at: Ints = np.sort(np.concatenate([before, within]))
        self.region: Ints = pick(draws.bits("region", ids), tuple(range(40, 40 - len(truths.REGIONS), -1)))
        self.tier: Ints = pick(draws.bits("tier", ids), (66, 20, 10, 4))
        self.surname: Ints = below(draws.bits("surname", ids), 1 << 20)
        # A customer who has gone away is not drawn at random before this moment.
        self.away_until: Ints = np.zeros(count, dtype=np.int64)
        self.count = count

    def at_random(self, draws: Draws, name: str, ids: Ints, moments: Ints) -> Ints:
        """A registered customer for each moment: a few buy much, most buy little. Those who left are passed over."""
        known = np.searchsorted(self.registered_at, moments - 60, side="right")
        chosen = self._one_of(draws, name, ids, known)
        for attempt in range(6):
            gone = np.flatnonzero(self.away_until[chosen] > moments)
            if len(gone) == 0:
                break
            chosen[gone] = self._one_of(draws, f"{name} again {attempt}", ids[gone], known[gone])
        return chosen

    @staticmethod
    def _one_of(draws: Draws, name: str, ids: Ints, known: Ints) -> Ints:
        bits = draws.bits(name, ids)
        evenly = below(bits, 1 << 20)
        # A quarter of the orders come from regular customers: the product of two even draws leans to small numbers, and so
        # to the oldest accounts.
        is_regular = (bits & np.uint64(3)) == 0
        place = np.where(is_regular, evenly * below(bits << np.uint64(32), 1 << 20) >> 20, evenly)
        return place * known >> 20


def merchants_and_products(draws: Draws, window: Window, orders: int) -> tuple[Merchants, Products]:
    """The assortment, sized to the shop."""
    merchant_count = min(max(16, orders // 500), 1_200)
    ids = np.arange(merchant_count, dtype=np.int64)
    weights = tuple(10_000_000 // (index + 4) for index in range(merchant_count))
    sizes = np.maximum(4, np.array([min(max(60, orders // 40), 25_000) * w // sum(weights) for w in weights], dtype=np.int64))
    category = (ids * 5 + 1) % len(truths.CATEGORIES)
    opened_at = window.start - truths.DAY - below(draws.bits("merchant age", ids), 5 * 365 * truths.DAY)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    merchants = Merchants(category, pick(draws.bits("merchant region", ids), (1,) * len(truths.REGIONS)), opened_at, first, sizes, weights)

    owner = np.repeat(ids, sizes)
    product_ids = np.arange(len(owner), dtype=np.int64)
    its_category = category[owner]
    policy = pick(draws.bits("policy", product_ids), (62, 18, 12, 8))
    has_warranty = np.isin(its_category, (0, 2, 5, 6))
    prices = read_table(lognormal_table(truths.PRICE_SIGMA), draws.bits("price", product_ids))
    price_cents = np.array(truths.PRICE_CENTS, dtype=np.int64)[its_category] * prices // 1_000_000 // 100 * 100 + 90
    products = Products(
        merchant=owner,
        category=its_category,
        policy=policy,
        window_days=np.array((7, 7, 15, 0), dtype=np.int64)[policy],
        warranty_days=np.where(has_warranty, 365, np.where(its_category == 7, 90, 0)),
        price_cents=price_cents,
        made_at=opened_at[owner] + below(draws.bits("product age", product_ids), truths.DAY),
    )
    return merchants, products


def agents(draws: Draws, window: Window, orders: int) -> Agents:
    """Agents enough for the contacts to come; some join, change team or role, or take a course on the way."""
    per_day = orders // window.days // 3
    # How many share a team's work: chat, phone, mail, store, complaints, repairs.
    sizes = [max(minimum, per_day * share // 1_500) for share, minimum in ((55, 5), (18, 4), (12, 3), (3, 2), (7, 2), (6, 2))]
    middle = window.at_percent(50)
    total = sum(sizes)
    ids = np.arange(total + 3, dtype=np.int64)
    hired_at = window.start - (30 + below(draws.bits("hired", ids), 1_500)) * truths.DAY
    newcomer = chance(draws.bits("newcomer", ids), truths.percent(8))
    hired_at = np.where(newcomer, window.start + below(draws.bits("joins", ids), max(1, window.days * 70 // 100)) * truths.DAY, hired_at)
    bot, former_bot = total, total + 1
    hired_at[total:] = window.start - 400 * truths.DAY
    trained = chance(draws.bits("trained", ids), truths.TRAINING["share_ppm"])
    trained &= ids < total
    spreading = below(draws.bits("training day", ids), max(1, window.days // 10)) * truths.DAY
    trained_at = np.where(trained, window.at_percent(truths.TRAINING["start"]) + spreading, NEVER)
    trained_at = np.where(trained_at > hired_at, trained_at, NEVER)

    spells: list[tuple[int, int, int, int]] = []
    pools: list[tuple[Ints, Ints, Ints]] = []
    position = 0
    for team, size in enumerate(sizes):
        members = list(range(position, position + size))
        since = [int(hired_at[member]) for member in members]
        until = [NEVER] * size
        for place in (0, 1):
            hired_at[position + place] = since[place] = window.start - (900 - 40 * place) * truths.DAY
        for place, member in enumerate(members):
            role = PARTNER if truths.TEAMS[team] == "repairs" and place % 2 == 1 else HUMAN
            spells.append((member, since[place], role, team))
            if place % 6 == 4 and since[place] < window.start:
                # A change of team in the middle of the window, for some from a partner's staff to the shop's own.
                spells.append((member, middle, HUMAN, (team + 1) % len(sizes)))
                until[place] = middle
        if truths.TEAMS[team] == "chat":
            members.append(former_bot)
            since.append(middle)
            until.append(NEVER)
        pools.append((np.array(members), np.array(since), np.array(until)))
        position += size
    spells.append((bot, int(hired_at[bot]), BOT, BOT_TEAM))
    spells.append((former_bot, int(hired_at[former_bot]), BOT, BOT_TEAM))
    spells.append((former_bot, middle, HUMAN, 0))
    spells.append((total + 2, int(hired_at[total + 2]), BOT, BOT_TEAM))
    spell = np.array(spells, dtype=np.int64)
    return Agents(hired_at, trained_at, spell[:, 0], spell[:, 1], spell[:, 2], spell[:, 3], tuple(pools), bot, former_bot, middle)
