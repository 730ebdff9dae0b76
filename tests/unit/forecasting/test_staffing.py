"""How many people an hour needs: against what others published, exact arithmetic, and a simulation of the same hour."""

import heapq
import math
import random
from fractions import Fraction

import pytest

from orchestration.forecasting.staffing import Need, agents_at_the_desk, agents_on_the_line, share_in_time, waiting_probability

# 100 calls in half an hour of 180 seconds each, to be answered within 20: the example in the README of the R package ErlangC 0.1.0 (CRAN).
PUBLISHED = [(11, 0.6821182, 0.3896138), (14, 0.1741319, 0.88835)]


@pytest.mark.parametrize(("agents", "waiting", "in_time"), PUBLISHED)
def test_waiting_and_service_level_are_those_published(agents: int, waiting: float, in_time: float) -> None:
    assert waiting_probability(agents, 10) == pytest.approx(waiting, abs=5e-8)
    assert share_in_time(agents, 10, target_seconds=20, service_seconds=180) == pytest.approx(in_time, abs=5e-8)


def test_the_people_needed_are_those_published() -> None:
    need = agents_on_the_line(200, handling_seconds=180, concurrency=1, target_seconds=20, target_share=0.8)
    # 13 answer 79.6 % in time.
    assert (need.agents, round(need.share_in_time or 0, 5)) == (14, 0.88835)


@pytest.mark.parametrize(("agents", "load"), [(1, "1/2"), (2, "1"), (3, "5/2"), (25, "20"), (110, "100"), (400, "380")])
def test_waiting_is_the_closed_formula_in_exact_arithmetic(agents: int, load: str) -> None:
    offered = Fraction(load)
    terms = [offered**number / math.factorial(number) for number in range(agents + 1)]
    last = terms[agents] * agents / (agents - offered)
    assert waiting_probability(agents, float(offered)) == pytest.approx(float(last / (sum(terms[:agents]) + last)), rel=1e-12)


def simulated_hour(agents: int, per_hour: float, handling_seconds: float, target_seconds: float, customers: int) -> float:
    """The share of customers served within the target by people who each serve one after the other, first come first served."""
    draw = random.Random(20251201)
    free_at, now, in_time = [0.0] * agents, 0.0, 0
    for _ in range(customers):
        now += draw.expovariate(per_hour / 3600)
        begins = max(now, heapq.heappop(free_at))
        in_time += begins - now <= target_seconds
        heapq.heappush(free_at, begins + draw.expovariate(1 / handling_seconds))
    return in_time / customers


@pytest.mark.parametrize(("per_hour", "seconds", "target"), [(20, 300, 20), (40, 360, 60), (90, 240, 20)])
def test_a_simulated_hour_answers_as_many_in_time(per_hour: float, seconds: float, target: float) -> None:
    need = agents_on_the_line(per_hour, handling_seconds=seconds, concurrency=1, target_seconds=target, target_share=0.8)
    assert need.share_in_time is not None
    fewer = share_in_time(need.agents - 1, per_hour * seconds / 3600, target_seconds=target, service_seconds=seconds)
    assert fewer < 0.8 <= need.share_in_time
    for agents, share in ((need.agents, need.share_in_time), (need.agents - 1, fewer)):
        assert simulated_hour(agents, per_hour, seconds, target, customers=100_000) == pytest.approx(share, abs=0.015)


def test_more_work_than_people_makes_everybody_wait() -> None:
    assert waiting_probability(3, 3) == 1.0
    assert share_in_time(3, 3, target_seconds=20, service_seconds=180) == 0.0


def test_the_load_is_always_below_the_people() -> None:
    # 10 erlangs to the hair: 10 people would never be done.
    assert agents_on_the_line(200, handling_seconds=180, concurrency=1, target_seconds=86_400, target_share=0.01).agents == 11


def test_whoever_serves_two_at_once_is_done_with_each_twice_as_soon() -> None:
    two = agents_on_the_line(200, handling_seconds=180, concurrency=2, target_seconds=20, target_share=0.8)
    assert two == agents_on_the_line(200, handling_seconds=90, concurrency=1, target_seconds=20, target_share=0.8)


@pytest.mark.parametrize(("per_hour", "agents"), [(0, 0), (0.01, 1), (4.8, 1), (4.81, 2), (9.6, 2)])
def test_the_desk_needs_the_load_over_the_occupancy_rounded_up(per_hour: float, agents: int) -> None:
    # 600 seconds each at 80 % of an hour: 4.8 an hour and person.
    assert agents_at_the_desk(per_hour, handling_seconds=600, occupancy=0.8) == Need(agents)


def test_an_hour_without_customers_needs_nobody() -> None:
    assert agents_on_the_line(0, handling_seconds=180, concurrency=1, target_seconds=20, target_share=0.8) == Need(0, 1.0)
