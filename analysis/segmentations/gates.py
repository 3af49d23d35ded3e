"""Is there anything to segment? Two questions that a stable clustering does not answer.

*Persistence*: do authors keep their segment when it is read from other labels of theirs? Segments
are learnt from one half of the window, then read in both; the agreement is compared with that of
an author's first half and a like-active stranger's second half. Nothing persists where labels do
not depend on the author.

*Structure*: do authors fall into groups, or do tastes merely differ? The gain of a mixture over one
component (and the agreement of clusterings learnt on disjoint halves of the authors) is compared
with the same figures on data drawn from one overdispersed cluster with the authors' own activity:
a parametric bootstrap of the whole pipeline.

Both must hold before a report may recommend segments by style. Bootstrap Jaccard and prediction
strength alone are fooled where nothing is there. :func:`chance` asks the same of every method: do
fits to disjoint halves of the authors agree more than on data drawn from one cluster?
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.parallel import Parallel, delayed

from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints, as_sparse
from analysis.contingency.permutation import activity_blocks
from analysis.randomness import stream
from analysis.segmentations.interface import Segmenter
from analysis.segmentations.mixture import LabelTree, Mixture, fit_mixture
from analysis.segmentations.starts import starting_partitions

Statistic = Callable[[AuthorLabelCounts, int], Floats]
"""(counts, seed) -> figures, larger where there is more structure."""


@dataclass(frozen=True)
class Gate:
    """A figure and its reference where nothing is there.

    Attributes
    ----------
    name : str
    observed : float
    reference : array
        The same figure on data without structure.
    level : float
        The gate opens above this quantile of the reference.
    least : float
        And only above this, whatever the reference: a gain must be one.
    """

    name: str
    observed: float
    reference: Floats = field(repr=False)
    level: float = 0.95
    least: float = -np.inf

    @property
    def limit(self) -> float:
        """Return what the figure must exceed."""
        return max(self.least, float(np.quantile(self.reference, self.level)))

    @property
    def p_value(self) -> float:
        """Return the share of the reference at least as large, the observed one counted in."""
        above = int((self.reference >= self.observed).sum())
        return (1 + above) / (1 + len(self.reference))

    @property
    def opens(self) -> bool:
        """Whether there is more structure than the reference explains."""
        return self.observed > self.limit and self.p_value <= 1 - self.level + 1e-12


def persistence(
    first: AuthorLabelCounts,
    second: AuthorLabelCounts,
    segmenter: Segmenter,
    *,
    least_labels: int = 10,
    permutations: int = 199,
    seed: int = 0,
) -> Gate:
    """Learn segments from the first half, read them in both, compare with strangers.

    Parameters
    ----------
    first, second : AuthorLabelCounts
        Halves of the window; authors of both are used.
    least_labels : int
        Labels that an author must show in each half.

    Raises
    ------
    ValueError
        If fewer than 100 authors show so many labels in both halves.
    """
    common, one, two = np.intersect1d(first.authors, second.authors, return_indices=True)
    first, second = first.select_authors(one), second.select_authors(two)
    enough = (first.totals >= least_labels) & (second.totals >= least_labels)
    if enough.sum() < 100:
        raise ValueError(
            f"only {int(enough.sum())} of {len(common)} authors show {least_labels} labels in both "
            "halves: lower least_labels or use a longer window."
        )
    fitted = segmenter.fit(first, seed=seed)
    before = fitted.assign(first).posterior.argmax(axis=1)[enough]
    after = fitted.assign(second).posterior.argmax(axis=1)[enough]
    blocks = activity_blocks(second.totals[enough])
    reference = np.empty(permutations)
    for r in range(permutations):
        rng = stream(seed, "persistence", r)
        order = np.arange(len(after))
        for block in np.unique(blocks):
            own = np.flatnonzero(blocks == block)
            order[own] = own[rng.permutation(len(own))]
        reference[r] = adjusted_rand_score(before, after[order])
    return Gate("persistence", float(adjusted_rand_score(before, after)), reference)


def structure(
    counts: AuthorLabelCounts,
    *,
    components: tuple[int, ...] = (3, 6, 10),
    replicates: int = 39,
    authors: int = 3000,
    workers: int = 1,
    seed: int = 0,
) -> tuple[Gate, Gate]:
    """Compare gain and split-author agreement with those of one overdispersed cluster.

    Parameters
    ----------
    components : tuple of int
        Numbers tried; the best gain counts, in the data as in each reference.
    replicates : int
        Reference data sets; 39 allow a verdict at 5 %.
    authors : int
        A random part of this size stands for all, in data and reference alike.
    """
    labelled = _part(counts, authors, seed)
    one = one_cluster(labelled)
    observed = _gain_and_agreement(labelled, components, seed)

    def replicate(r: int) -> Floats:
        drawn = draw_one_cluster(one, labelled, stream(seed, "structure", r))
        return _gain_and_agreement(drawn, components, seed)

    reference = np.array(Parallel(n_jobs=workers)(delayed(replicate)(r) for r in range(replicates)))
    names = ("gain over one cluster", "agreement between halves of the authors")
    return (
        Gate(names[0], float(observed[0]), reference[:, 0], least=0.0),
        Gate(names[1], float(observed[1]), reference[:, 1]),
    )


def chance(
    segmenters: Sequence[Segmenter],
    counts: AuthorLabelCounts,
    *,
    replicates: int = 15,
    authors: int = 1600,
    level: float = 0.95,
    workers: int = 1,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare each method's agreement between halves of the authors with that on one cluster.

    Parameters
    ----------
    segmenters : sequence of Segmenter
        Methods that read labels only.
    replicates : int
        Reference data sets, drawn from one overdispersed cluster with the authors' own activity.
    authors : int
        A random part of this size stands for all, in data and reference alike.
    level : float
        Chance that no method at all exceeds its limit where nothing is there.

    Returns
    -------
    DataFrame
        METHOD, OBSERVED (adjusted Rand index of the assignments by two halves), REFERENCE (its
        mean on one cluster), LIMIT (what one more data set from one cluster exceeds with the
        stated chance, by Student's t, Bonferroni over methods), BEYOND (whether it is exceeded).
    """
    labelled = _part(counts, authors, seed)
    one = one_cluster(labelled)
    drawn = [labelled] + [
        draw_one_cluster(one, labelled, stream(seed, "chance", r)) for r in range(replicates)
    ]
    found = np.array(
        Parallel(n_jobs=workers)(
            delayed(_half_agreement)(segmenter, table, seed)
            for table in drawn
            for segmenter in segmenters
        )
    ).reshape(len(drawn), -1)
    observed, reference = found[0], found[1:]
    reach = stats.t.ppf(1 - (1 - level) / len(segmenters), replicates - 1)
    spread = reference.std(axis=0, ddof=1) * np.sqrt(1 + 1 / replicates)
    limit = reference.mean(axis=0) + reach * spread
    return pd.DataFrame(
        {
            "METHOD": [segmenter.method for segmenter in segmenters],
            "OBSERVED": observed,
            "REFERENCE": reference.mean(axis=0),
            "LIMIT": limit,
            "BEYOND": observed > limit,
        }
    )


def _half_agreement(segmenter: Segmenter, counts: AuthorLabelCounts, seed: int) -> float:
    order = stream(seed, "chance", "halves").permutation(counts.n_authors)
    codes = []
    for half in (order[: len(order) // 2], order[len(order) // 2 :]):
        try:
            fitted = segmenter.fit(counts.select_authors(np.sort(half)), seed=seed)
        except ValueError:
            return 0.0  # a method that finds nothing to learn from claims nothing
        codes.append(fitted.assign(counts).codes)
    both = (codes[0] >= 0) & (codes[1] >= 0)
    first, second = codes[0][both], codes[1][both]
    if min(len(np.unique(first)), len(np.unique(second))) < 2:
        return 0.0  # one segment for all is agreement on nothing
    return float(adjusted_rand_score(first, second))


def _part(counts: AuthorLabelCounts, authors: int, seed: int) -> AuthorLabelCounts:
    """Return a random part of the labelled authors."""
    labelled = counts.select_authors(np.flatnonzero(counts.totals > 0)).without_empty_labels()
    if labelled.n_authors <= authors:
        return labelled
    chosen = stream(seed, "structure").choice(labelled.n_authors, authors, replace=False)
    return labelled.select_authors(np.sort(chosen)).without_empty_labels()


def one_cluster(counts: AuthorLabelCounts) -> Mixture:
    """Fit the overdispersed model with one cluster, every detection counted whole."""
    tree = LabelTree.of(counts.labels, tied={})
    alone = np.zeros(counts.n_authors, dtype=np.int64)
    return fit_mixture(counts, starts=[alone], tree=tree)


def draw_one_cluster(
    one: Mixture, counts: AuthorLabelCounts, rng: np.random.Generator
) -> AuthorLabelCounts:
    """Draw counts of the same authors' activity from one cluster, down the tree."""
    tree = one.tree
    n_labels, nodes = len(tree.labels), len(tree.groups)
    conditional = tree.conditional(one.profile)[0]
    totals = np.round(counts.totals).astype(np.int64)
    between = _tastes(one.concentration[0, nodes] * conditional[n_labels:], len(totals), rng)
    by_group = rng.multinomial(totals, between)
    drawn = np.zeros((len(totals), n_labels))
    for group in range(nodes):
        own = np.flatnonzero(tree.group == group)
        within = _tastes(one.concentration[0, group] * conditional[own], len(totals), rng)
        drawn[:, own] = rng.multinomial(by_group[:, group], within)
    return replace(counts, matrix=as_sparse(drawn))


def _tastes(alpha: Floats, n: int, rng: np.random.Generator) -> Floats:
    # a vanishing alpha underflows to 0 in every label at once: one label is then chosen
    taste = rng.standard_gamma(np.maximum(alpha, 1e-8), size=(n, len(alpha)))
    lost = np.flatnonzero(taste.sum(axis=1) <= 0)
    taste[lost, rng.choice(len(alpha), len(lost), p=alpha / alpha.sum())] = 1.0
    return np.asarray(taste / taste.sum(axis=1, keepdims=True))


def _gain_and_agreement(
    counts: AuthorLabelCounts, components: tuple[int, ...], seed: int
) -> Floats:
    alone: Ints = np.zeros(counts.n_authors, dtype=np.int64)
    base = fit_mixture(counts, starts=[alone], most=40)
    gains, fits = [], []
    for k in components:
        starts = starting_partitions(counts, k, starts=1, seed=seed)
        fits.append(fit_mixture(counts, starts=starts, most=40))
        gains.append(base.bic - fits[-1].bic)
    best = fits[int(np.argmax(gains))]
    order = stream(seed, "halves").permutation(counts.n_authors)
    codes = []
    for half in (order[: len(order) // 2], order[len(order) // 2 :]):
        part = counts.select_authors(np.sort(half))
        starts = starting_partitions(part, best.n_components, starts=1, seed=seed)
        codes.append(fit_mixture(part, starts=starts, most=40).posterior(counts).argmax(axis=1))
    return np.array([max(gains), adjusted_rand_score(*codes)])
