"""Bootstrap of authors: weights, and intervals from replicates.

The author is the unit of resampling. A replicate is a vector of weights, one per author (or per
block of authors); replicate ``r`` draws from a stream of its own, so it is the same whatever
runs before it and on however many workers.

Sources: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 14;
Chamandy et al., Estimating Uncertainty for Massive Data Streams (2012), for Poisson weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
from scipy import stats

from analysis.contingency.counts import Floats
from analysis.randomness import stream

Scheme = Literal["multinomial", "poisson"]
IntervalKind = Literal["percentile", "basic", "bca"]


def author_weights(
    n: int, replicates: Iterable[int], seed: int, stage: str, scheme: Scheme = "multinomial"
) -> Floats:
    """Draw bootstrap weights.

    Parameters
    ----------
    n : int
        Number of authors or blocks.
    replicates : iterable of int
        Numbers of the replicates wanted.
    scheme : {"multinomial", "poisson"}
        ``multinomial`` is the ordinary bootstrap: weights sum to ``n``. ``poisson`` draws each
        weight from Poisson(1) independently.

    Returns
    -------
    array of shape (replicates, n)
    """
    rows = []
    for replicate in replicates:
        rng = stream(seed, stage, "bootstrap", replicate)
        if scheme == "poisson":
            rows.append(rng.poisson(1.0, n))
        else:
            rows.append(np.bincount(rng.integers(0, n, n), minlength=n))
    return np.asarray(rows, dtype=np.float64).reshape(len(rows), n)


def interval(
    replicates: Floats,
    estimate: Floats | float,
    kind: IntervalKind = "percentile",
    *,
    level: float = 0.95,
    jackknife: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Return lower and upper limits from bootstrap replicates.

    Parameters
    ----------
    replicates : array of shape (replicates,) or (replicates, quantities)
    estimate : float or array of shape (quantities,)
        Value on the sample itself; used by ``basic`` and ``bca``.
    kind : {"percentile", "basic", "bca"}
        ``percentile`` for skewed positive quantities, ``basic`` reflects it at the estimate,
        ``bca`` corrects for bias and acceleration.
    jackknife : array of shape (parts,) or (parts, quantities)
        Values with one author or block left out; needed by ``bca``.

    Raises
    ------
    ValueError
        If ``bca`` is asked for without jackknife values.
    """
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if kind == "bca":
        if jackknife is None:
            raise ValueError("jackknife is missing: bca needs values with one block left out.")
        return _bca(replicates, estimate, jackknife, tails)
    low, high = np.quantile(replicates, tails, axis=0)
    if kind == "basic":
        return np.asarray(2 * estimate - high), np.asarray(2 * estimate - low)
    return np.asarray(low), np.asarray(high)


def _bca(
    replicates: Floats, estimate: Floats | float, jackknife: Floats, tails: Floats
) -> tuple[Floats, Floats]:
    values = replicates.reshape(len(replicates), -1)
    point = np.broadcast_to(np.asarray(estimate, dtype=np.float64).ravel(), values.shape[1:])
    share = ((values < point).mean(axis=0) + (values <= point).mean(axis=0)) / 2
    bias = stats.norm.ppf(np.clip(share, 1e-9, 1 - 1e-9))
    deviations = jackknife.reshape(len(jackknife), -1)
    deviations = deviations.mean(axis=0) - deviations
    spread = (deviations**2).sum(axis=0) ** 1.5
    skew = (deviations**3).sum(axis=0)
    acceleration = np.divide(skew, 6 * spread, out=np.zeros_like(skew), where=spread > 0)
    z = stats.norm.ppf(tails)[:, None] + bias
    levels = stats.norm.cdf(bias + z / (1 - acceleration * z))
    limits = np.array(
        [[np.quantile(values[:, k], levels[t, k]) for k in range(values.shape[1])] for t in (0, 1)]
    )
    shape = replicates.shape[1:]
    return limits[0].reshape(shape), limits[1].reshape(shape)
