"""Small worlds of author x label counts with known styles, to judge methods on.

A world is drawn from the margins of the source at hand (label shares, labels per author), so that
it differs from the source only in what it plants. Worlds may break what the models assume: labels
tied within items, a trait that crosses all styles, tails heavier than Dirichlet's, styles that
drift. The classifier that knows all parameters (:func:`bayes`) marks what is possible.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import special

from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints, as_sparse
from analysis.randomness import stream

MOST_COMMON = 0.34
"""Share of the most common style, which is the one of everybody: the base profile itself."""


@dataclass(frozen=True)
class World:
    """What is planted.

    Attributes
    ----------
    styles : int
        Number of styles, 0 for none at all; the first is the most common, the last has no rule.
    separation : float
        Factor on the log-lifts of the styles.
    overlap : float
        Share of authors with two styles, in proportion 65 to 35.
    activity : float
        Factor on the labels per author of the source.
    concentration : float
        Dirichlet concentration of the authors of a style: an author is never worth more than
        ``1 + concentration`` labels.
    noise : float
        Share of detections that name a random label.
    rule_quality : float
        Share of a style's defining labels that its rule knows.
    nuisance : float
        Standard deviation of the log-lifts of a binary trait that crosses all styles.
    tied : int
        Labels that one item carries together; 1 for independent labels.
    tails : float
        Standard deviation of the log of the concentration between authors; 0 for a common one.
    drift : float
        Share of the way that styles move towards another one over the window.
    """

    styles: int = 9
    separation: float = 1.3
    overlap: float = 0.12
    activity: float = 1.0
    concentration: float = 700.0
    noise: float = 0.08
    rule_quality: float = 0.7
    nuisance: float = 0.0
    tied: int = 1
    tails: float = 0.0
    drift: float = 0.0


@dataclass(frozen=True)
class Simulated:
    """A drawn world with its truth.

    Attributes
    ----------
    counts : AuthorLabelCounts
    weights : array of shape (authors, styles)
        How much of an author is of each style; rows sum to 1. Shape (authors, 1) without styles.
    rules : dict of str to tuple of str
        Labels that the rules know, by style; styles without a rule are missing.
    optimal : array of shape (authors, styles)
        Posterior of the dominant style from all true parameters.
    """

    counts: AuthorLabelCounts
    weights: Floats = field(repr=False)
    rules: dict[str, tuple[str, ...]]
    optimal: Floats = field(repr=False)

    @property
    def dominant(self) -> Ints:
        """Return the dominant style of each author."""
        return np.asarray(self.weights.argmax(axis=1), dtype=np.int64)


def simulate(
    base: Floats,
    totals: Floats,
    world: World,
    *,
    authors: int,
    seed: int,
    labels: tuple[str, ...] | None = None,
) -> Simulated:
    """Draw a world.

    Parameters
    ----------
    base : array of shape (labels,)
        Positive shares of the labels.
    totals : array
        Labels per author of the source, from which activity is drawn.
    authors : int
        Authors to draw.
    labels : tuple of str, optional
        Names of the labels.
    """
    rng = stream(seed, "world", "styles")
    base = np.asarray(base, dtype=np.float64) / np.sum(base)
    n_labels = len(base)
    names = labels or tuple(f"label/{j:03d}" for j in range(n_labels))
    items = _items(base, world.tied, stream(seed, "world", "items"))
    shares, per_label = items
    profiles, rules = _profiles(shares, per_label, base, world, names, rng)
    n_styles = len(profiles)

    rng = stream(seed, "world", "authors")
    sizes = _sizes(n_styles)
    first = rng.choice(n_styles, authors, p=sizes)
    second = (first + rng.integers(1, max(2, n_styles), authors)) % n_styles
    double = (rng.random(authors) < world.overlap) & (n_styles > 1)
    weights = np.zeros((authors, n_styles))
    rows = np.arange(authors)
    weights[rows, first] += np.where(double, 0.65, 1.0)
    weights[rows, second] += np.where(double, 0.35, 0.0)
    trait = rng.integers(0, 2, authors)
    direction = np.exp(world.nuisance * rng.normal(size=len(shares)))
    moved = np.roll(profiles, 1, axis=0) if n_styles > 1 else profiles
    when = rng.beta(1.5, 1.5, authors)[:, None] * world.drift
    means = (1 - when) * (weights @ profiles) + when * (weights @ moved)
    means = means * np.where(trait[:, None] == 1, direction, 1.0)
    means /= means.sum(axis=1, keepdims=True)
    means = (1 - world.noise) * means + world.noise * shares
    concentration = world.concentration * np.exp(world.tails * rng.normal(size=(authors, 1)))
    taste = rng.standard_gamma(np.maximum(concentration * means, 1e-9))
    taste /= taste.sum(axis=1, keepdims=True)
    drawn = rng.choice(totals, authors) * world.activity / per_label.sum(axis=1).mean()
    numbers = np.maximum(1, np.floor(drawn + rng.random(authors))).astype(np.int64)
    seen = rng.multinomial(numbers, taste).astype(np.float64)
    counts = AuthorLabelCounts(as_sparse(seen @ per_label), np.arange(authors), names)

    both = np.stack([profiles, profiles * direction])
    both /= both.sum(axis=2, keepdims=True)
    optimal = bayes(seen, both[: 2 if world.nuisance else 1], shares, sizes, world)
    return Simulated(counts, weights, rules, optimal)


def bayes(
    seen: Floats, profiles: Floats, base: Floats, sizes: Floats, world: World, block: int = 2000
) -> Floats:
    """Return the posterior of the dominant style given the true parameters.

    Parameters
    ----------
    seen : array of shape (authors, items)
    profiles : array of shape (traits, styles, items)

    Notes
    -----
    Exact but for drift and for tails, where it takes styles at the start of the window and the
    median concentration: there it is a strong reference, not a bound.
    """
    n_styles = profiles.shape[1]
    means, owner, prior = [], [], []
    for kind in profiles:
        for s in range(n_styles):
            single = 1 - world.overlap if n_styles > 1 else 1.0
            means.append(kind[s])
            owner.append(s)
            prior.append(sizes[s] * single)
            for other in range(n_styles):
                if other != s and world.overlap > 0:
                    means.append(0.65 * kind[s] + 0.35 * kind[other])
                    owner.append(s)
                    prior.append(sizes[s] * world.overlap / (n_styles - 1))
    alpha = world.concentration * ((1 - world.noise) * np.array(means) + world.noise * base)
    log_prior = np.log(prior)
    owners = np.eye(n_styles)[owner]
    result = np.empty((len(seen), n_styles))
    for start in range(0, len(seen), block):
        part = as_sparse(seen[start : start + block])
        rows = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
        scores = np.tile(log_prior, (part.shape[0], 1))
        for c, a in enumerate(alpha):
            own = a[part.indices]
            terms = special.gammaln(part.data + own) - special.gammaln(own)
            scores[:, c] += np.bincount(rows, weights=terms, minlength=part.shape[0])
        scores -= special.logsumexp(scores, axis=1, keepdims=True)
        result[start : start + block] = np.exp(scores) @ owners
    return result


def _items(base: Floats, tied: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return shares of items and the (items, labels) matrix of what they carry."""
    if tied <= 1:
        return base, np.eye(len(base))
    n_items = 3 * len(base)
    carried = np.zeros((n_items, len(base)))
    for item in range(n_items):
        carried[item, rng.choice(len(base), min(tied, len(base)), replace=False, p=base)] = 1.0
    carried[: len(base)][np.diag_indices(len(base))] = 1.0
    shares = rng.gamma(0.5, size=n_items)
    return shares / shares.sum(), carried


def _sizes(n_styles: int) -> Floats:
    if n_styles == 1:
        return np.ones(1)
    rest = np.linspace(1.4, 0.6, n_styles - 1)
    return np.concatenate([[MOST_COMMON], (1 - MOST_COMMON) * rest / rest.sum()])


def _profiles(
    shares: Floats,
    per_label: Floats,
    base: Floats,
    world: World,
    names: tuple[str, ...],
    rng: np.random.Generator,
) -> tuple[Floats, dict[str, tuple[str, ...]]]:
    """Draw style profiles over items, and what the rules know of them."""
    n_styles = max(1, world.styles)
    lift = np.zeros((n_styles, len(base)))
    rules: dict[str, tuple[str, ...]] = {}
    # rare labels define no style that can be seen
    usable = np.argsort(-base, kind="stable")[: max(20, int(0.8 * len(base)))]
    for s in range(1, n_styles):
        own = rng.choice(usable, min(12, len(usable) // 2), replace=False)
        lift[s] = 0.35 * rng.normal(size=len(base))
        lift[s, own] += rng.uniform(0.6, 1.6, len(own))
        known = own[rng.random(len(own)) < world.rule_quality]
        wrong = rng.choice(usable, rng.binomial(len(own), 0.05), replace=False)
        if s < n_styles - 1:
            rules[f"style {s}"] = tuple(names[j] for j in dict.fromkeys([*known, *wrong]))
    # an item of several labels is as telling as one label of the same style
    by_item = (lift * world.separation) @ per_label.T / np.sqrt(per_label.sum(axis=1))
    profiles = shares * np.exp(by_item)
    return profiles / profiles.sum(axis=1, keepdims=True), rules
