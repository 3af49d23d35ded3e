"""Populations whose truth is known, and data sets drawn from them.

Authors have a style, an activity with a heavy tail and a taste of their own round the style's
profile (Dirichlet-multinomial), so label rows are clustered in authors and most author x label
cells are empty. Three groups of very unequal size stand for the follower bands: they may or may
not differ in activity, and they may or may not prefer styles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import stats
from scipy.special import gammaln

from analysis.contingency.counts import AuthorLabelCounts, Floats, Grouping, Ints, as_sparse
from analysis.randomness import stream

GROUPS = ("other", "edgy", "well-known")


@dataclass(frozen=True)
class World:
    """A population of authors, labels and groups.

    Attributes
    ----------
    name : str
        Names the population's random stream.
    authors, labels, styles : int
        Size of a data set; number of labels and of styles.
    separation : float
        Standard deviation of the styles' log-lifts over the common profile.
    concentration : float
        Of authors' tastes round their style's profile; small means strong clustering.
    activity_median, activity_sigma : float
        Of labels per author in the largest group, log-normal.
    group_shares : tuple of float
        Shares of the groups among authors.
    group_activity : tuple of float
        Factor on each group's activity; (1, 1, 1) makes them alike.
    style_odds : float
        Odds by which "edgy" prefers the first style and "well-known" the second; 1 is the null.
    shifted_pairs : int
        Pairs of labels of which "edgy" uses one more and the other less by the same share; all
        other labels stay exactly as they are.
    shift : float
        Share of the second label's use that moves to the first.
    """

    name: str = "world"
    authors: int = 3000
    labels: int = 80
    styles: int = 6
    separation: float = 0.8
    concentration: float = 300.0
    activity_median: float = 100.0
    activity_sigma: float = 1.3
    group_shares: tuple[float, ...] = (0.865, 0.06, 0.075)
    group_activity: tuple[float, ...] = (1.0, 1.0, 1.0)
    style_odds: float = 1.0
    shifted_pairs: int = 0
    shift: float = 0.5
    population: int = field(default=1, kw_only=True)

    @cached_property
    def profiles(self) -> Floats:
        """Label profile by group and style; shape (groups, styles, labels)."""
        rng = stream(self.population, "validation", "profiles")
        base = np.sort(rng.dirichlet(np.full(self.labels, 0.5)))[::-1]
        lifts = np.exp(self.separation * rng.normal(size=(self.styles, self.labels)))
        styles = base * lifts
        styles /= styles.sum(axis=1, keepdims=True)
        profiles = np.repeat(styles[None], len(GROUPS), axis=0)
        for pair in range(self.shifted_pairs):
            more, less = self.shifted_labels[2 * pair : 2 * pair + 2]
            moved = self.shift * profiles[1, :, less]
            profiles[1, :, more] += moved
            profiles[1, :, less] -= moved
        return profiles

    @cached_property
    def shifted_labels(self) -> Ints:
        """Labels whose share differs between "edgy" and the others, pair by pair."""
        rng = stream(self.population, "validation", "shifted")
        return rng.permutation(self.labels)[: 2 * self.shifted_pairs].astype(np.int64)

    @cached_property
    def style_shares(self) -> Floats:
        """Share of styles by group; shape (groups, styles)."""
        shares = np.ones((len(GROUPS), self.styles))
        shares[:, 0] = 2.0
        shares[1, 0] *= self.style_odds
        shares[2, 1] *= self.style_odds
        return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float64)

    @cached_property
    def group_profiles(self) -> Floats:
        """Label profile by group, whatever the damping; shape (groups, labels)."""
        mixed = np.einsum("gs,gsl->gl", self.style_shares, self.profiles)
        return np.asarray(mixed, dtype=np.float64)

    def draw(self, number: int, seed: int, authors: int | None = None) -> Sample:
        """Draw data set ``number``; the same whatever else is drawn."""
        rng = stream(seed, "validation", self.name, number)
        n = self.authors if authors is None else authors
        group = rng.choice(len(GROUPS), n, p=self.group_shares)
        uniform = rng.random(n)
        style = (uniform[:, None] > self.style_shares[group].cumsum(axis=1)).sum(axis=1)
        style = np.minimum(style, self.styles - 1)
        size = self.sizes(group.astype(np.int64), rng.normal(size=n))
        tastes = rng.standard_gamma(self.concentration * self.profiles[group, style]) + 1e-300
        counts = rng.multinomial(size, tastes / tastes.sum(axis=1, keepdims=True))
        names = tuple(f"label {k:02d}" for k in range(self.labels))
        table = AuthorLabelCounts(as_sparse(counts), np.arange(n), names)
        return Sample(table, Grouping(group.astype(np.int64), GROUPS), style.astype(np.int64))

    def sizes(self, group: Ints, normal: Floats) -> Ints:
        """Return labels per author from standard normal draws."""
        scale = self.activity_median * np.asarray(self.group_activity)[group]
        return np.ceil(scale * np.exp(self.activity_sigma * normal)).astype(np.int64)

    def masses(self, damping: float) -> Floats:
        """Return each group's share of the damped mass; shape (groups,)."""
        normal = _normal_grid()
        means = []
        for group in range(len(GROUPS)):
            n = self.sizes(np.full(len(normal), group), normal).astype(np.float64)
            means.append((n if np.isinf(damping) else n * (1 + damping) / (n + damping)).mean())
        mass = np.asarray(self.group_shares) * np.asarray(means)
        return np.asarray(mass / mass.sum(), dtype=np.float64)

    def presence(self) -> Floats:
        """Return the share of a group's authors who use a label; shape (groups, labels)."""
        normal, a = _normal_grid(), self.concentration
        used = np.zeros((len(GROUPS), self.labels))
        for group in range(len(GROUPS)):
            n = self.sizes(np.full(len(normal), group), normal)[:, None].astype(np.float64)
            for style in range(self.styles):
                rest = a * (1 - self.profiles[group, style])
                unused = gammaln(rest + n) - gammaln(rest) + gammaln(a) - gammaln(a + n)
                share = 1 - np.exp(unused).mean(axis=0)
                used[group] += self.style_shares[group, style] * share
        return used

    def cramers_v(self, damping: float) -> float:
        """Return the population's Cramer's V of groups and labels."""
        mass = self.masses(damping)
        pooled = mass @ self.group_profiles
        phi2 = mass @ ((self.group_profiles - pooled) ** 2 / pooled).sum(axis=1)
        return float(np.sqrt(phi2 / (len(GROUPS) - 1)))

    def information_bits(self, damping: float) -> float:
        """Return the population's mutual information of groups and labels in bits."""
        mass = self.masses(damping)
        pooled = mass @ self.group_profiles
        ratio = np.log2(self.group_profiles / pooled)
        return max(0.0, float(mass @ (self.group_profiles * ratio).sum(axis=1)))


@dataclass(frozen=True)
class Sample:
    """A data set: counts, groups and the true styles of its authors."""

    counts: AuthorLabelCounts
    grouping: Grouping
    style: Ints


def _normal_grid(points: int = 2000) -> Floats:
    """Return evenly probable standard normal values."""
    return np.asarray(stats.norm.ppf((np.arange(points) + 0.5) / points), dtype=np.float64)


ALIKE = World("alike")
"""Groups alike in activity and taste."""
UNLIKE = World("unlike", group_activity=(1.0, 2.1, 2.9))
"""Groups that differ in activity only: the null under which most methods fail."""
