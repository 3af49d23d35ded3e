"""Confidence ellipses of points in a plane, by normal theory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from analysis.contingency.counts import Floats


class Ellipse(NamedTuple):
    """Half axes of an ellipse and the angle, in radians, from the first axis to the longer one."""

    semi_major: float
    semi_minor: float
    angle: float


def ellipse_of(covariance: Floats, level: float = 0.95) -> Ellipse:
    """Return the ellipse that holds ``level`` of a bivariate normal.

    Parameters
    ----------
    covariance : array of shape (2, 2)
    """
    values, vectors = np.linalg.eigh(covariance)
    minor, major = np.sqrt(stats.chi2.ppf(level, 2)) * np.sqrt(np.maximum(values, 0))
    angle = float(np.arctan2(vectors[1, 1], vectors[0, 1]))
    return Ellipse(float(major), float(minor), angle % np.pi)


def outline(centre: Floats, ellipse: Ellipse, points: int = 60) -> Floats:
    """Return an ellipse about a centre as a closed path of shape (points, 2)."""
    turn = np.linspace(0, 2 * np.pi, points)
    along, across = ellipse.semi_major * np.cos(turn), ellipse.semi_minor * np.sin(turn)
    cosine, sine = np.cos(ellipse.angle), np.sin(ellipse.angle)
    path = np.column_stack([along * cosine - across * sine, along * sine + across * cosine])
    return np.asarray(centre + path, dtype=np.float64)
