"""Would the same segments come out again? Stability under resampling of authors and over time.

Everything is generic over a callable ``fit(data, rng) -> labels``; data are rows of authors, dense
or sparse. Each replicate has its own random stream, so results do not depend on the number of
workers, and every replicate is kept.

Clusters are matched one to one (Hungarian assignment on the overlap); a replicate in which some
cluster's partner is not the one it overlaps most with (a merge or a swap) is counted as
ambiguous. Stable is not the same as true: on data without structure a few odd authors can give a
stable split: compare with a null model (:mod:`analysis.segmentations.gates`).

Sources: Hennig (2007), doi:10.1016/j.csda.2006.11.025, and R's ``fpc`` 2.2; Monti et al. (2003),
doi:10.1023/A:1023949509487 for consensus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array, vstack
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.parallel import Parallel, delayed

from analysis.randomness import stream
from analysis.segmentations.validity import codes_of, rows_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Fit = Callable[[Any, np.random.Generator], npt.ArrayLike]
"""(data, generator) -> label per row of data; negative labels are in no cluster."""
Scheme = Literal["boot", "subset", "noise"]


class Alignment(NamedTuple):
    """One-to-one matching of a partition's clusters with reference clusters.

    Attributes
    ----------
    labels : ndarray (n,)
        The partition in the reference's numbering; clusters left over and authors without one
        are -1.
    partner : ndarray (K,)
        For each reference cluster the matched cluster, or -1.
    ambiguous : bool
        Some reference cluster overlaps more with a cluster other than its partner.
    """

    labels: IntArray
    partner: IntArray
    ambiguous: bool


def align(reference: npt.ArrayLike, labels: npt.ArrayLike) -> Alignment:
    """Renumber ``labels`` so that they agree most with ``reference`` (same authors)."""
    overlap, ref, other = _overlap(codes_of(reference), codes_of(labels))
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    partner = np.full(overlap.shape[0], -1)
    partner[rows] = columns
    back = np.full(overlap.shape[1] + 1, -1)
    back[columns] = rows
    present = np.flatnonzero(overlap.sum(axis=1) > 0)
    held = np.where(partner >= 0, overlap[np.arange(partner.size), partner], 0)
    ambiguous = bool((held[present] < overlap[present].max(axis=1)).any())
    if codes_of(reference).size != other.size or ref.size != other.size:
        raise ValueError("reference and labels must label the same authors")
    return Alignment(back[other], partner, ambiguous)


def jaccard(reference: npt.ArrayLike, labels: npt.ArrayLike) -> FloatArray:
    """Return for each reference cluster its greatest Jaccard coefficient with any cluster.

    Clusters 0..K-1 of ``reference``; NaN for one that none of these authors belongs to.
    """
    overlap, ref, other = _overlap(codes_of(reference), codes_of(labels))
    sizes = np.bincount(ref[ref >= 0], minlength=overlap.shape[0])
    others = np.bincount(other[other >= 0], minlength=overlap.shape[1])
    with np.errstate(invalid="ignore"):
        coefficients = overlap / (sizes[:, None] + others - overlap)
    best = coefficients.max(axis=1, initial=0.0)
    return np.where(sizes > 0, best, np.nan)


@dataclass(frozen=True)
class Stability:
    """Every replicate of a resampled clustering, compared with the reference partition.

    Attributes
    ----------
    scheme : str
        "boot", "subset" or "noise": figures of different schemes are not comparable.
    clusters : ndarray (K,)
        Reference cluster labels.
    reference : ndarray (n,)
        Reference partition as codes 0..K-1, -1 for none.
    jaccard : ndarray (R, K)
        Greatest Jaccard coefficient of each reference cluster in each replicate.
    adjusted_rand : ndarray (R,)
        Between replicate and reference on the replicate's authors.
    ambiguous : ndarray (R,) of bool
        See ``align``.
    appearances : ndarray (n,)
        Replicates that held the author.
    memberships : ndarray (n, K + 1)
        How often the author fell in each (aligned) cluster; the last column is "none of them".
    samples : ndarray (R, m)
        Replicate labels of ``sampled`` authors, -2 where absent, for the consensus.
    sampled : ndarray (m,)
        Row numbers of the authors kept for the consensus.
    """

    scheme: Scheme
    clusters: npt.NDArray[Any]
    reference: IntArray
    jaccard: FloatArray
    adjusted_rand: FloatArray
    ambiguous: npt.NDArray[np.bool_]
    appearances: IntArray
    memberships: IntArray
    samples: IntArray
    sampled: IntArray

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """Return per cluster SIZE, mean JACCARD with quantiles, shares RECOVERED and DISSOLVED.

        Hennig's reading: above 0.75 a valid cluster, 0.6 to 0.75 a pattern of doubtful bounds,
        below 0.6 not to be trusted; recovered above 0.75, dissolved at 0.5 or less.
        """
        low, high = np.nanquantile(self.jaccard, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return pd.DataFrame(
            {
                "SIZE": np.bincount(
                    self.reference[self.reference >= 0], minlength=self.clusters.size
                ),
                "JACCARD": np.nanmean(self.jaccard, axis=0),
                "LOW": low,
                "HIGH": high,
                "RECOVERED": np.nanmean(self.jaccard >= 0.75, axis=0),
                "DISSOLVED": np.nanmean(self.jaccard <= 0.5, axis=0),
            },
            index=pd.Index(self.clusters, name="CLUSTER"),
        )

    @property
    def ambiguous_share(self) -> float:
        """Share of replicates whose clusters do not match the reference one to one."""
        return float(self.ambiguous.mean())

    def entropy(self, most_ambiguous: float = 0.5) -> FloatArray:
        """Return each author's membership entropy in bits (n,), NaN where never drawn.

        Raises
        ------
        ValueError
            More than ``most_ambiguous`` of the replicates are ambiguous: aligned memberships
            would mix different clusters, use ``consensus`` instead.
        """
        if self.ambiguous_share > most_ambiguous:
            raise ValueError(
                f"{100 * self.ambiguous_share:.0f} % of replicates cannot be aligned: "
                "use consensus()"
            )
        with np.errstate(invalid="ignore", divide="ignore"):
            p = self.memberships / self.appearances[:, None]
            terms = np.where(p > 0, p * np.log2(p), 0.0)
        return np.where(self.appearances > 0, -terms.sum(axis=1), np.nan)

    def consensus(self) -> Consensus:
        """Summarise how often pairs of sampled authors fall together; needs no alignment."""
        m = self.sampled.size
        together, both = np.zeros((m, m)), np.zeros((m, m))
        for labels in self.samples:
            here = labels > -2
            both[np.ix_(here, here)] += 1
            same = (labels[:, None] == labels) & (labels[:, None] >= 0)
            together += same
        share = np.where(both > 0, together / np.maximum(both, 1), np.nan)
        upper = share[np.triu_indices(m, 1)]
        upper = upper[np.isfinite(upper)]
        own = self.reference[self.sampled]
        table = np.full((self.clusters.size, self.clusters.size), np.nan)
        np.fill_diagonal(share, np.nan)
        for a in range(self.clusters.size):
            for b in range(self.clusters.size):
                block = share[np.ix_(own == a, own == b)]
                if np.isfinite(block).any():
                    table[a, b] = np.nanmean(block)
        names = pd.Index(self.clusters, name="CLUSTER")
        return Consensus(
            pd.DataFrame(table, index=names, columns=names),
            float(((upper > 0.1) & (upper < 0.9)).mean()) if upper.size else float("nan"),
        )


class Consensus(NamedTuple):
    """Summary of the consensus matrix.

    Attributes
    ----------
    table : DataFrame (K x K)
        Mean share of replicates in which two authors of these reference clusters fall together.
    ambiguous_pairs : float
        Share of pairs together in more than 10 % and less than 90 % of the replicates.
    """

    table: pd.DataFrame
    ambiguous_pairs: float


def resample(
    data: Any,
    fit: Fit,
    *,
    labels: npt.ArrayLike | None = None,
    scheme: Scheme = "boot",
    replicates: int = 100,
    fraction: float = 0.5,
    multiple: bool = False,
    noise: tuple[float, float] = (0.05, 4.0),
    sample: int = 500,
    workers: int = 1,
    seed: int = 0,
) -> Stability:
    """Cluster resampled authors again and again and compare with the reference partition.

    Parameters
    ----------
    data : array (n, p) or sparse matrix
        Rows are authors.
    fit : callable
        (data, generator) -> labels.
    labels : array (n,), optional
        Reference partition; fitted on all data when absent.
    scheme : {"boot", "subset", "noise"}
        Authors drawn with replacement; a ``fraction`` without; or some rows replaced by noise.
    replicates : int
        Number of refits.
    fraction : float
        Share of authors in a subset.
    multiple : bool
        Whether an author drawn twice enters the bootstrap fit twice. fpc's default, kept here,
        is once: repeated points form clusters by themselves. Comparison is always on distinct
        authors.
    noise : (float, float)
        Chance that a row is replaced, and half-width of the uniform box in standard deviations
        along principal axes (fpc's ``noisetuning``). Rows of sparse counts are redrawn from the
        mean profile with their own totals: authors without a style.
    sample : int
        Authors kept for the consensus.
    workers : int
        Processes; results are the same for any number.
    seed : int
        Of the whole resampling.
    """
    X = rows_of(data)
    n = X.shape[0]
    if labels is None:
        labels = fit(X, stream(seed, "stability", "reference"))
    codes = codes_of(labels)
    if codes.size != n:
        raise ValueError("labels must hold one label per row of data")
    inside = codes >= 0
    names = np.unique(np.asarray(labels)[inside])
    reference = np.full(n, -1)
    reference[inside] = np.unique(codes[inside], return_inverse=True)[1]
    k = names.size
    sampled = np.sort(
        stream(seed, "stability", "sample").choice(n, min(sample, n), replace=False)
    ).astype(np.int64)

    def one(r: int) -> tuple[FloatArray, float, bool, IntArray, IntArray, IntArray]:
        rng = stream(seed, "stability", scheme, r)
        rows, drawn = _draw(X, scheme, fraction, multiple, noise, rng)
        found = codes_of(fit(drawn, rng))
        rows, first = np.unique(rows, return_index=True)
        if scheme == "noise":
            first = rows
        found = found[first]
        here = reference[rows]
        matched = align(here, found)
        both = (here >= 0) & (found >= 0)
        rand = adjusted_rand_score(here[both], found[both]) if both.any() else float("nan")
        kept = np.full(sampled.size, -2)
        position = np.searchsorted(rows, sampled)
        present = (position < rows.size) & (rows[np.minimum(position, rows.size - 1)] == sampled)
        kept[present] = found[position[present]]
        coefficients = np.full(k, np.nan)
        best = jaccard(here, found)
        coefficients[: best.size] = best
        return coefficients, float(rand), matched.ambiguous, rows, matched.labels, kept

    results = Parallel(n_jobs=workers)(delayed(one)(r) for r in range(replicates))
    appearances = np.zeros(n, dtype=np.int64)
    memberships = np.zeros((n, k + 1), dtype=np.int64)
    for _, _, _, rows, aligned, _ in results:
        appearances[rows] += 1
        memberships[rows, np.where(aligned >= 0, aligned, k)] += 1
    return Stability(
        scheme,
        names,
        reference,
        np.stack([r[0] for r in results]),
        np.array([r[1] for r in results]),
        np.array([r[2] for r in results]),
        appearances,
        memberships,
        np.stack([r[5] for r in results]),
        sampled,
    )


def thin(counts: csr_array, rng: np.random.Generator) -> tuple[csr_array, csr_array]:
    """Split each count of an authors x labels table at random into two halves."""
    first = counts.tocsr().copy()
    whole = first.data.astype(np.int64)
    first.data = rng.binomial(whole, 0.5)
    second = first.copy()
    second.data = whole - first.data
    return first, second


def _draw(
    X: Any,
    scheme: Scheme,
    fraction: float,
    multiple: bool,
    noise: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[IntArray, Any]:
    """Return the rows that count, and the data to cluster."""
    n = X.shape[0]
    if scheme == "boot":
        rows = rng.integers(n, size=n)
        rows = np.sort(rows) if multiple else np.unique(rows)
        return rows, X[rows]
    if scheme == "subset":
        rows = np.sort(rng.choice(n, max(int(n * fraction), 2), replace=False)).astype(np.int64)
        return rows, X[rows]
    if scheme == "noise":
        replaced = rng.random(n) < noise[0]
        return np.flatnonzero(~replaced), _with_noise(X, replaced, noise[1], rng)
    raise ValueError(f"scheme {scheme!r} is unknown: choose boot, subset or noise")


def _with_noise(
    X: Any, replaced: npt.NDArray[np.bool_], width: float, rng: np.random.Generator
) -> Any:
    rows = np.flatnonzero(replaced)
    if isinstance(X, csr_array):
        counts = X
        profile = counts.sum(axis=0) / counts.sum()
        totals = counts[rows].sum(axis=1).round().astype(np.int64)
        redrawn = csr_array(rng.multinomial(totals, profile))
        stacked = vstack([counts, redrawn], format="csr")
        order = np.arange(counts.shape[0])
        order[rows] = counts.shape[0] + np.arange(rows.size)
        return stacked[order]
    centre = X.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(X, rowvar=False).reshape(X.shape[1], X.shape[1]))
    box = rng.uniform(-width, width, size=(rows.size, X.shape[1]))
    mixed = X.copy()
    mixed[rows] = centre + (box * np.sqrt(np.maximum(values, 0))) @ axes.T
    return mixed


def _overlap(ref: IntArray, other: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the cross table of clusters, and both partitions with codes without holes."""
    renumbered = np.full(other.size, -1)
    inside = other >= 0
    renumbered[inside] = np.unique(other[inside], return_inverse=True)[1]
    shape = (int(ref.max(initial=-1)) + 1, int(renumbered.max(initial=-1)) + 1)
    table = np.zeros(shape)
    both = (ref >= 0) & inside
    np.add.at(table, (ref[both], renumbered[both]), 1.0)
    return table, ref, renumbered
