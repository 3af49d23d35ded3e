"""Coverage of the scorecard's intervals: what groups tell apart, and what they say of authors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from analysis.contingency.counts import AuthorLabelCounts, Floats, Grouping, as_sparse
from analysis.randomness import stream
from analysis.segmentations.criteria import COMMENTS_R2, FLAG_R2, Evidence, valid
from analysis.segmentations.explained import Halves, explained, share_of_best
from analysis.validation.coverage import DAMPING, covered, judged
from analysis.validation.sets import over_sets
from analysis.validation.worlds import ALIKE, GROUPS, UNLIKE, World


def scorecard_coverage(seed: int = 0, sets: int = 2000, workers: int | None = None) -> pd.DataFrame:
    """Return coverage of the scorecard's intervals.

    Of Cramer's V, the share of taste and the share of the best groups' inertia: every author's
    labels are dealt to two halves by chance, and the authors' true styles stand for the best
    groups, as the inertia of groups found in a sample is not known. Of what the groups say of a
    flag and of comments: both are drawn from rates and means by group.
    """
    tastes = (
        replace(ALIKE, name="groups alike, odds 1.6", style_odds=1.6),
        replace(UNLIKE, name="groups unlike, odds 1.6", style_odds=1.6),
        replace(UNLIKE, name="groups unlike, odds 2.5", style_odds=2.5),
    )
    outsides = (
        Outside("weak link", (0.1, 0.2, 0.14), 0.3),
        Outside("strong link", (0.1, 0.6, 0.3), 1.0),
    )
    runs: list[tuple[str, Callable[[int], pd.DataFrame]]] = [
        *((world.name, partial(_taste, world, seed)) for world in tastes),
        *((world.name, partial(_outside, world, seed)) for world in outsides),
    ]
    parts = []
    for name, run in runs:
        rows = pd.concat(over_sets(run, sets, workers))
        parts.append(covered(rows, ["quantity"]).assign(world=name, used=True))
    return judged(pd.concat(parts, ignore_index=True))


@dataclass(frozen=True)
class Outside:
    """Groups that say something of a flag and of comments.

    Attributes
    ----------
    rates : tuple of float
        Share of flagged authors by group of ``UNLIKE``.
    step : float
        Difference of log comments from group to group, in standard deviations inside groups.
    """

    name: str
    rates: tuple[float, float, float]
    step: float
    authors: int = 3000

    @property
    def flagged(self) -> float:
        """Share of the variance of the flag between groups."""
        share, rate = np.asarray(UNLIKE.group_shares), np.asarray(self.rates)
        mean = share @ rate
        return float(share @ (rate - mean) ** 2 / (mean * (1 - mean)))

    @property
    def commented(self) -> float:
        """Share of the variance of log comments between groups."""
        share, mean = np.asarray(UNLIKE.group_shares), self.step * np.arange(3)
        between = float(share @ (mean - share @ mean) ** 2)
        return between / (1 + between)


def _taste(world: World, seed: int, number: int) -> pd.DataFrame:
    sample = world.draw(number, seed)
    counts = sample.counts.matrix.toarray().astype(np.int64)
    first = stream(seed, "validation", "halves", number).binomial(counts, 0.5)
    halves = Halves.of(
        *(
            AuthorLabelCounts(as_sparse(part), sample.counts.authors, sample.counts.labels)
            for part in (first, counts - first)
        ),
        fewest=0,
    )
    kept = np.isin(sample.counts.authors, halves.authors)
    grouping = Grouping(sample.grouping.codes[kept], sample.grouping.names)
    own = explained(halves, grouping, permutations=199, replicates=199, seed=number)
    best = explained(
        halves, Grouping.of(sample.style[kept]), permutations=199, replicates=199, seed=number
    )
    between, styles, taste = _inertias(world)
    truths = (np.sqrt(between / (len(grouping.names) - 1)), between / taste, between / styles)
    ratio = share_of_best(own, best)
    rows = [
        ("Cramer's V", truths[0], *own.cramers_v_interval),
        ("share of repeatable taste", truths[1], *own.interval),
        ("share of what the best groups tell apart", truths[2], *ratio.interval),
    ]
    return pd.DataFrame(rows, columns=["quantity", "truth", "low", "high"])


def _outside(world: Outside, seed: int, number: int) -> pd.DataFrame:
    rng = stream(seed, "validation", "outside", world.name, number)
    group = rng.choice(len(GROUPS), world.authors, p=UNLIKE.group_shares)
    authors = np.arange(world.authors)
    logs = 8 + world.step * group + rng.normal(size=world.authors)
    features = pd.DataFrame(
        {
            "AUTHOR_INDEX": authors,
            "FLAG": rng.random(world.authors) < np.asarray(world.rates)[group],
            "COMMENTS_MEAN": np.expm1(np.maximum(logs, 0)),
        }
    )
    nothing = AuthorLabelCounts(as_sparse(np.ones((world.authors, 1))), authors, ("fashion",))
    segments = pd.Series(np.asarray(GROUPS)[group], index=authors)
    scores = {row.measure: row for row in valid(Evidence(nothing, features), segments, 399, number)}
    flag, comments = (scores[name] for name in (FLAG_R2, COMMENTS_R2))
    rows = [
        (FLAG_R2, world.flagged, flag.low, flag.high),
        (COMMENTS_R2, world.commented, comments.low, comments.high),
    ]
    return pd.DataFrame(rows, columns=["quantity", "truth", "low", "high"])


def _inertias(world: World) -> tuple[float, float, float]:
    """Return the population's inertia between groups, between styles and of all taste."""
    # a half holds half of an author's labels
    mass = replace(world, activity_median=world.activity_median / 2).masses(DAMPING)
    cells = mass[:, None] * world.style_shares
    pooled = np.einsum("gs,gsl->l", cells, world.profiles)

    def inertia(weights: Floats, profiles: Floats) -> float:
        return float(weights @ ((profiles - pooled) ** 2 / pooled).sum(axis=1))

    styles = np.einsum("gs,gsl->sl", cells, world.profiles) / cells.sum(axis=0)[:, None]
    flat = world.profiles.reshape(-1, world.labels)
    # authors' tastes are Dirichlet about their style's profile
    own = ((flat * (1 - flat)) / pooled).sum(axis=1) / (world.concentration + 1)
    between = inertia(mass, world.group_profiles)
    within = float(cells.ravel() @ own)
    return between, inertia(cells.sum(axis=0), styles), inertia(cells.ravel(), flat) + within
