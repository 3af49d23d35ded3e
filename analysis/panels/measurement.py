"""From what a detector says to what is in the images: correction of shares for detector error.

Two routes. ``rogan_gladen`` needs the detector's sensitivity and specificity from an audit and
inverts them; the audit may be made per segment, since a detector seldom errs alike in all.
``prediction_powered`` needs a small hand-labelled random sample from the segment itself and uses
all detections only to sharpen it: valid whatever the detector does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

FloatArray = npt.NDArray[np.float64]


class Audit(NamedTuple):
    """Hand-checked images of a label: how often the detector was right.

    Attributes
    ----------
    found, present : int
        Detected among those where the label is present: sensitivity = found / present.
    silent, absent : int
        Not detected among those where it is absent: specificity = silent / absent.
    """

    found: float
    present: float
    silent: float
    absent: float

    @property
    def sensitivity(self) -> float:
        """Share of the present that is detected."""
        return self.found / self.present

    @property
    def specificity(self) -> float:
        """Share of the absent that is not detected."""
        return self.silent / self.absent


class Corrected(NamedTuple):
    """A corrected share with its interval; ``apparent`` is the share before correction."""

    estimate: float
    low: float
    high: float
    apparent: float


def rogan_gladen(
    apparent: float, effective_n: float, audit: Audit, *, level: float = 0.95
) -> Corrected:
    """Return the true share behind an apparent one.

    Parameters
    ----------
    apparent : float
        Share of images with the detection.
    effective_n : float
        Independent images that would tell as much: p(1-p)/se^2 with the author-clustered se.
    audit : Audit
        Counts from hand-checked images of the same segment.
    level : float
        Confidence level.

    Returns
    -------
    Corrected
        Estimate (Rogan & Gladen 1978, doi:10.1093/oxfordjournals.aje.a112510) cut to [0, 1];
        interval of Lang & Reiczigel (2014), doi:10.1016/j.prevetmed.2013.09.015, which counts
        the uncertainty of share, sensitivity and specificity.

    Raises
    ------
    ValueError
        The detector is no better than chance (sensitivity + specificity <= 1): nothing to invert.
    """
    if not 0 <= apparent <= 1 or effective_n <= 0:
        raise ValueError("apparent must be a share and effective_n above 0")
    if audit.present <= 0 or audit.absent <= 0:
        raise ValueError("the audit lacks present or absent cases: label some of each")
    youden = audit.sensitivity + audit.specificity - 1
    if youden <= 0:
        raise ValueError(
            "sensitivity + specificity is at most 1: this detector cannot be corrected"
        )
    z = float(stats.norm.ppf((1 + level) / 2))
    n = effective_n + z**2
    share = (effective_n * apparent + z**2 / 2) / n
    n_sens, n_spec = audit.present + 2, audit.absent + 2
    sens, spec = (audit.found + 1) / n_sens, (audit.silent + 1) / n_spec
    scale = sens + spec - 1
    if scale <= 0:
        raise ValueError("too few audited images: sensitivity + specificity may be at most 1")
    true = (share + spec - 1) / scale
    var_sens, var_spec = sens * (1 - sens) / n_sens, spec * (1 - spec) / n_spec
    shift = 2 * z**2 * (true * var_sens - (1 - true) * var_spec)
    half = (
        z
        / scale
        * np.sqrt(share * (1 - share) / n + true**2 * var_sens + (1 - true) ** 2 * var_spec)
    )
    return Corrected(
        float(np.clip((apparent + audit.specificity - 1) / youden, 0, 1)),
        float(np.clip(true + shift - half, 0, 1)),
        float(np.clip(true + shift + half, 0, 1)),
        apparent,
    )


def difference(first: Corrected, second: Corrected) -> Corrected:
    """Return first - second with its interval, for segments audited independently.

    The interval recovers both variances from the two intervals (MOVER; Newcombe 1998,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).
    """
    gap = first.estimate - second.estimate
    down = np.hypot(first.estimate - first.low, second.high - second.estimate)
    up = np.hypot(first.high - first.estimate, second.estimate - second.low)
    return Corrected(gap, float(gap - down), float(gap + up), first.apparent - second.apparent)


class Powered(NamedTuple):
    """A prediction-powered share.

    Attributes
    ----------
    estimate, se, low, high : float
        Share, standard error and interval.
    tuning : float
        Weight of the detections, 0 (audit alone) to 1.
    audit_se : float
        Standard error of the audit alone, for comparison.
    """

    estimate: float
    se: float
    low: float
    high: float
    tuning: float
    audit_se: float


def prediction_powered(
    truth: npt.ArrayLike,
    audited: npt.ArrayLike,
    detected: npt.ArrayLike,
    *,
    audit_authors: npt.ArrayLike | None = None,
    authors: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Powered:
    """Return a share from a hand-labelled audit, sharpened by all detections.

    Parameters
    ----------
    truth : array (n,)
        0 or 1 by hand, for a random sample of the segment's images.
    audited : array (n,)
        What the detector said on those images.
    detected : array (N,)
        What it said on the segment's other images.
    audit_authors : array (n,), optional
        Author of each audited image; images of one author count as dependent.
    authors : array (N,), optional
        Author of each other image.
    level : float
        Confidence level (t with audited authors less one degrees of freedom).

    Notes
    -----
    mean(truth) + tuning (mean(detected) - mean(audited)), with the tuning that minimises the
    variance: Angelopoulos et al. (2023), doi:10.1126/science.adi6000, and PPI++ (2023),
    arXiv:2311.01453, with variances clustered by author.
    """
    y, f, g = (np.asarray(v, dtype=float) for v in (truth, audited, detected))
    if y.shape != f.shape or y.ndim != 1 or y.size < 2 or g.size < 2:
        raise ValueError("truth and audited must be equally long, and nothing shorter than 2")
    y_sums = _cluster_sums(y, audit_authors)
    f_sums = _cluster_sums(f, audit_authors)
    g_sums = _cluster_sums(g, authors)
    if min(y_sums.size, g_sums.size) < 2:
        raise ValueError("at least two authors must be audited")
    var_y, var_f, var_g = (_sum_variance(s, s) for s in (y_sums, f_sums, g_sums))
    both = var_f + var_g
    tuning = float(np.clip(_sum_variance(y_sums, f_sums) / both, 0, 1)) if both > 0 else 0.0
    estimate = y.mean() + tuning * (g.mean() - f.mean())
    rest = y_sums - tuning * f_sums
    se = float(np.sqrt(_sum_variance(rest, rest) + tuning**2 * var_g))
    half = float(stats.t.ppf((1 + level) / 2, y_sums.size - 1)) * se
    return Powered(
        float(estimate),
        se,
        float(estimate - half),
        float(estimate + half),
        tuning,
        float(np.sqrt(var_y)),
    )


def _cluster_sums(values: FloatArray, clusters: npt.ArrayLike | None) -> FloatArray:
    """Return per cluster the sum of (value - mean) / n: the influence on the mean."""
    influence = (values - values.mean()) / values.size
    if clusters is None:
        return np.asarray(influence)
    _, codes = np.unique(np.asarray(clusters), return_inverse=True)
    return np.asarray(np.bincount(codes, weights=influence), dtype=float)


def _sum_variance(a: FloatArray, b: FloatArray) -> float:
    return float(a.size / (a.size - 1) * (a @ b))
