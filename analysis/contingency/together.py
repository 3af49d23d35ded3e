"""Labels that sit together on items: support by author, against items dealt anew within authors.

An itemset is supported by the authors who show it at least once, so that one author with a hundred
pictures of one shoe counts once. Under the null, each author keeps the items and the labels, and
the labels of one type are dealt anew over those items that carry both types. How many authors then
show a pair has a closed form: whether an author does follows from the hypergeometric distribution,
and authors are independent. Mining against a null that keeps what is uninteresting: Gionis et al.
2007, doi:10.1145/1297332.1297338.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse, special, stats

from analysis.contingency.counts import Floats, Ints
from analysis.contingency.multiplicity import adjust_p_values


@dataclass(frozen=True)
class Items:
    """Items of authors with their labels.

    Attributes
    ----------
    matrix : csr_array of shape (kinds of items, labels)
        1 where items of the kind carry the label.
    author : array of shape (kinds of items,)
        Whose they are.
    number : array of shape (kinds of items,)
        How many there are.
    labels : tuple of str
        Names ``type/name``.
    """

    matrix: sparse.csr_array
    author: npt.NDArray[np.int64]
    number: npt.NDArray[np.int64]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        """Check shapes."""
        if self.matrix.shape != (len(self.author), len(self.labels)):
            raise ValueError("matrix must have one row per kind of item and one column per label.")
        if len(self.number) != len(self.author) or (len(self.number) and self.number.min() < 1):
            raise ValueError("number must be at least 1 for each kind of item.")

    @property
    def types(self) -> tuple[str, ...]:
        """Types of the labels, in order."""
        return tuple(dict.fromkeys(sorted(name.partition("/")[0] for name in self.labels)))


def pairs(items: Items, *, least: int = 20, level: float = 0.95) -> pd.DataFrame:
    """Return pairs of labels of two types and how many authors show them on one item.

    Parameters
    ----------
    items : Items
    least : int
        Authors who must show a pair, or be expected to, for it to be tested.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        One row per pair, strongest first: FIRST, SECOND, AUTHORS, ITEMS, EXPECTED (authors if
        labels were dealt anew), LIFT with LOW and HIGH (authors resampled, delta method), P and Q
        (two-sided, Benjamini and Hochberg).
    """
    types = items.types
    found = [
        _between(items, one, other, least, level)
        for i, one in enumerate(types)
        for other in types[i + 1 :]
    ]
    frames = [frame for frame in found if len(frame)]
    if not frames:
        return pd.DataFrame(columns=_COLUMNS)
    table = pd.concat(frames, ignore_index=True)
    table["Q"] = adjust_p_values(table["P"].to_numpy(), "bh")
    strongest = np.argsort(-np.abs(np.log(np.maximum(table["LIFT"], 1e-9))), kind="stable")
    return table.iloc[strongest].reset_index(drop=True)[list(_COLUMNS)]


_COLUMNS = ("FIRST", "SECOND", "AUTHORS", "ITEMS", "EXPECTED", "LIFT", "LOW", "HIGH", "P", "Q")


def _between(items: Items, one: str, other: str, least: int, level: float) -> pd.DataFrame:
    """Test all pairs of two types at once, author by author."""
    sides = [_columns(items.labels, kind) for kind in (one, other)]
    tables = [items.matrix[:, side] for side in sides]
    both = np.flatnonzero((tables[0].sum(axis=1) > 0) & (tables[1].sum(axis=1) > 0))
    shape = (len(sides[0]), len(sides[1]))
    sums = np.zeros((6, *shape))
    order = both[np.argsort(items.author[both], kind="stable")]
    starts = np.flatnonzero(np.diff(items.author[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        if not len(rows):
            continue
        own = items.number[rows].astype(np.float64)
        first, second = tables[0][rows].toarray(), tables[1][rows].toarray()
        left, right = np.flatnonzero(first.any(axis=0)), np.flatnonzero(second.any(axis=0))
        first, second = first[:, left], second[:, right]
        together = (first * own[:, None]).T @ second
        shows = (together > 0).astype(np.float64)
        chance = 1.0 - _apart(own.sum(), own @ first, own @ second)
        place = np.ix_(np.arange(6), left, right)
        sums[place] += np.stack(
            [shows, together, chance, chance * (1 - chance), shows * chance, chance**2]
        )
    authors, number, expected, variance, cross, square = sums
    kept = ((authors >= least) | (expected >= least)) & (variance > 1e-9) & (expected > 0)
    a, b = np.nonzero(kept)
    authors, number, expected, variance = (t[kept] for t in (authors, number, expected, variance))
    lift = authors / expected
    # sum over authors of (shows - lift x chance) squared
    spread = np.sqrt(np.maximum(authors - 2 * lift * cross[kept] + lift**2 * square[kept], 0))
    error = float(stats.norm.ppf(0.5 + level / 2)) * spread / np.maximum(authors, 1)
    gap = np.maximum(np.abs(authors - expected) - 0.5, 0.0) / np.sqrt(variance)
    return pd.DataFrame(
        {
            "FIRST": [items.labels[sides[0][i]] for i in a],
            "SECOND": [items.labels[sides[1][j]] for j in b],
            "AUTHORS": authors.astype(np.int64),
            "ITEMS": number.astype(np.int64),
            "EXPECTED": expected,
            "LIFT": lift,
            "LOW": lift * np.exp(-error),
            "HIGH": lift * np.exp(error),
            "P": 2 * stats.norm.sf(gap).clip(max=0.5),
        }
    )


def _columns(labels: Sequence[str], kind: str) -> Ints:
    return np.flatnonzero([name.partition("/")[0] == kind for name in labels]).astype(np.int64)


def _apart(whole: float, first: Floats, second: Floats) -> Floats:
    """Return the chance that no item carries both, shape (first, second): C(N-a, b) / C(N, b)."""
    a, b = first[:, None], second[None, :]
    room = whole - a - b
    fits = room >= 0
    log = special.gammaln(whole - a + 1) + special.gammaln(whole - b + 1)
    log = log - special.gammaln(np.maximum(room, 0) + 1) - special.gammaln(whole + 1)
    return np.where(fits, np.exp(np.minimum(log, 0.0)), 0.0)
