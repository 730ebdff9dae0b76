"""How many people an hour needs: Erlang C where customers wait on the line, the load over the occupancy elsewhere. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """The people an hour needs; which share of the customers they answer in time, where somebody waits."""

    agents: int
    share_in_time: float | None = None


def waiting_probability(agents: int, load: float) -> float:
    """Erlang C: the probability that a customer has to wait, with ``load`` in erlangs and everybody who waits staying.

    From Erlang B by its recursion, which neither over- nor underflows.
    """
    if load <= 0:
        return 0.0
    if load >= agents:
        return 1.0
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return agents * blocked / (agents - load * (1 - blocked))


def share_in_time(agents: int, load: float, *, target_seconds: float, service_seconds: float) -> float:
    """The share of the customers who wait at most ``target_seconds``; of more work than people, nobody can be sure."""
    if load <= 0:
        return 1.0
    if load >= agents:
        return 0.0
    return 1 - waiting_probability(agents, load) * math.exp(-(agents - load) * target_seconds / service_seconds)


def agents_on_the_line(per_hour: float, *, handling_seconds: float, concurrency: int, target_seconds: float, target_share: float) -> Need:
    """The fewest people above the load who answer the target share in time.

    Who talks to ``concurrency`` customers at once counts as one line that is done with each so many times sooner.
    """
    service_seconds = handling_seconds / concurrency
    load = per_hour * service_seconds / 3600
    if load <= 0:
        return Need(0, 1.0)
    agents = math.floor(load) + 1
    while (share := share_in_time(agents, load, target_seconds=target_seconds, service_seconds=service_seconds)) < target_share:
        agents += 1
    return Need(agents, share)


def agents_at_the_desk(per_hour: float, *, handling_seconds: float, occupancy: float) -> Need:
    """The fewest people who do the work of the hour when each is busy for at most the share ``occupancy`` of it."""
    # A rounding error of the division is no reason for one more.
    return Need(math.ceil(round(per_hour * handling_seconds / 3600 / occupancy, 9)))
