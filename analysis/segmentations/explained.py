"""How much of what authors repeatably wear a grouping tells apart.

Two halves of an author's posts share the taste and not the noise, so the covariance between halves
measures taste alone. Against it stands the inertia between groups in the second half, relieved of
what noise alone would give (permutation of authors inside blocks of like activity). Groups that
were learnt from labels must come from the first half; the second has not seen them then.

Both are in the chi-squared metric of correspondence analysis, with damped author masses
(:mod:`analysis.contingency.counts`), so the share of taste explained is a ratio of inertias.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.contingency.association import noise_free_interval
from analysis.contingency.bootstrap import author_weights
from analysis.contingency.correspondence import correspondence_analysis
from analysis.contingency.counts import (
    AuthorLabelCounts,
    Floats,
    Grouping,
    Ints,
    as_sparse,
    column_sums,
    damping_factors,
    row_sums,
)
from analysis.contingency.permutation import (
    activity_blocks,
    chi_squared,
    permutation_p_value,
    permute_authors,
)
from analysis.randomness import stream

_CHUNK = 50
_DAMPING = 300.0


@dataclass(frozen=True)
class Halves:
    """The same authors and labels in two halves of their posts.

    Attributes
    ----------
    first, second : AuthorLabelCounts
        Equal ``authors`` and ``labels``; an author may have no label in one of them.
    """

    first: AuthorLabelCounts
    second: AuthorLabelCounts

    def __post_init__(self) -> None:
        """Check that rows and columns agree."""
        if self.first.labels != self.second.labels or not np.array_equal(
            self.first.authors, self.second.authors
        ):
            raise ValueError("first and second must hold the same authors and labels in one order.")

    @classmethod
    def of(
        cls, first: AuthorLabelCounts, second: AuthorLabelCounts, *, fewest: int = 200
    ) -> Halves:
        """Keep authors who have labels in both halves and labels that are common enough.

        Parameters
        ----------
        fewest : int
            Authors who must have used a label in either half, or a hundredth of all authors if
            that is less: the chi-squared metric gives rare labels a weight that their noise
            does not deserve.

        Raises
        ------
        ValueError
            If nobody is left.
        """
        authors = np.intersect1d(first.authors, second.authors)
        both = [c.select_authors(np.searchsorted(c.authors, authors)) for c in (first, second)]
        least = min(fewest, max(2, len(authors) // 100))
        carriers = [dict(zip(c.labels, c.authors_by_label, strict=True)) for c in both]
        labels = [name for name in carriers[0] if min(c.get(name, 0) for c in carriers) >= least]
        if len(labels) < 2 or not len(authors):
            raise ValueError("no two labels are common in both halves: nothing to compare.")
        kept = [c.select_labels(labels) for c in both]
        busy = (kept[0].totals > 0) & (kept[1].totals > 0)
        if busy.sum() < 2:
            raise ValueError("fewer than two authors have labels in both halves.")
        return cls(kept[0].select_authors(busy), kept[1].select_authors(busy))

    @property
    def authors(self) -> npt.NDArray[Any]:
        """Identifiers of the authors."""
        return self.first.authors


@dataclass(frozen=True)
class Explained:
    """What a grouping tells apart in the second half.

    Attributes
    ----------
    inertia : float
        Between groups, noise taken away; ``cramers_v`` is its root per dimension.
    cramers_v : float
    cramers_v_interval : (float, float)
    p_value : float
        By permutation inside activity blocks.
    taste : float
        Inertia of the authors' repeatable taste, from both halves.
    share : float
        ``inertia / taste``: share of repeatable taste that lies between groups.
    interval : (float, float)
        Of the share, from a bootstrap of authors.
    null : ndarray (P,)
        Inertia between the permuted groups, which is noise.
    replicates : ndarray (R,)
        Bootstrap values of the inertia with its noise, one stream for all groupings of the same
        halves, so that two groupings can be compared pair by pair.
    smallest, n_authors : int
        Authors of the smallest group and of all.
    """

    inertia: float
    cramers_v: float
    cramers_v_interval: tuple[float, float]
    p_value: float
    taste: float
    share: float
    interval: tuple[float, float]
    null: Floats
    replicates: Floats
    smallest: int
    n_authors: int


class ShareOfBest(NamedTuple):
    """Inertia between groups over that between the best groups, with its interval."""

    share: float
    interval: tuple[float, float]


def explained(
    halves: Halves,
    grouping: Grouping,
    *,
    damping: float = _DAMPING,
    permutations: int = 499,
    replicates: int = 499,
    level: float = 0.95,
    seed: int = 0,
) -> Explained:
    """Measure how much of the authors' taste lies between groups.

    Parameters
    ----------
    halves : Halves
    grouping : Grouping
        Group of each author of the halves; authors in none are left out.
    damping : float
        Of author masses.
    permutations, replicates : int
    """
    grouping.check(len(halves.authors))
    inside = grouping.codes >= 0
    first, second = (h.select_authors(inside) for h in (halves.first, halves.second))
    codes, k = grouping.codes[inside], len(grouping.names)
    rows = second.damped(damping)
    blocks = activity_blocks(second.totals)
    observed, null = permute_authors(
        rows,
        Grouping(codes, grouping.names),
        lambda tables: chi_squared(tables) / tables.sum(axis=(-2, -1)),
        permutations=permutations,
        blocks=blocks,
        seed=seed,
        stage="explained/permutation",
    )
    members = [np.flatnonzero(codes == group) for group in range(k)]
    parts: list[Any] = [as_sparse(rows[own]) for own in members]
    taste = _Taste(first, second, damping)
    drawn, tastes = [], []
    for start in range(0, replicates, _CHUNK):
        size = range(start, min(start + _CHUNK, replicates))
        weights = author_weights(len(codes), size, seed, "explained")
        tables = np.stack(
            [weights[:, own] @ part for own, part in zip(members, parts, strict=True)], axis=1
        )
        drawn.append(chi_squared(tables) / tables.sum(axis=(-2, -1)))
        tastes.append(taste.inertia(weights))
    replicated = np.concatenate(drawn)
    whole = float(taste.inertia(np.ones((1, len(codes))))[0])
    inertia = max(0.0, float(observed - null.mean()))
    smaller = min(k, second.n_labels) - 1
    smallest = int(min(len(own) for own in members))
    limits = noise_free_interval(observed, null, replicated, smallest=smallest, level=level)
    share = min(1.0, inertia / whole) if whole > 0 else 0.0
    low, high = (
        noise_free_interval(
            observed / whole,
            null / whole,
            replicated / np.maximum(np.concatenate(tastes), 1e-12),
            smallest=smallest,
            level=level,
        )
        if whole > 0
        else (0.0, 0.0)
    )
    return Explained(
        inertia,
        float(np.sqrt(inertia / smaller)),
        (float(np.sqrt(limits[0] / smaller)), float(np.sqrt(limits[1] / smaller))),
        float(permutation_p_value(observed, null)),
        whole,
        share,
        (min(float(low), share), min(1.0, float(high))),
        null,
        replicated,
        smallest,
        len(codes),
    )


def share_of_best(own: Explained, best: Explained, level: float = 0.95) -> ShareOfBest:
    """Return what groups tell apart as a share of what the best groups do, in equal halves.

    The same authors are drawn in both, so that errors they share cancel.

    Raises
    ------
    ValueError
        If the best groups tell nothing apart.
    """
    if best.inertia <= 0:
        raise ValueError("the best groups tell nothing apart: nothing to take a share of.")
    # resampling authors adds the noise once more
    drawn = np.maximum(best.replicates - 2 * best.null.mean(), best.inertia / 10)
    low, high = noise_free_interval(
        (own.inertia + own.null.mean()) / best.inertia,
        own.null / best.inertia,
        own.replicates / drawn,
        smallest=own.smallest,
        level=level,
    )
    return ShareOfBest(own.inertia / best.inertia, (float(low), float(high)))


class _Taste:
    """Covariance of profiles between halves, in the metric and with the masses of the second."""

    def __init__(self, first: AuthorLabelCounts, second: AuthorLabelCounts, damping: float) -> None:
        factors = damping_factors(second.totals, damping) * second.weights
        self.mass = second.totals * factors
        base = column_sums(second.damped(damping))
        scale = np.sqrt(base.sum() / np.maximum(base, 1e-12))
        self.profiles = [as_sparse(h.profiles().multiply(scale[None, :])) for h in (first, second)]
        self.product = row_sums(as_sparse(self.profiles[0].multiply(self.profiles[1])))

    def inertia(self, weights: Floats) -> Floats:
        """Return the inertia for each row of author weights (R, authors)."""
        mass = weights * self.mass
        total = mass.sum(axis=1)
        centres = [np.asarray(mass @ profile) / total[:, None] for profile in self.profiles]
        together = (mass @ self.product) / total - (centres[0] * centres[1]).sum(axis=1)
        return np.asarray(np.maximum(0.0, together), dtype=np.float64)


def best_grouping(
    halves: Halves,
    sizes: Ints | int,
    *,
    axes: int = 12,
    damping: float = _DAMPING,
    starts: int = 6,
    seed: int = 0,
) -> Grouping:
    """Group authors by what they wore in the first half, as far apart as groups can be.

    K-means of correspondence coordinates, which is what maximises the inertia between groups; each
    author's coordinates are shrunk to the centre by ``n / (n + damping)``, the reliability of a
    profile of n labels. With given sizes an author goes to the nearest centre that has room
    (:func:`fill`). A heuristic: it bounds what is possible from below.

    Parameters
    ----------
    sizes : array of shape (groups,) or int
        Authors per group in the proportions wanted, or the number of groups of any size.
    axes : int
        Correspondence axes kept.
    starts : int
        Random starts; the one with the greatest inertia between groups is kept.
    """
    counts = halves.first
    n = counts.n_authors
    free = isinstance(sizes, int)
    k = sizes if isinstance(sizes, int) else len(sizes)
    fitted = (
        correspondence_analysis(counts, min(axes, counts.n_labels - 1), damping=damping)
        .project_rows(counts)
        .coordinates
    )
    totals = counts.totals
    points = np.nan_to_num(np.asarray(fitted, dtype=np.float64))
    points *= (totals / (totals + damping))[:, None]
    mass = totals * damping_factors(totals, damping)
    room = None if free else _proportional(np.asarray(sizes), n)
    best, reached = np.zeros(n, dtype=np.int64), -np.inf
    for start in range(starts):
        rng = stream(seed, "best grouping", start)
        chosen = [int(rng.choice(n, p=mass / mass.sum()))]
        while len(chosen) < k:
            distance = ((points[:, None] - points[chosen]) ** 2).sum(axis=2).min(axis=1) * mass
            chosen.append(int(rng.choice(n, p=distance / distance.sum())))
        centres = points[chosen]
        codes = np.full(n, -1)
        for _ in range(30):
            cost = (centres**2).sum(axis=1) - 2 * points @ centres.T
            new = cost.argmin(axis=1) if room is None else fill(cost, room)
            if np.array_equal(new, codes):
                break
            codes = new
            weight = np.bincount(codes, weights=mass, minlength=k)
            sums = np.stack(
                [np.bincount(codes, weights=mass * axis, minlength=k) for axis in points.T], axis=1
            )
            centres = np.where(
                weight[:, None] > 0, sums / np.maximum(weight, 1e-12)[:, None], centres
            )
        between = float(np.bincount(codes, weights=mass, minlength=k) @ (centres**2).sum(axis=1))
        if between > reached:
            best, reached = codes, between
    return Grouping.of(np.char.add("group ", best.astype(str)))


def fill(cost: Floats, room: Ints, rounds: int = 40) -> Ints:
    """Assign authors to groups of fixed sizes at nearly the least total cost.

    Prices per group are raised and lowered until each group is asked for by as many as it has room
    for (the dual of the transport problem, one price at a time); the few that remain are placed in
    the order of what they lose.

    Parameters
    ----------
    cost : array of shape (authors, groups)
    room : array of shape (groups,)
        Adds up to the authors.
    """
    n, k = cost.shape
    if room.sum() != n:
        raise ValueError("room must add up to the number of authors.")
    prices = np.zeros(k)
    for _ in range(rounds):
        for group in range(k):
            others = np.delete(cost + prices, group, axis=1).min(axis=1)
            margin = np.sort(others - cost[:, group])[::-1]
            size = int(room[group])
            edge = margin[size - 1] if size == n else (margin[size - 1] + margin[size]) / 2
            prices[group] = edge if size else margin[0] + 1.0
        codes = (cost + prices).argmin(axis=1)
        if np.abs(np.bincount(codes, minlength=k) - room).max() <= n // 1000:
            break
    codes = (cost + prices).argmin(axis=1)
    left = room - np.bincount(codes, minlength=k)
    for group in np.flatnonzero(left < 0).tolist():
        own = np.flatnonzero(codes == group)
        priced = (cost + prices)[own]
        loss = np.delete(priced, group, axis=1).min(axis=1) - priced[:, group]
        for author in own[np.argsort(loss)[: -left[group]]]:
            open_groups = np.flatnonzero(left > 0)
            to = int(open_groups[(cost + prices)[author, open_groups].argmin()])
            codes[author] = to
            left[to] -= 1
        left[group] = 0
    return np.asarray(codes, dtype=np.int64)


def _proportional(sizes: Ints, n: int) -> Ints:
    """Return whole numbers in the proportions of ``sizes`` that add up to ``n``."""
    exact = sizes / sizes.sum() * n
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: n - int(whole.sum())]] += 1
    return np.asarray(whole, dtype=np.int64)
