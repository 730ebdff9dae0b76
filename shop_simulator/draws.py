"""Random numbers of the simulated shop: integers from integers, the same on every machine and in every order of work.

A draw is a function of (seed, name of the draw, id of the row), never of a generator's state. Long-tailed quantities come
from tables of whole numbers, so that no result depends on how a processor rounds a logarithm. What is drawn, and with
which probability, stands in ``truths``.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Columns = Mapping[str, Ints | Flags]

MILLION = 1_000_000
TABLE_BITS = 12
TABLE_SIZE = 1 << TABLE_BITS
# Beyond these quantiles a lognormal is cut off: a reply after four months is a fault of the desk, not a long tail.
LOWEST_QUANTILE = 0.0005


@lru_cache(maxsize=64)
def lognormal_table(sigma_hundredths: int) -> Ints:
    """Quantiles of a lognormal with median 1, in millionths, at 4,097 evenly spaced probabilities."""
    normal = NormalDist()
    values: list[int] = []
    for step in range(TABLE_SIZE + 1):
        probability = min(max(step / TABLE_SIZE, LOWEST_QUANTILE), 1 - LOWEST_QUANTILE)
        values.append(round(MILLION * math.exp(sigma_hundredths / 100 * normal.inv_cdf(probability))))
    return np.array(values, dtype=np.int64)


@lru_cache(maxsize=64)
def lognormal_mean_ppm(sigma_hundredths: int) -> int:
    """Mean of the table above, in millionths of its median (a table read by linear interpolation)."""
    table = lognormal_table(sigma_hundredths)
    return int((int(table[:-1].sum()) + int(table[1:].sum())) // (2 * TABLE_SIZE))


def lognormal_cdf_ppm(sigma_hundredths: int, values: Ints, medians: Ints) -> Ints:
    """Probability, in millionths, that a lognormal with the given median stays at or below each value."""
    table = lognormal_table(sigma_hundredths)
    ratio = np.where(values <= 0, 0, np.minimum(values, 10**12) * MILLION // np.maximum(medians, 1))
    position = np.searchsorted(table, ratio, side="right").astype(np.int64)
    return np.where(values <= 0, 0, position * MILLION // (TABLE_SIZE + 1))


def quantile_of_mixture(mixture: list[tuple[int, int, float]], probability: float) -> float:
    """The value below which a share of a mixture lies; the parts are (median, sigma in hundredths, weight)."""
    steps = np.arange(TABLE_SIZE + 1) / TABLE_SIZE
    parts: list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]] = []
    for sigma in sorted({sigma for _, sigma, _ in mixture}):
        medians = np.array([median for median, its_sigma, _ in mixture if its_sigma == sigma], dtype=np.float64)
        weights = np.array([weight for _, its_sigma, weight in mixture if its_sigma == sigma], dtype=np.float64)
        parts.append((medians, weights, lognormal_table(sigma) / MILLION))
    wanted = probability * sum(weight for _, _, weight in mixture)
    low, high = 0.0, max(float(medians.max() * table[-1]) for medians, _, table in parts)
    while high - low > high * 1e-7:
        middle = (low + high) / 2
        found = sum(float((weights * np.interp(middle / medians, table, steps)).sum()) for medians, weights, table in parts)
        low, high = (middle, high) if found < wanted else (low, middle)
    return high


def read_table(table: Ints, bits: Bits) -> Ints:
    """The table's value at the probability that ``bits`` stand for, interpolated in whole numbers."""
    position = (bits >> np.uint64(64 - TABLE_BITS)).astype(np.int64)
    fraction = ((bits >> np.uint64(64 - TABLE_BITS - 16)) & np.uint64(0xFFFF)).astype(np.int64)
    return table[position] + ((table[position + 1] - table[position]) * fraction >> 16)


def below(bits: Bits, count: Ints | int) -> Ints:
    """A whole number in [0, count), from the upper half of ``bits``."""
    return ((bits >> np.uint64(32)).astype(np.int64) * count) >> 32


def chance(bits: Bits, probability_ppm: Ints | int) -> Flags:
    """True with the given probability in millionths."""
    return below(bits, MILLION) < probability_ppm


@lru_cache(maxsize=256)
def _limits(weights: tuple[int, ...]) -> Ints:
    return np.cumsum(np.array(weights, dtype=np.int64))


def pick(bits: Bits, weights: tuple[int, ...]) -> Ints:
    """An index drawn in proportion to the weights."""
    limits = _limits(weights)
    return np.searchsorted(limits, below(bits, int(limits[-1])), side="right").astype(np.int64)


def _mixed(values: Bits) -> Bits:
    """SplitMix64's finaliser: neighbouring ids come out unrelated."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _strides() -> tuple[np.uint64, ...]:
    """Fractional parts of square roots of primes, times 2**64: multiples of each fill the unit interval evenly.

    Roots close to a whole number are left out, since their first multiples lie side by side.
    """
    primes = [number for number in range(2, 600) if all(number % divisor for divisor in range(2, math.isqrt(number) + 1))]
    parts = [math.isqrt(prime << 128) & 0xFFFFFFFFFFFFFFFF for prime in primes]
    return tuple(np.uint64(part | 1) for part in parts if 0.2 < part / 2**64 < 0.8)


_STRIDES = _strides()


class Draws:
    """The draws of one simulation."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._keys: dict[str, np.uint64] = {}
        self._counters: dict[str, Ints] = {}
        self._strides: dict[str, np.uint64] = {}

    def _key(self, name: str) -> np.uint64:
        key = self._keys.get(name)
        if key is None:
            digest = hashlib.blake2b(f"{self._seed}/{name}".encode(), digest_size=8).digest()
            key = self._keys[name] = np.uint64(int.from_bytes(digest, "little"))
        return key

    def bits(self, name: str, ids: Ints) -> Bits:
        """64 independent bits for each id."""
        return _mixed(ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + self._key(name))

    def spread(self, name: str, strata: Ints, stratum_count: int) -> Bits:
        """64 bits for each row that fill [0, 1) evenly inside each stratum (an additive recurrence).

        What is planted is drawn with these: the share that comes out of a stratum is as good as equal to the planted one
        even when the stratum is small, so that a truth can be asked for at any size of shop.
        """
        counters = self._counters.setdefault(name, np.zeros(stratum_count, dtype=np.int64))
        order = np.argsort(strata, kind="stable")
        counts = np.bincount(strata, minlength=stratum_count)
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        position = counters[strata] + rank
        counters += counts
        # The stratum shifts the start. Each name has a stride of its own: two spreads over the same rows with one stride
        # would move together.
        if name not in self._strides:
            self._strides[name] = _STRIDES[len(self._strides)]
        stride = self._strides[name]
        offset = _mixed(strata.astype(np.uint64) * np.uint64(0xD1B54A32D192ED03) + self._key(name))
        return offset + position.astype(np.uint64) * stride
