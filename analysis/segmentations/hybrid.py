"""Rules and a mixture together: over-cluster, name, merge, and allow two styles per author.

A mixture with more components than styles finds what is there without knowing a name; rules that
cannot sort authors well on their own name components well, because a component pools thousands of
authors. Components of one name are merged, so that a trait that splits styles does no harm.
Components that no rule claims stay apart: near the overall profile they are "no clear style", far
from it they are proposals for a person to name, in between they stay unresolved.
Last, every author is compared with each component and with each pair of components of different
segments in unequal parts, which gives calibrated probabilities and second memberships.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints
from analysis.segmentations.interface import (
    Kind,
    Lifts,
    Segment,
    Segmentation,
    aligned,
    check_rows,
    label_lifts,
)
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.mixture import TIED, Design, LabelTree, Mixture, fit_mixture
from analysis.segmentations.starts import starting_partitions

VERSION = "1"
REST, UNRESOLVED = "no clear style", "unresolved"
_TOP = 8
_SMALLEST = 0.01
"""Share of authors below which a group is too small to propose."""


@dataclass(frozen=True)
class Naming:
    """How components of a mixture got their names.

    Attributes
    ----------
    table : DataFrame
        One row per component: COMPONENT, SHARE, SEGMENT, NAMED_BY ("rule", "likeness" or ""),
        RULE (the one that names it, or its best), T, LIFT (mean log-lift of the rule's labels),
        EXPLAINED (that by TOP_LIFT), TOP_LIFT (mean log-lift of the eight highest), NATS (what
        an author's labels tell, see :meth:`Mixture.information`), LABELS.
    segments : tuple of Segment
    of_component : array of shape (components,)
        Place of the component's segment.
    """

    table: pd.DataFrame
    segments: tuple[Segment, ...]
    of_component: Ints


@dataclass(frozen=True)
class Hybrid:
    """Settings of the hybrid segmentation.

    Attributes
    ----------
    lexicon : Lexicon
    components : int, optional
        Components of the mixture; by default ``per_style`` for each rule and the two nameless
        segments, or one where there are fewer than a hundred authors to each.
    per_style : float
    starts : int
        Starting partitions.
    gated : bool
        Whether to fall back to one segment where neither all components nor a quarter of them are
        better than one by BIC.
    tied : mapping of str to float
        By how much labels of a type are discounted, because one item carries several.
    dominant : float
        Part of the dominant style in an author of two.
    least_t : float
        A rule may name a component if its labels stand out there by this much (see
        :func:`name_components`).
    least_t_alone : float
        Less is enough for a rule that stands out in no component, in its best one.
    least_explained : float
        And if its labels' mean log-lift is this part of that of the component's top labels.
    tie : float
        Of two such rules the one of higher mean lift names it, unless the other reaches this part.
    variant, shared : float
        A component that no rule names takes the name of one whose lifts correlate by at least
        ``variant`` and that lifts its top labels by at least the part ``shared``, unless it shows
        less of the rule's labels than all authors do: the same style, split by something else.
    far : float
        What is left is a proposal if an author's labels tell it from the others by at least this
        part of what is usual in named components, else "no clear style". Ties between rules and
        proposals of hardly any author stay unresolved.
    least : float
        Abstain on authors whose most probable segment is less probable.
    """

    lexicon: Lexicon = field(default_factory=Lexicon.load)
    components: int | None = None
    per_style: float = 2.0
    starts: int = 3
    gated: bool = True
    tied: Mapping[str, float] = field(default_factory=lambda: dict(TIED))
    dominant: float = 0.65
    least_t: float = 2.4
    least_t_alone: float = 1.6
    least_explained: float = 0.3
    tie: float = 0.9
    variant: float = 0.6
    shared: float = 0.4
    far: float = 0.5
    least: float = 0.5

    @property
    def method(self) -> str:
        """Return the name of the method."""
        return "hybrid"

    def number(self, authors: int) -> int:
        """Return the components of the mixture for so many labelled authors."""
        styles = len(self.lexicon.rules) + 2
        most = min(round(self.per_style * styles), authors // 100)
        return self.components or max(styles, most)

    def fit(
        self,
        counts: AuthorLabelCounts,
        features: pd.DataFrame | None = None,
        *,
        seed: int = 0,
        start: Mixture | None = None,
    ) -> FittedHybrid:
        """Fit the mixture (or go on from ``start``), name and merge its components."""
        check_rows(counts, features)
        number = self.number(int((counts.totals > 0).sum()))
        partitions = (
            [start]
            if start is not None
            else starting_partitions(counts, number, starts=self.starts, seed=seed)
        )
        tree = LabelTree.of(counts.labels, tied=self.tied) if start is None else start.tree
        mixture = fit_mixture(counts, starts=partitions, tree=tree)
        if start is None and self.gated:
            one = [np.zeros(counts.n_authors, dtype=np.int64)]
            alone = fit_mixture(counts, starts=one, tree=tree)
            if mixture.bic >= alone.bic:
                few = starting_partitions(counts, max(2, number // 4), seed=seed)
                if fit_mixture(counts, starts=few, tree=tree).bic >= alone.bic:
                    mixture = alone
        return self.name(mixture, counts)

    def name(self, mixture: Mixture, counts: AuthorLabelCounts) -> FittedHybrid:
        """Name and merge the components of a fitted mixture; fit the share of double authors."""
        naming = name_components(mixture, counts, self)
        pairs = PairMixture.of(mixture, naming.of_component, self.dominant).fitted(counts)
        return FittedHybrid(self, naming, pairs)


@dataclass(frozen=True)
class PairMixture:
    """A mixture in which an author may be of two components of different segments.

    Attributes
    ----------
    mixture : Mixture
    segment : array of shape (components,)
        Segment of each component.
    first, second : array of shape (kinds,)
        Components of each kind of author; equal for authors of one component.
    dominant : float
        Part of ``first`` in the profile.
    share : array of shape (components,)
        Share of authors whose first component it is.
    double : float
        Share of authors of two components.
    """

    mixture: Mixture
    segment: Ints
    first: Ints
    second: Ints
    dominant: float
    share: Floats
    double: float

    @classmethod
    def of(cls, mixture: Mixture, segment: Ints, dominant: float) -> PairMixture:
        """Lay out all kinds of authors: singles first, then ordered pairs."""
        k = np.arange(mixture.n_components)
        a, b = np.nonzero(segment[:, None] != segment[None, :])
        return cls(
            mixture,
            segment,
            np.concatenate([k, a]),
            np.concatenate([k, b]),
            dominant,
            np.exp(mixture.log_weight),
            0.1 if len(a) else 0.0,
        )

    @property
    def log_prior(self) -> Floats:
        """Log prior of the kinds: the second component in proportion to its own share."""
        single = self.first == self.second
        other = np.array([self.share[self.segment != s].sum() for s in self.segment])
        pair = (
            self.double
            * self.share[self.first]
            * self.share[self.second]
            / np.maximum(other[self.first], 1e-300)
        )
        return np.asarray(
            np.log(
                np.maximum(
                    np.where(single, (1 - self.double) * self.share[self.first], pair), 1e-300
                )
            )
        )

    @property
    def profile(self) -> Floats:
        """Label shares of the kinds, shape (kinds, labels)."""
        own = self.mixture.profile
        return np.asarray(self.dominant * own[self.first] + (1 - self.dominant) * own[self.second])

    @property
    def concentration(self) -> Floats:
        """Concentrations of the kinds, shape (kinds, nodes)."""
        own = self.mixture.concentration
        return np.asarray(self.dominant * own[self.first] + (1 - self.dominant) * own[self.second])

    def fitted(self, counts: AuthorLabelCounts, most: int = 50) -> PairMixture:
        """Estimate shares of components and of double authors by EM; profiles stay."""
        if self.double == 0.0:
            return self
        likelihood = self._log_likelihoods(counts)
        likelihood -= likelihood.max(axis=1, keepdims=True)
        np.exp(likelihood, out=likelihood)
        weights = counts.weights * (counts.totals > 0)
        weights = weights / weights.sum()
        # the order of nearly equal kinds is settled before the shares are, hence a fixed number
        current = self
        single = self.first == self.second
        for _ in range(most):
            prior = np.exp(current.log_prior)
            mass = prior * ((weights / (likelihood @ prior)) @ likelihood)
            share = np.zeros(len(self.share))
            np.add.at(share, self.first, mass)
            double = float(np.clip(mass[~single].sum(), 1e-6, 0.9))
            done = np.abs(share - current.share).max() + abs(double - current.double) < 1e-4
            current = replace(current, share=share, double=double)
            if done:
                break
        return current

    def posterior(self, counts: AuthorLabelCounts) -> Floats:
        """Return the posterior of the kinds, shape (authors, kinds)."""
        scores = self._log_likelihoods(counts) + self.log_prior
        return np.asarray(special.softmax(scores, axis=1))

    def _log_likelihoods(self, counts: AuthorLabelCounts) -> Floats:
        own = self.mixture
        design = Design.of(aligned(counts, own.labels), "dirichlet", own.tree)
        return design.log_likelihoods(self.profile, self.concentration)


@dataclass(frozen=True)
class FittedHybrid:
    """A fitted hybrid segmentation."""

    settings: Hybrid
    naming: Naming
    pairs: PairMixture

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Return the segments in words."""
        return self.naming.segments

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return settings and fitted figures as plain values."""
        mixture = self.pairs.mixture
        return {
            "lexicon": self.settings.lexicon.version,
            "components": mixture.n_components,
            "dominant": self.settings.dominant,
            "double": self.pairs.double,
            "concentration": float(np.median(mixture.concentration)),
            "bic": mixture.bic,
            "least_t": self.settings.least_t,
            "least": self.settings.least,
        }

    def assign(
        self, counts: AuthorLabelCounts, features: pd.DataFrame | None = None
    ) -> Segmentation:
        """Return dominant segments and memberships; abstain on authors without known labels."""
        check_rows(counts, features)
        known = aligned(counts, self.pairs.mixture.labels)
        kinds = self.pairs.posterior(known)
        owner = self.pairs.segment
        n_segments = len(self.segments)
        dominant = np.eye(n_segments)[owner[self.pairs.first]]
        either = np.maximum(dominant, np.eye(n_segments)[owner[self.pairs.second]])
        labelled = (known.totals > 0)[:, None]
        posterior = np.where(labelled, kinds @ dominant, 0.0)
        membership = np.where(labelled, np.minimum(kinds @ either, 1.0), 0.0)
        return Segmentation.of(
            self.settings.method,
            VERSION,
            self.parameters,
            counts.authors,
            self.segments,
            posterior,
            membership=membership,
            least=self.settings.least,
        )


def name_components(mixture: Mixture, counts: AuthorLabelCounts, settings: Hybrid) -> Naming:
    """Name components by the rules whose labels stand out in them, many components to one name.

    A trait that splits the components of several names alike (:func:`crossing_trait`) is taken
    out of the lifts before they are named for good: it says nothing of style.
    """
    lifts = label_lifts(counts, mixture.posterior(counts))
    shares = np.exp(mixture.log_weight)
    indicator = settings.lexicon.indicator(counts.labels)
    nats = mixture.information(counts)
    styled = lifts.log_lift
    names = _names(styled, indicator, settings)
    crossing = crossing_trait(styled, names.rule, shares)
    if crossing.any():
        base = shares @ mixture.profile
        spread = styled**2 @ base
        styled = styled - np.outer(styled @ crossing, crossing)
        nats = nats * np.minimum(1.0, (styled**2 @ base) / np.maximum(spread, 1e-12))
        names = _names(styled, indicator, settings)
    called, by = _called(names, styled, nats, shares, settings)
    segments, of_component = _segments(called, settings.lexicon, lifts, shares)
    rows = np.arange(len(shares))
    best = np.where(names.rule >= 0, names.rule, names.t.argmax(axis=1))
    table = pd.DataFrame(
        {
            "COMPONENT": rows,
            "SHARE": shares,
            "SEGMENT": called,
            "NAMED_BY": by,
            "RULE": [settings.lexicon.names[r] for r in best],
            "T": names.t[rows, best],
            "LIFT": names.lift[rows, best],
            "EXPLAINED": names.explained[rows, best],
            "TOP_LIFT": names.top,
            "NATS": nats,
            "LABELS": [", ".join(lifts.defining(int(k))) for k in rows],
        }
    )
    return Naming(table, segments, of_component)


@dataclass(frozen=True)
class _Names:
    """How far the labels of each rule stand out in each component, and which rule names it.

    A rule's ``t`` is the mean log-lift of its labels less that of all others, in standard errors
    of the mean of as many labels drawn at random: labels count alike, so that a broad or a wrong
    label in a rule cannot carry it. ``t`` says that a rule is no accident, not that it fits: long
    rules reach it with small lifts. Hence the condition on the part ``explained`` of the highest
    lifts (``top``), and the choice by ``lift`` among rules that pass.
    """

    t: Floats
    lift: Floats
    top: Floats
    explained: Floats
    rule: Ints
    tied: npt.NDArray[np.bool_]


def _names(log_lift: Floats, indicator: Floats, settings: Hybrid) -> _Names:
    t, mean = _rule_t(log_lift, indicator)
    top = -np.sort(-log_lift, axis=1)[:, :_TOP].mean(axis=1)
    explained = mean / np.maximum(top, 1e-9)[:, None]
    rule, tied = _named(t, mean, explained, settings)
    if len(t) == 1:  # nothing stands out of itself
        rule, tied = np.array([-1]), np.array([False])
    return _Names(t, mean, top, explained, rule, tied)


def _called(
    names: _Names, log_lift: Floats, nats: Floats, shares: Floats, settings: Hybrid
) -> tuple[list[str], list[str]]:
    """Return the segment of each component, and what named it: "rule", "likeness" or ""."""
    called = [settings.lexicon.rules[r].name if r >= 0 else "" for r in names.rule]
    by = ["rule" if r >= 0 else "" for r in names.rule]
    named = np.flatnonzero(names.rule >= 0)
    alike = np.atleast_2d(np.asarray(np.corrcoef(log_lift)))
    for k in np.flatnonzero(names.rule < 0):
        telling = np.argsort(-log_lift[k], kind="stable")[:_TOP]
        part = log_lift[np.ix_(named, telling)].mean(axis=1) / max(names.top[k], 1e-9)
        fits = (alike[k, named] >= settings.variant) & (part >= settings.shared)
        fits &= names.lift[k, names.rule[named]] > 0
        if fits.any():
            nearest = named[int(np.argmax(np.where(fits, alike[k, named], -np.inf)))]
            called[k], by[k] = called[nearest], "likeness"
    usual = float(np.median(nats[named])) if named.size else float(nats.max(initial=0.0))
    left = np.array([name == "" for name in called])
    stands_out = nats >= settings.far * max(usual, 1e-9)
    free = left & stands_out & ~names.tied & (shares >= _SMALLEST)
    groups = _alike(alike, np.flatnonzero(free), settings.variant)
    for k in np.flatnonzero(left):
        if int(k) in groups:
            called[k] = f"proposal {groups[int(k)]}"
        else:
            called[k] = UNRESOLVED if names.tied[k] or stands_out[k] else REST
    return called, by


def crossing_trait(log_lift: Floats, rule: Ints, shares: Floats) -> Floats:
    """Return the direction in which components of one name differ, if several names share it.

    A trait that is no style, such as the wearer's sex, splits every style in the same way. Two
    halves of a style then look unlike until that direction is taken out, as nuisance attribute
    projection does for speakers (Solomonoff, Campbell & Boardman 2005,
    doi:10.1109/ICASSP.2005.1415188).

    Parameters
    ----------
    log_lift : array of shape (components, labels)
    rule : array of shape (components,)
        The rule that names each component, -1 for none.
    shares : array of shape (components,)

    Returns
    -------
    array of shape (labels,)
        A unit vector, or zeros unless two names or more have several components that differ alike:
        what separates them correlates by a half between names.
    """
    inside = []
    for name in np.unique(rule[rule >= 0]):
        own = np.flatnonzero(rule == name)
        if len(own) > 1:
            middle = np.average(log_lift[own], axis=0, weights=shares[own])
            apart = np.sqrt(shares[own])[:, None] * (log_lift[own] - middle)
            # each name counts alike: one that falls far apart shares its direction with nobody
            inside.append(apart / max(float(np.linalg.norm(apart)), 1e-12))
    nothing = np.zeros(log_lift.shape[1])
    if len(inside) < 2:
        return nothing
    _, strength, axes = np.linalg.svd(np.concatenate(inside), full_matrices=False)
    held = strength[0] ** 2 / (strength**2).sum()
    return np.asarray(axes[0]) if held > 0.5 + 0.5 / len(inside) else nothing


def _named(
    t: Floats, mean: Floats, explained: Floats, settings: Hybrid
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return the rule that names each component (-1 for none or a tie), and which are ties."""
    fits = explained >= settings.least_explained
    passes = (t >= settings.least_t) & fits
    idle = np.flatnonzero(~passes.any(axis=0))
    for rule in idle:
        k = int(np.argmax(np.where(fits[:, rule], t[:, rule], -np.inf)))
        passes[k, rule] = fits[k, rule] and t[k, rule] >= settings.least_t_alone
    strength = np.where(passes, mean, -np.inf)
    order = np.argsort(-strength, axis=1, kind="stable")
    rows = np.arange(len(t))
    first = strength[rows, order[:, 0]]
    second = strength[rows, order[:, 1]] if t.shape[1] > 1 else np.full(len(t), -np.inf)
    clear = np.isfinite(first) & ~(second >= settings.tie * first)
    return np.where(clear, order[:, 0], -1).astype(np.int64), np.isfinite(first) & ~clear


def _rule_t(log_lift: Floats, indicator: Floats) -> tuple[Floats, Floats]:
    size = indicator.sum(axis=1)
    total = log_lift.sum(axis=1, keepdims=True)
    inside = log_lift @ indicator.T
    mean = inside / np.maximum(size, 1)
    rest = (total - inside) / np.maximum(indicator.shape[1] - size, 1)
    spread = log_lift.std(axis=1, keepdims=True)
    t = (mean - rest) / np.maximum(spread, 1e-9) * np.sqrt(size)
    return np.where(size > 0, t, -np.inf), mean


def _alike(correlation: Floats, chosen: Ints, least: float) -> dict[int, int]:
    """Give the chosen components numbers from 1, equal ones to those alike."""
    groups: dict[int, int] = {}
    for k in chosen:
        near = [j for j in groups if correlation[k, j] >= least]
        groups[int(k)] = groups[near[0]] if near else len(set(groups.values())) + 1
    return groups


def _segments(
    names: list[str], lexicon: Lexicon, lifts: Lifts, shares: Floats
) -> tuple[tuple[Segment, ...], Ints]:
    """Merge components of one name; order as in the lexicon, then rest, proposals, unresolved."""
    words = {rule.name: rule.words for rule in lexicon.rules}
    rank = {name: i for i, name in enumerate([*lexicon.names, REST])}
    rank[UNRESOLVED] = 10**6
    ordered = sorted(set(names), key=lambda name: (rank.get(name, 10**5), name))
    place = {name: i for i, name in enumerate(ordered)}
    of_component = np.array([place[name] for name in names], dtype=np.int64)
    segments = []
    for i, name in enumerate(ordered):
        own = np.flatnonzero(of_component == i)
        weight = shares[own] / shares[own].sum()
        pooled = Lifts(lifts.labels, np.log(weight @ np.exp(lifts.log_lift[own]))[None, :])
        kind: Kind = "named"
        text = words.get(name, "")
        if name == REST:
            kind, text = "rest", "Shows what everybody shows; no style stands out."
        elif name == UNRESOLVED:
            kind, text = "unresolved", "Rules contradict each other or say too little to name it."
        elif name not in words:
            kind = "proposed"
            text = "A group that no rule claims; for a person to look at and name."
        segments.append(Segment(name, text, pooled.defining(0), kind))
    return tuple(segments), of_component
