"""The statistical family: correspondence analysis with clustering, and latent classes.

``CorrespondenceClusters`` projects authors on the principal axes of labels and cuts a Ward tree of
them (HCPC). Authors weigh by damped counts and axes are at least as many as clusters: with equal
weights the axes belong to authors of ten labels, with whole counts to a handful of very active
ones. ``LatentClasses`` is a mixture with its number of classes chosen by a criterion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from analysis.contingency.correspondence import CorrespondenceAnalysis, correspondence_analysis
from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints
from analysis.contingency.hcpc import hierarchical_partition
from analysis.segmentations.interface import (
    Segment,
    Segmentation,
    aligned,
    check_rows,
    describe_clusters,
)
from analysis.segmentations.mixture import Family, LabelTree, Mixture, criteria, fit_mixture
from analysis.segmentations.starts import starting_partitions

VERSION = "1"


@dataclass(frozen=True)
class CorrespondenceClusters:
    """Settings of correspondence analysis with hierarchical clustering and consolidation.

    Attributes
    ----------
    clusters : int, optional
        By default the cut of the tree with the smallest ratio of within-clusters inertia.
    least, most : int
        Range of that cut.
    axes : int
        Principal axes; at least ``most - 1``.
    damping : float
        See :mod:`analysis.contingency.counts`.
    fewest : int
        Labels of fewer authors do not shape the axes.
    leaves : int
        Groups of the k-means pre-step.
    """

    clusters: int | None = None
    least: int = 3
    most: int = 16
    axes: int = 16
    damping: float = 300.0
    fewest: int = 100
    leaves: int = 300

    @property
    def method(self) -> str:
        """Return the name of the method."""
        return "correspondence clusters"

    def fit(
        self,
        counts: AuthorLabelCounts,
        features: pd.DataFrame | None = None,
        *,
        seed: int = 0,
    ) -> FittedCorrespondence:
        """Fit axes, tree and consolidated centres."""
        check_rows(counts, features)
        common = [
            label
            for label, authors in zip(counts.labels, counts.authors_by_label, strict=True)
            if authors >= min(self.fewest, counts.n_authors // 20)
        ]
        active = counts.select_labels(common).without_empty()
        axes = correspondence_analysis(
            active, min(self.axes, active.n_labels - 1), damping=self.damping
        )
        places = axes.project_rows(active).coordinates
        mass = pd.Series(
            np.asarray(active.damped(self.damping).sum(axis=1)), index=places.index, name="mass"
        )
        found = hierarchical_partition(
            places,
            mass,
            self.clusters,
            least=self.least,
            most=self.most,
            leaves=min(self.leaves, max(2, active.n_authors // 4)),
            seed=seed,
        )
        codes = found.consolidated.to_numpy() - 1
        weights = mass.to_numpy()
        centres = np.stack(
            [
                np.average(places.to_numpy()[codes == c], axis=0, weights=weights[codes == c])
                for c in range(found.n_clusters)
            ]
        )
        segments = describe_clusters(active, np.eye(found.n_clusters)[codes])
        return FittedCorrespondence(self, axes, active.labels, centres, segments)


@dataclass(frozen=True)
class FittedCorrespondence:
    """Axes and centres."""

    settings: CorrespondenceClusters
    axes: CorrespondenceAnalysis = field(repr=False)
    labels: tuple[str, ...]
    centres: Floats = field(repr=False)
    segments: tuple[Segment, ...]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return settings and what the fit chose."""
        return {
            "clusters": len(self.segments),
            "axes": self.settings.axes,
            "damping": self.settings.damping,
        }

    def assign(
        self, counts: AuthorLabelCounts, features: pd.DataFrame | None = None
    ) -> Segmentation:
        """Return the nearest centre; abstain on authors without an active label."""
        check_rows(counts, features)
        known = aligned(counts, self.labels)
        labelled = np.flatnonzero(known.totals > 0)
        posterior = np.zeros((counts.n_authors, len(self.segments)))
        places = self.axes.project_rows(known.select_authors(labelled)).coordinates.to_numpy()
        distance = (self.centres**2).sum(axis=1) - 2 * places @ self.centres.T
        posterior[labelled, distance.argmin(axis=1)] = 1.0
        return Segmentation.of(
            self.settings.method,
            VERSION,
            self.parameters,
            counts.authors,
            self.segments,
            posterior,
        )


Criterion = Literal["bic", "icl"]


@dataclass(frozen=True)
class LatentClasses:
    """Settings of a mixture with the number of classes chosen by a criterion.

    Attributes
    ----------
    family : {"multinomial", "tempered", "dirichlet"}
    numbers : tuple of int
        Numbers of classes tried; 1 among them lets the data say that there is nothing.
    criterion : {"bic", "icl"}
    starts : int
        Starting partitions.
    least : float
        Abstain below this probability.
    """

    family: Family = "dirichlet"
    numbers: tuple[int, ...] = (1, 2, 4, 6, 8, 10, 12, 14, 16)
    criterion: Criterion = "icl"
    starts: int = 2
    least: float = 0.5

    @property
    def method(self) -> str:
        """Return the name of the method."""
        return {
            "multinomial": "latent classes",
            "tempered": "tempered latent classes",
            "dirichlet": "overdispersed latent classes",
        }[self.family]

    def fit(
        self,
        counts: AuthorLabelCounts,
        features: pd.DataFrame | None = None,
        *,
        seed: int = 0,
        start: Mixture | None = None,
    ) -> FittedClasses:
        """Fit one mixture per number (or go on from ``start``) and keep the best by criterion."""
        check_rows(counts, features)
        if start is not None:
            fits = [fit_mixture(counts, family=self.family, starts=[start], tree=start.tree)]
        else:
            tree = LabelTree.of(counts.labels, flat=self.family != "dirichlet")
            fits = [
                fit_mixture(
                    counts,
                    family=self.family,
                    starts=_starts(counts, number, self.starts, seed),
                    tree=tree,
                )
                for number in self.numbers
            ]
        table = criteria(fits)
        best = fits[int(table[self.criterion.upper()].to_numpy().argmin())]
        return FittedClasses(self, best, table, describe_clusters(counts, best.posterior(counts)))


@dataclass(frozen=True)
class FittedClasses:
    """The chosen mixture, and the criteria of all that were tried."""

    settings: LatentClasses
    mixture: Mixture
    criteria: pd.DataFrame = field(repr=False)
    segments: tuple[Segment, ...]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return settings and what the fit chose."""
        return {
            "family": self.settings.family,
            "classes": self.mixture.n_components,
            "criterion": self.settings.criterion,
            "least": self.settings.least,
        }

    def assign(
        self, counts: AuthorLabelCounts, features: pd.DataFrame | None = None
    ) -> Segmentation:
        """Return posterior probabilities; abstain on authors without known labels."""
        check_rows(counts, features)
        known = aligned(counts, self.mixture.labels)
        posterior = special.softmax(self.mixture.scores(known), axis=1)
        posterior = np.where((known.totals > 0)[:, None], posterior, 0.0)
        return Segmentation.of(
            self.settings.method,
            VERSION,
            self.parameters,
            counts.authors,
            self.segments,
            posterior,
            least=self.settings.least,
        )


def _starts(counts: AuthorLabelCounts, number: int, starts: int, seed: int) -> list[Ints]:
    if number == 1:
        return [np.zeros(counts.n_authors, dtype=np.int64)]
    return starting_partitions(counts, number, starts=starts, seed=seed)
