# SPDX-License-Identifier: MIT
"""Confidence intervals (95 %) for what a benchmark counts: shares, rates, and anything by resampling persons.

Wilson (1927) for shares; Garwood (1936), "exact", for Poisson counts; the cluster bootstrap draws whole persons, because
two nights of one person are not two independent nights.
"""
import math
import random

Z = 1.959964  # 97.5 % of the normal distribution
TAIL = 0.025


def wilson(hits, total):
    """(low, high) of a share; (0, 1) when nothing was tried."""
    if total == 0:
        return 0.0, 1.0
    share, square = hits / total, Z * Z / total
    middle = (share + square / 2) / (1 + square)
    half = Z / (1 + square) * math.sqrt(share * (1 - share) / total + square / (4 * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def _poisson_at_most(count, mean):
    term = total = math.exp(-mean)
    for k in range(1, count + 1):
        term *= mean / k
        total += term
    return total


def _solve(function, low, high):
    """The argument at which a falling function passes zero."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return (low + high) / 2


def poisson(count, exposure):
    """(low, high) of events for each unit of exposure."""
    if exposure == 0:
        return 0.0, math.inf
    if count > 400:  # exp() runs out of digits; the normal approximation is good by then
        half = Z * math.sqrt(count)
        return (count - half) / exposure, (count + half) / exposure
    top = count + 10 * math.sqrt(count + 1) + 10
    high = _solve(lambda mean: _poisson_at_most(count, mean) - TAIL, 0, top)
    low = 0.0 if count == 0 else _solve(lambda mean: _poisson_at_most(count - 1, mean) - (1 - TAIL), 0, top)
    return low / exposure, high / exposure


def quantile(values, q):
    """Nearest rank, so that infinite values (misses) stay what they are; NaN when there is none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def bootstrap(clusters, statistic, rounds=1000, seed=1):
    """(low, high) of statistic(list of members) when whole clusters are drawn again; NaN below two clusters."""
    if len(clusters) < 2:
        return math.nan, math.nan
    dice = random.Random(seed)
    values = []
    for _ in range(rounds):
        members = [m for cluster in dice.choices(clusters, k=len(clusters)) for m in cluster]
        value = statistic(members)
        if not math.isnan(value):
            values.append(value)
    return (quantile(values, TAIL), quantile(values, 1 - TAIL)) if values else (math.nan, math.nan)
