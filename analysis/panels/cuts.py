"""How well any two cuts of a running variable would divide authors by what they wear.

Every pair of cuts makes three groups. From the label sums of the intervals between neighbouring
cuts the inertia of all pairs follows at once, so permutation and bootstrap serve all pairs
together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.contingency.bootstrap import author_weights
from analysis.contingency.counts import AuthorLabelCounts, Floats, Grouping, Ints, as_sparse
from analysis.contingency.permutation import permutation_p_value, permute_authors

_CHUNK = 50


@dataclass(frozen=True)
class PairsOfCuts:
    """Inertia between three groups for all pairs of cuts.

    Attributes
    ----------
    table : DataFrame
        LOW_CUT, HIGH_CUT, CRAMERS_V (noise removed by permutation), SMALLEST (authors).
    chosen : int
        Row of the pair asked about.
    ratio, ratio_interval : float, (float, float)
        Inertia of the chosen pair over that of the best pair; the interval takes the best pair
        as known.
    beaten : float
        Share of the other pairs that the chosen one beats.
    p_value : float
        That the best pair divides wardrobes at all, over all pairs.
    """

    table: pd.DataFrame
    chosen: int
    ratio: float
    ratio_interval: tuple[float, float]
    beaten: float
    p_value: float


def pairs_of_cuts(
    counts: AuthorLabelCounts,
    values: npt.ArrayLike,
    cuts: npt.ArrayLike,
    chosen: tuple[float, float],
    *,
    blocks: Ints,
    damping: float = 300.0,
    fewest: int = 100,
    permutations: int = 199,
    replicates: int = 199,
    level: float = 0.95,
    seed: int = 0,
) -> PairsOfCuts:
    """Compare a pair of cuts with all others.

    Parameters
    ----------
    counts : AuthorLabelCounts
    values : array of shape (authors,)
        Running variable, finite.
    cuts : array of shape (cuts,)
        Places to cut; an author at a cut belongs below it. The chosen cuts are added.
    chosen : (float, float)
        The pair to compare with the others.
    blocks : array of int of shape (authors,)
        Blocks of like activity for the permutations.
    fewest : int
        Pairs that leave fewer authors in a group are not compared, except the chosen one.

    Raises
    ------
    ValueError
        If a chosen cut leaves nobody on one side.
    """
    x = np.asarray(values, dtype=np.float64)
    places = np.unique(np.concatenate([np.asarray(cuts, dtype=np.float64), chosen]))
    bins = np.searchsorted(places, x, side="left")
    sizes = np.bincount(bins, minlength=len(places) + 1)
    below = np.concatenate([[0], np.cumsum(sizes)])
    first, second = np.triu_indices(len(places), 1)
    smallest = np.minimum.reduce(
        [below[first + 1], below[second + 1] - below[first + 1], len(x) - below[second + 1]]
    )
    wanted = np.searchsorted(places, chosen)
    house = (first == wanted[0]) & (second == wanted[1])
    if smallest[house][0] == 0:
        raise ValueError("a chosen cut leaves nobody on one side: choose cuts among the values.")
    kept = (smallest >= fewest) | house
    first, second, smallest = first[kept], second[kept], smallest[kept]
    position = int(np.flatnonzero(house[kept])[0])
    full = np.flatnonzero(sizes)  # groups without an author are none

    def inertia(tables: Floats) -> Floats:
        """Return phi squared (replicates, pairs) of label sums (replicates, full bins, labels)."""
        whole = np.zeros((len(tables), len(sizes), tables.shape[2]))
        whole[:, full] = tables
        sums = np.concatenate([np.zeros_like(whole[:, :1]), np.cumsum(whole, axis=1)], axis=1)
        total = sums[:, -1]
        mass = sums.sum(axis=2)
        scaled = sums / np.sqrt(np.maximum(total, 1e-300))[:, None]
        gram = scaled @ scaled.transpose(0, 2, 1)
        own = np.einsum("rkk->rk", gram)
        phi2 = np.full((len(tables), len(first)), -1.0)
        last = np.full_like(first, sums.shape[1] - 1)
        start = np.zeros_like(first)
        for a, b in ((start, first + 1), (first + 1, second + 1), (second + 1, last)):
            squares = own[:, b] - 2 * gram[:, a, b] + own[:, a]
            phi2 += squares / np.maximum(mass[:, b] - mass[:, a], 1e-300)
        return phi2

    rows = counts.damped(damping)
    names = tuple(str(k) for k in full)
    codes = np.searchsorted(full, bins)
    observed, null = permute_authors(
        rows,
        Grouping(codes, names),
        inertia,
        permutations=permutations,
        blocks=blocks,
        seed=seed,
        stage="cuts/permutation",
    )
    expected = null.mean(axis=0)
    members = [np.flatnonzero(codes == code) for code in range(len(full))]
    parts: list[Any] = [as_sparse(rows[own]) for own in members]
    drawn = []
    for start in range(0, replicates, _CHUNK):
        size = range(start, min(start + _CHUNK, replicates))
        weights = author_weights(len(x), size, seed, "cuts")
        tables = np.stack(
            [weights[:, own] @ part for own, part in zip(members, parts, strict=True)], axis=1
        )
        drawn.append(inertia(tables) - 2 * expected)
    centred = np.maximum(0.0, observed - expected)
    again = np.concatenate(drawn)
    best = int(centred.argmax())
    top = float(centred[best])
    ratios = np.maximum(0.0, again[:, position]) / np.maximum(again[:, best], max(top, 1e-12) / 10)
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    ratio = float(centred[position]) / top if top > 0 else 0.0
    others = np.delete(centred, position)
    # over each pair's own expectation, so that pairs with crumbs do not set the scale
    excess = float((observed - expected).max())
    table = pd.DataFrame(
        {
            "LOW_CUT": places[first],
            "HIGH_CUT": places[second],
            "CRAMERS_V": np.sqrt(centred / 2),
            "SMALLEST": smallest,
        }
    )
    return PairsOfCuts(
        table,
        position,
        ratio,
        (float(min(low, ratio)), float(max(high, ratio))),
        float((centred[position] > others).mean()) if len(others) else 1.0,
        # excess over the own expectation, so that pairs with crumbs do not set the scale
        float(permutation_p_value(excess, (null - expected).max(axis=1))),
    )
