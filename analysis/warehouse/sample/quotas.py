"""Whole numbers that add up: largest remainders, stratified uniforms and exact draws."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def largest_remainder(
    weights: npt.ArrayLike, total: int, least: int = 0, most: int | None = None
) -> Ints:
    """Divide ``total`` in proportion to ``weights``, each part at least ``least``.

    Ties are broken by position, so that the result depends on the numbers only. With ``most``,
    what a part cannot hold goes to the others in proportion.
    """
    share = np.asarray(weights, dtype=np.float64)
    if share.size == 0:
        return np.zeros(0, dtype=np.int64)
    if total < least * share.size:
        raise ValueError(f"total {total} is too small for {share.size} parts of at least {least}")
    if most is not None and total > most * share.size:
        raise ValueError(f"total {total} is too large for {share.size} parts of at most {most}")
    ceiling = np.inf if most is None else float(most - least)
    rest = float(total - least * share.size)
    ideal = np.zeros(share.size)
    open_ = np.ones(share.size, dtype=bool)
    for _ in range(50):
        left = rest - ideal[~open_].sum()
        base = share[open_].sum()
        ideal[open_] = left * (share[open_] / base if base > 0 else 1.0 / open_.sum())
        full = open_ & (ideal > ceiling)
        if not full.any():
            break
        ideal[full] = ceiling
        open_ &= ~full
    parts = np.floor(ideal).astype(np.int64)
    missing = int(rest) - int(parts.sum())
    if missing > 0:
        order = np.argsort(parts - ideal, kind="stable")
        order = order[parts[order] < ceiling]
        parts[np.resize(order, missing)] += 1
    return parts + least


def scaled(count: int, scale: float) -> int:
    """Return a published count at another scale, at least 1 where the count is not 0."""
    return 0 if count == 0 else max(1, round(count * scale))


def stratified(rng: np.random.Generator, n: int) -> Floats:
    """Return ``n`` uniforms, one in each of ``n`` equal strata, in random order."""
    return np.asarray((rng.permutation(n) + rng.random(n)) / max(n, 1), dtype=np.float64)


def choose(rng: np.random.Generator, weights: Floats, quota: int) -> Ints:
    """Draw ``quota`` distinct positions with inclusion roughly in proportion to the weights.

    A Poisson sample whose rate is solved for the quota, then repaired to the exact number; a
    small quota is drawn by inversion instead.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    weights : (n,) float64
        Not negative; positions of weight 0 are never drawn.
    quota : int
        How many positions; cut to the number of positive weights.

    Returns
    -------
    (m,) int64
        Sorted distinct positions.
    """
    n = weights.size
    if quota <= 0 or n == 0:
        return np.zeros(0, dtype=np.int64)
    if quota < 0.02 * n:
        return _choose_few(rng, weights, quota)
    total = float(weights.sum())
    if total <= 0.0:
        return np.zeros(0, dtype=np.int64)
    rate = quota / total
    for _ in range(12):
        expected = float(np.minimum(weights * rate, 1.0).sum())
        if expected >= quota * (1 - 1e-6):
            break
        rate *= min(quota / expected, 4.0)
    taken = rng.random(n) < weights * rate
    picked = np.flatnonzero(taken)
    surplus = picked.size - quota
    if surplus > 0:
        taken[picked[rng.permutation(picked.size)[:surplus]]] = False
    elif surplus < 0:
        rest = np.where(taken, 0.0, weights)
        taken[_choose_few(rng, rest, -surplus)] = True
    return np.flatnonzero(taken)


def _choose_few(rng: np.random.Generator, weights: Floats, quota: int) -> Ints:
    cumulated = np.cumsum(weights)
    if cumulated[-1] <= 0.0:
        return np.zeros(0, dtype=np.int64)
    last = int(np.flatnonzero(weights > 0)[-1])
    found = np.zeros(0, dtype=np.int64)
    for _ in range(40):
        missing = quota - found.size
        draws = rng.random(missing + missing // 8 + 4) * cumulated[-1]
        # A product may round up to the total itself: it belongs to the last positive weight.
        fresh = np.minimum(np.searchsorted(cumulated, draws, side="right"), last)
        _, first = np.unique(fresh, return_index=True)
        fresh = fresh[np.sort(first, kind="stable")]
        fresh = fresh[~np.isin(fresh, found)][:missing]
        found = np.concatenate([found, fresh])
        if found.size == quota:
            return np.sort(found, kind="stable")
    positive = np.flatnonzero(weights > 0)
    rest = positive[~np.isin(positive, found)][: quota - found.size]
    return np.sort(np.concatenate([found, rest]), kind="stable")


def choose_categories(rng: np.random.Generator, weights: Floats) -> Ints:
    """Draw one category per row of ``weights``, an (n, k) array of rates."""
    bounds = np.cumsum(weights, axis=1)
    draws = rng.random(bounds.shape[0]) * bounds[:, -1]
    return np.asarray((bounds[:, :-1] <= draws[:, None]).sum(axis=1), dtype=np.int64)


def mix(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the splitmix64 finaliser of each word: a well-mixed pure function."""
    with np.errstate(over="ignore"):
        z = words + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
