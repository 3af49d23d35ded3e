"""The one interface behind which every segmentation stands.

A segmenter is a frozen dataclass of settings. ``fit`` learns from author x label counts and author
features and returns a fitted segmentation, which never changes; ``assign`` gives every author a
segment, with a probability or an abstention. Authors are matched by row: counts and features hold
the same authors in the same order. Everything is a function of settings, data and seed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints

Kind = Literal["named", "rest", "proposed", "unresolved"]
"""How a segment came by its name: by a rule or a person, as what no rule claims, as a proposal for
a person to name, or not at all."""

BELONGS = 0.5
"""Probability of membership from which on an author counts to a segment beside the dominant one."""


@dataclass(frozen=True)
class Segment:
    """One segment in words.

    Attributes
    ----------
    name : str
        Short name, as written in tables.
    words : str
        What its authors have in common, one sentence for people.
    labels : tuple of str
        Labels that tell its authors from the others, most telling first; may be empty.
    kind : {"named", "rest", "proposed", "unresolved"}
    """

    name: str
    words: str
    labels: tuple[str, ...] = ()
    kind: Kind = "named"


@dataclass(frozen=True)
class Segmentation:
    """Authors in segments.

    Attributes
    ----------
    method, version : str
        What assigned them.
    parameters : mapping
        Settings and the figures that the fit chose, plain values.
    authors : array of shape (authors,)
        Identifiers, as in the counts.
    segments : tuple of Segment
    posterior : array of shape (authors, segments)
        Probability that the segment is the author's dominant one; rows sum to 1, or to 0 where the
        method says nothing. Methods without probabilities give 0 and 1.
    membership : array of shape (authors, segments)
        Probability that the author belongs to the segment at all; at least the posterior. Equal to
        it for methods that know one segment per author.
    codes : array of shape (authors,)
        Place of the assigned segment in ``segments``; -1 for an author on whom the method abstains.

    Raises
    ------
    ValueError
        If shapes do not fit.
    """

    method: str
    version: str
    parameters: Mapping[str, Any]
    authors: npt.NDArray[Any]
    segments: tuple[Segment, ...]
    posterior: Floats
    membership: Floats
    codes: Ints

    def __post_init__(self) -> None:
        """Check shapes once."""
        shape = (len(self.authors), len(self.segments))
        if self.posterior.shape != shape or self.membership.shape != shape:
            raise ValueError(f"posterior and membership must have shape {shape}.")
        if self.codes.shape != shape[:1] or (len(self.codes) and self.codes.max() >= shape[1]):
            raise ValueError("codes must name one segment, or -1, per author.")

    @classmethod
    def of(
        cls,
        method: str,
        version: str,
        parameters: Mapping[str, Any],
        authors: npt.NDArray[Any],
        segments: tuple[Segment, ...],
        posterior: Floats,
        *,
        membership: Floats | None = None,
        least: float = 0.0,
    ) -> Segmentation:
        """Assign the most probable segment; abstain where its probability is below ``least``."""
        top = posterior.max(axis=1, initial=0.0)
        codes = np.full(len(posterior), -1, dtype=np.int64)
        sure = np.flatnonzero((top >= least) & (top > 0))
        codes[sure] = posterior[sure].argmax(axis=1) if len(sure) else -1
        return cls(
            method,
            version,
            dict(parameters),
            np.asarray(authors),
            segments,
            posterior,
            posterior if membership is None else membership,
            codes,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the segments."""
        return tuple(segment.name for segment in self.segments)

    @property
    def probability(self) -> Floats:
        """Probability of the assigned segment; 0 for an author in none. Shape (authors,)."""
        rows = np.arange(len(self.codes))
        return np.where(self.codes >= 0, self.posterior[rows, np.maximum(self.codes, 0)], 0.0)

    @property
    def abstained(self) -> npt.NDArray[np.bool_]:
        """Authors in no segment. Shape (authors,)."""
        return self.codes < 0

    def members(self, at_least: float = BELONGS) -> npt.NDArray[np.bool_]:
        """Return (authors, segments): the dominant segment and others as probable as that."""
        belongs = self.membership >= at_least
        inside = np.flatnonzero(self.codes >= 0)
        belongs[inside, self.codes[inside]] = True
        belongs[self.codes < 0] = False
        return belongs

    def to_frame(self) -> pd.DataFrame:
        """Return AUTHOR_INDEX, SEGMENT (missing where it abstains), PROBABILITY, MEMBERSHIPS.

        MEMBERSHIPS holds the names of all segments of the author, the dominant first.
        """
        names = np.array([*self.names, None], dtype=object)
        belongs = self.members()
        order = np.argsort(-self.membership, axis=1, kind="stable")
        memberships = [
            "; ".join(
                [self.names[code]] + [self.names[s] for s in ranked if s != code and belongs[i, s]]
            )
            if code >= 0
            else ""
            for i, (code, ranked) in enumerate(zip(self.codes, order, strict=True))
        ]
        return pd.DataFrame(
            {
                "AUTHOR_INDEX": self.authors,
                "SEGMENT": pd.Series(names[self.codes], dtype="str"),
                "PROBABILITY": self.probability,
                "MEMBERSHIPS": pd.Series(memberships, dtype="str"),
            }
        )

    def describe(self) -> pd.DataFrame:
        """Return one row per segment: SEGMENT, KIND, AUTHORS, SHARE (of all), WORDS, LABELS."""
        sizes = np.bincount(self.codes[self.codes >= 0], minlength=len(self.segments))
        return pd.DataFrame(
            {
                "SEGMENT": list(self.names),
                "KIND": [segment.kind for segment in self.segments],
                "AUTHORS": sizes,
                "SHARE": sizes / max(1, len(self.codes)),
                "WORDS": [segment.words for segment in self.segments],
                "LABELS": [", ".join(segment.labels) for segment in self.segments],
            }
        )


class Fitted(Protocol):
    """A fitted segmentation."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Return the segments in words."""
        ...

    def assign(
        self, counts: AuthorLabelCounts, features: pd.DataFrame | None = None
    ) -> Segmentation:
        """Give every author of the counts a segment, also authors it was not fitted on."""
        ...


class Segmenter(Protocol):
    """Settings of a method."""

    @property
    def method(self) -> str:
        """Return the name of the method."""
        ...

    def fit(
        self,
        counts: AuthorLabelCounts,
        features: pd.DataFrame | None = None,
        *,
        seed: int = 0,
    ) -> Fitted:
        """Learn the segments; weights of authors are those of the counts."""
        ...


def slug(method: str) -> str:
    """Return the name of a method as one word of a command line or a file name."""
    return re.sub(r"[^a-z0-9]+", "-", method.lower()).strip("-")


@dataclass(frozen=True)
class Lifts:
    """How much more often than all authors those of a segment use a label.

    Attributes
    ----------
    labels : tuple of str
    log_lift : array of shape (segments, labels)
        Natural logarithm of share in the segment by share among all, shrunk towards 0.
    """

    labels: tuple[str, ...]
    log_lift: Floats = field(repr=False)

    def defining(self, segment: int, most: int = 8, least: float = 0.25) -> tuple[str, ...]:
        """Return the labels with the highest lifts, if these are at least ``least``."""
        order = np.argsort(-self.log_lift[segment], kind="stable")[:most]
        return tuple(self.labels[j] for j in order if self.log_lift[segment, j] >= least)


def label_lifts(counts: AuthorLabelCounts, posterior: Floats, *, damping: float = 300.0) -> Lifts:
    """Return shrunken log-lifts of labels by segment.

    Counts are damped, so that a lift is about authors and not about the most active of them; a
    label is shrunk towards its overall share by as many pseudo-labels as would make one author.

    Parameters
    ----------
    posterior : array of shape (authors, segments)
        Weights of the authors in the segments.
    """
    rows = counts.damped(damping)
    by_segment = np.asarray(rows.T @ posterior).T
    overall = np.asarray(rows.sum(axis=0)) + 0.5
    base = overall / overall.sum()
    prior = 50.0
    totals = by_segment.sum(axis=1, keepdims=True)
    # the prior counts for more where a label is rare: a lift needs about one expected label
    weight = prior * base + 1.0
    expected = totals * base
    return Lifts(counts.labels, np.log((by_segment + weight) / (expected + weight)))


def describe_clusters(counts: AuthorLabelCounts, posterior: Floats) -> tuple[Segment, ...]:
    """Describe clusters that have no name by the labels that tell them apart."""
    lifts = label_lifts(counts, posterior)
    segments = []
    for cluster in range(posterior.shape[1]):
        labels = lifts.defining(cluster)
        words = (
            f"Shows more {', '.join(labels[:3])} than others." if labels else "Shows what all do."
        )
        segments.append(Segment(f"cluster {cluster + 1}", words, labels, "proposed"))
    return tuple(segments)


def aligned(counts: AuthorLabelCounts, labels: tuple[str, ...]) -> AuthorLabelCounts:
    """Return counts over exactly ``labels``: unknown ones are dropped, absent ones are zero."""
    if counts.labels == labels:
        return counts
    position = {label: column for column, label in enumerate(labels)}
    target = np.array([position.get(label, -1) for label in counts.labels], dtype=np.int64)
    coo = counts.matrix.tocoo()
    columns = target[coo.coords[1]]
    kept = columns >= 0
    matrix = sparse.coo_array(
        (coo.data[kept], (coo.coords[0][kept], columns[kept])),
        shape=(counts.n_authors, len(labels)),
    )
    return replace(counts, matrix=sparse.csr_array(matrix), labels=labels)


def check_rows(counts: AuthorLabelCounts, features: pd.DataFrame | None, *needed: str) -> None:
    """Raise ValueError unless features hold the needed columns, one row per author."""
    if features is None:
        if needed:
            raise ValueError(f"features are missing: this method reads {', '.join(needed)}.")
        return
    if len(features) != counts.n_authors:
        raise ValueError(
            f"features have {len(features)} rows for {counts.n_authors} authors: give one each."
        )
    absent = [name for name in needed if name not in features.columns]
    if absent:
        raise ValueError(f"features lack the columns {', '.join(absent)}.")
