"""Mixtures for author x label counts: multinomial, tempered multinomial, Dirichlet-multinomial.

Authors of one style still differ, so counts vary more than a multinomial allows. A plain
multinomial mixture explains that surplus by ever more components. The tempered one counts an
author's labels as ``(1 + A) / (n + A)`` of a label each, what they are worth under Dirichlet
taste of concentration ``A``. The Dirichlet-multinomial models the taste itself, on a tree: how an
author divides labels between groups (shoes, patterns, ...) says less than how labels are divided
within a group, so each node of the tree has a concentration of its own.

The likelihood is fast because the same (label, count) pairs occur in many authors: log-gamma and
digamma are evaluated once per distinct pair and component, and the authors' likelihoods are a
product of a sparse indicator matrix with that table.

Sources: Mosimann (1962), doi:10.1093/biomet/49.1-2.65; Dennis (1991),
doi:10.1080/03610929108830669, for trees; Minka, Estimating a Dirichlet distribution (2000), for
the fixed point; Holmes, Harris & Quince (2012), doi:10.1371/journal.pone.0030126, for the mixture;
Biernacki, Celeux & Govaert (2000), doi:10.1109/34.865189, for ICL, and (2003),
doi:10.1016/S0167-9473(02)00163-6, for short runs from several starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse, special

from analysis.contingency.counts import (
    AuthorLabelCounts,
    Floats,
    Ints,
    Sparse,
    as_sparse,
    damping_factors,
)
from analysis.segmentations.interface import aligned

Family = Literal["multinomial", "tempered", "dirichlet"]

TIED: Mapping[str, float] = {"shoe": 3.0}
"""Labels of one described item repeat each other: a shoe carries six to seven labels, which the
mixtures count as about two."""

_LEAST = 1e-4
"""Smallest share of a label in a component, relative to its overall share."""
_INNER = 6
"""Fixed-point steps per M-step: each costs one digamma per pair, no pass over authors."""


@dataclass(frozen=True)
class LabelTree:
    """Labels in groups, and how much a label of each counts.

    Attributes
    ----------
    labels : tuple of str
    group : array of shape (labels,)
        Place of the label's group in ``groups``.
    groups : tuple of str
    discount : array of shape (labels,)
        A count of the label is divided by this.
    """

    labels: tuple[str, ...]
    group: Ints
    groups: tuple[str, ...]
    discount: Floats

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        *,
        flat: bool = False,
        tied: Mapping[str, float] = TIED,
    ) -> LabelTree:
        """Group labels by their type, the part of the name before the slash; or not at all."""
        kinds = [label.partition("/")[0] for label in labels]
        groups = ("all",) if flat else tuple(sorted(set(kinds)))
        place = {name: i for i, name in enumerate(groups)}
        return cls(
            tuple(labels),
            np.array([0 if flat else place[kind] for kind in kinds], dtype=np.int64),
            groups,
            np.array([tied.get(kind, 1.0) for kind in kinds]),
        )

    @property
    def node(self) -> Ints:
        """Node of each column: labels hang on their group, groups on the root (the last node)."""
        return np.concatenate([self.group, np.full(len(self.groups), len(self.groups))])

    def columns(self, matrix: Sparse) -> Sparse:
        """Return discounted counts of labels, then of groups; shape (authors, labels + groups)."""
        weighted = matrix.copy()
        weighted.data = weighted.data / self.discount[weighted.indices]
        member = sparse.csr_array(
            (np.ones(len(self.labels)), (np.arange(len(self.labels)), self.group)),
            shape=(len(self.labels), len(self.groups)),
        )
        both = _beside(weighted, weighted @ member)
        both.data = np.round(both.data, 9)  # equal totals must be equal numbers
        return both

    def conditional(self, profile: Floats) -> Floats:
        """Return shares of labels within groups, then of groups, from overall shares."""
        between = np.stack(
            [profile[:, self.group == g].sum(axis=1) for g in range(len(self.groups))], axis=1
        )
        within = profile / np.maximum(between, 1e-300)[:, self.group]
        return np.concatenate([within, between], axis=1)

    def overall(self, conditional: Floats) -> Floats:
        """Return overall shares of labels from shares within groups and of groups."""
        n = len(self.labels)
        return np.asarray(conditional[:, :n] * conditional[:, n:][:, self.group])


@dataclass(frozen=True)
class Mixture:
    """A fitted mixture.

    Attributes
    ----------
    family : {"multinomial", "tempered", "dirichlet"}
    tree : LabelTree
    log_weight : array of shape (components,)
        Log of the mixing weights.
    profile : array of shape (components, labels)
        (Discounted) label shares of the components; rows sum to 1.
    concentration : array of shape (components, nodes)
        Dirichlet concentration at each node of the tree, the root last; the tempering constant
        for "tempered", inf for "multinomial".
    log_likelihood : float
        Of the weighted authors, tempered where the family is.
    entropy : float
        Weighted sum of the authors' assignment entropies, in nats.
    n_authors : float
        Effective number of authors (Kish) that the likelihood rests on.
    iterations : int
    converged : bool
    """

    family: Family
    tree: LabelTree
    log_weight: Floats
    profile: Floats = field(repr=False)
    concentration: Floats = field(repr=False)
    log_likelihood: float = np.nan
    entropy: float = np.nan
    n_authors: float = 0.0
    iterations: int = 0
    converged: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels that the mixture knows."""
        return self.tree.labels

    @property
    def n_components(self) -> int:
        """Number of components."""
        return len(self.log_weight)

    @property
    def n_parameters(self) -> int:
        """Number of free parameters."""
        free = len(self.labels) - 1
        if self.family == "dirichlet":
            free += len(self.tree.groups) + (len(self.tree.groups) > 1)
        return self.n_components - 1 + self.n_components * free

    @property
    def bic(self) -> float:
        """Bayesian information criterion, smaller is better; log of the effective authors."""
        return -2 * self.log_likelihood + self.n_parameters * float(np.log(self.n_authors))

    @property
    def icl(self) -> float:
        """Integrated completed likelihood on BIC's scale: BIC plus twice the entropy."""
        return self.bic + 2 * self.entropy

    def scores(self, counts: AuthorLabelCounts) -> Floats:
        """Return log weight + log likelihood by author and component, up to a term per author.

        Labels that the mixture does not know are ignored.
        """
        design = Design.of(
            aligned(counts, self.labels), self.family, self.tree, float(self.concentration[0, 0])
        )
        return self.log_weight + design.log_likelihoods(self.profile, self.concentration)

    def posterior(self, counts: AuthorLabelCounts) -> Floats:
        """Return the posterior of the components, shape (authors, components)."""
        return np.asarray(special.softmax(self.scores(counts), axis=1))

    def information(self, counts: AuthorLabelCounts) -> Floats:
        """Return by component what labels tell of it: nats per author against all components.

        The Kullback-Leibler divergence at each node of the tree, times the labels that an author
        is worth there under the node's concentration, averaged over authors.
        """
        n_labels, node = len(self.labels), self.tree.node
        columns = self.tree.columns(aligned(counts, self.labels).matrix)
        by_group = np.asarray(columns[:, n_labels:].todense())
        totals = np.column_stack([by_group, by_group.sum(axis=1)])
        own = self.tree.conditional(self.profile)
        other = self.tree.conditional(np.exp(self.log_weight)[None, :] @ self.profile)
        found = np.zeros(self.n_components)
        for k in range(self.n_components):
            divergence = np.bincount(node, special.rel_entr(own[k], other[0]), totals.shape[1])
            A = self.concentration[k]
            found[k] = (totals * (1 + A) / (totals + A)).mean(axis=0) @ divergence
        return found


@dataclass(frozen=True)
class Design:
    """What the likelihood of one family needs of the counts.

    Attributes
    ----------
    rows : csr_array of shape (authors, columns + totals)
        "dirichlet": ones where the author has a (column, count) or a (node, total) pair. Other
        families: weighted counts.
    transposed : csr_array
    column, value : arrays of shape (pairs,)
        Column (or node) and count (or total) of each pair.
    n_pairs : int
        Pairs before the totals begin.
    """

    family: Family
    tree: LabelTree
    rows: Sparse = field(repr=False)
    transposed: Sparse = field(repr=False)
    column: Ints = field(repr=False)
    value: Floats = field(repr=False)
    n_pairs: int = 0

    @classmethod
    def of(
        cls, counts: AuthorLabelCounts, family: Family, tree: LabelTree, tempering: float = 300.0
    ) -> Design:
        """Prepare counts; ``tempering`` is the concentration of the tempered family."""
        if family != "dirichlet":
            matrix = counts.matrix.copy()
            matrix.data = matrix.data / tree.discount[matrix.indices]
            worth: Floats = np.asarray(matrix.sum(axis=1))
            factor = damping_factors(worth, tempering if family == "tempered" else np.inf)
            matrix.data = matrix.data * np.repeat(factor, np.diff(matrix.indptr))
            nothing = np.empty(0, dtype=np.int64)
            return cls(family, tree, matrix, as_sparse(matrix.T), nothing, np.empty(0))
        columns = tree.columns(counts.matrix)
        n_labels = len(tree.labels)
        by_group = as_sparse(columns[:, n_labels:])
        whole = as_sparse(np.round(np.asarray(by_group.sum(axis=1)), 9)[:, None])
        pairs, column, value = _indicator(columns)
        totals, node, total = _indicator(_beside(by_group, whole))
        rows = _beside(pairs, totals)
        return cls(
            family,
            tree,
            rows,
            as_sparse(rows.T),
            np.concatenate([column, node]),
            np.concatenate([value, total]),
            len(column),
        )

    def log_likelihoods(self, profile: Floats, concentration: Floats) -> Floats:
        """Return log likelihoods (authors, components), without the multinomial coefficient."""
        if self.family != "dirichlet":
            return np.asarray(self.rows @ np.log(profile).T)
        alpha = self._alpha(self.tree.conditional(profile), concentration)
        n = self.n_pairs
        own, after_own = self._beyond(special.gammaln, alpha, slice(None, n))
        whole, after_whole = self._beyond(special.gammaln, concentration, slice(n, None))
        return np.asarray(self.rows @ np.concatenate([after_own - own, whole - after_whole]))

    def estimate(
        self, share: Floats, profile: Floats, concentration: Floats, base: Floats
    ) -> tuple[Floats, Floats]:
        """M-step: return profiles and concentrations from weighted responsibilities."""
        used = np.asarray(self.transposed @ share)
        if self.family != "dirichlet":
            counted = used.T + base  # one pseudo-label in all, spread as all authors' labels are
            return _floored(counted / counted.sum(axis=1, keepdims=True), base), concentration
        n, node = self.n_pairs, self.tree.node
        gather = _gather(self.column[:n], len(node))
        gather_nodes = _gather(self.column[n:], concentration.shape[1])
        under = _gather(node, concentration.shape[1])
        conditional, floor = self.tree.conditional(profile), self.tree.conditional(base[None, :])
        for _ in range(_INNER):
            alpha = self._alpha(conditional, concentration)
            own, after_own = self._beyond(special.digamma, alpha, slice(None, n))
            whole, after_whole = self._beyond(special.digamma, concentration, slice(n, None))
            top, bottom = after_own - own, after_whole - whole
            seen = np.asarray(gather @ (used[:n] * top)).T
            per_node = np.asarray(gather_nodes @ (used[n:] * bottom)).T
            alpha = np.maximum(
                alpha * seen / np.maximum(per_node, 1e-12)[:, node],
                _LEAST * (floor * concentration[:, node]),
            )
            total = np.asarray(under @ alpha.T).T
            conditional = alpha / total[:, node]
            concentration = np.clip(total, 0.5, 1e5)
        return self.tree.overall(conditional), concentration

    def _alpha(self, conditional: Floats, concentration: Floats) -> Floats:
        return conditional * concentration[:, self.tree.node]

    def _beyond(
        self, function: Callable[[Floats], Floats], alpha: Floats, pairs: slice
    ) -> tuple[Floats, Floats]:
        """Return a function of alpha, and of alpha plus the count, by pair and component.

        The first has one value per column: it is worked out there and handed to the pairs.
        """
        column = self.column[pairs]
        own = np.ascontiguousarray(alpha.T)
        return function(own)[column], function(self.value[pairs, None] + own[column])


def fit_mixture(
    counts: AuthorLabelCounts,
    *,
    starts: Sequence[npt.NDArray[np.int64] | Mixture],
    family: Family = "dirichlet",
    tree: LabelTree | None = None,
    tempering: float = 300.0,
    short: int = 8,
    most: int = 100,
    tolerance: float = 5e-3,
) -> Mixture:
    """Fit by EM from deterministic starts.

    Parameters
    ----------
    counts : AuthorLabelCounts
        Its weights multiply the authors' log-likelihoods.
    starts : sequence of partitions or mixtures
        A partition (codes from 0, -1 for an author left out) starts the M-step, a mixture (warm
        start) the E-step. Each start runs ``short`` iterations; the best goes on.
    tree : LabelTree, optional
        By default the types of the labels; matters for "dirichlet" only, but for its discounts.
    most : int
        Iterations at most.
    tolerance : float
        Stop when the mean log-likelihood per author rises by less.

    Raises
    ------
    ValueError
        If there is no start or no labelled author.
    """
    if not starts:
        raise ValueError("starts are missing: give at least one partition or mixture.")
    weights = counts.weights * (counts.totals > 0)
    if not weights.sum() > 0:
        raise ValueError("counts hold no labelled author with a positive weight.")
    tree = tree or LabelTree.of(counts.labels)
    design = Design.of(counts, family, tree, tempering)
    base = overall_shares(counts, tree)
    constant = {"multinomial": np.inf, "tempered": tempering, "dirichlet": 100.0}[family]
    runs = []
    for start in starts:
        state = _first(start, design, base, weights, constant)
        steps = short if len(starts) > 1 else most
        runs.append(_run(design, state, base, weights, steps, tolerance))
    best = max(runs, key=lambda run: run.value)
    if len(starts) > 1:
        best = _run(design, best, base, weights, most, tolerance)
    return Mixture(
        family,
        tree,
        best.log_weight,
        best.profile,
        best.concentration,
        float(best.value),
        best.entropy,
        float(weights.sum() ** 2 / (weights**2).sum()),
        best.iterations,
        best.converged,
    )


def overall_shares(counts: AuthorLabelCounts, tree: LabelTree) -> Floats:
    """Return (discounted, damped) shares of the labels over all authors, all positive."""
    base = np.asarray(counts.damped(300.0).sum(axis=0)) / tree.discount + 1e-3
    return np.asarray(base / base.sum())


@dataclass(frozen=True)
class _State:
    log_weight: Floats
    profile: Floats
    concentration: Floats
    value: float = -np.inf
    entropy: float = np.nan
    iterations: int = 0
    converged: bool = False


def _first(
    start: npt.NDArray[np.int64] | Mixture,
    design: Design,
    base: Floats,
    weights: Floats,
    constant: float,
) -> _State:
    if isinstance(start, Mixture):
        return _State(start.log_weight, start.profile, start.concentration)
    codes = np.asarray(start)
    k = int(codes.max()) + 1
    share = np.full((len(codes), k), 0.1 / k)
    inside = codes >= 0
    share[np.flatnonzero(inside), codes[inside]] += 0.9
    share *= weights[:, None]
    nodes = len(design.tree.groups) + 1
    profile, concentration = design.estimate(
        share, np.tile(base, (k, 1)), np.full((k, nodes), constant), base
    )
    return _State(_log_weights(share), profile, concentration)


def _run(
    design: Design, state: _State, base: Floats, weights: Floats, most: int, tolerance: float
) -> _State:
    total = weights.sum()
    before = -np.inf
    done = False
    step = 0
    while True:
        step += 1
        scores = state.log_weight + design.log_likelihoods(state.profile, state.concentration)
        norm = special.logsumexp(scores, axis=1)
        value = float(weights @ norm)
        share = np.exp(scores - norm[:, None])
        done = (value - before) / total < tolerance
        if done or step >= most:
            break
        before = value
        share *= weights[:, None]
        profile, concentration = design.estimate(share, state.profile, state.concentration, base)
        state = replace(
            state,
            log_weight=_log_weights(share),
            profile=profile,
            concentration=concentration,
        )
    return replace(
        state,
        value=value,
        entropy=float(-(weights @ special.xlogy(share, share).sum(axis=1))),
        iterations=state.iterations + step,
        converged=done,
    )


def _log_weights(share: Floats) -> Floats:
    sizes = share.sum(axis=0) + 1e-3
    return np.asarray(np.log(sizes / sizes.sum()))


def _floored(profile: Floats, base: Floats) -> Floats:
    profile = np.maximum(profile, _LEAST * base)
    return np.asarray(profile / profile.sum(axis=1, keepdims=True))


def _indicator(matrix: Sparse) -> tuple[Sparse, Ints, Floats]:
    """Return ones by (column, value) pair, and the column and value of each pair."""
    matrix = as_sparse(matrix)
    matrix.eliminate_zeros()
    rank, distinct = pd.factorize(matrix.data)
    keys = matrix.indices.astype(np.int64) * max(1, len(distinct)) + rank
    used = np.zeros(matrix.shape[1] * max(1, len(distinct)), dtype=bool)
    used[keys] = True
    pairs = np.flatnonzero(used)
    where = np.cumsum(used)[keys] - 1
    indicator = sparse.csr_array(
        (np.ones(len(keys)), where, matrix.indptr), shape=(matrix.shape[0], len(pairs))
    )
    return (
        as_sparse(indicator),
        (pairs // max(1, len(distinct))).astype(np.int64),
        np.asarray(distinct[pairs % max(1, len(distinct))], dtype=np.float64),
    )


def _beside(*blocks: Any) -> Sparse:
    stacked: Any = sparse.hstack(blocks, format="csr")
    return as_sparse(stacked)


def _gather(place: Ints, size: int) -> Sparse:
    """Return the (size, items) matrix that sums items by place."""
    return as_sparse(
        sparse.csr_array(
            (np.ones(len(place)), (place, np.arange(len(place)))), shape=(size, len(place))
        )
    )


def criteria(fits: Sequence[Mixture]) -> pd.DataFrame:
    """Return K, LOG_LIKELIHOOD, PARAMETERS, BIC, ICL and BIC_GAIN over the first, a row per fit."""
    table = pd.DataFrame(
        {
            "K": [fit.n_components for fit in fits],
            "LOG_LIKELIHOOD": [fit.log_likelihood for fit in fits],
            "PARAMETERS": [fit.n_parameters for fit in fits],
            "BIC": [fit.bic for fit in fits],
            "ICL": [fit.icl for fit in fits],
        }
    )
    table["BIC_GAIN"] = table["BIC"].iloc[0] - table["BIC"]
    return table
