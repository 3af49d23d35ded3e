"""How unequally authors contribute: Lorenz curve, Gini index, top shares.

A panel in which a few authors own most posts speaks for those few. The Gini index of a small
panel with a heavy tail is biased down and its bootstrap interval covers too seldom (the tail is
not in the sample): cap the volumes and report the Gini of capped volumes, or use all authors.

Sources: Gastwirth (1972), doi:10.2307/1937992; Lerman & Yitzhaki (1989),
doi:10.1016/0304-4076(89)90074-2 for weights. The effective number of authors is
``analysis.panels.weights.kish(volumes).effective_n``, the inverse Herfindahl index.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.randomness import stream

FloatArray = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """An estimate with its bootstrap percentile interval."""

    estimate: float
    low: float
    high: float


def gini(
    values: npt.ArrayLike, weights: npt.ArrayLike | None = None, *, cap: float | None = None
) -> float:
    """Return the Gini index: mean absolute difference over twice the mean.

    Parameters
    ----------
    values : array (n,)
        Volumes of at least 0, e.g. posts per author.
    weights : array (n,), optional
        Sampling weights.
    cap : float, optional
        Volumes above it count as ``cap``.
    """
    x, w = _sorted(values, weights, cap)
    return float(_gini_sorted(x, w[None, :])[0])


def gini_interval(
    values: npt.ArrayLike,
    *,
    cap: float | None = None,
    replicates: int = 999,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Return the Gini index with its author-bootstrap percentile interval.

    In simulation (log-normal volumes) the interval covers at the nominal rate for capped volumes
    and for thousands of authors, not for small uncapped panels.
    """
    x, _ = _sorted(values, None, cap)
    rng = stream(seed, "panels", "gini")
    found = [
        _gini_sorted(x, rng.multinomial(x.size, np.full(x.size, 1 / x.size))[None, :].astype(float))
        for _ in range(replicates)
    ]
    low, high = np.quantile(np.concatenate(found), [(1 - level) / 2, (1 + level) / 2])
    return Interval(gini(values, cap=cap), float(low), float(high))


def lorenz(
    at: npt.ArrayLike, values: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Return the share of the total held by the lowest ``at`` (shares of units), interpolated."""
    x, w = _sorted(values, weights, None)
    units = np.concatenate([[0], np.cumsum(w) / w.sum()])
    held = np.concatenate([[0], np.cumsum(w * x) / (w @ x)])
    return np.asarray(np.interp(np.asarray(at, dtype=float), units, held))


def top_share(values: npt.ArrayLike, share: float) -> float:
    """Return the share of the total held by the ceiling(share x n) largest units."""
    x, _ = _sorted(values, None, None)
    largest = int(np.ceil(round(share * x.size, 9)))
    return float(x[x.size - largest :].sum() / x.sum())


def _gini_sorted(x: FloatArray, w: FloatArray) -> FloatArray:
    """Gini of ascending ``x`` (n,) for each row of weights (r, n)."""
    held = np.cumsum(w * x, axis=1)
    before = held - w * x
    return np.asarray(1 - ((held + before) * w).sum(axis=1) / (held[:, -1] * w.sum(axis=1)))


def _sorted(
    values: npt.ArrayLike, weights: npt.ArrayLike | None, cap: float | None
) -> tuple[FloatArray, FloatArray]:
    x = np.asarray(values, dtype=float)
    w = np.ones_like(x) if weights is None else np.asarray(weights, dtype=float)
    if x.ndim != 1 or x.shape != w.shape or not np.isfinite(x).all() or (x < 0).any():
        raise ValueError("values must be one finite number of at least 0 per unit")
    if x.sum() == 0:
        raise ValueError("values add up to 0: inequality is not defined")
    order = np.argsort(x, kind="stable")
    x = x[order] if cap is None else np.minimum(x[order], cap)
    return x, w[order]
