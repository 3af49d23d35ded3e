"""How much can be found at all: classifiers that know the planted truth, to hold methods against.

One knows the planted parameters (:mod:`analysis.warehouse.sample.bayes`), but takes what it
cannot see, such as the scenes of an author, at its likeliest value. The other one here knows the
planted styles of all authors but those it judges, and learns the model of the hybrid from them.
The better of the two is the limit. Evaluation only: no method imports this.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.contingency.bootstrap import author_weights
from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints
from analysis.randomness import stream
from analysis.segmentations.hybrid import PairMixture
from analysis.segmentations.interface import Segmentation
from analysis.segmentations.mixture import LabelTree, Mixture, fit_mixture
from analysis.segmentations.recovery import Planted, rand_of
from analysis.segmentations.starts import starting_partitions

_PARTS, _FEWEST = 2, 100
"""Components of a style, and authors below which it has one."""


def taught_styles(
    counts: AuthorLabelCounts,
    planted: Planted,
    *,
    folds: int = 2,
    dominant: float = 0.8,
    seed: int = 0,
) -> Ints:
    """Return the style of each author as read by a mixture that was taught the others' styles.

    Parameters
    ----------
    counts : AuthorLabelCounts
    planted : Planted
        Of the same authors.
    folds : int
        Parts of the authors; each is judged by what the others teach.
    dominant : float
        Part of the dominant style in an author of two, as planted.
    """
    tree = LabelTree.of(counts.labels)
    fold = stream(seed, "taught").permutation(counts.n_authors) % folds
    pure = (planted.belongs.sum(axis=1) == 1) & (counts.totals > 0)
    found = np.zeros(counts.n_authors, dtype=np.int64)
    for part in range(folds):
        learnt, owner = [], []
        for style in range(len(planted.styles)):
            own = np.flatnonzero(pure & (fold != part) & (planted.dominant == style))
            if len(own):
                taught = counts.select_authors(own)
                number = _PARTS if len(own) >= _FEWEST else 1
                starts = starting_partitions(taught, number, starts=1, seed=seed)
                learnt.append(fit_mixture(taught, starts=starts, tree=tree, most=30))
                owner += [style] * number
        sizes = [np.log(fit.n_authors) + fit.log_weight for fit in learnt]
        weight = np.concatenate(sizes)
        whole = Mixture(
            "dirichlet",
            tree,
            weight - np.log(np.exp(weight).sum()),
            np.concatenate([fit.profile for fit in learnt]),
            np.concatenate([fit.concentration for fit in learnt]),
        )
        others = counts.select_authors(np.flatnonzero(fold != part))
        pairs = PairMixture.of(whole, np.array(owner), dominant).fitted(others)
        rows = np.flatnonzero(fold == part)
        kinds = pairs.posterior(counts.select_authors(rows))
        member = np.eye(len(planted.styles))[pairs.segment[pairs.first]]
        found[rows] = (kinds @ member).argmax(axis=1)
    return found


def shortfall(
    found: Segmentation,
    optimal: npt.NDArray[np.int64],
    planted: Planted,
    *,
    rows: npt.NDArray[np.bool_],
    replicates: int = 499,
    seed: int = 0,
) -> tuple[float, float, tuple[float, float]]:
    """Return how far a segmentation is below a classifier that knows the planted truth.

    Parameters
    ----------
    optimal : array of int of shape (authors,)
        What that classifier decides.
    rows : array of bool of shape (authors,)
        Authors to judge.

    Returns
    -------
    (float, float, (float, float))
        Adjusted Rand index of the classifier, how much lower that of the segmentation is, and
        the 95 % interval of the difference from a bootstrap of authors.
    """
    dominant, best = planted.dominant[rows], optimal[rows]
    code = found.posterior[rows].argmax(axis=1)
    code[found.posterior[rows].max(axis=1, initial=0.0) <= 0] = found.posterior.shape[1]
    n_styles = len(planted.styles)

    def rand(codes: npt.NDArray[np.int64], weights: Floats) -> float:
        cell = codes * n_styles + dominant
        table = np.bincount(cell, weights, minlength=(int(codes.max()) + 1) * n_styles)
        return rand_of(table.astype(np.float64).reshape(-1, n_styles))

    whole = np.ones(len(code))
    limit = rand(best, whole)
    drawn = np.empty(replicates)
    for r in range(replicates):
        weights = author_weights(len(code), [r], seed, "recovery")[0]
        drawn[r] = rand(best, weights) - rand(code, weights)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return limit, limit - rand(code, whole), (float(low), float(high))
