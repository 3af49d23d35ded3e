"""All methods at their settings, fitted to the same authors: what they give and cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.contingency.counts import AuthorLabelCounts
from analysis.segmentations.engagement import EngagementRule
from analysis.segmentations.followers import FollowerBands
from analysis.segmentations.hybrid import FittedHybrid, Hybrid
from analysis.segmentations.interface import Fitted, Segmentation, Segmenter
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.scoring import scoring_query
from analysis.segmentations.settings import tuned
from analysis.segmentations.statistical import (
    CorrespondenceClusters,
    FittedClasses,
    LatentClasses,
)
from analysis.segmentations.unsupervised import FactorClusters


@dataclass(frozen=True)
class Method:
    """A method in the comparison.

    Attributes
    ----------
    segmenter : Segmenter
    family : str
        "today", "hand", "rules", "statistical", "unsupervised", "supervised" or "hybrid".
    affordable : bool
        Whether full bootstrap replicates are.
    other_number : Segmenter, optional
        The same with two segments more, to see whether the number matters.
    """

    segmenter: Segmenter
    family: str
    affordable: bool = False
    other_number: Segmenter | None = None

    @property
    def name(self) -> str:
        """Return the name of the method."""
        return self.segmenter.method

    def refit(
        self, counts: AuthorLabelCounts, features: pd.DataFrame | None, base: Fitted, seed: int
    ) -> Fitted:
        """Fit again, from the fit on all authors where the method can start there."""
        if isinstance(base, FittedHybrid):
            return base.settings.fit(counts, features, start=base.pairs.mixture)
        if isinstance(base, FittedClasses):
            return base.settings.fit(counts, features, start=base.mixture)
        return self.segmenter.fit(counts, features, seed=seed)


_FAMILIES = {
    "rules alone": "rules",
    "correspondence clusters": "statistical",
    "latent classes": "statistical",
    "tempered latent classes": "statistical",
    "overdispersed latent classes": "statistical",
    "topics (NMF) + kmeans": "unsupervised",
    "topics (LDA) + kmeans": "unsupervised",
    "embeddings + kmeans": "unsupervised",
    "embeddings + gmm": "unsupervised",
    "embeddings + hdbscan": "unsupervised",
    "weak labels + logistic": "supervised",
    "weak labels + boosting": "supervised",
    "hybrid": "hybrid",
}


def methods(lexicon: Lexicon) -> tuple[Method, ...]:
    """Return all methods at the settings that tuning chose for them."""
    learning = tuple(
        Method(
            segmenter,
            _FAMILIES[name],
            _FAMILIES[name] in {"rules", "statistical", "hybrid"},
            _other_number(segmenter),
        )
        for name, segmenter in tuned(lexicon).items()
    )
    return (
        Method(FollowerBands(), "today", affordable=True),
        Method(EngagementRule(), "hand", affordable=True),
        *learning,
    )


def _other_number(segmenter: Segmenter) -> Segmenter | None:
    """Return the same with two segments more, or None where no number is set."""
    if isinstance(segmenter, CorrespondenceClusters) and segmenter.clusters:
        return replace(segmenter, clusters=segmenter.clusters + 2)
    if isinstance(segmenter, FactorClusters):
        more = 5 if segmenter.clustering == "hdbscan" else 2
        return replace(segmenter, clusters=segmenter.clusters + more)
    if isinstance(segmenter, LatentClasses) and len(segmenter.numbers) == 1:
        return replace(segmenter, numbers=(segmenter.numbers[0] + 2,))
    if isinstance(segmenter, Hybrid):
        usual = segmenter.components or 2 * (len(segmenter.lexicon.rules) + 2)
        return replace(segmenter, components=usual + 4)
    return None


@dataclass(frozen=True)
class Entry:
    """One method, fitted to all authors.

    Attributes
    ----------
    method : Method
    fitted : Fitted
    segmentation : Segmentation
    seconds, cpu_seconds : float
        Of fit and assignment.
    """

    method: Method
    fitted: Fitted = field(repr=False)
    segmentation: Segmentation = field(repr=False)
    seconds: float
    cpu_seconds: float


def fit_all(
    chosen: Sequence[Method],
    counts: AuthorLabelCounts,
    features: pd.DataFrame | None,
    *,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> tuple[Entry, ...]:
    """Fit every method to all authors and assign them."""
    entries = []
    for method in chosen:
        if progress is not None:
            progress(method.name)
        began, began_cpu = time.perf_counter(), time.process_time()
        fitted = method.segmenter.fit(counts, features, seed=seed)
        found = fitted.assign(counts, features)
        entries.append(
            Entry(
                method,
                fitted,
                found,
                time.perf_counter() - began,
                time.process_time() - began_cpu,
            )
        )
    return tuple(entries)


def overview(entries: Sequence[Entry], counts: AuthorLabelCounts) -> pd.DataFrame:
    """Return what each method gives and costs, without a verdict.

    Returns
    -------
    DataFrame
        METHOD, FAMILY, SEGMENTS, NAMED (share of assigned authors in a segment with a name),
        COVERED, LARGEST, PROBABILITIES, SEVERAL (authors in two segments or more), SECONDS,
        CPU_SECONDS, ROWS_READ, SQL (whether a scoring query can be exported).
    """
    rows = []
    for entry in entries:
        found = entry.segmentation
        sizes = np.bincount(found.codes[found.codes >= 0], minlength=len(found.segments))
        named = np.array([s.kind in {"named", "rest"} for s in found.segments], dtype=bool)
        learns = entry.method.family not in {"today", "hand"}
        rows.append(
            {
                "METHOD": entry.method.name,
                "FAMILY": entry.method.family,
                "SEGMENTS": int((sizes > 0).sum()),
                "NAMED": float(sizes[named].sum() / max(1, sizes.sum())),
                "COVERED": float(1 - found.abstained.mean()),
                "LARGEST": float(sizes.max(initial=0) / max(1, sizes.sum())),
                "PROBABILITIES": bool(((found.posterior > 0) & (found.posterior < 1)).any()),
                "SEVERAL": float((found.members().sum(axis=1) > 1).mean()),
                "SECONDS": entry.seconds,
                "CPU_SECONDS": entry.cpu_seconds,
                "ROWS_READ": int(counts.matrix.nnz if learns else counts.n_authors),
                "SQL": _exports(entry.fitted),
            }
        )
    return pd.DataFrame(rows)


def _exports(fitted: Fitted) -> bool:
    try:
        scoring_query(fitted)
    except ValueError:
        return False
    return True
